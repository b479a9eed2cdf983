/**
 * W10: a pipeline: one source, 8 workers at the same time, each under a timeout, one sink, 16 items between two of them at most.
 *
 * What a worker does is one wait: for a native promise in async functions, `checkpoint()` in generators. No timeout fires.
 */
import { Readable } from "node:stream";
import { checkpoint, failAfter, run } from "anyrx";
import { forEach, mapConcurrent, pipeline } from "anyrx/pipeline";
import { Effect, Queue } from "effect";
import pMap from "p-map";
import pTimeout from "p-timeout";
import { from, lastValueFrom, mergeMap, range, reduce, timeout } from "rxjs";
import { Channel, RESOLVED, withTimeout } from "../floors.mjs";
import { floor, ours, peer } from "../harness.mjs";

const WORKERS = 8;
const ROOM = 16;
const LONG = 60_000;

async function work(item) {
  await RESOLVED;
  return item + 1;
}

function* numbers(n) {
  for (let i = 0; i < n; i++) yield i;
}

/** Channels by hand, and a host timer for each item. */
async function byHand(n) {
  const todo = new Channel(ROOM);
  const done = new Channel(ROOM);
  const produce = async () => {
    for (let i = 0; i < n; i++) await todo.send(i);
    for (let i = 0; i < WORKERS; i++) await todo.send(-1);
  };
  const worker = async () => {
    for (;;) {
      const item = await todo.receive();
      if (item < 0) return;
      await done.send(await withTimeout(LONG, () => work(item)));
    }
  };
  const consume = async () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += await done.receive();
    return sum;
  };
  const [sum] = await Promise.all([consume(), produce(), ...Array.from({ length: WORKERS }, worker)]);
  return sum;
}

const through = (worker, sink, ordered) => async (n) => {
  let sum = 0;
  const add = sink((value) => {
    sum += value;
  });
  await run(() =>
    pipeline(numbers(n), mapConcurrent(worker, { concurrency: WORKERS, ordered }), add, { maxBufferSize: ROOM }),
  );
  return sum;
};

const asyncWorker = (item) => failAfter(LONG, () => work(item));
function* inner(item) {
  yield* checkpoint();
  return item + 1;
}

/** Not a generator function for each item: V8 makes a hidden class for each of them. */
function* generatorWorker(item) {
  return yield* failAfter(LONG, () => inner(item));
}

async function onNodeStreams(n) {
  let sum = 0;
  const mapped = Readable.from(numbers(n), { objectMode: true, highWaterMark: ROOM }).map(
    (item) => withTimeout(LONG, () => work(item)),
    {
      concurrency: WORKERS,
      highWaterMark: ROOM,
    },
  );
  for await (const value of mapped) sum += value;
  return sum;
}

const onEffect = (n) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const todo = yield* Queue.bounded(ROOM);
      const done = yield* Queue.bounded(ROOM);
      const one = (item) =>
        Effect.timeout(
          Effect.promise(() => work(item)),
          LONG,
        );
      yield* Effect.forkChild(Effect.forEach(numbers(n), (i) => Queue.offer(todo, i), { discard: true }));
      const worker = Effect.gen(function* () {
        for (;;) yield* Queue.offer(done, yield* one(yield* Queue.take(todo)));
      });
      for (let i = 0; i < WORKERS; i++) yield* Effect.forkChild(worker);
      let sum = 0;
      for (let i = 0; i < n; i++) sum += yield* Queue.take(done);
      return sum;
    }),
  );

/** The pipeline. */
export const w10 = {
  id: "W10",
  title: "a pipeline: one source, 8 workers each under a timeout, one sink, bounded by 16",
  cases: [
    {
      id: "W10",
      unit: "item",
      n: 100_000,
      expected: (n) => (n * (n + 1)) / 2,
      contestants: [
        floor("channels of promises, setTimeout for each item", byHand),
        ours("async workers", "await", through(asyncWorker, forEach, false), { bar: 2 }),
        ours("async workers, in order", "await", through(asyncWorker, forEach, true), { bar: 2 }),
        ours("generator workers", "generator", through(generatorWorker, forEach, false), { bar: 1.2 }),
        ours("generator workers, in order", "generator", through(generatorWorker, forEach, true), { bar: 1.2 }),
        peer("Node Readable.map", onNodeStreams, { n: 20_000 }),
        peer(
          "rxjs mergeMap(timeout)",
          (n) =>
            lastValueFrom(
              range(0, n).pipe(
                mergeMap((item) => from(work(item)).pipe(timeout(LONG)), WORKERS),
                reduce((sum, value) => sum + value, 0),
              ),
            ),
          { n: 20_000 },
        ),
        peer(
          "p-map and p-timeout",
          async (n) => {
            const values = await pMap(numbers(n), (item) => pTimeout(work(item), { milliseconds: LONG }), {
              concurrency: WORKERS,
            });
            return values.reduce((sum, value) => sum + value, 0);
          },
          { n: 20_000 },
        ),
        peer("effect queues and fibers", onEffect, { n: 20_000, cancellable: true }),
      ],
    },
  ],
};
