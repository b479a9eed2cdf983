import {
  BrokenResourceError,
  CancelScope,
  CapacityLimiter,
  checkpoint,
  Condition,
  currentTask,
  Event,
  failAfter,
  Lock,
  moveOnAfter,
  run,
  Semaphore,
  sleep,
  sleepForever,
  taskGroup,
  type TaskGroupError,
  UsageError,
  WouldBlock,
} from "anyrx";
import { BACKENDS, blocked, everywhere, expectSentence, LONG, named, thrownBy } from "./everywhere.ts";

/** Runs `body` on each backend; what it uses was made before any of them began. */
function outside(title: string, body: () => () => unknown): void {
  for (const backend of BACKENDS) {
    it(`${title} [${backend}]`, async () => {
      const main = body();
      await run(main, { backend });
    });
  }
}

/** What `lock`, `semaphore` and `condition` have in common. */
interface Manual {
  acquire(): PromiseLike<unknown>;
  release(): void;
}

/** Two tasks after each other, by acquire and release; `locked` while the first one is inside. */
async function oneAfterTheOther(lock: Manual, locked: () => boolean): Promise<void> {
  const log: string[] = [];
  await taskGroup(async (tg) => {
    await lock.acquire();
    try {
      tg.startSoon(async () => {
        expect(locked()).toBeTrue();
        await lock.acquire();
        try {
          log.push("2");
        } finally {
          lock.release();
        }
      });
      await blocked();
      log.push("1");
    } finally {
      lock.release();
    }
  });
  expect(locked()).toBeFalse();
  expect(log).toEqual(["1", "2"]);
}

/** A waiter is cancelled, before the lock is released or after that in the same step. */
async function cancelledWhileAcquiring(lock: Manual, releaseFirst: boolean): Promise<void> {
  let acquired = false;
  await taskGroup(async (tg) => {
    await lock.acquire();
    await tg.start(async (status) => {
      status.started();
      await lock.acquire();
      acquired = true;
      lock.release();
    });
    await blocked();
    tg.cancel();
    await new CancelScope({ shield: true }).enter(async () => {
      if (releaseFirst) lock.release();
      await blocked();
      if (!releaseFirst) lock.release();
    });
  });
  expect(acquired).toBeFalse();
}

describe("field: Lock", () => {
  everywhere("a block that uses a lease holds the lock until its end", async () => {
    const lock = new Lock();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      using _held = await lock.acquire();
      tg.startSoon(async () => {
        expect(lock.locked()).toBeTrue();
        await using _mine = await lock.acquire();
        log.push("2");
      });
      await blocked();
      log.push("1");
    });
    expect(lock.locked()).toBeFalse();
    expect(log).toEqual(["1", "2"]);
  });

  everywhere("a body holds the lock, in every style, and gives its value", async () => {
    const lock = new Lock();
    const values = await taskGroup(async (tg) => {
      const tasks = [
        tg.startSoon(() =>
          lock.hold(async () => {
            await checkpoint();
            return `async ${lock.locked()}`;
          }),
        ),
        tg.startSoon(() =>
          lock.hold(function* () {
            yield* checkpoint();
            return `generator ${lock.locked()}`;
          }),
        ),
        tg.startSoon(() => lock.hold(() => sleep(1))),
        tg.startSoon(() => lock.hold(() => `plain ${lock.locked()}`)),
      ];
      const values: unknown[] = [];
      for (const task of tasks) values.push(await task);
      return values;
    });
    expect(values).toEqual(["async true", "generator true", undefined, "plain true"]);
    expect(lock.locked()).toBeFalse();
  });

  everywhere("acquire and release by hand", () => {
    const lock = new Lock();
    return oneAfterTheOther(lock, () => lock.locked());
  });

  everywhere("nobody else runs while it is acquired without contention", async () => {
    const lock = new Lock();
    let others = 0;
    await taskGroup(function* (tg) {
      tg.startSoon(() => others++);
      yield* lock.acquire();
      expect(others).toBe(0);
      lock.release();
    });
    expect(others).toBe(1);
  });

  everywhere("acquireNowait takes it, or throws WouldBlock", async () => {
    const lock = new Lock();
    lock.acquireNowait();
    expect(lock.locked()).toBeTrue();
    await taskGroup((tg) => {
      tg.startSoon(() => expect(() => lock.acquireNowait()).toThrowError(WouldBlock));
    });
    lock.release();
    expect(lock.locked()).toBeFalse();
  });

  everywhere("its owner cannot acquire it again", async () => {
    const lock = new Lock();
    await lock.acquire();
    expect(await thrownBy(() => lock.acquire())).toBeInstanceOf(UsageError);
    expectSentence(() => lock.acquireNowait(), UsageError);
    expect(lock.locked()).toBeTrue();
    lock.release();
    expectSentence(() => lock.release(), UsageError);
  });

  for (const releaseFirst of [true, false]) {
    everywhere(`a waiter is cancelled ${releaseFirst ? "and the lock released" : "before the lock is"}`, async () => {
      const lock = new Lock();
      await cancelledWhileAcquiring(lock, releaseFirst);
      expect(lock.locked()).toBeFalse();
    });
  }

  everywhere("statistics count who waits, and name the owner", async () => {
    const lock = new Lock();
    const none = { locked: false, owner: null, tasksWaiting: 0 };
    expect(lock.statistics()).toEqual(none);
    await taskGroup(async (tg) => {
      await lock.hold(async () => {
        for (let i = 0; i < 3; i++) {
          const { locked, owner, tasksWaiting } = lock.statistics();
          expect([locked, owner?.id, tasksWaiting]).toEqual([true, currentTask().id, i]);
          tg.startSoon(() => lock.hold(() => undefined));
          await blocked();
        }
      });
    });
    expect(lock.statistics()).toEqual(none);
  });

  everywhere("the first of two tasks is cancelled while it holds the lock: the second gets it", async () => {
    const lock = new Lock();
    await failAfter(LONG, () =>
      taskGroup(async (tg) => {
        const first = tg.startSoon(() => lock.hold(() => sleepForever()));
        const second = tg.startSoon(() => lock.hold(() => "mine"));
        await checkpoint();
        first.cancel();
        expect(await second).toBe("mine");
      }),
    );
  });

  everywhere(
    "cancelled after it was granted, a task has it, and passes it on when its block ends (C4, F4)",
    async () => {
      const lock = new Lock();
      await taskGroup(async (tg) => {
        lock.acquireNowait();
        const task = tg.startSoon(() => lock.hold(() => sleep(1)), { name: "task1" });
        await blocked();
        lock.release();
        task.cancel();
        expect(lock.statistics().owner?.name).toBe("task1");
        await task.wait();
        expect(task.status).toBe("cancelled");
        expect(lock.statistics()).toEqual({ locked: false, owner: null, tasksWaiting: 0 });
        lock.acquireNowait();
        lock.release();
      });
    },
  );

  everywhere("cancelled before it was granted, a task is passed over", async () => {
    const lock = new Lock();
    await taskGroup(async (tg) => {
      lock.acquireNowait();
      const task = tg.startSoon(() => lock.acquire());
      await blocked();
      task.cancel();
      lock.release();
      expect(lock.statistics().tasksWaiting).toBe(0);
      await failAfter(LONG, () => lock.acquire());
      lock.release();
    });
  });

  outside("can be made outside of any run", () => {
    const lock = new Lock();
    expect(lock.statistics()).toEqual({ locked: false, owner: null, tasksWaiting: 0 });
    return async () => {
      using _held = await lock.acquire();
      expect(lock.locked()).toBeTrue();
    };
  });

  everywhere("released, it belongs at once to the longest waiter", async () => {
    const lock = new Lock();
    const event = new Event();
    await taskGroup(async (tg) => {
      tg.startSoon(
        async () => {
          await lock.acquire();
          expect(lock.statistics().owner?.name).toBe("task1");
          await event.wait();
          lock.release();
          expect(lock.statistics().owner?.name).toBe("task2");
        },
        { name: "task1" },
      );
      await blocked();
      tg.startSoon(() => lock.hold(() => undefined), { name: "task2" });
      await blocked();
      event.set();
    });
  });

  everywhere("a stranger can neither take nor release it", async () => {
    const lock = new Lock();
    await taskGroup(async (tg) => {
      const hold = () => lock.hold(() => sleepForever());
      const holder = tg.startSoon(hold);
      await blocked();
      expect(() => lock.acquireNowait()).toThrowError(WouldBlock);
      expectSentence(() => lock.release(), UsageError);
      expect(lock.statistics().owner?.id).toBe(holder.id);
      tg.startSoon(hold);
      await blocked();
      expect(lock.statistics().tasksWaiting).toBe(1);
      tg.cancel();
    });
    expect(lock.statistics()).toEqual({ locked: false, owner: null, tasksWaiting: 0 });
  });

  everywhere("a task that ended holding it breaks it for who comes later", async () => {
    const lock = new Lock();
    await taskGroup((tg) => {
      tg.startSoon(() => lock.acquire(), { name: "careless" });
    });
    const error = await thrownBy(() => lock.acquire());
    expect(error).toBeInstanceOf(BrokenResourceError);
    expect(String(error)).toContain('the task "careless" ended');
  });

  everywhere("a task that ended holding it breaks it for who waits", async () => {
    const lock = new Lock();
    const error = await thrownBy(() =>
      taskGroup((tg) => {
        tg.startSoon(() => lock.acquire());
        tg.startSoon(() => lock.acquire());
      }),
    );
    expect((error as TaskGroupError).errors.map(named)).toEqual(["BrokenResourceError"]);
  });

  everywhere("handed over, it is the new owner whose end breaks it", async () => {
    const lock = new Lock();
    lock.acquireNowait();
    await taskGroup(async (tg) => {
      tg.startSoon(() => lock.acquire(), { name: "heir" });
      await blocked();
      lock.release();
      expect(lock.statistics().owner?.name).toBe("heir");
    });
    expect(String(await thrownBy(() => lock.acquire()))).toContain('the task "heir" ended');
  });
});

describe("field: Event", () => {
  everywhere("a task waits until it is set", async () => {
    const event = new Event();
    await taskGroup(async (tg) => {
      tg.startSoon(() => {
        expect(event.isSet()).toBeFalse();
        event.set();
      });
      await event.wait();
    });
    expect(event.isSet()).toBeTrue();
    await event.wait();
  });

  everywhere("cancelled before it is set, a task does not go on", async () => {
    const event = new Event();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        log.push("started");
        await event.wait();
        log.push("went on");
      });
      tg.cancel();
      event.set();
    });
    expect(log).toEqual(["started"]);
  });

  // A generator: its wait begins in the step that waits, that of an `await` a microtask later.
  everywhere("set before the cancellation, it lets the waiter go on (C4)", function* () {
    const event = new Event();
    const log: string[] = [];
    yield* taskGroup(function* (tg) {
      tg.startSoon(() => {
        event.set();
        tg.cancel();
      });
      yield* event.wait();
      log.push("woke");
    });
    expect(log).toEqual(["woke"]);
  });

  everywhere("wakes all who wait, in their order, and statistics count them", async () => {
    const event = new Event();
    const log: string[] = [];
    expect(event.statistics()).toEqual({ tasksWaiting: 0 });
    await taskGroup(async (tg) => {
      for (const name of ["a", "b", "c"]) {
        tg.startSoon(async () => {
          await event.wait();
          log.push(name);
        });
        await blocked();
        expect(event.statistics().tasksWaiting).toBe(["a", "b", "c"].indexOf(name) + 1);
      }
      event.set();
      expect(event.statistics().tasksWaiting).toBe(0);
      expect(log).toEqual([]);
      await blocked();
      expect(log).toEqual(["a", "b", "c"]);
    });
  });

  outside("can be made, and set, outside of any run", () => {
    const event = new Event();
    expect([event.isSet(), event.statistics().tasksWaiting]).toEqual([false, 0]);
    event.set();
    event.set();
    expect(event.isSet()).toBeTrue();
    return () => event.wait();
  });
});

describe("field: Condition", () => {
  everywhere("a block waits in it, and is notified by another", async () => {
    const condition = new Condition();
    await taskGroup(async (tg) => {
      using _held = await condition.acquire();
      expect(condition.locked()).toBeTrue();
      tg.startSoon(() => condition.hold(() => condition.notifyAll()));
      await condition.wait();
      expect(condition.locked()).toBeTrue();
    });
    expect(condition.locked()).toBeFalse();
  });

  everywhere("acquire and release by hand", async () => {
    const condition = new Condition();
    await taskGroup(async (tg) => {
      await condition.acquire();
      try {
        expect(condition.locked()).toBeTrue();
        tg.startSoon(async () => {
          await condition.acquire();
          try {
            condition.notifyAll();
          } finally {
            condition.release();
          }
        });
        await condition.wait();
      } finally {
        condition.release();
      }
    });
  });

  everywhere("acquireNowait takes its lock, or throws", async () => {
    const condition = new Condition();
    condition.acquireNowait();
    expect(condition.locked()).toBeTrue();
    expect(() => condition.acquireNowait()).toThrowError(UsageError);
    await taskGroup((tg) => {
      tg.startSoon(() => expect(() => condition.acquireNowait()).toThrowError(WouldBlock));
    });
    condition.release();
  });

  everywhere("a waiter is cancelled", async () => {
    const condition = new Condition();
    const event = new Event();
    let notified = false;
    await taskGroup(async (tg) => {
      tg.startSoon(() =>
        condition.hold(async () => {
          event.set();
          await condition.wait();
          notified = true;
        }),
      );
      await event.wait();
      await blocked();
      tg.cancel();
    });
    expect([notified, condition.locked()]).toEqual([false, false]);
  });

  everywhere("a waiter is cancelled and another notified in the same step: the other one is", async () => {
    const condition = new Condition();
    const log: string[] = [];
    const scope = new CancelScope();
    const wait = (name: string) =>
      condition.hold(async () => {
        await condition.wait();
        log.push(name);
      });
    await taskGroup(async (tg) => {
      tg.startSoon(() => scope.enter(() => wait("first")));
      tg.startSoon(() => failAfter(LONG, () => wait("second")));
      await blocked();
      await condition.hold(() => {
        scope.cancel();
        condition.notify(1);
      });
    });
    expect(log).toEqual(["second"]);
  });

  everywhere("a waiter is notified and then cancelled: the notification goes to the next one (F4)", async () => {
    const condition = new Condition();
    const log: string[] = [];
    const scope = new CancelScope();
    const wait = (name: string) =>
      condition.hold(async () => {
        log.push(`${name} ${named(await thrownBy(() => condition.wait()))}`);
      });
    await taskGroup(async (tg) => {
      tg.startSoon(() => scope.enter(() => wait("first")));
      tg.startSoon(() =>
        condition.hold(async () => {
          await condition.wait();
          log.push("second");
        }),
      );
      await blocked();
      await condition.hold(() => {
        condition.notify(1);
        scope.cancel();
      });
    });
    expect(log).toEqual(["second", "first Cancelled"]);
  });

  everywhere("neither wait nor notify without the lock", async () => {
    const condition = new Condition();
    expect(await thrownBy(() => condition.wait())).toBeInstanceOf(UsageError);
    expectSentence(() => condition.notify(), UsageError);
    expectSentence(() => condition.notifyAll(), UsageError);
    await taskGroup(async (tg) => {
      tg.startSoon(() => condition.hold(() => sleepForever()));
      await blocked();
      expect(await thrownBy(() => condition.wait())).toBeInstanceOf(UsageError);
      expectSentence(() => condition.notify(), UsageError);
      expectSentence(() => condition.notifyAll(), UsageError);
      tg.cancel();
    });
  });

  everywhere("statistics count who waits, and hold those of the lock", async () => {
    const condition = new Condition();
    await taskGroup(async (tg) => {
      expect(condition.statistics().lockStatistics.locked).toBeFalse();
      await condition.hold(() => {
        expect(condition.statistics().lockStatistics.locked).toBeTrue();
        expect(condition.statistics().tasksWaiting).toBe(0);
      });
      for (const waiting of [1, 2]) {
        tg.startSoon(() => condition.hold(() => condition.wait()));
        await blocked();
        expect(condition.statistics().tasksWaiting).toBe(waiting);
      }
      for (const waiting of [1, 0]) {
        await condition.hold(() => condition.notify());
        await blocked();
        expect(condition.statistics().tasksWaiting).toBe(waiting);
      }
    });
    expect(condition.statistics()).toEqual({
      tasksWaiting: 0,
      lockStatistics: { locked: false, owner: null, tasksWaiting: 0 },
    });
  });

  outside("can be made outside of any run", () => {
    const condition = new Condition();
    expect(condition.statistics().tasksWaiting).toBe(0);
    return () => condition.hold(() => expect(condition.locked()).toBeTrue());
  });

  everywhere("waitFor gives the truthy value of its predicate", async () => {
    const condition = new Condition();
    let value: string | null = null;
    let result: string | undefined;
    await taskGroup(async (tg) => {
      tg.startSoon(() =>
        condition.hold(async () => {
          result = await condition.waitFor(() => value);
        }),
      );
      await blocked();
      await condition.hold(() => condition.notifyAll());
      await blocked();
      expect(result).toBeUndefined();
      value = "foo";
      await condition.hold(() => condition.notifyAll());
    });
    expect(result).toBe("foo");
  });

  everywhere("a lock can be shared, and nothing else", async () => {
    expect(() => new Condition(new Semaphore(1) as never)).toThrowError(TypeError);
    expect(() => new Condition(Lock as never)).toThrowError(TypeError);
    const lock = new Lock();
    const condition = new Condition(lock);
    expect([lock.locked(), condition.locked()]).toEqual([false, false]);
    await condition.acquire();
    expect([lock.locked(), condition.locked()]).toEqual([true, true]);
    lock.release();
    expect(condition.locked()).toBeFalse();
  });

  everywhere("notify wakes the longest waiters, notifyAll all of them, one after the other", async () => {
    const condition = new Condition();
    let finished: number[] = [];
    const wait = (i: number) => async () => {
      await condition.hold(() => condition.wait());
      finished.push(i);
    };
    await taskGroup(async (tg) => {
      for (let i = 0; i < 3; i++) {
        tg.startSoon(wait(i));
        await blocked();
      }
      {
        using _held = await condition.acquire();
        condition.notify();
      }
      expect(condition.locked()).toBeTrue();
      await blocked();
      expect(finished).toEqual([0]);
      await condition.hold(() => condition.notifyAll());
      await blocked();
      expect(finished).toEqual([0, 1, 2]);
    });
    finished = [];
    await taskGroup(async (tg) => {
      for (let i = 0; i < 3; i++) {
        tg.startSoon(wait(i));
        await blocked();
      }
      const lease = await condition.acquire();
      condition.notify(2);
      expect(condition.statistics().tasksWaiting).toBe(1);
      expect(condition.statistics().lockStatistics.tasksWaiting).toBe(2);
      lease[Symbol.dispose]();
      // The lock went from hand to hand.
      expect(condition.statistics().lockStatistics.tasksWaiting).toBe(1);
      await blocked();
      expect(finished).toEqual([0, 1]);
      await condition.hold(() => condition.notifyAll());
    });
    expect(finished).toEqual([0, 1, 2]);
  });

  everywhere("cancelled, a waiter has the lock again when it learns of it", async () => {
    const condition = new Condition();
    const scope = new CancelScope();
    let locked = false;
    await scope.enter(() =>
      condition.hold(async () => {
        scope.cancel();
        try {
          await condition.wait();
        } finally {
          locked = condition.locked();
        }
      }),
    );
    expect([locked, scope.cancelledCaught, condition.locked()]).toEqual([true, true, false]);
  });
});

describe("field: Semaphore", () => {
  everywhere("blocks, and acquire and release by hand", async () => {
    const semaphore = new Semaphore(2);
    await taskGroup((tg) => {
      for (let i = 0; i < 2; i++) {
        tg.startSoon(() => semaphore.hold(() => expect([0, 1]).toContain(semaphore.value)));
        tg.startSoon(async () => {
          await semaphore.acquire();
          expect([0, 1]).toContain(semaphore.value);
          semaphore.release();
        });
      }
    });
    expect(semaphore.value).toBe(2);
    const one = new Semaphore(1);
    await oneAfterTheOther(one, () => one.value === 0);
  });

  everywhere("nobody else runs while it is acquired without contention", async () => {
    const semaphore = new Semaphore(1);
    let others = 0;
    await taskGroup(function* (tg) {
      tg.startSoon(() => others++);
      yield* semaphore.acquire();
      expect(others).toBe(0);
      semaphore.release();
    });
  });

  everywhere("acquireNowait takes one, or throws WouldBlock", () => {
    const semaphore = new Semaphore(1);
    semaphore.acquireNowait();
    expect(semaphore.value).toBe(0);
    expect(() => semaphore.acquireNowait()).toThrowError(WouldBlock);
  });

  for (const releaseFirst of [true, false]) {
    everywhere(`a waiter is cancelled ${releaseFirst ? "and a permit released" : "before one is"}`, async () => {
      const semaphore = new Semaphore(1);
      await cancelledWhileAcquiring(semaphore, releaseFirst);
      expect(semaphore.value).toBe(1);
    });
  }

  it("refuses what is no number of permits", () => {
    for (const value of [1.5, NaN, Infinity, "1", undefined, null, 1n]) {
      expectSentence(() => new Semaphore(value as number), TypeError);
    }
    for (const value of [1.5, NaN, "1", 1n]) {
      expectSentence(() => new Semaphore(1, { maxValue: value as number }), TypeError);
    }
    expectSentence(() => new Semaphore(-1), RangeError);
    expectSentence(() => new Semaphore(2, { maxValue: 1 }), RangeError);
  });

  it("may have a maximum", () => {
    expect(new Semaphore(0, { maxValue: 2 }).maxValue).toBe(2);
    expect(new Semaphore(0).maxValue).toBeNull();
    expect(new Semaphore(0, { maxValue: null }).maxValue).toBeNull();
    const semaphore = new Semaphore(1, { maxValue: 2 });
    semaphore.release();
    expectSentence(() => semaphore.release(), UsageError);
    expect(semaphore.value).toBe(2);
    semaphore.acquireNowait();
    semaphore.release();
    expect(semaphore.value).toBe(2);
  });

  it("without one takes as many releases as come", () => {
    const semaphore = new Semaphore(1);
    semaphore.release();
    expect(semaphore.value).toBe(2);
  });

  everywhere("statistics count who waits", async () => {
    const semaphore = new Semaphore(1);
    await taskGroup((tg) =>
      semaphore.hold(async () => {
        for (let waiting = 0; waiting < 3; waiting++) {
          expect(semaphore.statistics()).toEqual({ tasksWaiting: waiting });
          tg.startSoon(() => semaphore.hold(() => undefined));
          await blocked();
        }
      }),
    );
    expect(semaphore.statistics()).toEqual({ tasksWaiting: 0 });
  });

  everywhere("a permit that a waiter was granted cannot be snatched", async () => {
    const semaphore = new Semaphore(1);
    const log: string[] = [];
    await taskGroup(async (tg) => {
      semaphore.acquireNowait();
      tg.startSoon(async () => {
        await semaphore.acquire();
        log.push("granted");
      });
      await blocked();
      semaphore.release();
      expect(semaphore.value).toBe(0);
      expect(() => semaphore.acquireNowait()).toThrowError(WouldBlock);
    });
    expect(log).toEqual(["granted"]);
  });

  everywhere("the first of two tasks is cancelled while it holds a permit: the second gets it", async () => {
    const semaphore = new Semaphore(1);
    await taskGroup(async (tg) => {
      const first = tg.startSoon(() => semaphore.hold(() => sleepForever()));
      const second = tg.startSoon(() => semaphore.hold(() => "mine"));
      await checkpoint();
      first.cancel();
      expect(await second).toBe("mine");
    });
  });

  everywhere(
    "cancelled after it was granted, a task has it, and passes it on when its block ends (C4, F4)",
    async () => {
      const semaphore = new Semaphore(0, { maxValue: 1 });
      await taskGroup(async (tg) => {
        const task = tg.startSoon(() => semaphore.hold(() => sleep(1)));
        await blocked();
        semaphore.release();
        task.cancel();
        expect(semaphore.value).toBe(0);
        await task.wait();
        expect([semaphore.value, semaphore.statistics().tasksWaiting]).toEqual([1, 0]);
        semaphore.acquireNowait();
      });
    },
  );

  everywhere("cancelled before it was granted, a task is passed over", async () => {
    const semaphore = new Semaphore(1, { maxValue: 1 });
    await taskGroup(async (tg) => {
      semaphore.acquireNowait();
      const task = tg.startSoon(() => semaphore.acquire());
      await blocked();
      task.cancel();
      semaphore.release();
      expect(semaphore.statistics().tasksWaiting).toBe(0);
      await failAfter(LONG, () => semaphore.acquire());
    });
  });

  outside("can be made outside of any run", () => {
    const semaphore = new Semaphore(1, { maxValue: 3 });
    expect([semaphore.value, semaphore.maxValue, semaphore.statistics().tasksWaiting]).toEqual([1, 3, 0]);
    return async () => {
      await using _permit = await semaphore.acquire();
      expect(semaphore.value).toBe(0);
    };
  });
});

describe("field: CapacityLimiter", () => {
  it("refuses what is no number of tokens", () => {
    const limiter = new CapacityLimiter(2);
    for (const total of [1.5, NaN, "2", null, undefined, 1n]) {
      expectSentence(() => new CapacityLimiter(total as number), TypeError);
      expectSentence(() => (limiter.totalTokens = total as number), TypeError);
    }
    for (const total of [-1, -Infinity]) {
      expectSentence(() => new CapacityLimiter(total), RangeError);
      expectSentence(() => (limiter.totalTokens = total), RangeError);
    }
    expect(limiter.totalTokens).toBe(2);
  });

  it("may have no tokens, or any number of them", () => {
    expect(new CapacityLimiter(0).totalTokens).toBe(0);
    const limiter = new CapacityLimiter(1);
    limiter.totalTokens = 0;
    expect(limiter.totalTokens).toBe(0);
    limiter.totalTokens = Infinity;
    expect(limiter.availableTokens).toBe(Infinity);
    limiter.acquireNowait();
    expect([limiter.borrowedTokens, limiter.availableTokens]).toEqual([1, Infinity]);
  });

  everywhere("lends tokens", async () => {
    const limiter = new CapacityLimiter(2);
    const figures = () => [limiter.totalTokens, limiter.availableTokens, limiter.borrowedTokens];
    expect(figures()).toEqual([2, 2, 0]);
    await limiter.hold(() => expect(figures()).toEqual([2, 1, 1]));
    {
      using _token = await limiter.acquire();
      expect(figures()).toEqual([2, 1, 1]);
    }
    await limiter.acquire();
    limiter.release();
    expect(figures()).toEqual([2, 2, 0]);
  });

  everywhere("lets no more in than it has tokens", async () => {
    const limiter = new CapacityLimiter(1);
    let inside = 0;
    await taskGroup((tg) => {
      for (let i = 0; i < 3; i++) {
        tg.startSoon(async () => {
          for (let round = 0; round < 5; round++) {
            await limiter.hold(async () => {
              expect(++inside).toBe(1);
              await blocked();
              inside--;
            });
          }
        });
      }
    });
    expect(inside).toBe(0);
  });

  everywhere("a borrower has one token, and releases what it has", async () => {
    const limiter = new CapacityLimiter(1);
    expectSentence(() => limiter.release(), UsageError);
    await limiter.acquire();
    expect(await thrownBy(() => limiter.acquire())).toBeInstanceOf(UsageError);
    expectSentence(() => limiter.acquireNowait(), UsageError);
    expect(limiter.borrowedTokens).toBe(1);
    limiter.release();
    expectSentence(() => limiter.release(), UsageError);
    expectSentence(() => limiter.releaseOnBehalfOf("nobody"), UsageError);
  });

  everywhere("more tokens let a waiter in", async () => {
    const limiter = new CapacityLimiter(1);
    const entered = new Event();
    const raised = new Event();
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        await entered.wait();
        await limiter.hold(() => raised.set());
      });
      tg.startSoon(() =>
        limiter.hold(async () => {
          entered.set();
          await raised.wait();
        }),
      );
      await blocked();
      expect([entered.isSet(), raised.isSet()]).toEqual([true, false]);
      limiter.totalTokens = 2;
    });
    expect(raised.isSet()).toBeTrue();
  });

  everywhere("more tokens let in who waits and who comes", async () => {
    const limiter = new CapacityLimiter(1);
    const entered = [new Event(), new Event(), new Event()] as const;
    const go = new Event();
    const work = (event: Event) => () =>
      limiter.hold(async () => {
        event.set();
        await go.wait();
      });
    await taskGroup(async (tg) => {
      tg.startSoon(work(entered[0]));
      tg.startSoon(work(entered[1]));
      await blocked();
      expect(entered.map((event) => event.isSet())).toEqual([true, false, false]);
      limiter.totalTokens = 3;
      tg.startSoon(work(entered[2]));
      await failAfter(LONG, async () => {
        for (const event of entered) await event.wait();
      });
      go.set();
    });
  });

  everywhere("statistics count tokens and waiters, and name the borrowers", async () => {
    const limiter = new CapacityLimiter(1);
    const none = { borrowedTokens: 0, totalTokens: 1, borrowers: [], tasksWaiting: 0 };
    expect(limiter.statistics()).toEqual(none);
    await taskGroup((tg) =>
      limiter.hold(async () => {
        for (let waiting = 0; waiting < 3; waiting++) {
          const { borrowers, ...figures } = limiter.statistics();
          expect(figures).toEqual({ borrowedTokens: 1, totalTokens: 1, tasksWaiting: waiting });
          expect(borrowers[0] === currentTask()).toBeTrue();
          tg.startSoon(() => limiter.hold(() => undefined));
          await blocked();
        }
      }),
    );
    expect(limiter.statistics()).toEqual(none);
  });

  everywhere("the first of two tasks is cancelled while it has the token: the second gets it", async () => {
    const limiter = new CapacityLimiter(1);
    await taskGroup(async (tg) => {
      const first = tg.startSoon(() => limiter.hold(() => sleepForever()));
      const second = tg.startSoon(() => limiter.hold(() => "mine"));
      await checkpoint();
      first.cancel();
      expect(await second).toBe("mine");
    });
  });

  everywhere("serves in the order of waiting", async () => {
    const limiter = new CapacityLimiter(1);
    const event = new Event();
    const order: number[] = [];
    await taskGroup(async (tg) => {
      for (const i of [0, 1, 2]) {
        await tg.start(async (status) => {
          status.started();
          await limiter.hold(async () => {
            await event.wait();
            order.push(i);
          });
        });
      }
      event.set();
    });
    expect(order).toEqual([0, 1, 2]);
  });

  outside("can be made, and changed, outside of any run", () => {
    const limiter = new CapacityLimiter(1);
    limiter.totalTokens = 2;
    expect(limiter.statistics()).toEqual({ borrowedTokens: 0, totalTokens: 2, borrowers: [], tasksWaiting: 0 });
    return () => limiter.hold(() => expect(limiter.borrowedTokens).toBe(1));
  });

  everywhere("a borrower is cancelled while it waits, as the token comes: the next one gets it", async () => {
    const limiter = new CapacityLimiter(1);
    const second = new Event();
    let reached = false;
    await taskGroup(async (tg) => {
      const borrow = (event: Event) => () => limiter.hold(() => event.set());
      await limiter.hold(async () => {
        const first = tg.startSoon(borrow(new Event()));
        tg.startSoon(borrow(second));
        await blocked();
        first.cancel();
      });
      await moveOnAfter(LONG, () => second.wait());
      reached = second.isSet();
      tg.cancel();
    });
    expect(reached).toBeTrue();
  });

  everywhere("acquireNowait throws WouldBlock when there is no token", async () => {
    const limiter = new CapacityLimiter(1);
    limiter.acquireNowait();
    const error = await thrownBy(() =>
      taskGroup((tg) => {
        tg.startSoon(() => limiter.acquireNowait());
      }),
    );
    expect((error as TaskGroupError).errors.map(named)).toEqual(["WouldBlock"]);
  });

  everywhere("acquires on behalf of somebody else", async () => {
    const limiter = new CapacityLimiter(2);
    limiter.acquireNowait();
    await limiter.acquireOnBehalfOf("someone");
    expect(limiter.borrowedTokens).toBe(2);
    expect(() => limiter.acquireOnBehalfOfNowait("third party")).toThrowError(WouldBlock);
    const { borrowers } = limiter.statistics();
    expect(borrowers.map((who) => (who === currentTask() ? "me" : who))).toEqual(["me", "someone"]);
    limiter.releaseOnBehalfOf(currentTask());
    expect(limiter.statistics().borrowers).toEqual(["someone"]);
    limiter.releaseOnBehalfOf("someone");
    expect(limiter.borrowedTokens).toBe(0);
    await taskGroup(async (tg) => {
      await limiter.acquireOnBehalfOf("value 1");
      await limiter.acquireOnBehalfOf("value 2");
      tg.startSoon(() => limiter.acquireOnBehalfOf("value 3"));
      await blocked();
      expect([limiter.borrowedTokens, limiter.statistics().tasksWaiting]).toEqual([2, 1]);
      limiter.releaseOnBehalfOf("value 2");
      expect(limiter.borrowedTokens).toBe(2);
      expect(() => limiter.acquireNowait()).toThrowError(WouldBlock);
    });
    limiter.releaseOnBehalfOf("value 3");
    limiter.releaseOnBehalfOf("value 1");
    expect(limiter.borrowedTokens).toBe(0);
  });

  everywhere("a token that a waiter was granted cannot be snatched", async () => {
    const limiter = new CapacityLimiter(1);
    limiter.acquireOnBehalfOfNowait("A");
    await taskGroup(async (tg) => {
      tg.startSoon(() => limiter.acquireOnBehalfOf("B"));
      await blocked();
      expect(limiter.statistics().tasksWaiting).toBe(1);
      limiter.releaseOnBehalfOf("A");
      expect(() => limiter.acquireOnBehalfOfNowait("X")).toThrowError(WouldBlock);
    });
    expect([limiter.borrowedTokens, limiter.availableTokens]).toEqual([1, 0]);
    expect(limiter.statistics().borrowers).toEqual(["B"]);
    limiter.releaseOnBehalfOf("B");
  });

  everywhere("the number of tokens changes while some are borrowed", async () => {
    const limiter = new CapacityLimiter(2);
    const figures = () => [limiter.statistics().borrowers, limiter.statistics().tasksWaiting];
    await taskGroup(async (tg) => {
      for (let i = 0; i < 5; i++) {
        tg.startSoon(() => limiter.acquireOnBehalfOf(i));
        await blocked();
      }
      expect(figures()).toEqual([[0, 1], 3]);
      limiter.totalTokens += 2;
      expect(figures()).toEqual([[0, 1, 2, 3], 1]);
      limiter.totalTokens -= 3;
      expect([limiter.borrowedTokens, limiter.totalTokens, limiter.availableTokens]).toEqual([4, 1, -3]);
      for (const i of [0, 1, 2]) limiter.releaseOnBehalfOf(i);
      expect(figures()).toEqual([[3], 1]);
      limiter.totalTokens = 1;
      expect(figures()).toEqual([[3], 1]);
      limiter.releaseOnBehalfOf(3);
      expect(figures()).toEqual([[4], 0]);
    });
  });

  everywhere("without tokens it lets nobody in", async () => {
    const limiter = new CapacityLimiter(0);
    const figures = () => [limiter.statistics().borrowers, limiter.statistics().tasksWaiting];
    await taskGroup(async (tg) => {
      for (let i = 0; i < 5; i++) {
        tg.startSoon(() => limiter.acquireOnBehalfOf(i));
        await blocked();
      }
      expect(figures()).toEqual([[], 5]);
      expect(() => limiter.acquireNowait()).toThrowError(WouldBlock);
      limiter.totalTokens = 5;
      expect(figures()).toEqual([[0, 1, 2, 3, 4], 0]);
      limiter.totalTokens = 0;
      for (let i = 0; i < 5; i++) limiter.releaseOnBehalfOf(i);
      tg.startSoon(() => limiter.acquireOnBehalfOf(6));
      await blocked();
      expect(figures()).toEqual([[], 1]);
      limiter.totalTokens = 1;
      expect(figures()).toEqual([[6], 0]);
      limiter.releaseOnBehalfOf(6);
      limiter.totalTokens = 0;
      tg.startSoon(() => limiter.acquireOnBehalfOf(7));
      await blocked();
      tg.cancel();
    });
    expect(figures()).toEqual([[], 0]);
  });

  everywhere("a cancelled waiter leaves nothing behind", async () => {
    const limiter = new CapacityLimiter(1);
    await limiter.acquire();
    await taskGroup(async (tg) => {
      tg.startSoon(() => limiter.acquireOnBehalfOf("late"));
      await blocked();
      tg.cancel();
    });
    expect(limiter.statistics().tasksWaiting).toBe(0);
    limiter.release();
    using _token = limiter.acquireOnBehalfOfNowait("late");
    expect(limiter.statistics().borrowers).toEqual(["late"]);
  });
});
