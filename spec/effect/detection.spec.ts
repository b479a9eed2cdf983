import {
  checkpoint,
  currentBackend,
  currentScope,
  currentTime,
  isCancelled,
  moveOnAfter,
  run,
  sleep,
  sleepForever,
  taskGroup,
} from "anyrx";
import { fromEffect, toEffect } from "anyrx/effect";
import { Cause, Clock, Effect, Exit, Fiber } from "effect";
import { TestClock } from "effect/testing";
import { adjusting, inTestTime, settled } from "./test-clock.ts";

describe("code of a fiber", () => {
  it("is on the backend effect, without any run", async () => {
    expect(currentBackend()).toBe("native");
    expect(await Effect.runPromise(Effect.sync(() => currentBackend()))).toBe("effect");
    expect(Effect.runSync(Effect.sync(() => currentBackend()))).toBe("effect");
    expect(currentBackend()).toBe("native");
  });

  it("waits on the clock of its fiber, in Effect.promise", () =>
    inTestTime(
      Effect.gen(function* () {
        const waiting = Effect.promise(async () => {
          await sleep(10);
          const first = currentTime();
          await taskGroup(async (tg) => {
            tg.startSoon(() => sleep(5));
            await sleep(7);
          });
          return [first, currentTime(), currentBackend()];
        });
        expect(yield* adjusting(waiting, 100)).toEqual(Exit.succeed([10, 17, "effect"]));
      }),
    ));

  it("can be subscribed to in Effect.callback", () =>
    inTestTime(
      Effect.gen(function* () {
        const waiting = Effect.callback<number>((resume) => {
          const subscription = sleep(10).subscribe(() => resume(Effect.succeed(currentTime())));
          return Effect.sync(() => subscription.unsubscribe());
        });
        expect(yield* adjusting(waiting, 100)).toEqual(Exit.succeed(10));
      }),
    ));

  it("is cancelled when the fiber is interrupted", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const waiting = Effect.promise(async () => {
          try {
            await sleep(1);
            await sleepForever();
          } catch (error) {
            log.push(isCancelled(error) ? "cancelled" : String(error));
            throw error;
          }
        });
        const fiber = yield* Effect.forkChild(waiting);
        yield* settled;
        yield* TestClock.adjust(10);
        expect(log).toEqual([]);
        yield* Fiber.interrupt(fiber);
        yield* settled;
        expect(log).toEqual(["cancelled"]);
      }),
    ));

  it("is cancelled by a timeout", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const waiting = Effect.promise(() =>
          sleepForever().then(undefined, (error: unknown) => log.push(`${isCancelled(error)}@${currentTime()}`)),
        );
        yield* adjusting(Effect.timeoutOption(waiting, 20), 100);
        expect(log).toEqual(["true@20"]);
      }),
    ));

  it("has one scope for each fiber", async () => {
    const same = await Effect.runPromise(
      Effect.gen(function* () {
        const here = currentScope();
        const inner = yield* Fiber.join(yield* Effect.forkChild(Effect.sync(() => currentScope())));
        yield* Effect.yieldNow;
        return [here === currentScope(), here === inner, here.name.startsWith("fiber #")];
      }),
    );
    expect(same).toEqual([true, false, true]);
  });

  it("follows a clock that is provided for a part of it", () =>
    inTestTime(
      Effect.gen(function* () {
        yield* TestClock.adjust(50);
        expect(currentTime()).toBe(50);
        const other = yield* TestClock.make();
        const there = yield* Effect.provideService(
          Effect.sync(() => currentTime()),
          Clock.Clock,
          other,
        );
        expect(there).toBe(0);
        expect(currentTime()).toBe(50);
      }).pipe(Effect.scoped),
    ));

  it("is on the backend of the run that its effect is run for", async () => {
    const names = await run(
      () =>
        fromEffect(
          Effect.gen(function* () {
            yield* Effect.sleep(5);
            const fiber = yield* Effect.forkChild(Effect.promise(async () => (await sleep(10), currentTime())));
            return [currentBackend(), yield* Fiber.join(fiber)];
          }),
        ),
      { backend: "virtual" },
    );
    expect(names).toEqual(["virtual", 15]);
  });

  it("is told from the tasks that run beside it", () =>
    inTestTime(
      Effect.gen(function* () {
        const names = yield* adjusting(
          toEffect(() =>
            taskGroup(async (tg) => {
              const task = tg.startSoon(async () => (await checkpoint(), currentScope().name));
              await checkpoint();
              return await task;
            }),
          ),
          1,
        );
        expect(names).toEqual(Exit.succeed(""));
      }),
    ));
});

describe("yield* of an operation in Effect.gen", () => {
  it("waits in the fiber", () =>
    inTestTime(
      Effect.gen(function* () {
        const waiting = Effect.gen(function* () {
          yield* sleep(10);
          const value = yield* taskGroup((tg) => tg.startSoon(async () => (await sleep(5), "child")));
          yield* Effect.sleep(1);
          return `${value}@${currentTime()}`;
        });
        expect(yield* adjusting(waiting, 100)).toEqual(Exit.succeed("child@16"));
      }),
    ));

  it("is interrupted with it, after cleanup", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const body = async () => {
          try {
            await sleepForever();
          } finally {
            await moveOnAfter(100, () => sleep(3), { shield: true });
            log.push(`clean@${currentTime()}`);
          }
        };
        const waiting = Effect.gen(function* () {
          yield* taskGroup(() => body());
        });
        yield* adjusting(
          Effect.timeoutOption(waiting, 10).pipe(Effect.andThen(Effect.sync(() => log.push(`on@${currentTime()}`)))),
          100,
        );
        expect(log).toEqual(["clean@13", "on@13"]);
      }),
    ));

  it("dies of an error, since its type has none", () =>
    inTestTime(
      Effect.gen(function* () {
        const boom = new Error("boom");
        const failing = Effect.gen(function* () {
          yield* taskGroup(() => Promise.reject(boom));
        });
        const exit: Exit.Exit<void> = yield* Effect.exit(failing);
        expect(Exit.isFailure(exit) && exit.cause.reasons.map(({ _tag }) => _tag)).toEqual(["Die"]);
        const interrupted = yield* Effect.exit(
          Effect.gen(function* () {
            yield* fromEffect(Effect.interrupt);
          }),
        );
        expect(Exit.isFailure(interrupted) && Cause.hasInterruptsOnly(interrupted.cause)).toBeTrue();
      }),
    ));

  it("is a wait of our task where that runs the generator", async () => {
    const main = function* () {
      yield* sleep(5);
      return currentTime();
    };
    expect(await Effect.runPromise(Effect.promise(() => run(main, { backend: "virtual" })))).toBe(5);
  });
});
