/**
 * W6: cancel a group of 100k sleeping tasks. Timed from the cancellation until the group has ended, which is when every task has cleaned up.
 *
 * Before that, the tasks are weighed while they sleep: the bytes of the heap per blocked task, and per scope that a task holds open.
 * The rows of RxJS cancel timers: nothing there waits for a cleanup that is asynchronous.
 */
import { all, delay } from "abort-controller-x";
import { CancelScope, failAfter, run, sleep, taskGroup } from "anyrx";
import { Effect, Fiber } from "effect";
import { ensure, run as effection, sleep as effectionSleep, spawn, suspend } from "effection";
import { finalize, lastValueFrom, mergeMap, range, Subject, takeUntil, timer } from "rxjs";
import { Sleepers } from "../floors.mjs";
import { floor, hand, ours, peer } from "../harness.mjs";

const HOUR = 3_600_000;

/** How many tasks sleep, and how many have cleaned up. Each turn begins at 0. */
let asleep = 0;
let cleaned = 0;

/** Starts tasks, weighs them while they sleep, and times `cancel`. */
async function slept(n, watch, start) {
  asleep = 0;
  cleaned = 0;
  const before = watch.heap();
  const cancel = start();
  while (asleep < n) await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setTimeout(resolve, 1));
  watch.bytes = (watch.heap() - before) / n;
  watch.start();
  await cancel();
  watch.stop();
  return cleaned;
}

/** Tasks of ours in one group, which is cancelled from outside. */
const group = (child) => (n, watch) =>
  slept(n, watch, () => {
    let running;
    const ended = run(() =>
      taskGroup((tg) => {
        running = tg;
        for (let i = 0; i < n; i++) tg.startSoon(child);
      }),
    );
    return () => {
      running.cancel();
      return ended;
    };
  });

async function asyncSleeper() {
  try {
    asleep++;
    await sleep(HOUR);
  } finally {
    cleaned++;
  }
}

function* generatorSleeper() {
  try {
    asleep++;
    yield* sleep(HOUR);
  } finally {
    cleaned++;
  }
}

function observableSleeper() {
  asleep++;
  return sleep(HOUR).pipe(
    finalize(() => {
      cleaned++;
    }),
  );
}

const byHand = (n, watch) =>
  slept(n, watch, () => {
    const sleepers = new Sleepers();
    const task = async () => {
      try {
        asleep++;
        await sleepers.sleep(HOUR);
      } finally {
        cleaned++;
      }
    };
    const ended = Promise.allSettled(Array.from({ length: n }, task));
    return () => {
      sleepers.cancel();
      return ended;
    };
  });

const effectSleeper = Effect.ensuring(
  Effect.suspend(() => {
    asleep++;
    return Effect.sleep(HOUR);
  }),
  Effect.sync(() => {
    cleaned++;
  }),
);

const effectGroup = (n, watch) =>
  slept(n, watch, () => {
    const fiber = Effect.runFork(
      Effect.gen(function* () {
        for (let i = 0; i < n; i++) yield* Effect.forkChild(effectSleeper);
        yield* Effect.never;
      }),
    );
    return () => Effect.runPromise(Fiber.interrupt(fiber));
  });

const effectionGroup = (n, watch) =>
  slept(n, watch, () => {
    const task = effection(function* () {
      for (let i = 0; i < n; i++) {
        yield* spawn(function* () {
          yield* ensure(() => {
            cleaned++;
          });
          asleep++;
          yield* effectionSleep(HOUR);
        });
      }
      yield* suspend();
    });
    return () => task.halt();
  });

const rxTimers = (n, watch) =>
  slept(n, watch, () => {
    const subscription = range(0, n)
      .pipe(
        mergeMap(() => {
          asleep++;
          return timer(HOUR).pipe(
            finalize(() => {
              cleaned++;
            }),
          );
        }),
      )
      .subscribe();
    return () => subscription.unsubscribe();
  });

const rxTakeUntil = (n, watch) =>
  slept(n, watch, () => {
    const cancelled = new Subject();
    const ended = lastValueFrom(
      range(0, n).pipe(
        mergeMap(() => {
          asleep++;
          return timer(HOUR).pipe(
            takeUntil(cancelled),
            finalize(() => {
              cleaned++;
            }),
          );
        }),
      ),
      { defaultValue: null },
    );
    return () => {
      cancelled.next(null);
      return ended;
    };
  });

const abortableDelays = (n, watch) =>
  slept(n, watch, () => {
    const controller = new AbortController();
    const task = async (signal) => {
      try {
        asleep++;
        await delay(signal, HOUR);
      } finally {
        cleaned++;
      }
    };
    const ended = all(controller.signal, (signal) => Array.from({ length: n }, () => task(signal))).catch(() => null);
    return () => {
      controller.abort();
      return ended;
    };
  });

const signalEach = (n, watch) =>
  slept(n, watch, () => {
    const sleepers = new Sleepers();
    const task = async () => {
      const controller = new AbortController();
      try {
        asleep++;
        await sleepers.sleep(HOUR);
      } finally {
        cleaned += controller.signal.aborted ? 0 : 1;
      }
    };
    const ended = Promise.allSettled(Array.from({ length: n }, task));
    return () => {
      sleepers.cancel();
      return ended;
    };
  });

/** Rows of W6b whose difference in weight is what one open scope holds. */
const SCOPES = [
  ["new CancelScope().enter(), generator", "generator body", "generators in a scope each"],
  ["failAfter(), generator", "generator body", "generators under failAfter each"],
  ["new CancelScope().enter(), async", "async body", "async bodies in a scope each"],
  ["failAfter(), async", "async body", "async bodies under failAfter each"],
];

/** Cancel sleepers. */
export const w6 = {
  id: "W6",
  title: "cancel a group of 100k sleeping tasks",
  cases: [
    {
      id: "W6",
      unit: "task",
      n: 100_000,
      contestants: [
        floor("async functions over a set of callbacks", byHand),
        ours("async body", "await", group(asyncSleeper), { bar: 1.5, bytesBar: 1400 }),
        ours("generator body", "generator", group(generatorSleeper), { bar: 0.8, bytesBar: 700 }),
        ours("Observable body", "observable", group(observableSleeper)),
        peer("rxjs mergeMap(timer), unsubscribe", rxTimers),
        peer("rxjs takeUntil(cancelled$)", rxTakeUntil, { n: 5000 }),
        peer("effect forkChild, interrupt", effectGroup, { cancellable: true }),
        peer("abort-controller-x all + delay", abortableDelays, { n: 10_000, cancellable: true }),
        peer("effection spawn, halt", effectionGroup, { n: 5000, cancellable: true }),
      ],
    },
    {
      id: "W6 scopes",
      unit: "task",
      n: 50_000,
      contestants: [
        floor("async functions over a set of callbacks", byHand),
        hand("the same, an AbortController each", signalEach),
        ours("async body", "await", group(asyncSleeper)),
        ours(
          "async bodies in a scope each",
          "await",
          group(() => new CancelScope().enter(asyncSleeper)),
        ),
        ours(
          "async bodies under failAfter each",
          "await",
          group(() => failAfter(2 * HOUR, asyncSleeper)),
        ),
        ours("generator body", "generator", group(generatorSleeper)),
        ours(
          "generators in a scope each",
          "generator",
          group(() => new CancelScope().enter(generatorSleeper)),
        ),
        ours(
          "generators under failAfter each",
          "generator",
          group(() => failAfter(2 * HOUR, generatorSleeper)),
        ),
      ],
    },
  ],
  summary: (cases) => {
    const { rows } = cases[1];
    const bytes = (name) => rows.find((row) => row.name === `anyrx ${name}`).bytes.median;
    return SCOPES.map(([text, without, within]) => ({
      text: `bytes that one open scope holds: ${text}`,
      value: bytes(within) - bytes(without),
    }));
  },
};
