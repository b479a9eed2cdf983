/** W4: a bounded stream between many producers and many consumers. */
import { floor, hand, ours, peer } from "../harness.mjs";
import { pipes, sumOf } from "./pipes.mjs";

const MANY = 100;

const manyToMany = (capacity, bar) => {
  const pipe = pipes(capacity, MANY);
  const slow = { n: 50_000 };
  return {
    id: `W4 capacity ${String(capacity)}`,
    unit: "item",
    n: 200_000,
    expected: sumOf(MANY),
    contestants: [
      floor("a promise channel, always awaited", pipe.floor),
      hand("the same, async methods", pipe.asyncMethods),
      ours("await both sides", "await", pipe.awaited, { bar }),
      ours("await send, for await", "for await", pipe.forAwait, { bar }),
      ours("generators", "generator", pipe.generators, { bar }),
      peer("Web TransformStream", pipe.webStream, slow),
      peer("effect Queue", pipe.effectQueue, { ...slow, cancellable: true }),
      peer("medium", pipe.medium),
      peer("js-csp", pipe.jsCsp),
      peer("ts-chan", pipe.tsChan, { ...slow, cancellable: true }),
      peer("effection createQueue (no bound)", pipe.effectionQueue, { n: 5000, cancellable: true }),
    ],
  };
};

/** 100 producers, 100 consumers. */
export const w4 = {
  id: "W4",
  title: "a bounded stream, 100 producers, 100 consumers",
  cases: [manyToMany(0, 2.5), manyToMany(16, 2.2)],
  summary: (cases) =>
    cases.map(({ id, rows }) => {
      const best = (keep) => Math.min(...rows.filter(keep).map((row) => row.ratio.median));
      const ahead = best((row) => row.cancellable) / best((row) => row.style === "await");
      return {
        text: `${id}: the best peer whose waits can be cancelled, against anyrx with await both sides`,
        value: ahead,
        bar: 1,
        pass: ahead > 1,
      };
    }),
};
