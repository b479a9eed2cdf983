/** W2: groups inside groups. Every node of a tree opens a group for its children, and a leaf is a function that returns at once. */
import { all } from "abort-controller-x";
import { run, taskGroup } from "anyrx";
import { Effect, Fiber } from "effect";
import { run as effection, scoped, spawn } from "effection";
import { defer, forkJoin, lastValueFrom, of, tap } from "rxjs";
import { floor, ours, peer } from "../harness.mjs";

/** How many nodes were visited. Each contestant begins at 0. */
let done = 0;

/** Grows `n` trees, one after another, and gives how many nodes they had. */
async function grown(n, grow) {
  done = 0;
  for (let i = 0; i < n; i++) await grow();
  return done;
}

function trees(depth, fan) {
  const list = new Array(fan).fill(0);

  async function promises(d) {
    done++;
    if (d === 0) return;
    const children = [];
    for (let i = 0; i < fan; i++) children.push(promises(d - 1));
    await Promise.all(children);
  }

  async function asyncNode(d) {
    done++;
    if (d === 0) return;
    await taskGroup((tg) => {
      for (let i = 0; i < fan; i++) tg.startSoon(() => asyncNode(d - 1));
    });
  }

  function* generatorNode(d) {
    done++;
    if (d === 0) return;
    yield* taskGroup((tg) => {
      for (let i = 0; i < fan; i++) tg.startSoon(() => generatorNode(d - 1));
    });
  }

  /** A node whose whole body is its group: nothing but plain functions. */
  function plainNode(d) {
    done++;
    if (d === 0) return undefined;
    return taskGroup((tg) => {
      for (let i = 0; i < fan; i++) tg.startSoon(() => plainNode(d - 1));
    });
  }

  const effectAll = (d) =>
    Effect.suspend(() => {
      done++;
      return d === 0
        ? Effect.void
        : Effect.forEach(list, () => effectAll(d - 1), { concurrency: "unbounded", discard: true });
    });

  const effectFork = (d) =>
    Effect.gen(function* () {
      done++;
      if (d === 0) return;
      const fibers = [];
      for (let i = 0; i < fan; i++) fibers.push(yield* Effect.forkChild(effectFork(d - 1)));
      yield* Fiber.awaitAll(fibers);
    });

  function* effectionNode(d) {
    done++;
    if (d === 0) return;
    yield* scoped(function* () {
      const tasks = [];
      for (let i = 0; i < fan; i++) tasks.push(yield* spawn(() => effectionNode(d - 1)));
      for (const task of tasks) yield* task;
    });
  }

  async function abortable(signal, d) {
    done++;
    if (d === 0) return;
    await all(signal, (inner) => list.map(() => abortable(inner, d - 1)));
  }

  const joined = (d) =>
    defer(() => (d === 0 ? of(0) : forkJoin(list.map(() => joined(d - 1))))).pipe(tap(() => done++));

  const inOne = (node) => (n) => run(() => grown(n, () => taskGroup(() => node(depth))));
  return [
    floor("Promise.all, recursive", (n) => grown(n, () => promises(depth))),
    ours("async bodies", "await", inOne(asyncNode), { bar: [4, 6] }),
    ours("generator bodies", "generator", inOne(generatorNode), { bar: [4, 6] }),
    ours("plain bodies", "plain", inOne(plainNode), { bar: [4, 6] }),
    peer("effect forEach (makes no fibers at leaves)", (n) => grown(n, () => Effect.runPromise(effectAll(depth))), {
      cancellable: true,
    }),
    peer("effect forkChild + awaitAll", (n) => grown(n, () => Effect.runPromise(effectFork(depth))), {
      cancellable: true,
    }),
    peer("abort-controller-x all", (n) => grown(n, () => abortable(new AbortController().signal, depth)), {
      cancellable: true,
    }),
    peer("rxjs forkJoin", (n) => grown(n, () => lastValueFrom(joined(depth))), { cancellable: true }),
    peer("effection scoped + spawn", (n) => grown(n, () => effection(() => effectionNode(depth))), {
      n: 1,
      cancellable: true,
    }),
  ];
}

const nodes = (depth, fan) => {
  let sum = 0;
  for (let level = 0, width = 1; level <= depth; level++, width *= fan) sum += width;
  return sum;
};

const nested = (depth, fan, n) => ({
  id: `W2 depth ${String(depth)}, fan-out ${String(fan)}`,
  unit: "node",
  n,
  per: nodes(depth, fan),
  contestants: trees(depth, fan),
});

/** Nested groups. */
export const w2 = {
  id: "W2",
  title: "groups inside groups",
  cases: [nested(10, 2, 30), nested(4, 10, 8)],
};
