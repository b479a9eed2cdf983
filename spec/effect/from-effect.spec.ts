import { firstValueFrom } from "rxjs";
import {
  type BackendName,
  Cancelled,
  CancelScope,
  ContextVar,
  currentTime,
  DeadlockError,
  gather,
  isCancelled,
  isTaskGroupError,
  moveOnAfter,
  run,
  sleep,
  sleepForever,
  taskGroup,
  type TaskGroupError,
} from "anyrx";
import { DefectError, effectBackend, fromEffect, toEffect } from "anyrx/effect";
import { Cause, Clock, Deferred, Effect, Fiber, Random, Schedule } from "effect";
import { onRealClock, reallyWaits } from "../support/real-time.ts";

const virtually = <T>(main: () => T) => run(main, { backend: "virtual" });

/** Runs a fiber that sleeps, and notes how it ends. */
function noting(log: string[], ms: number, cleanup = 0): Effect.Effect<string> {
  return Effect.acquireUseRelease(
    Effect.sync(() => log.push(`acquire@${currentTime()}`)),
    () => Effect.as(Effect.sleep(ms), "used"),
    () =>
      Effect.andThen(
        Effect.sleep(cleanup),
        Effect.sync(() => log.push(`release@${currentTime()}`)),
      ),
  );
}

describe("fromEffect()", () => {
  for (const backend of ["native", "rx", "virtual", "effect"] satisfies BackendName[]) {
    describe(`on ${backend}`, () => {
      if (backend !== "virtual") beforeEach(() => onRealClock());
      const effect = Effect.as(Effect.sleep(2), "value");

      it("can be awaited", async () => {
        expect(await run(async () => await fromEffect(effect), { backend })).toBe("value");
      });

      it("can be yielded", async () => {
        const main = function* () {
          return yield* fromEffect(effect);
        };
        expect(await run(main, { backend })).toBe("value");
      });

      it("can be subscribed to", async () => {
        expect(await run(() => fromEffect(effect), { backend })).toBe("value");
        expect(await run(async () => await firstValueFrom(fromEffect(effect).asObservable()), { backend })).toBe(
          "value",
        );
      });

      it("runs the effect anew each time, and not before", async () => {
        let calls = 0;
        const counting = fromEffect(Effect.sync(() => ++calls));
        expect(calls).toBe(0);
        expect(await run(async () => [await counting, await counting], { backend })).toEqual([1, 2]);
      });

      it("interrupts the fiber when its scope is cancelled, and waits for its finalizers, in each style", async () => {
        const log: string[] = [];
        const slow = () =>
          fromEffect(
            Effect.onInterrupt(Effect.never, () =>
              Effect.andThen(
                Effect.sleep(5),
                Effect.sync(() => log.push("finalized")),
              ),
            ),
          );
        const bodies: (() => unknown)[] = [
          async () => await slow(),
          function* () {
            yield* slow();
          },
          () => slow(),
        ];
        for (const body of bodies) {
          await run(() => moveOnAfter(2, body), { backend });
          log.push("gone");
        }
        expect(log).toEqual(["finalized", "gone", "finalized", "gone", "finalized", "gone"]);
      });
    });
  }

  it("works outside of any run", async () => {
    expect(await fromEffect(Effect.succeed(1))).toBe(1);
  });

  it("refuses what is no effect", () => {
    expect(() => fromEffect(5 as never)).toThrowError(TypeError, /^Cannot run 5 as an effect:/);
  });

  it("takes virtual time, in the order of its sleeps", async () => {
    const log: string[] = [];
    const napping = (name: string, ms: number) =>
      Effect.gen(function* () {
        yield* Effect.sleep(ms);
        log.push(`${name}@${yield* Clock.currentTimeMillis}`);
      });
    await virtually(async () => {
      const both = Effect.all([napping("b", 1000), napping("a", 500), Effect.delay(napping("c", 1), "1 day")], {
        concurrency: "unbounded",
      });
      await gather([fromEffect(both), sleep(700)]);
      log.push(`ours@${currentTime()}`);
    });
    expect(log).toEqual(["a@500", "b@1000", "c@86400001", "ours@86400001"]);
  });

  it("is deterministic in virtual time", async () => {
    const story = async () => {
      const log: string[] = [];
      const worker = (name: string) =>
        Effect.gen(function* () {
          for (let i = 0; i < 3; i++) {
            log.push(`${name}${i}@${yield* Clock.currentTimeMillis}`);
            yield* Effect.yieldNow;
            yield* Effect.sleep(yield* Random.nextIntBetween(1, 5));
          }
        });
      const seeded = Random.withSeed(Effect.all(["a", "b", "c"].map(worker), { concurrency: 3 }), "seed");
      await virtually(() => fromEffect(seeded));
      return log;
    };
    expect(await story()).toEqual(await story());
  });

  it("sleeps for ever, and for nothing", async () => {
    const main = async () => {
      await moveOnAfter(5, () => fromEffect(Effect.sleep(Infinity)));
      await fromEffect(Effect.sleep(0));
      return currentTime();
    };
    expect(await virtually(main)).toBe(5);
  });

  it("has a clock that goes on with retries and timeouts of Effect's", async () => {
    let tries = 0;
    const flaky = Effect.suspend(() => (++tries < 3 ? Effect.fail("no") : Effect.succeed(currentTime())));
    expect(await virtually(() => fromEffect(Effect.retry(flaky, Schedule.spaced("1 minute"))))).toBe(120_000);
    const limited = fromEffect(Effect.timeout(Effect.never, "1 minute"));
    await expectAsync(virtually(() => limited)).toBeRejectedWith(jasmine.objectContaining({ _tag: "TimeoutError" }));
  });

  it("throws a failure as it is", async () => {
    const boom = { _tag: "Boom" };
    await expectAsync(virtually(() => fromEffect(Effect.fail(boom)))).toBeRejectedWith(boom);
    const caught = virtually(async () => {
      try {
        await fromEffect(Effect.fail("a string"));
      } catch (error) {
        return error;
      }
    });
    expect(await caught).toBe("a string");
  });

  it("throws a defect as it is, a primitive one in an error", async () => {
    const boom = new Error("boom");
    await expectAsync(virtually(() => fromEffect(Effect.die(boom)))).toBeRejectedWith(boom);
    const error: unknown = await virtually(() => fromEffect(Effect.die("no"))).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DefectError);
    expect((error as DefectError).defect).toBe("no");
    expect((error as DefectError).message).toBe('Cannot go on with an effect: it died with "no"; see defect');
  });

  it("throws several reasons as one group, without the interrupts", async () => {
    const cause = Cause.combine(Cause.combine(Cause.fail("a"), Cause.interrupt()), Cause.die("b"));
    const error: unknown = await virtually(() => fromEffect(Effect.failCause(cause))).catch(
      (caught: unknown) => caught,
    );
    expect(isTaskGroupError(error)).toBeTrue();
    const [first, second] = (error as TaskGroupError).errors as unknown[];
    expect(first).toBe("a");
    expect(second).toBeInstanceOf(DefectError);
  });

  it("is cancelled by an interrupt of its own", async () => {
    const error: unknown = await virtually(() => fromEffect(Effect.interrupt)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Cancelled);
    // Nobody in the group has ordered it: the group ends all the same, and so does who waits there.
    const group = () =>
      taskGroup((tg) => {
        tg.startSoon(() => fromEffect(Effect.interrupt));
        tg.startSoon(() => sleepForever());
      });
    await expectAsync(virtually(group)).toBeResolved();
  });

  it("throws the cancellation of its scope, which swallows it", async () => {
    const scope = new CancelScope();
    const main = () =>
      scope.enter(async () => {
        const inner = sleep(1).subscribe(() => {
          scope.cancel("enough");
        });
        try {
          await fromEffect(Effect.never);
        } catch (error) {
          inner.unsubscribe();
          expect(isCancelled(error) && error.reason).toBe("enough");
          throw error;
        }
      });
    await virtually(main);
    expect(scope.cancelledCaught).toBeTrue();
  });

  it("waits for uninterruptible parts", async () => {
    const log: string[] = [];
    const main = () =>
      moveOnAfter(10, async () => {
        try {
          await fromEffect(
            Effect.uninterruptible(
              Effect.andThen(
                Effect.sleep(30),
                Effect.sync(() => log.push(`done@${currentTime()}`)),
              ),
            ),
          );
        } catch (error) {
          log.push(isCancelled(error) ? `cancelled@${currentTime()}` : String(error));
          throw error;
        }
      });
    await virtually(main);
    expect(log).toEqual(["done@30", "cancelled@30"]);
  });

  it("throws what a finalizer dies with, though the scope is cancelled", async () => {
    const boom = new Error("boom");
    const messy = Effect.onInterrupt(Effect.never, () => Effect.die(boom));
    await expectAsync(virtually(() => moveOnAfter(10, () => fromEffect(messy)))).toBeRejectedWith(boom);
  });

  it("begins nothing in a cancelled scope", async () => {
    let begun = false;
    const scope = new CancelScope();
    scope.cancel();
    await virtually(() =>
      scope.enter(() =>
        fromEffect(
          Effect.sync(() => {
            begun = true;
          }),
        ),
      ),
    );
    expect(begun).toBeFalse();
    expect(scope.cancelledCaught).toBeTrue();
  });

  it("begins nothing when it is cancelled before its turn", async () => {
    let begun = false;
    await virtually(() =>
      taskGroup((tg) => {
        tg.startSoon(() =>
          fromEffect(
            Effect.sync(() => {
              begun = true;
            }),
          ),
        );
        tg.startSoon(() => {
          tg.cancel();
        });
      }),
    );
    expect(begun).toBeFalse();
  });

  it("is interrupted by what it does itself, when that cancels its scope", async () => {
    const scope = new CancelScope();
    const log: string[] = [];
    const suicidal = Effect.gen(function* () {
      scope.cancel();
      log.push("cancelled");
      yield* Effect.sleep(1);
      log.push("never");
    });
    await virtually(() => scope.enter(() => fromEffect(suicidal)));
    expect(log).toEqual(["cancelled"]);
  });

  it("is shielded with its scope", async () => {
    const main = () => moveOnAfter(10, () => moveOnAfter(100, () => fromEffect(Effect.sleep(50)), { shield: true }));
    expect(await virtually(async () => (await main(), currentTime()))).toBe(50);
  });

  it("is left to the group by who unsubscribes", async () => {
    const log: string[] = [];
    await virtually(() =>
      taskGroup(async () => {
        const subscription = fromEffect(noting(log, 100, 5)).subscribe();
        await sleep(10);
        subscription.unsubscribe();
        log.push("unsubscribed");
      }),
    );
    expect(log).toEqual(["acquire@0", "unsubscribed", "release@15"]);
  });

  it("interrupts forked children, and waits for them", async () => {
    const log: string[] = [];
    const parent = Effect.gen(function* () {
      yield* Effect.forkChild(noting(log, 100, 5));
      yield* Effect.never;
    });
    await virtually(() => moveOnAfter(10, () => fromEffect(parent)));
    expect(log).toEqual(["acquire@0", "release@15"]);
  });

  it("hands values over between fibers and tasks", async () => {
    const main = async () => {
      const deferred = Deferred.makeUnsafe<string>();
      return await gather([
        fromEffect(Deferred.await(deferred)),
        async () => {
          await sleep(10);
          await fromEffect(Deferred.succeed(deferred, `given@${currentTime()}`));
        },
      ]);
    };
    expect(await virtually(main)).toEqual(["given@10", undefined]);
  });

  it("keeps the date on real clocks", async () => {
    const date = await run(() => fromEffect(Clock.currentTimeMillis));
    expect(Math.abs(date - Date.now())).toBeLessThan(1000);
  });

  it("hides the generator that waits for it from the fiber", async () => {
    const main = function* () {
      return yield* fromEffect(
        Effect.gen(function* () {
          yield* sleep(3);
          yield* Effect.sleep(4);
          return currentTime();
        }),
      );
    };
    expect(await virtually(main)).toBe(7);
  });

  it("hides the generator that cancels it from the finalizers", async () => {
    const log: string[] = [];
    const leaving = Effect.gen(function* () {
      yield* sleep(3);
      log.push(`finalized@${currentTime()}`);
    });
    await virtually(() =>
      taskGroup(function* (tg) {
        tg.startSoon(() => fromEffect(Effect.onInterrupt(Effect.never, () => leaving)));
        yield* sleep(1);
        tg.cancel();
        log.push("cancelled");
      }),
    );
    expect(log).toEqual(["cancelled", "finalized@4"]);
  });

  it("hands on context variables, there and back", async () => {
    onRealClock();
    const user = new ContextVar("user", "nobody");
    const main = async () => {
      user.set("ann");
      return [
        await fromEffect(toEffect(() => user.get())),
        await fromEffect(Effect.sync(() => user.get())),
        await fromEffect(Effect.promise(async () => (await sleep(1), user.get()))),
      ];
    };
    expect(await virtually(main)).toEqual(["ann", "ann", "ann"]);
    expect(await run(main, { backend: effectBackend() })).toEqual(["ann", "ann", "ann"]);
  });

  it("lets a foreign await of the fiber find the scope that it is run for", async () => {
    const log: string[] = [];
    const wandering = Effect.promise(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await sleep(50).then(
        () => log.push("slept"),
        (error: unknown) => log.push(isCancelled(error) ? `cancelled@${currentTime()}` : String(error)),
      );
    });
    await virtually(() => moveOnAfter(10, () => fromEffect(Effect.andThen(Effect.sleep(1), wandering))));
    expect(log).toEqual(["cancelled@10"]);
  });

  it("is awaited by a fiber that joins it", async () => {
    const main = () =>
      fromEffect(
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(toEffect(() => sleep(5)));
          yield* Fiber.join(fiber);
          return currentTime();
        }),
      );
    expect(await virtually(main)).toBe(5);
  });
});

describe("A virtual clock that stands still for an effect", () => {
  it("names the task that waits for it", async () => {
    reallyWaits("a deadlock is told after a real moment");
    const stuck = run(() => taskGroup((tg) => tg.startSoon(() => fromEffect(Effect.never), { name: "poller" })), {
      backend: "virtual",
    });
    await expectAsync(stuck).toBeRejectedWithError(DeadlockError, /- poller: waits for the end of an effect/);
  });
});
