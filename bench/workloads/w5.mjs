/**
 * W5a, W5b: timeouts that never fire, one after another; and 10k at once that all fire.
 *
 * What runs under a timeout that never fires is one wait: for a native promise that is settled already in async functions, `checkpoint()` in
 * generators. What runs under one that fires waits for ever.
 */
import { checkpoint, failAfter, moveOnAfter, run, sleepForever, taskGroup } from "anyrx";
import { Effect } from "effect";
import { race, run as effection, sleep, spawn, suspend, until } from "effection";
import pTimeout from "p-timeout";
import { from, lastValueFrom, NEVER, takeUntil, timeout, timer } from "rxjs";
import { RESOLVED, withTimeout } from "../floors.mjs";
import { floor, hand, ours, peer } from "../harness.mjs";

const LONG = 60_000;
const SHORT = 5;
// Its timers stay until they fire or are collected, and would keep the list of timers of that length alive, which makes others cheaper.
const LONG_SIGNAL = 70_000;

async function work() {
  await RESOLVED;
  return 1;
}

function* generatorWork() {
  yield* checkpoint();
  return 1;
}

/** Awaits `op()` `n` times. */
export const oneByOne = (op) => async (n) => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += await op();
  return sum;
};

/** The same inside a run of ours. */
export const oneByOneInRun = (op) => (n) => run(() => oneByOne(op)(n));

/** The operations under a timeout that never fires. */
export const byHand = () => withTimeout(LONG, work);
export const failing = () => failAfter(LONG, work);

function signalled(ms, op) {
  const signal = AbortSignal.timeout(ms);
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason);
    signal.addEventListener("abort", aborted, { once: true });
    op().then((value) => {
      signal.removeEventListener("abort", aborted);
      resolve(value);
    }, reject);
  });
}

const effectTimeout = Effect.timeout(Effect.promise(work), LONG);

/** Timeouts that never fire. */
export const w5a = {
  id: "W5a",
  title: "100k operations one after another, each under a timeout that never fires",
  cases: [
    {
      id: "W5a",
      unit: "operation",
      n: 100_000,
      contestants: [
        floor("setTimeout and clearTimeout each", oneByOne(byHand)),
        hand("no timeout at all", oneByOne(work)),
        ours("failAfter, async body", "await", oneByOneInRun(failing), { bar: 1.5 }),
        ours(
          "moveOnAfter, async body",
          "await",
          oneByOneInRun(() => moveOnAfter(LONG, work)),
          { bar: 1.5 },
        ),
        ours(
          "failAfter, generator body",
          "generator",
          (n) =>
            run(function* () {
              let sum = 0;
              for (let i = 0; i < n; i++) sum += yield* failAfter(LONG, generatorWork);
              return sum;
            }),
          { bar: 1 },
        ),
        ours(
          "failAfter as an RxJS operator",
          "observable",
          oneByOneInRun(() => lastValueFrom(from(work()).pipe(failAfter(LONG)))),
        ),
        peer(
          "rxjs takeUntil(timer)",
          oneByOne(() => lastValueFrom(from(work()).pipe(takeUntil(timer(LONG))))),
        ),
        peer(
          "rxjs timeout",
          oneByOne(() => lastValueFrom(from(work()).pipe(timeout(LONG)))),
        ),
        peer(
          "p-timeout",
          oneByOne(() => pTimeout(work(), { milliseconds: LONG })),
          { n: 20_000 },
        ),
        peer(
          "AbortSignal.timeout + listener",
          oneByOne(() => signalled(LONG_SIGNAL, work)),
          { n: 20_000 },
        ),
        peer(
          "effect timeout",
          (n) =>
            Effect.runPromise(
              Effect.gen(function* () {
                let sum = 0;
                for (let i = 0; i < n; i++) sum += yield* effectTimeout;
                return sum;
              }),
            ),
          { n: 20_000, cancellable: true },
        ),
        peer(
          "effection race(op, sleep)",
          (n) =>
            effection(function* () {
              let sum = 0;
              for (let i = 0; i < n; i++) sum += (yield* race([until(work()), sleep(LONG)])) ?? 0;
              return sum;
            }),
          { n: 500, cancellable: true },
        ),
      ],
    },
  ],
};

const never = () => new Promise(() => {});

/** `n` at once, each of which fails; gives how many did. */
const atOnce = (op) => async (n) => {
  let fired = 0;
  const one = async () => {
    try {
      await op();
    } catch {
      fired++;
    }
  };
  await Promise.all(Array.from({ length: n }, one));
  return fired;
};

/** The same in a group of ours. `child` calls back when its timeout fired. */
const inGroup = (child) => (n) =>
  run(async () => {
    let fired = 0;
    const fire = () => {
      fired++;
    };
    await taskGroup((tg) => {
      for (let i = 0; i < n; i++) tg.startSoon(() => child(fire));
    });
    return fired;
  });

/** Timeouts that fire. */
export const w5b = {
  id: "W5b",
  title: "10k operations at once, each under a timeout of 5 ms that fires",
  cases: [
    {
      id: "W5b",
      unit: "operation",
      n: 10_000,
      contestants: [
        floor(
          "setTimeout each",
          atOnce(() => withTimeout(SHORT, never)),
        ),
        ours(
          "failAfter, async body",
          "await",
          inGroup(async (fire) => {
            try {
              await failAfter(SHORT, async () => {
                await sleepForever();
              });
            } catch {
              fire();
            }
          }),
          { bar: 1.5 },
        ),
        ours(
          "failAfter, generator body",
          "generator",
          inGroup(function* (fire) {
            try {
              yield* failAfter(SHORT, function* () {
                yield* sleepForever();
              });
            } catch {
              fire();
            }
          }),
          { bar: 1.5 },
        ),
        ours(
          "moveOnAfter, async body",
          "await",
          inGroup(async (fire) => {
            const moved = await moveOnAfter(SHORT, async () => {
              await sleepForever();
              return true;
            });
            if (moved === undefined) fire();
          }),
          { bar: 1.5 },
        ),
        peer(
          "p-timeout",
          atOnce(() => pTimeout(never(), { milliseconds: SHORT })),
        ),
        peer(
          "AbortSignal.timeout + listener",
          atOnce(() => signalled(SHORT, never)),
        ),
        peer(
          "rxjs NEVER + timeout",
          atOnce(() => lastValueFrom(NEVER.pipe(timeout(SHORT)))),
          { n: 5000 },
        ),
        peer(
          "effect timeout",
          (n) =>
            Effect.runPromise(
              Effect.gen(function* () {
                let fired = 0;
                const one = Effect.catch(Effect.timeout(Effect.never, SHORT), () =>
                  Effect.sync(() => {
                    fired++;
                  }),
                );
                yield* Effect.forEach(new Array(n).fill(0), () => one, { concurrency: "unbounded", discard: true });
                return fired;
              }),
            ),
          { cancellable: true },
        ),
        peer(
          "effection race(suspend, sleep)",
          (n) =>
            effection(function* () {
              let fired = 0;
              const tasks = [];
              for (let i = 0; i < n; i++) {
                tasks.push(
                  yield* spawn(function* () {
                    yield* race([suspend(), sleep(SHORT)]);
                    fired++;
                  }),
                );
              }
              for (const task of tasks) yield* task;
              return fired;
            }),
          { n: 1000, cancellable: true },
        ),
      ],
    },
  ],
};
