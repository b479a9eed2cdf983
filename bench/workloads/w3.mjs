/** W3: a bounded stream between one producer and one consumer. */
import { floor, hand, ours, peer } from "../harness.mjs";
import { pipes, sumOf } from "./pipes.mjs";

/** The await rows of one capacity. */
export const awaitRows = (pipe, capacity) => [
  ours("await both sides", "await", pipe.awaited, { bar: capacity === 0 ? 4 : 2.5 }),
  ours("await send, for await", "for await", pipe.forAwait, { bar: 1.6 }),
];

const oneToOne = (capacity) => {
  const pipe = pipes(capacity, 1);
  const slow = { n: 50_000 };
  return {
    id: `W3 capacity ${String(capacity)}`,
    unit: "item",
    n: 200_000,
    expected: sumOf(1),
    contestants: [
      floor("a promise channel, always awaited", pipe.floor),
      hand("the same, async methods", pipe.asyncMethods),
      hand("the same, for await", pipe.forAwaitByHand),
      ...awaitRows(pipe, capacity),
      ours("generators", "generator", pipe.generators, capacity >= 16 ? { bar: 1 } : {}),
      ours(
        "generators, to the end of the stream",
        "generator",
        pipe.generatorsToTheEnd,
        capacity >= 16 ? { bar: 1 } : {},
      ),
      ours("await send, subscribe", "observable", pipe.subscribed),
      ours("generator, subscribe", "observable", pipe.generatorToSubscriber),
      ...(capacity === 0 ? [] : [peer("Node PassThrough, for await", pipe.passThrough, { cancellable: true })]),
      peer("Web TransformStream", pipe.webStream, slow),
      peer("effect Queue", pipe.effectQueue, { ...slow, cancellable: true }),
      peer("medium", pipe.medium),
      peer("js-csp", pipe.jsCsp, slow),
      peer("ts-chan", pipe.tsChan, { ...slow, cancellable: true }),
      ...(capacity === 16
        ? [
            peer("effection createQueue (no bound)", pipe.effectionQueue, { n: 4000, cancellable: true }),
            peer("rxjs Subject + concatMap (no bound)", pipe.subject, { n: 10_000 }),
          ]
        : []),
    ],
  };
};

/** One producer, one consumer. */
export const w3 = {
  id: "W3",
  title: "a bounded stream, 1 producer, 1 consumer",
  cases: [0, 1, 16, 1024].map(oneToOne),
};
