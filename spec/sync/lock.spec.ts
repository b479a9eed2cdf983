import { AsyncResource } from "node:async_hooks";
import { inspect } from "node:util";
import {
  BrokenResourceError,
  CancelScope,
  checkpoint,
  currentTask,
  DeadlockError,
  Event,
  Lock,
  moveOnAfter,
  operation,
  run,
  sleep,
  sleepForever,
  type Task,
  taskGroup,
  UsageError,
  WouldBlock,
} from "anyrx";
import { concat, defer, EMPTY, lastValueFrom, mergeMap, of, throwError } from "rxjs";
import { blocked, everywhere, named, thrownBy, virtually } from "../field/everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

describe("The lease of a lock", () => {
  it("releases once", () => {
    const lock = new Lock();
    const lease = lock.acquireNowait();
    lease[Symbol.dispose]();
    const next = lock.acquireNowait();
    lease[Symbol.dispose]();
    expect(lock.locked()).toBeTrue();
    next[Symbol.dispose]();
    expect(lock.locked()).toBeFalse();
  });

  everywhere("releases nothing when release() was called, and somebody else has the lock", async () => {
    const lock = new Lock();
    await taskGroup(async (tg) => {
      const lease = await lock.acquire();
      tg.startSoon(() => lock.hold(() => sleepForever()), { name: "next" });
      await blocked();
      lock.release();
      lease[Symbol.dispose]();
      expect(lock.statistics().owner?.name).toBe("next");
      tg.cancel();
    });
  });

  everywhere("may be disposed of by whoever has it", async () => {
    const lock = new Lock();
    const lease = await lock.acquire();
    await taskGroup((tg) => {
      tg.startSoon(() => lease[Symbol.dispose]());
    });
    expect(lock.locked()).toBeFalse();
  });

  everywhere("is disposed of at once by `await using`, and waits for nothing, also in a cancelled scope", async () => {
    const lock = new Lock();
    const scope = new CancelScope();
    await scope.enter(async () => {
      const lease = await lock.acquire();
      scope.cancel();
      const disposed = lease[Symbol.asyncDispose]();
      expect(lock.locked()).toBeFalse();
      await disposed;
    });
    expect(scope.cancelledCaught).toBeFalse();
  });

  it("keeps the scope of `await using` where the host has no async context", async () => {
    const lock = new Lock();
    const name = await run(
      async () => {
        {
          const lease = await lock.acquire();
          await lease[Symbol.asyncDispose]();
        }
        return currentTask().name;
      },
      { backend: "virtual", context: "strict" },
    );
    expect(name).toBe("main");
  });

  it("releases where the scope is lost; release() cannot tell who calls there, and lets it", async () => {
    const lock = new Lock();
    await run(
      async () => {
        const lease = await lock.acquire();
        await Promise.resolve();
        lease[Symbol.dispose]();
        lock.acquireNowait();
        lock.release();
        expect(lock.locked()).toBeFalse();
      },
      { backend: "virtual", context: "strict" },
    );
    expect(lock.locked()).toBeFalse();
  });
});

describe("Who owns a lock", () => {
  everywhere("is named where a stranger releases it, and where the owner comes again", async () => {
    const lock = new Lock({ name: "db" });
    const messages: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(
        () =>
          lock.hold(async () => {
            messages.push(((await thrownBy(() => lock.acquire())) as Error).message);
            await sleepForever();
          }),
        { name: "a" },
      );
      await blocked();
      tg.startSoon(
        async () => {
          messages.push(((await thrownBy(() => lock.release())) as Error).message);
          messages.push(((await thrownBy(() => lock.acquireNowait())) as Error).message);
          tg.cancel();
        },
        { name: "b" },
      );
    });
    messages.push(((await thrownBy(() => lock.release())) as Error).message);
    expect(messages).toEqual([
      'Cannot acquire the lock "db" for the task "a": the task "a" holds it already, and would wait for itself; ' +
        "release it first, work in a task of its own, or use a Semaphore, which has no owner",
      'Cannot release the lock "db": the task "b" does not hold it, the task "a" does; do it in the task that acquired it',
      'Cannot acquire the lock "db" without waiting: the task "a" holds it; use acquire()',
      'Cannot release the lock "db": nobody holds it; acquire it first',
    ]);
  });

  everywhere("is the task, in whichever scope of it the lock was acquired", async () => {
    const lock = new Lock();
    await moveOnAfter(1000, () => lock.acquire());
    expect(lock.statistics().owner?.id).toBe(currentTask().id);
    lock.release();
    await taskGroup(async () => {
      await lock.acquire();
    });
    lock.release();
  });

  everywhere("is the task that subscribed", async () => {
    const lock = new Lock();
    const done = new Event();
    await taskGroup(async (tg) => {
      const release = defer(() => {
        lock.release();
        return EMPTY;
      });
      tg.startSoon(() => lock.acquire().pipe(mergeMap(() => concat(done.wait(), release))), { name: "rx" });
      await blocked();
      expect(lock.statistics().owner?.name).toBe("rx");
      done.set();
    });
    expect(lock.locked()).toBeFalse();
  });

  it("is nobody in particular outside of any run: a second acquire waits, and anybody may release", async () => {
    const lock = new Lock();
    await lock.acquire();
    expect(lock.statistics()).toEqual({ locked: true, owner: null, tasksWaiting: 0 });
    expect(() => lock.acquireNowait()).toThrowError(WouldBlock, /code outside of any run holds it/);
    let got = false;
    const second = lock.acquire().then(() => (got = true));
    reallyWaits("outside of any run there is no other clock");
    await sleep(1);
    expect([got, lock.statistics().tasksWaiting]).toEqual([false, 1]);
    lock.release();
    await second;
    await run(() => lock.release(), { backend: "virtual" });
    expect(lock.locked()).toBeFalse();
  });

  it("is no code outside of its run, which is told so", async () => {
    const lock = new Lock({ name: "db" });
    const outside = AsyncResource.bind(() => lock.release());
    await run(async () => {
      await lock.acquire();
      expect(outside).toThrowError(
        UsageError,
        'Cannot release the lock "db": code outside of any run does not hold it, the task "main" does; do it in the task that acquired it',
      );
      lock.release();
    });
  });

  everywhere("is known at once when it is handed over, and can be cancelled and still release it", async () => {
    const lock = new Lock();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      await lock.acquire();
      const heir = tg.startSoon(
        async () => {
          await lock.acquire();
          try {
            await checkpoint();
          } catch (error) {
            log.push(named(error));
            throw error;
          } finally {
            lock.release();
          }
        },
        { name: "heir" },
      );
      await blocked();
      lock.release();
      heir.cancel();
      expect(lock.statistics().owner?.name).toBe("heir");
    });
    expect(log).toEqual(["Cancelled"]);
    expect(lock.locked()).toBeFalse();
  });
});

describe("lock.hold()", () => {
  everywhere("releases when the body throws, in every style", async () => {
    const lock = new Lock();
    const boom = new Error("boom");
    const bodies: (() => unknown)[] = [
      () => {
        throw boom;
      },
      async () => {
        await checkpoint();
        throw boom;
      },
      function* () {
        yield* checkpoint();
        throw boom;
      },
      () => throwError(() => boom),
    ];
    for (const body of bodies) {
      expect(await thrownBy(() => lock.hold(body))).toBe(boom);
      expect(lock.locked()).toBeFalse();
    }
  });

  everywhere("releases when the body is cancelled, after it has cleaned up", async () => {
    const lock = new Lock();
    const log: string[] = [];
    await moveOnAfter(2, () =>
      lock.hold(async () => {
        try {
          await sleepForever();
        } finally {
          await moveOnAfter(1000, () => sleep(2), { shield: true });
          log.push(`cleaned up, locked: ${lock.locked()}`);
        }
      }),
    );
    expect(log).toEqual(["cleaned up, locked: true"]);
    expect(lock.locked()).toBeFalse();
  });

  everywhere("does not begin the body when it is cancelled between the grant and that", async () => {
    const lock = new Lock();
    let begun = false;
    await taskGroup(async (tg) => {
      await lock.acquire();
      const late = tg.startSoon(() => lock.hold(() => (begun = true)));
      await blocked();
      lock.release();
      late.cancel();
      await late.wait();
      expect(late.status).toBe("cancelled");
    });
    expect([begun, lock.locked()]).toEqual([false, false]);
  });

  everywhere("unsubscribed, releases when the body has cleaned up, which the group waits for", async () => {
    const lock = new Lock();
    await taskGroup(async () => {
      const subscription = lock
        .hold(async () => {
          try {
            await sleepForever();
          } finally {
            await moveOnAfter(1000, () => sleep(2), { shield: true });
          }
        })
        .subscribe();
      await blocked();
      subscription.unsubscribe();
      expect(lock.locked()).toBeTrue();
    });
    expect(lock.locked()).toBeFalse();
  });

  everywhere("unsubscribed while it waits, or after the grant, leaves the lock alone", async () => {
    const lock = new Lock();
    let begun = 0;
    await taskGroup(async (tg) => {
      for (const early of [true, false]) {
        const lease = await lock.acquire();
        tg.startSoon(async () => {
          const subscription = lock.hold(() => begun++).subscribe();
          if (!early) lease[Symbol.dispose]();
          subscription.unsubscribe();
        });
        await blocked();
        lease[Symbol.dispose]();
        expect(lock.locked()).toBeFalse();
      }
    });
    expect(begun).toBe(0);
  });

  everywhere("can be run again, and takes an Observable", async () => {
    const lock = new Lock();
    const held = lock.hold(() => of(1, lock.locked()));
    expect([await held, await lastValueFrom(held), lock.locked()]).toEqual([true, true, false]);
  });

  it("refuses what is no body", () => {
    expect(() => new Lock().hold(5 as never)).toThrowError(TypeError, /Cannot hold the lock: the body is 5/);
  });
});

describe("A lock whose owner ended", () => {
  everywhere("is broken for who waits, who comes, and who releases", async () => {
    const lock = new Lock({ name: "db" });
    const log: string[] = [];
    const attempt = async (label: string, work: () => unknown): Promise<void> => {
      const error = await thrownBy(work);
      expect(error).toBeInstanceOf(BrokenResourceError);
      log.push(`${label}: ${(error as Error).message}`);
    };
    await taskGroup(async (tg) => {
      tg.startSoon(
        async () => {
          await lock.acquire();
          await blocked();
        },
        { name: "careless" },
      );
      tg.startSoon(() => attempt("waits", () => lock.acquire()));
      tg.startSoon(() => attempt("waits to hold", () => lock.hold(() => log.push("held"))));
    });
    await attempt("comes", () => lock.acquire());
    await attempt("comes", () => lock.acquireNowait());
    await attempt("releases", () => lock.release());
    const why = 'lock "db": the task "careless" ended while it held it; make a new one';
    expect(log).toEqual([
      `waits: Cannot acquire the ${why}`,
      `waits to hold: Cannot acquire the ${why}`,
      `comes: Cannot acquire the ${why}`,
      `comes: Cannot acquire the ${why}`,
      `releases: Cannot release the ${why}`,
    ]);
    const { locked, owner, tasksWaiting } = lock.statistics();
    expect([lock.locked(), locked, owner?.name, tasksWaiting]).toEqual([true, true, "careless", 0]);
  });

  everywhere("stays broken when the lease is disposed of", async () => {
    const lock = new Lock();
    const lease = await taskGroup((tg) => tg.startSoon(() => lock.acquire()));
    lease[Symbol.dispose]();
    expect(() => lock.acquireNowait()).toThrowError(BrokenResourceError);
  });

  everywhere("is broken by a task that failed or was cancelled, too; and only what it still held is", async () => {
    for (const end of ["fails", "is cancelled"]) {
      const [kept, released] = [new Lock(), new Lock()];
      let task: Task | undefined;
      await thrownBy(() =>
        taskGroup(async (tg) => {
          task = tg.startSoon(async () => {
            await kept.acquire();
            await released.acquire();
            released.release();
            if (end === "fails") throw new Error("boom");
            await sleepForever();
          });
          await blocked();
          task.cancel();
          throw new Error("the end");
        }),
      );
      expect(task?.status).toBe(end === "fails" ? "failed" : "cancelled");
      expect(() => kept.acquireNowait()).toThrowError(BrokenResourceError);
      released.acquireNowait();
      released.release();
    }
  });
});

describe("A lock, and people", () => {
  everywhere("is one line in a log", async () => {
    const lock = new Lock({ name: "db" });
    const lines = [inspect(lock), String(new Lock())];
    await taskGroup(async (tg) => {
      tg.startSoon(() => lock.hold(() => sleepForever()), { name: "a" });
      tg.startSoon(() => lock.acquire());
      await blocked();
      lines.push(String(lock));
      tg.cancel();
    });
    await taskGroup((tg) => tg.startSoon(() => lock.acquire(), { name: "careless" }));
    lines.push(String(lock));
    expect(lines).toEqual([
      'Lock "db" (free)',
      "Lock (free)",
      'Lock "db" (held by "a", 1 waiting)',
      'Lock "db" (broken by "careless")',
    ]);
  });

  it("says who waits for whom when a run is stuck", async () => {
    reallyWaits("a deadlock is called one after a time for the world to move");
    const [a, b] = [new Lock({ name: "a" }), new Lock({ name: "b" })];
    const both = operation(async (first: Lock, second: Lock) => {
      using _one = await first.acquire();
      await checkpoint();
      await second.hold(() => undefined);
    });
    const error = await thrownBy(() =>
      run(
        () =>
          taskGroup((tg) => {
            tg.startSoon(() => both(a, b), { name: "one" });
            tg.startSoon(() => both(b, a), { name: "two" });
          }),
        { backend: "virtual" },
      ),
    );
    expect(error).toBeInstanceOf(DeadlockError);
    expect((error as DeadlockError).message).toContain(
      'one: waits for acquire the lock "b" (held by "two", 1 waiting)',
    );
    expect((error as DeadlockError).message).toContain(
      'two: waits for acquire the lock "a" (held by "one", 1 waiting)',
    );
  });

  virtually("its statistics are frozen", () => {
    const lock = new Lock();
    expect(Object.isFrozen(lock.statistics())).toBeTrue();
  });
});
