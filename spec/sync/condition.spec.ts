import { inspect } from "node:util";
import {
  BrokenResourceError,
  CancelScope,
  Condition,
  DeadlockError,
  Event,
  Lock,
  moveOnAfter,
  run,
  sleep,
  sleepForever,
  taskGroup,
  UsageError,
} from "anyrx";
import { concatMap, map, Subject, takeUntil } from "rxjs";
import { blocked, everywhere, expectSentence, named, thrownBy, virtually } from "../field/everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

describe("condition.wait()", () => {
  everywhere("gives the lock up, and gives it back with the lease it was acquired with, in every style", async () => {
    const bodies = [
      (condition: Condition) => async () => {
        using _held = await condition.acquire();
        await condition.wait();
        return condition.locked();
      },
      (condition: Condition) =>
        function* () {
          using _held = yield* condition.acquire();
          yield* condition.wait();
          return condition.locked();
        },
      (condition: Condition) => () =>
        condition.acquire().pipe(
          concatMap((lease) =>
            condition.wait().pipe(
              map(() => {
                const locked = condition.locked();
                lease[Symbol.dispose]();
                return locked;
              }),
            ),
          ),
        ),
    ];
    for (const body of bodies) {
      const condition = new Condition();
      await taskGroup(async (tg) => {
        const waiter = tg.startSoon(body(condition) as () => Promise<boolean>);
        await blocked();
        expect([condition.locked(), condition.statistics().tasksWaiting]).toEqual([false, 1]);
        await condition.hold(() => condition.notify());
        expect(await waiter).toBeTrue();
      });
      expect(condition.locked()).toBeFalse();
    }
  });

  everywhere("in a cancelled scope throws, and does not give the lock up", async () => {
    const condition = new Condition();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      const lease = await condition.acquire();
      tg.startSoon(() => condition.hold(() => log.push("got it")));
      await blocked();
      const scope = new CancelScope();
      await scope.enter(async () => {
        scope.cancel();
        log.push(named(await thrownBy(() => condition.wait())));
        log.push(named(await thrownBy(() => condition.waitFor(() => true))));
      });
      log.push("releases");
      lease[Symbol.dispose]();
    });
    expect(log).toEqual(["Cancelled", "Cancelled", "releases", "got it"]);
  });

  virtually("cancelled, has the lock again before it throws, however long that takes", async () => {
    const condition = new Condition();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      const waiter = tg.startSoon(
        () =>
          condition.hold(async () => {
            const error = await thrownBy(() => condition.wait());
            log.push(`${named(error)}, owner: ${condition.statistics().lockStatistics.owner?.name ?? "none"}`);
            throw error;
          }),
        { name: "waiter" },
      );
      await blocked();
      await condition.hold(async () => {
        waiter.cancel();
        await sleep(50);
        log.push("releases");
      });
    });
    expect(log).toEqual(["releases", "Cancelled, owner: waiter"]);
    expect(condition.locked()).toBeFalse();
  });

  everywhere("passes its notification on to the one after the next, when the next is cancelled as well", async () => {
    const condition = new Condition();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      const wait = (name: string) =>
        condition.hold(async () => {
          await condition.wait();
          log.push(name);
        });
      const both = tg.startSoon(() =>
        taskGroup((inner) => {
          inner.startSoon(() => wait("a"));
          inner.startSoon(() => wait("b"));
        }),
      );
      await blocked();
      tg.startSoon(() => wait("c"));
      await blocked();
      await condition.hold(() => {
        condition.notify();
        both.cancel();
      });
      await blocked();
      expect(condition.statistics().tasksWaiting).toBe(0);
    });
    expect(log).toEqual(["c"]);
  });

  everywhere(
    "notified and granted the lock before it is cancelled, it goes on; the cancellation comes next (C4)",
    async () => {
      const condition = new Condition();
      const log: string[] = [];
      await taskGroup(async (tg) => {
        const waiter = tg.startSoon(() =>
          condition.hold(async () => {
            await condition.wait();
            log.push("notified");
            log.push(named(await thrownBy(() => sleep(1))));
          }),
        );
        await blocked();
        const lease = await condition.acquire();
        condition.notify();
        lease[Symbol.dispose]();
        waiter.cancel();
      });
      expect(log).toEqual(["notified", "Cancelled"]);
      expect(condition.locked()).toBeFalse();
    },
  );

  everywhere("unsubscribed, is without the lock, and its lease holds nothing up", async () => {
    const condition = new Condition();
    const stop = new Subject<void>();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(() => condition.hold(() => condition.wait().pipe(takeUntil(stop))));
      await blocked();
      const lease = await condition.acquire();
      stop.next();
      await blocked();
      expect(condition.statistics().tasksWaiting).toBe(0);
      tg.startSoon(() => condition.hold(() => log.push("next")));
      lease[Symbol.dispose]();
    });
    expect(log).toEqual(["next"]);
    expect(condition.locked()).toBeFalse();
  });

  everywhere("unsubscribed, does not stand in line for the lock", async () => {
    const condition = new Condition();
    await taskGroup(async (tg) => {
      const stop = new Subject<void>();
      tg.startSoon(async () => {
        await condition.acquire();
        condition.wait().pipe(takeUntil(stop)).subscribe();
        await sleepForever();
      });
      await blocked();
      await condition.acquire();
      stop.next();
      await blocked();
      expect(condition.statistics().lockStatistics.tasksWaiting).toBe(0);
      condition.release();
      tg.cancel();
    });
    condition.acquireNowait();
  });

  everywhere("unsubscribed while it has to have the lock again first, passes that on", async () => {
    const condition = new Condition();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      const scope = new CancelScope();
      const done = new Event();
      let unsubscribe = () => {};
      tg.startSoon(() =>
        scope.enter(async () => {
          await condition.acquire();
          const subscription = condition.wait().subscribe({ error: (error: unknown) => log.push(named(error)) });
          unsubscribe = () => subscription.unsubscribe();
          await moveOnAfter(60_000, () => done.wait(), { shield: true });
        }),
      );
      await blocked();
      const lease = await condition.acquire();
      scope.cancel(); // It stands in line for the lock, shielded.
      await blocked();
      unsubscribe();
      lease[Symbol.dispose]();
      await blocked();
      expect(condition.locked()).toBeFalse();
      done.set();
    });
    expect(log).toEqual([]);
  });

  everywhere("says so when its lease was disposed of meanwhile, and leaves the lock to others", async () => {
    const condition = new Condition();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        const lease = await condition.acquire();
        const waiting = condition.wait().then(
          () => fail("it went on"),
          (error: unknown) => log.push(named(error)),
        );
        await blocked();
        lease[Symbol.dispose]();
        await waiting;
      });
      await blocked();
      await blocked();
      await condition.hold(() => condition.notify());
      await condition.hold(() => log.push("free"));
    });
    expect(log.sort()).toEqual(["UsageError", "free"]);
    expect(condition.locked()).toBeFalse();
  });

  everywhere("ends when the lock breaks, since nobody can notify any more", async () => {
    const condition = new Condition(null, { name: "jobs" });
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(() =>
        condition.hold(async () => {
          log.push(((await thrownBy(() => condition.wait())) as Error).message);
        }),
      );
      await blocked();
      tg.startSoon(() => condition.acquire(), { name: "careless" });
    });
    expect(log).toEqual([
      'Cannot wait for the condition "jobs": the task "careless" ended while it held its lock; make a new one',
    ]);
    await taskGroup((tg) => {
      tg.startSoon(async () => {
        expect(await thrownBy(() => condition.wait())).toBeInstanceOf(BrokenResourceError);
        expect(() => condition.notify()).toThrowError(
          BrokenResourceError,
          'Cannot notify the condition "jobs": the task "careless" ended while it held its lock; make a new one',
        );
      });
    });
  });

  everywhere("without the lock names both tasks", async () => {
    const condition = new Condition(null, { name: "jobs" });
    await taskGroup(async (tg) => {
      tg.startSoon(() => condition.hold(() => sleepForever()), { name: "a" });
      await blocked();
      const error = await thrownBy(() => condition.wait());
      expect((error as Error).message).toBe(
        'Cannot wait for the condition "jobs": the task "main" does not hold its lock, the task "a" does; do it in the task that acquired it',
      );
      tg.cancel();
    });
    expect(() => condition.notify()).toThrowError(
      UsageError,
      'Cannot notify the condition "jobs": nobody holds its lock; acquire it first',
    );
  });

  it("works outside of any run", async () => {
    const condition = new Condition();
    const log: string[] = [];
    const waiter = condition.hold(async () => {
      await condition.wait();
      log.push("notified");
    });
    const waiting = waiter.then(() => log.push("released"));
    reallyWaits("outside of any run there is no other clock");
    await sleep(1);
    await condition.hold(() => condition.notify());
    await waiting;
    expect(log).toEqual(["notified", "released"]);
  });
});

describe("condition.waitFor()", () => {
  everywhere("looks again after each notification, with the lock held", async () => {
    const condition = new Condition();
    let value = 0;
    let looks = 0;
    await taskGroup(async (tg) => {
      const waiter = tg.startSoon(() =>
        condition.hold(() =>
          condition.waitFor(() => {
            expect(condition.locked()).toBeTrue();
            looks++;
            return value > 2 ? value : 0;
          }),
        ),
      );
      for (let i = 0; i < 3; i++) {
        await blocked();
        await condition.hold(() => {
          value++;
          condition.notify();
        });
      }
      expect(await waiter).toBe(3);
    });
    expect(looks).toBe(4);
  });

  everywhere("does not give the lock up when it need not wait", async () => {
    const condition = new Condition();
    await taskGroup(async (tg) => {
      await condition.acquire();
      tg.startSoon(() => condition.hold(() => undefined));
      await blocked();
      expect(await condition.waitFor(() => "yes")).toBe("yes");
      expect(condition.statistics().lockStatistics.tasksWaiting).toBe(1);
      condition.release();
    });
  });

  everywhere(
    "refuses a predicate that returns a promise, and passes on what it throws, with the lock held",
    async () => {
      const condition = new Condition();
      await condition.hold(async () => {
        const error = await thrownBy(() => condition.waitFor(async () => false));
        expect(error).toBeInstanceOf(TypeError);
        const boom = new Error("boom");
        const thrown = await thrownBy(() =>
          condition.waitFor(() => {
            throw boom;
          }),
        );
        expect(thrown).toBe(boom);
        expect(condition.locked()).toBeTrue();
      });
      expectSentence(() => condition.waitFor(5 as never), TypeError);
    },
  );

  everywhere("needs the lock, also when the predicate is true", async () => {
    const condition = new Condition();
    expect(await thrownBy(() => condition.waitFor(() => true))).toBeInstanceOf(UsageError);
  });

  everywhere("unsubscribed, is without the lock", async () => {
    const condition = new Condition();
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        await condition.acquire();
        const subscription = condition.waitFor(() => false).subscribe();
        await blocked();
        await blocked();
        subscription.unsubscribe();
        await sleep(4);
        expect(condition.locked()).toBeFalse();
      });
      await blocked();
      await condition.hold(() => condition.notify());
    });
  });
});

describe("condition.notify()", () => {
  everywhere("takes a number of waiters", async () => {
    const condition = new Condition();
    await condition.hold(() => {
      condition.notify(0);
      condition.notify(5);
      for (const n of [1.5, NaN, "1", null]) expectSentence(() => condition.notify(n as number), TypeError);
      expectSentence(() => condition.notify(-1), RangeError);
    });
  });

  everywhere("reaches those of its own condition, when several share a lock", async () => {
    const lock = new Lock({ name: "buffer" });
    const [notFull, notEmpty] = [new Condition(lock), new Condition(lock, { name: "not empty" })];
    const log: string[] = [];
    await taskGroup(async (tg) => {
      for (const [name, condition] of [
        ["full", notFull],
        ["empty", notEmpty],
      ] as const) {
        tg.startSoon(() =>
          condition.hold(async () => {
            await condition.wait();
            log.push(name);
          }),
        );
      }
      await blocked();
      await lock.hold(() => notEmpty.notifyAll());
      await blocked();
      expect(log).toEqual(["empty"]);
      expect([notFull.statistics().tasksWaiting, notEmpty.statistics().tasksWaiting]).toEqual([1, 0]);
      await notEmpty.hold(() => notFull.notifyAll());
    });
    expect(log).toEqual(["empty", "full"]);
  });
});

describe("A condition, and people", () => {
  it("is one line in a log", () => {
    expect([inspect(new Condition(null, { name: "jobs" })), String(new Condition())]).toEqual([
      'Condition "jobs" (0 waiting)',
      "Condition (0 waiting)",
    ]);
  });

  it("says who waits for what when a run is stuck", async () => {
    reallyWaits("a deadlock is called one after a time for the world to move");
    const condition = new Condition(new Lock({ name: "db" }), { name: "jobs" });
    const stuck = await thrownBy(() =>
      run(
        () =>
          taskGroup(async (tg) => {
            for (const name of ["a", "b"]) tg.startSoon(() => condition.hold(() => condition.wait()), { name });
            await blocked();
            await condition.acquire();
            condition.notify();
            await sleepForever();
          }),
        { backend: "virtual" },
      ),
    );
    const { message } = stuck as DeadlockError;
    expect(stuck).toBeInstanceOf(DeadlockError);
    expect(message).toContain('a: waits for acquire the lock "db" again (held by "main", 1 waiting)');
    expect(message).toContain('b: waits for a notification of the condition "jobs"');
  });

  everywhere("its statistics are frozen, those of the lock as well", () => {
    const statistics = new Condition().statistics();
    expect([Object.isFrozen(statistics), Object.isFrozen(statistics.lockStatistics)]).toEqual([true, true]);
  });
});
