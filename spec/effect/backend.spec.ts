import { concatMap, map } from "rxjs";
import {
  availableBackends,
  currentBackend,
  currentTime,
  isCancelled,
  moveOnAfter,
  run,
  sleep,
  sleepForever,
  taskGroup,
} from "anyrx";
import { effectBackend, fromEffect } from "anyrx/effect";
import { Clock, Context, Effect, Exit, Fiber, Scheduler } from "effect";
import { TestClock } from "effect/testing";
import { reallyWaits } from "../support/real-time.ts";
import { adjusting, inTestTime, settled } from "./test-clock.ts";

/** Three steps of 10, 5 and 7 ms, in each style. Notes when each is over. */
const chains: Record<string, (note: (text: string) => void) => unknown> = {
  async: async (note) => {
    for (const delay of [10, 5, 7]) {
      await sleep(delay);
      note(`async@${currentTime()}`);
    }
  },
  *generator(note) {
    for (const delay of [10, 5, 7]) {
      yield* sleep(delay);
      note(`generator@${currentTime()}`);
    }
  },
  observable: (note) =>
    sleep(10).pipe(
      map(() => note(`observable@${currentTime()}`)),
      concatMap(() => sleep(5)),
      map(() => note(`observable@${currentTime()}`)),
      concatMap(() => sleep(7)),
      map(() => note(`observable@${currentTime()}`)),
    ),
};

/** A scheduler that runs nothing until it is told. */
class ByHand implements Scheduler.Scheduler {
  readonly executionMode = "async";
  readonly tasks: (() => void)[] = [];

  shouldYield(): boolean {
    return false;
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return { scheduleTask: (task) => void this.tasks.push(task), flush: () => undefined };
  }

  step(): void {
    this.tasks.shift()?.();
  }
}

describe("effectBackend()", () => {
  it("is known by name, once it is imported", async () => {
    expect(availableBackends()).toContain("effect");
    expect(await run(() => currentBackend(), { backend: "effect" })).toBe("effect");
  });

  it("resumes tasks on the scheduler, one task of it for each batch", async () => {
    const scheduler = new ByHand();
    const log: string[] = [];
    const ended = run(
      () =>
        taskGroup(function* (tg) {
          for (const name of ["a", "b", "c"]) tg.startSoon(() => void log.push(name));
          log.push("body");
        }),
      { backend: effectBackend({ context: Context.make(Scheduler.Scheduler, scheduler) }) },
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(["body"]);
    expect(scheduler.tasks.length).toBe(1);
    scheduler.step();
    expect(log).toEqual(["body", "a", "b", "c"]);
    while (scheduler.tasks.length > 0) scheduler.step();
    await ended;
  });

  for (const [style, chain] of Object.entries(chains)) {
    it(`wakes a chain of three waits at its exact times within one adjust, ${style} body`, () =>
      inTestTime(
        Effect.gen(function* () {
          const log: string[] = [];
          const body = () => chain((text) => log.push(text));
          const fiber = yield* Effect.forkChild(Effect.promise(() => run(() => body(), { backend: effectBackend() })));
          yield* settled;
          yield* TestClock.adjust(100);
          yield* Fiber.join(fiber);
          expect(log).toEqual([`${style}@10`, `${style}@15`, `${style}@22`]);
        }),
      ));
  }

  it("wakes all three at once, in the order of their times", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const main = () =>
          taskGroup((tg) => {
            for (const chain of Object.values(chains)) tg.startSoon(() => chain((text) => log.push(text)));
          });
        yield* adjusting(
          Effect.promise(() => run(main, { backend: effectBackend() })),
          100,
        );
        expect(log).toEqual(
          // An `await` begins a microtask later.
          [10, 15, 22].flatMap((time) => ["generator", "observable", "async"].map((style) => `${style}@${time}`)),
        );
      }),
    ));

  it("reads the clock of Effect, and sleeps beside its fibers", () =>
    inTestTime(
      Effect.gen(function* () {
        yield* TestClock.adjust(1000);
        const log: string[] = [];
        const theirs = Effect.gen(function* () {
          yield* Effect.sleep(15);
          log.push(`theirs@${yield* Clock.currentTimeMillis}`);
        });
        const ours = async () => {
          log.push(`ours@${currentTime()}`);
          await sleep(10);
          log.push(`ours@${currentTime()}`);
          await sleep(10);
          log.push(`ours@${currentTime()}`);
        };
        yield* adjusting(
          Effect.all([Effect.promise(() => run(ours, { backend: effectBackend() })), theirs], { concurrency: 2 }),
          50,
        );
        expect(log).toEqual(["ours@1000", "ours@1010", "theirs@1015", "ours@1020"]);
      }),
    ));

  it("keeps deadlines of fractions of a ms", () =>
    inTestTime(
      Effect.gen(function* () {
        const times: number[] = [];
        const main = async () => {
          for (const delay of [0.5, 0.25, 0.000_001]) {
            await sleep(delay);
            times.push(currentTime());
          }
        };
        yield* adjusting(
          Effect.promise(() => run(main, { backend: effectBackend() })),
          10,
        );
        expect(times).toEqual([0.5, 0.75, 0.750_001]);
      }),
    ));

  it("moves deadlines with the clock", () =>
    inTestTime(
      Effect.gen(function* () {
        const main = async () => {
          const before = currentTime();
          await moveOnAfter(50, () => sleepForever());
          return currentTime() - before;
        };
        const exit = yield* adjusting(
          Effect.promise(() => run(main, { backend: effectBackend() })),
          50,
        );
        expect(exit).toEqual(Exit.succeed(50));
      }),
    ));

  it("is a fiber: interrupting it cancels the run, and it ends when that has cleaned up", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const backend = effectBackend();
        const ended = run(
          async () => {
            try {
              await sleepForever();
            } finally {
              await moveOnAfter(100, () => sleep(30), { shield: true });
              log.push(`clean@${currentTime()}`);
            }
          },
          { backend },
        );
        ended.catch((error: unknown) => log.push(isCancelled(error) ? "cancelled" : String(error)));
        yield* settled;
        const [fiber] = backend.fibers;
        const interrupting = yield* Effect.forkChild(
          Effect.andThen(
            Fiber.interrupt(fiber!),
            Effect.sync(() => log.push("interrupted")),
          ),
        );
        yield* settled;
        expect(log).toEqual([]);
        yield* TestClock.adjust(100);
        yield* Fiber.join(interrupting);
        expect(log).toEqual(["clean@30", "cancelled", "interrupted"]);
        expect(backend.fibers).toEqual([]);
      }),
    ));

  it("ends a run with the fiber that it was begun in", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const begun = Effect.sync(() => {
          run(() => sleepForever(), { backend: effectBackend() }).catch((error: unknown) =>
            log.push(isCancelled(error) ? "cancelled" : String(error)),
          );
          log.push("begun");
        });
        yield* Fiber.join(yield* Effect.forkChild(begun));
        yield* settled;
        expect(log).toEqual(["begun", "cancelled"]);
      }),
    ));

  it("is waited for by the fiber that it was begun in", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const main = async () => {
          try {
            await sleepForever();
          } finally {
            await moveOnAfter(100, () => sleep(30), { shield: true });
            log.push(`clean@${currentTime()}`);
          }
        };
        const begun = Effect.promise(() => run(main, { backend: effectBackend() }));
        yield* adjusting(Effect.timeoutOption(begun, 10), 100);
        log.push("on");
        expect(log).toEqual(["clean@40", "on"]);
        const alone = Effect.runForkWith(yield* Effect.context())(begun);
        yield* settled;
        const interrupting = yield* Effect.forkChild(Fiber.interrupt(alone));
        yield* settled;
        expect(alone.pollUnsafe()).toBeUndefined();
        yield* TestClock.adjust(30);
        yield* Fiber.join(interrupting);
        expect(log.slice(2)).toEqual(["clean@130"]);
      }),
    ));

  it("takes the services of the fiber around it, also when the fiber is that of a task", () =>
    inTestTime(
      Effect.gen(function* () {
        const inner = () => run(() => fromEffect(Clock.currentTimeMillis), { backend: effectBackend() });
        yield* TestClock.adjust(70);
        expect(yield* Effect.promise(inner)).toBe(70);
        expect(yield* Effect.promise(() => run(async () => inner(), { backend: effectBackend() }))).toBe(70);
      }),
    ));

  it("refuses a context that is none", () => {
    expect(() => effectBackend({ context: {} as never })).toThrowError(
      TypeError,
      /^Cannot make a backend with the context/,
    );
  });

  it("calls what a deadline calls outside of any fiber", () =>
    inTestTime(
      Effect.gen(function* () {
        const fibers: unknown[] = [];
        const main = () =>
          moveOnAfter(10, (scope) => {
            scope.signal.addEventListener("abort", () => fibers.push(Fiber.getCurrent()));
            return sleepForever();
          });
        yield* adjusting(
          Effect.promise(() => run(main, { backend: effectBackend() })),
          10,
        );
        expect(fibers).toEqual([undefined]);
      }),
    ));

  it("uses the live clock where there is no fiber", async () => {
    reallyWaits("it is about the live clock");
    const backend = effectBackend();
    const slept = await run(
      async () => {
        const before = currentTime();
        // By Effect's own reading: it and Date.now() drift apart.
        expect(Math.abs(before - Number(Effect.runSync(Clock.currentTimeNanos)) / 1e6)).toBeLessThan(5);
        await sleep(15);
        return currentTime() - before;
      },
      { backend },
    );
    expect(slept).toBeGreaterThanOrEqual(15);
  });

  it("leaves no sleep behind", () =>
    inTestTime(
      Effect.gen(function* () {
        const clock = yield* Clock.Clock;
        let asleep = 0;
        const counting: Clock.Clock = Object.create(clock, {
          sleep: {
            value: (duration: never) =>
              Effect.acquireUseRelease(
                Effect.sync(() => asleep++),
                () => clock.sleep(duration),
                () => Effect.sync(() => asleep--),
              ),
          },
        }) as Clock.Clock;
        const main = async () => {
          await moveOnAfter(5000, () => undefined);
          await sleep(1);
        };
        const exit = yield* adjusting(
          Effect.provideService(
            Effect.promise(() => run(main, { backend: effectBackend() })),
            Clock.Clock,
            counting,
          ),
          10,
        );
        expect(Exit.isSuccess(exit)).toBeTrue();
        expect(asleep).toBe(0);
      }),
    ));
});
