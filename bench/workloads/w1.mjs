/**
 * W1a, W1b: 100k children in one group, which return at once, or suspend once.
 *
 * "Suspends once" is one `await` of a native promise that is settled already in what is written by hand and in the promise libraries, and one
 * `checkpoint()` here; `await` of that same native promise is measured as well. It is `yieldNow` in Effect, and `until(promise)` in Effection.
 */
import { all } from "abort-controller-x";
import { checkpoint, run, taskGroup } from "anyrx";
import { Effect, Fiber } from "effect";
import { run as effection, spawn, until } from "effection";
import pLimit from "p-limit";
import pMap from "p-map";
import PQueue from "p-queue";
import { EMPTY, lastValueFrom, mergeMap, of, range } from "rxjs";
import { RESOLVED } from "../floors.mjs";
import { floor, ours, peer } from "../harness.mjs";

/** How many children did their work. Each contestant begins at 0. */
let done = 0;

/** Calls `play`, and gives how many children did their work meanwhile. */
async function counted(play) {
  done = 0;
  await play();
  return done;
}

/** A run of ours with `n` children of one function. */
export const group = (child) => (n) =>
  counted(() =>
    run(() =>
      taskGroup((tg) => {
        for (let i = 0; i < n; i++) tg.startSoon(child);
      }),
    ),
  );

/** A run of ours with a function of its own for each of `n` children. */
const groupOf = (make) => (n) =>
  counted(() =>
    run(() =>
      taskGroup((tg) => {
        for (let i = 0; i < n; i++) tg.startSoon(make(i));
      }),
    ),
  );

/** `Promise.all` of `n` calls. */
export const together = (child) => (n) =>
  counted(() => {
    const children = [];
    for (let i = 0; i < n; i++) children.push(child());
    return Promise.all(children);
  });

const forkAll = (child) => (n) =>
  counted(() =>
    Effect.runPromise(
      Effect.gen(function* () {
        const fibers = [];
        for (let i = 0; i < n; i++) fibers.push(yield* Effect.forkChild(child));
        yield* Fiber.awaitAll(fibers);
      }),
    ),
  );

const forEach = (child) => (n) =>
  counted(() =>
    Effect.runPromise(Effect.forEach(new Array(n).fill(0), () => child, { concurrency: "unbounded", discard: true })),
  );

const spawnAll = (child) => (n) =>
  counted(() =>
    effection(function* () {
      const tasks = [];
      for (let i = 0; i < n; i++) tasks.push(yield* spawn(child));
      for (const task of tasks) yield* task;
    }),
  );

/** The promise libraries, which are all given the same async function. */
export const promisePeers = (child) => [
  peer("p-map, no limit", (n) => counted(() => pMap(new Array(n).fill(0), child, { concurrency: Infinity }))),
  peer("p-map, 16 at a time", (n) => counted(() => pMap(new Array(n).fill(0), child, { concurrency: 16 }))),
  peer(
    "p-limit, 16 at a time",
    (n) =>
      counted(() => {
        const limit = pLimit(16);
        return Promise.all(Array.from({ length: n }, () => limit(child)));
      }),
    { n: 20_000 },
  ),
  peer(
    "p-queue, no limit",
    (n) =>
      counted(async () => {
        const queue = new PQueue();
        for (let i = 0; i < n; i++) void queue.add(child);
        await queue.onIdle();
      }),
    { n: 20_000 },
  ),
  peer("abort-controller-x all", (n) =>
    counted(() => all(new AbortController().signal, () => Array.from({ length: n }, () => child()))),
  ),
  peer(
    "rxjs mergeMap(async)",
    (n) => counted(() => lastValueFrom(range(0, n).pipe(mergeMap(child)), { defaultValue: null })),
    { n: 5000 },
  ),
];

async function leaf() {
  done++;
}
async function asyncChild() {
  done++;
}
function* generatorChild() {
  done++;
}
function plainChild() {
  done++;
}
const effectChild = Effect.sync(() => {
  done++;
});
function* effectionChild() {
  done++;
}

/** Children that return at once. */
export const w1a = {
  id: "W1a",
  title: "100k children that return at once, in one group",
  cases: [
    {
      id: "W1a",
      unit: "child",
      n: 100_000,
      contestants: [
        floor("Promise.all of async functions", together(leaf)),
        ours("async body", "await", group(asyncChild), { bar: [1.5, 2.5] }),
        ours(
          "async body, a closure each",
          "await",
          groupOf((i) => async () => {
            done += i >= 0 ? 1 : 0;
          }),
          { bar: [1.5, 2.5] },
        ),
        ours("generator body", "generator", group(generatorChild), { bar: [0.8, 1.5] }),
        ours(
          "generator body, a closure each",
          "generator",
          groupOf(
            (i) =>
              function* () {
                done += i >= 0 ? 1 : 0;
              },
          ),
          { bar: [0.8, 1.5] },
        ),
        ours("plain body", "plain", group(plainChild), { bar: [0.8, 1.5] }),
        ours(
          "plain body, a closure each",
          "plain",
          groupOf((i) => () => {
            done += i >= 0 ? 1 : 0;
          }),
          { bar: [0.8, 1.5] },
        ),
        peer("effect forkChild + awaitAll", forkAll(effectChild), { cancellable: true }),
        peer("effect forEach (makes no fibers)", forEach(effectChild), { cancellable: true }),
        peer("effection spawn", spawnAll(effectionChild), { n: 2000, cancellable: true }),
        peer("rxjs mergeMap(of)", (n) =>
          counted(() =>
            lastValueFrom(
              range(0, n).pipe(
                mergeMap((value) => {
                  done++;
                  return of(value);
                }),
              ),
            ),
          ),
        ),
        ...promisePeers(leaf),
      ],
    },
  ],
};

async function waitingLeaf() {
  await RESOLVED;
  done++;
}
async function checkpointChild() {
  await checkpoint();
  done++;
}
async function nativeChild() {
  await RESOLVED;
  done++;
}
function* checkpointGenerator() {
  yield* checkpoint();
  done++;
}
const effectYield = Effect.flatMap(Effect.yieldNow, () => effectChild);
function* effectionYield() {
  yield* until(RESOLVED);
  done++;
}

/** Children that suspend once. */
export const w1b = {
  id: "W1b",
  title: "100k children that suspend once, in one group",
  cases: [
    {
      id: "W1b",
      unit: "child",
      n: 100_000,
      contestants: [
        floor("Promise.all of async functions", together(waitingLeaf)),
        ours("async body, await checkpoint()", "await", group(checkpointChild), { bar: [1.8, 2.5] }),
        ours("async body, await a native promise", "await", group(nativeChild), { bar: [1.8, 2.5] }),
        ours("generator body", "generator", group(checkpointGenerator), { bar: [1.2, 1.8] }),
        ours(
          "generator body, a closure each",
          "generator",
          groupOf(
            (i) =>
              function* () {
                yield* checkpoint();
                done += i >= 0 ? 1 : 0;
              },
          ),
          { bar: [1.2, 1.8] },
        ),
        ours(
          "Observable body",
          "observable",
          groupOf(
            (i) => () =>
              checkpoint().pipe(
                mergeMap(() => {
                  done += i >= 0 ? 1 : 0;
                  return EMPTY;
                }),
              ),
          ),
          {},
        ),
        peer("effect forkChild + awaitAll", forkAll(effectYield), { cancellable: true }),
        peer("effect forEach", forEach(effectYield), { cancellable: true }),
        peer("effection spawn", spawnAll(effectionYield), { n: 2000, cancellable: true }),
        ...promisePeers(waitingLeaf),
      ],
    },
  ],
};

/** How many groups of `n` children make a turn that is long enough to be timed. */
const groupsOf = (n) => Math.max(1, 20_000 / n);

/** One turn: groups of `n` children, one after another. */
async function repeated(n, play) {
  done = 0;
  for (let i = groupsOf(n); i > 0; i--) await play(n);
  return done;
}

const groupsOfOurs = (child) => (n) =>
  run(async () => {
    done = 0;
    for (let i = groupsOf(n); i > 0; i--) {
      await taskGroup((tg) => {
        for (let k = 0; k < n; k++) tg.startSoon(child);
      });
    }
    return done;
  });

const scaling = (n) => ({
  id: `W1c n=${String(n)}`,
  unit: "child",
  n,
  per: groupsOf(n),
  fixed: true,
  heavy: n > 10_000,
  contestants: [
    floor("Promise.all of async functions", (count) =>
      repeated(count, (size) => {
        const children = [];
        for (let i = 0; i < size; i++) children.push(leaf());
        return Promise.all(children);
      }),
    ),
    ours("async body", "await", groupsOfOurs(asyncChild)),
    ours("generator body", "generator", groupsOfOurs(generatorChild)),
    ours("plain body", "plain", groupsOfOurs(plainChild)),
    ...(n > 100_000
      ? []
      : [
          peer("effect forkChild + awaitAll", (count) =>
            repeated(count, (size) =>
              Effect.runPromise(
                Effect.gen(function* () {
                  const fibers = [];
                  for (let i = 0; i < size; i++) fibers.push(yield* Effect.forkChild(effectChild));
                  yield* Fiber.awaitAll(fibers);
                }),
              ),
            ),
          ),
          peer("p-map, no limit", (count) =>
            repeated(count, (size) => pMap(new Array(size).fill(0), leaf, { concurrency: Infinity })),
          ),
        ]),
    ...(n > 10_000
      ? []
      : [
          peer("rxjs mergeMap(async)", (count) =>
            repeated(count, (size) => lastValueFrom(range(0, size).pipe(mergeMap(leaf)))),
          ),
        ]),
  ],
});

/** How the price of a child grows with the group. */
export const w1c = {
  id: "W1c",
  title: "a group of 100 to 1M children that return at once: ns per child",
  cases: [100, 1000, 10_000, 100_000, 1_000_000].map(scaling),
  summary: (cases) => {
    const large = cases.slice(1);
    return cases[0].rows
      .filter((row) => row.kind === "ours")
      .map(({ name }) => {
        const ns = large.map((one) => one.rows.find((row) => row.name === name).ns.median);
        const growth = Math.max(...ns) / Math.min(...ns);
        return {
          text: `${name}: the dearest child against the cheapest, from 1k to 1M`,
          value: growth,
          bar: 2,
          pass: growth <= 2,
        };
      });
  },
};
