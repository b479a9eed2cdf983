import {
  Cancelled,
  currentScope,
  currentTime,
  Event,
  isTaskGroupError,
  moveOnAfter,
  operation,
  run,
  sleep,
  sleepForever,
  type TaskGroupError,
  taskGroup,
} from "anyrx";
import { fromEffect, toEffect } from "anyrx/effect";
import { Cause, Context, Data, Effect, Exit, Fiber, Schedule, Stream } from "effect";
import { TestClock } from "effect/testing";
import { adjusting, inTestTime, settled } from "./test-clock.ts";

/** Waits for ever, and cleans up for `ms`. */
function slowToLeave(log: string[], ms = 5): () => Promise<void> {
  return async () => {
    try {
      await sleepForever();
    } finally {
      await moveOnAfter(1000, () => sleep(ms), { shield: true });
      log.push(`clean@${currentTime()}`);
    }
  };
}

describe("toEffect()", () => {
  it("gives the value of an operation, and of a body of each style", () =>
    inTestTime(
      Effect.gen(function* () {
        const waiting = operation(async (n: number) => {
          await sleep(10);
          return n;
        });
        const all = Effect.all(
          [
            toEffect(waiting(1)),
            toEffect(async () => {
              await sleep(1);
              return 2;
            }),
            toEffect(function* () {
              yield* sleep(1);
              return 3;
            }),
            toEffect(() => waiting(4)),
            toEffect(() => 5),
          ],
          { concurrency: "unbounded" },
        );
        expect(yield* adjusting(all, 10)).toEqual(Exit.succeed([1, 2, 3, 4, 5]));
      }),
    ));

  it("runs it anew each time, and not before", () =>
    inTestTime(
      Effect.gen(function* () {
        let calls = 0;
        const effect = toEffect(() => ++calls);
        expect(calls).toBe(0);
        expect(yield* Effect.all([effect, effect])).toEqual([1, 2]);
      }),
    ));

  it("refuses what is neither operation nor function", () => {
    expect(() => toEffect(Promise.resolve(1) as never)).toThrowError(TypeError, /^Cannot make an effect of a Promise:/);
  });

  it("fails with what was thrown, as it is", () =>
    inTestTime(
      Effect.gen(function* () {
        const boom = new Error("boom");
        const failing = toEffect(async () => {
          await sleep(0);
          throw boom;
        });
        const error: unknown = yield* Effect.flip(failing);
        expect(error).toBe(boom);
        expect(yield* Effect.flip(toEffect(() => Promise.reject(undefined as unknown as Error)))).toBeUndefined();
      }),
    ));

  it("makes the failure that is asked for; what that throws is a defect", () =>
    inTestTime(
      Effect.gen(function* () {
        class NoUser extends Data.TaggedError("NoUser")<{ readonly cause: unknown }> {}
        const boom = new Error("boom");
        const failing = toEffect(
          () => {
            throw boom;
          },
          { catch: (cause) => new NoUser({ cause }) },
        );
        const recovered: Effect.Effect<unknown> = Effect.catchTag(failing, "NoUser", ({ cause }) =>
          Effect.succeed(cause),
        );
        expect(yield* recovered).toBe(boom);
        const odd = toEffect(
          () => {
            throw boom;
          },
          {
            catch: () => {
              throw new RangeError("odd");
            },
          },
        );
        const exit = yield* Effect.exit(odd);
        expect(exit).toEqual(Exit.die(new RangeError("odd")));
      }),
    ));

  it("is interrupted by a Cancelled of its own, and does not fail", () =>
    inTestTime(
      Effect.gen(function* () {
        for (const own of [
          () => {
            throw new Cancelled();
          },
          () => {
            currentScope().cancel();
            return sleep(1);
          },
        ]) {
          const exit = yield* Effect.exit(toEffect(own));
          expect(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)).toBeTrue();
        }
      }),
    ));

  it("waits for cleanup when its fiber is interrupted", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const fiber = yield* Effect.forkChild(toEffect(slowToLeave(log)));
        yield* settled;
        const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber));
        yield* settled;
        yield* TestClock.adjust(4);
        expect(fiber.pollUnsafe()).toBeUndefined();
        yield* TestClock.adjust(1);
        yield* Fiber.join(interrupting);
        expect(log).toEqual(["clean@5"]);
        expect(Exit.hasInterrupts(fiber.pollUnsafe()!)).toBeTrue();
      }),
    ));

  it("keeps an error of the cleanup beside the interrupt, and nobody recovers from that", () =>
    inTestTime(
      Effect.gen(function* () {
        const boom = new Error("boom");
        const log: string[] = [];
        const messy = toEffect(async () => {
          try {
            await sleepForever();
          } finally {
            // eslint-disable-next-line no-unsafe-finally
            throw boom;
          }
        });
        const fiber = yield* Effect.forkChild(
          messy.pipe(
            Effect.catch(() => Effect.sync(() => log.push("recovered"))),
            Effect.andThen(Effect.sync(() => log.push("went on"))),
          ),
        );
        yield* settled;
        yield* Fiber.interrupt(fiber);
        const exit = yield* Fiber.await(fiber);
        const { reasons } = (exit as Exit.Failure<never, never>).cause;
        expect(reasons.map(({ _tag }) => _tag).toSorted()).toEqual(["Die", "Interrupt"]);
        expect(reasons.flatMap((reason) => (Cause.isDieReason(reason) ? [reason.defect] : []))).toEqual([boom]);
        expect(log).toEqual([]);
      }),
    ));

  it("is not cancelled where it is uninterruptible", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const body = async () => {
          await sleep(10);
          log.push(`done@${currentTime()}`);
        };
        const fiber = yield* Effect.forkChild(Effect.uninterruptible(toEffect(body)));
        yield* settled;
        const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber));
        yield* settled;
        yield* TestClock.adjust(10);
        yield* Fiber.join(interrupting);
        expect(log).toEqual(["done@10"]);
      }),
    ));

  it("never begins in a fiber that was interrupted before", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const fiber = yield* Effect.forkChild(
          Effect.andThen(
            Effect.uninterruptible(Effect.sleep(5)),
            toEffect(() => log.push("begun")),
          ),
        );
        yield* settled;
        const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber));
        yield* TestClock.adjust(5);
        yield* Fiber.join(interrupting);
        expect(log).toEqual([]);
      }),
    ));

  it("ends when a timeout interrupts it, after its cleanup", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const limited = toEffect(slowToLeave(log)).pipe(
          Effect.timeout(20),
          Effect.catchTag("TimeoutError" as never, () => Effect.sync(() => log.push("timeout"))),
        );
        yield* adjusting(limited, 100);
        expect(log).toEqual(["clean@25", "timeout"]);
      }),
    ));

  it("loses a race after its cleanup", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const race = Effect.race(toEffect(slowToLeave(log)), Effect.as(Effect.sleep(10), "theirs"));
        expect(yield* adjusting(race, 100)).toEqual(Exit.succeed("theirs"));
        expect(log).toEqual(["clean@15"]);
        const other = Effect.race(
          Effect.never,
          toEffect(() => sleep(7)),
        );
        expect(Exit.isSuccess(yield* adjusting(other, 100))).toBeTrue();
      }),
    ));

  it("is run by Effect.all as often at a time as it says, and stopped by the first failure", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const boom = new Error("boom");
        const job = (n: number) =>
          toEffect(async () => {
            log.push(`${n}@${currentTime()}`);
            try {
              await sleep(10);
              if (n === 2) throw boom;
            } finally {
              log.push(`-${n}@${currentTime()}`);
            }
          });
        const exit = yield* adjusting(Effect.all([job(0), job(1), job(2), job(3), job(4)], { concurrency: 2 }), 100);
        expect(exit).toEqual(Exit.fail(boom));
        expect(log).toEqual(["0@0", "1@0", "-0@10", "2@10", "-1@10", "3@10", "-2@20", "-3@20"].map((entry) => entry));
      }),
    ));

  it("is retried", () =>
    inTestTime(
      Effect.gen(function* () {
        const at: number[] = [];
        const flaky = toEffect(async () => {
          await sleep(1);
          at.push(currentTime());
          if (at.length < 3) throw new Error("not yet");
          return "done";
        });
        const exit = yield* adjusting(Effect.retry(flaky, Schedule.spaced(10)), 100);
        expect(exit).toEqual(Exit.succeed("done"));
        expect(at).toEqual([1, 12, 23]);
      }),
    ));

  it("may be acquired and released in a scope", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const note = (text: string) =>
          toEffect(async () => {
            await sleep(5);
            log.push(`${text}@${currentTime()}`);
          });
        const scoped = Effect.scoped(
          Effect.andThen(
            Effect.acquireRelease(note("acquire"), () => Effect.orDie(note("release"))),
            note("use"),
          ),
        );
        yield* adjusting(scoped, 100);
        expect(log).toEqual(["acquire@5", "use@10", "release@15"]);
      }),
    ));

  it("is a step of a Stream", () =>
    inTestTime(
      Effect.gen(function* () {
        const stream = Stream.fromIterable([1, 2, 3]).pipe(
          Stream.mapEffect((n) =>
            toEffect(async () => {
              await sleep(n);
              return n * currentTime();
            }),
          ),
        );
        expect(yield* adjusting(Stream.runCollect(stream), 100)).toEqual(Exit.succeed([1, 6, 18]));
      }),
    ));

  it("lets the fiber go on outside of the task that ended", () =>
    inTestTime(
      Effect.gen(function* () {
        const program = Effect.gen(function* () {
          yield* toEffect(function* () {
            yield* sleep(1);
          });
          // The frame of that generator would take this for a wait of its own.
          yield* sleep(1);
          return currentTime();
        });
        expect(yield* adjusting(program, 10)).toEqual(Exit.succeed(2));
      }),
    ));

  it("wakes others of the same fiber tree by our primitives", () =>
    inTestTime(
      Effect.gen(function* () {
        const event = new Event();
        const waiter = toEffect(async () => {
          await event.wait();
          return currentTime();
        });
        const setter = toEffect(async () => {
          await sleep(3);
          event.set();
        });
        const exit = yield* adjusting(Effect.all([waiter, setter], { concurrency: 2 }), 10);
        expect(exit).toEqual(Exit.succeed([3, undefined]));
      }),
    ));
});

describe("the round trip by fromEffect() and toEffect()", () => {
  const boom = new Error("boom");
  const bang = new Error("bang");
  const effects: Record<string, Effect.Effect<unknown, unknown>> = {
    success: Effect.succeed(1),
    failure: Effect.fail(boom),
    "primitive failure": Effect.fail("no"),
    "undefined failure": Effect.fail(undefined),
    defect: Effect.die(boom),
    "primitive defect": Effect.die("no"),
    "failure and defect": Effect.failCause(Cause.combine(Cause.fail(boom), Cause.die(bang))),
    "two failures": Effect.failCause(Cause.combine(Cause.fail(boom), Cause.fail("no"))),
    "failure and interrupt": Effect.failCause(Cause.combine(Cause.fail(boom), Cause.interrupt(7))),
    interrupt: Effect.failCause(Cause.interrupt(7)),
    "defect of a finalizer": Effect.ensuring(Effect.fail(boom), Effect.die(bang)),
  };

  for (const [name, effect] of Object.entries(effects)) {
    it(`keeps the exit: ${name}`, () =>
      inTestTime(
        Effect.gen(function* () {
          const expected = yield* Effect.exit(effect);
          expect(yield* Effect.exit(toEffect(fromEffect(effect)))).toEqual(expected);
          const inAsync = toEffect(async () => await fromEffect(effect));
          expect(yield* Effect.exit(inAsync)).toEqual(expected);
          const inGenerator = toEffect(function* () {
            return yield* fromEffect(effect);
          });
          expect(yield* Effect.exit(inGenerator)).toEqual(expected);
          const twice = toEffect(fromEffect(toEffect(fromEffect(effect))));
          expect(yield* Effect.exit(twice)).toEqual(expected);
        }),
      ));
  }

  it("does not take a failure for the defect that it was elsewhere", () =>
    inTestTime(
      Effect.gen(function* () {
        const error = new Error("both");
        yield* Effect.exit(toEffect(fromEffect(Effect.die(error))));
        expect(yield* Effect.exit(toEffect(fromEffect(Effect.fail(error))))).toEqual(Exit.fail(error));
      }),
    ));

  it("leaves out the interrupt that a scope of ours has ordered", () =>
    inTestTime(
      Effect.gen(function* () {
        const messy = Effect.onInterrupt(Effect.never, () => Effect.die(bang));
        const exit = yield* adjusting(toEffect(moveOnAfter(10, () => fromEffect(messy))), 20);
        expect(exit).toEqual(Exit.die(bang));
      }),
    ));

  it("maps failures by `catch`, and no defects", () =>
    inTestTime(
      Effect.gen(function* () {
        const mixed = toEffect(fromEffect(effects["failure and defect"]!), { catch: (error) => ({ was: error }) });
        const exit = yield* Effect.exit(mixed);
        expect(exit).toEqual(Exit.failCause(Cause.combine(Cause.fail({ was: boom }), Cause.die(bang))) as never);
      }),
    ));

  it("finds defects in a group, and fails with the rest", () =>
    inTestTime(
      Effect.gen(function* () {
        const of = (...children: Effect.Effect<unknown, unknown>[]) =>
          Effect.exit(
            toEffect(() =>
              taskGroup((tg) => {
                for (const child of children) tg.startSoon(() => fromEffect(child));
              }),
            ),
          );
        const tags = (exit: Exit.Exit<unknown, unknown>) =>
          Exit.isFailure(exit)
            ? exit.cause.reasons.map((reason) => [
                reason._tag,
                ((Cause.isFailReason(reason) ? reason.error : (reason as Cause.Die).defect) as TaskGroupError).leaves(),
              ])
            : [];
        expect(tags(yield* of(Effect.fail(boom)))).toEqual([["Fail", [boom]]]);
        expect(tags(yield* of(Effect.die(bang)))).toEqual([["Die", [bang]]]);
        expect(tags(yield* of(Effect.fail(boom), Effect.die(bang)))).toEqual([
          ["Fail", [boom]],
          ["Die", [bang]],
        ]);
      }),
    ));

  it("keeps what operations throw, the other way round", async () => {
    const throwing = (error: unknown) =>
      run(
        () =>
          fromEffect(
            toEffect(() => {
              throw error;
            }),
          ),
        { backend: "virtual" },
      );
    const boom = new Error("boom");
    await expectAsync(throwing(boom)).toBeRejectedWith(boom);
    const failing = () => taskGroup((tg) => void tg.startSoon(() => Promise.reject(boom)));
    const error: unknown = await run(() => fromEffect(toEffect(failing)), { backend: "virtual" }).catch(
      (caught: unknown) => caught,
    );
    expect(isTaskGroupError(error) && error.leaves()).toEqual([boom]);
    expect(await run(() => fromEffect(toEffect(() => 7)), { backend: "virtual" })).toBe(7);
    await expectAsync(throwing(new Cancelled("mine"))).toBeRejectedWith(jasmine.any(Cancelled));
  });
});

describe("services", () => {
  class Db extends Context.Service<Db, { readonly name: string }>()("spec/Db") {}
  const asked = Effect.map(Db, ({ name }) => name);

  it("that are provided around toEffect() are found inside fromEffect(), also by children and deeper", () =>
    inTestTime(
      Effect.gen(function* () {
        const names: string[] = [];
        const ask = async () => {
          names.push(await fromEffect(asked));
        };
        const program = toEffect(() =>
          taskGroup(async (tg) => {
            tg.startSoon(ask);
            tg.startSoon(() => fromEffect(Effect.provideService(toEffect(ask), Db, { name: "inner" })));
            tg.startSoon(() => fromEffect(Effect.promise(async () => await ask())));
            await ask();
          }),
        );
        yield* Effect.provideService(program, Db, { name: "outer" });
        expect(names.toSorted()).toEqual(["inner", "outer", "outer", "outer"]);
      }),
    ));

  it("are found in virtual time, too", async () => {
    const ask = () => fromEffect(asked);
    const name = await run(() => fromEffect(Effect.provideService(toEffect(ask), Db, { name: "virtual" })), {
      backend: "virtual",
    });
    expect(name).toBe("virtual");
  });

  it("that are missing are a defect that names them", async () => {
    await expectAsync(run(() => fromEffect(asked), { backend: "virtual" })).toBeRejectedWithError(/spec\/Db/);
  });
});
