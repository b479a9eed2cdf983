import { checkpoint, currentScope, ContextVar, getRunningTasks, run, sleepForever } from "anyrx";
import { effectBackend, fromEffect, toEffect } from "anyrx/effect";
import { Cause, Clock, Effect, Exit, Fiber } from "effect";
import { inTestTime, settled } from "./test-clock.ts";

/** What nobody but Effect itself should have to know of a fiber. */
interface Inside {
  readonly _observers?: readonly unknown[];
}

const watched = (use: (watchers: () => number) => Effect.Effect<unknown, unknown>) =>
  Effect.withFiber((fiber) => use(() => (fiber as Inside)._observers?.length ?? 0));

describe("A fiber that lives long", () => {
  it("is watched no more after a thousand operations than after one", () =>
    inTestTime(
      watched((watchers) =>
        Effect.gen(function* () {
          yield* settled; // By then whoever runs it watches it.
          const before = watchers();
          for (let i = 0; i < 1000; i++) {
            yield* checkpoint();
            yield* toEffect(() => i);
            yield* Effect.sync(() => currentScope());
          }
          expect(watchers() - before).toBeLessThanOrEqual(1);
        }),
      ),
    ));

  it("is watched once for each clock that it has, however often that changes", () =>
    inTestTime(
      watched((watchers) =>
        Effect.gen(function* () {
          yield* settled;
          const before = watchers();
          const other = Object.create(yield* Clock.Clock) as Clock.Clock;
          const mine = currentScope();
          const theirs = Effect.provideService(
            Effect.sync(() => currentScope()),
            Clock.Clock,
            other,
          );
          const first = yield* theirs;
          for (let i = 0; i < 100; i++) {
            expect(yield* theirs).toBe(first);
            expect(currentScope()).toBe(mine);
          }
          expect(watchers() - before).toBeLessThanOrEqual(2);
        }),
      ),
    ));

  it("is left by the runs that it has begun", () =>
    inTestTime(
      watched((watchers) =>
        Effect.gen(function* () {
          const one = () => run(() => checkpoint(), { backend: effectBackend() });
          yield* Effect.promise(one);
          yield* settled;
          const before = watchers();
          for (let i = 0; i < 100; i++) yield* Effect.promise(one);
          yield* settled;
          expect(watchers()).toBe(before);
        }),
      ),
    ));
});

describe("A deep tree of both kinds", () => {
  const nested = (depth: number, inmost: Effect.Effect<unknown, unknown>) => {
    let effect = inmost;
    for (let i = 0; i < depth; i++) {
      const inner = effect;
      effect = toEffect(() => fromEffect(inner));
    }
    return effect;
  };

  it("comes to its end", async () => {
    expect(await run(() => fromEffect(nested(3000, Effect.succeed("deep"))), { backend: "virtual" })).toBe("deep");
  });

  it("is interrupted from the outside in, and cleaned up from the inside out", async () => {
    const log: string[] = [];
    const inmost = Effect.onInterrupt(
      toEffect(() => {
        log.push("begun");
        return sleepForever();
      }),
      () => Effect.sync(() => log.push("inmost")),
    );
    const interrupted = Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(
        Effect.ensuring(
          nested(3000, inmost),
          Effect.sync(() => log.push("outmost")),
        ),
      );
      while (log.length === 0) yield* Effect.yieldNow;
      yield* Fiber.interrupt(fiber);
      const exit = fiber.pollUnsafe();
      expect(exit !== undefined && Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)).toBeTrue();
    });
    await Effect.runPromise(interrupted);
    expect(log).toEqual(["begun", "inmost", "outmost"]);
    expect(getRunningTasks()).toEqual([]);
  });
});

describe("A context variable", () => {
  it("that a fiber has set is there in what the fiber runs, and nowhere else", async () => {
    const name = new ContextVar<string>("name");
    const found = await run(
      async () => {
        name.set("task");
        const inFiber = Effect.gen(function* () {
          const before = yield* toEffect(() => name.get());
          name.set("fiber");
          const body = yield* toEffect(async () => (await checkpoint(), name.get()));
          yield* toEffect(() => void name.set("body"));
          return [before, body, name.get()];
        });
        return [...(await fromEffect(inFiber)), name.get()];
      },
      { backend: "virtual" },
    );
    expect(found).toEqual(["task", "fiber", "fiber", "task"]);
  });
});
