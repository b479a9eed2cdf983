/* What is left behind, what comes twice, and what comes from bodies that keep to no rule. */
import { getEventListeners } from "node:events";
import {
  CancelScope,
  checkpoint,
  ContextVar,
  createMemoryObjectStream,
  currentTime,
  isCancelled,
  moveOnAfter,
  operation,
  type OperationGenerator,
  run,
  rxBackend,
  sleep,
  sleepForever,
  type TaskGroup,
  taskGroup,
  TaskGroupError,
  UsageError,
} from "anyrx";
import {
  asapScheduler,
  lastValueFrom,
  map,
  mergeMap,
  of,
  queueScheduler,
  Subject,
  switchMap,
  tap,
  VirtualTimeScheduler,
} from "rxjs";
import { blocked, everywhere, LONG, named, outdoors, thrownBy, turns, virtually } from "./everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

describe("field: edges", () => {
  everywhere("a subscription without an error handler that is cancelled reports nothing", async () => {
    await taskGroup(async (tg) => {
      sleepForever().subscribe();
      of(1)
        .pipe(switchMap(() => sleepForever()))
        .subscribe();
      of(1)
        .pipe(mergeMap(() => operation(async () => sleepForever())()))
        .subscribe((value) => fail(value));
      const [, receive] = createMemoryObjectStream<number>();
      receive.subscribe();
      await blocked();
      tg.cancel();
    });
    expect().nothing();
  });

  everywhere("operations that return operations are flattened, in every style", async () => {
    const five = operation(() => sleep(1).pipe(map(() => 5)));
    expect(await operation(() => operation(() => five())())()).toBe(5);
    expect(await operation(async () => five())()).toBe(5);
    expect(
      await operation(function* () {
        return yield* operation(() => five())();
      })(),
    ).toBe(5);
  });

  everywhere("a generator cleans up with waits in its finally, shielded or not", function* () {
    const log: string[] = [];
    yield* moveOnAfter(2, function* () {
      try {
        yield* sleepForever();
      } finally {
        yield* moveOnAfter(
          LONG,
          function* () {
            yield* sleep(2);
            log.push("shielded");
          },
          { shield: true },
        );
        try {
          yield* sleep(2);
          log.push("not reached");
        } finally {
          log.push("bare");
        }
      }
    });
    expect(log).toEqual(["shielded", "bare"]);
  });

  everywhere("a generator helper that is no operation is delegated to as usual", function* () {
    function* helper(n: number): OperationGenerator<number> {
      yield* sleep(1);
      return n * 2;
    }
    expect(yield* helper(4)).toBe(8);
  });

  everywhere("moving a deadline a thousand times leaves one", async () => {
    const scope = new CancelScope();
    await scope.enter(async () => {
      const now = currentTime();
      for (let i = 0; i < 1000; i++) {
        scope.deadline = Infinity;
        scope.deadline = now + LONG;
      }
      scope.deadline = now + 2;
      await sleepForever();
    });
    expect(scope.cancelledCaught).toBeTrue();
  });

  outdoors("a delay beyond what a host timer takes does not fire early", async () => {
    expect(await moveOnAfter(5, () => sleep(2 ** 32).pipe(map(() => "slept")))).toBeUndefined();
    expect(await moveOnAfter(2 ** 33, () => sleep(1).pipe(map(() => "slept")))).toBe("slept");
  });

  everywhere("a group obeys a deadline of its own scope", async () => {
    let group!: TaskGroup;
    await taskGroup(async (tg) => {
      group = tg;
      tg.cancelScope.deadline = currentTime() + 2;
      tg.startSoon(() => sleepForever());
      await sleepForever();
    });
    expect(group.cancelScope.cancelledCaught).toBeTrue();
  });

  everywhere("start() takes a child in Observable style", async () => {
    const value = await taskGroup(
      async (tg) =>
        await tg.start<number>((status) =>
          sleep(1).pipe(
            tap(() => {
              status.started(6);
            }),
          ),
        ),
    );
    expect(value).toBe(6);
  });

  everywhere("cancelled$ subscribers that throw keep nobody from being told, and cancel() does not throw", async () => {
    const scope = new CancelScope();
    const log: string[] = [];
    await scope.enter(async () => {
      scope.cancelled$.subscribe(() => log.push("one"));
      scope.cancelled$.subscribe(() => {
        scope.cancel("again");
        log.push("two");
      });
      scope.signal.addEventListener("abort", () => log.push("signal"));
      scope.cancel("first");
    });
    expect(log.sort()).toEqual(["one", "signal", "two"]);
    expect(scope.cancelReason).toBe("first");
  });

  it("a signal keeps no listener of a run or a scope that is over", async () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 20; i++) {
      await run(() => CancelScope.from(signal).enter(() => checkpoint()), { signal });
    }
    expect(getEventListeners(signal, "abort").length).toBe(0);
  });

  it("one rx backend serves two runs at once, and RxJS's own schedulers drive a run", async () => {
    reallyWaits("the clock of those schedulers is the real one");
    const shared = rxBackend();
    const main = async () => {
      await sleep(2);
      await taskGroup((tg) => void tg.startSoon(() => sleep(1)));
      return currentTime() > 0;
    };
    expect(await Promise.all([run(main, { backend: shared }), run(main, { backend: shared })])).toEqual([true, true]);
    for (const scheduler of [asapScheduler, queueScheduler]) {
      expect(await run(main, { backend: rxBackend(scheduler) })).toBeTrue();
    }
    const virtual = new VirtualTimeScheduler();
    const done = run(
      function* () {
        yield* sleep(1000);
        return currentTime();
      },
      { backend: rxBackend(virtual) },
    );
    virtual.flush();
    expect(await done).toBe(1000);
  });

  everywhere("mergeMap: when one inner operation fails, the others are cancelled and waited for", async () => {
    const log: string[] = [];
    const work = operation(async (n: number) => {
      if (n === 2) {
        await sleep(2);
        throw new RangeError("two");
      }
      try {
        await sleepForever();
      } finally {
        await moveOnAfter(LONG, () => sleep(2), { shield: true });
        log.push(`cleaned ${n}`);
      }
    });
    const error = await thrownBy(() => taskGroup(() => of(1, 2, 3).pipe(mergeMap((n) => work(n)))));
    expect((error as TaskGroupError).leaves().map(named)).toEqual(["RangeError"]);
    expect(log).toEqual(["cleaned 1", "cleaned 3"]);
  });

  everywhere("errors of the cleanup of unsubscribed work join the group's error", async () => {
    const work = operation(async (n: number) => {
      if (n === 2) {
        await sleep(2);
        throw new RangeError("two");
      }
      try {
        await sleepForever();
      } catch {
        throw new TypeError(`cleanup ${n}`);
      }
    });
    const error = await thrownBy(() => taskGroup(() => of(1, 2).pipe(mergeMap((n) => work(n)))));
    expect((error as TaskGroupError).leaves().map(named).sort()).toEqual(["RangeError", "TypeError"]);
  });

  everywhere("unsubscribing inside next, and inside the body's own first step", async () => {
    const source = new Subject<number>();
    const log: string[] = [];
    const work = operation(async (n: number) => {
      log.push(`begin ${n}`);
      if (n === 1) source.next(2);
      try {
        await sleep(2);
        log.push(`end ${n}`);
      } catch (error) {
        log.push(`${named(error)} ${n}`);
        throw error;
      }
    });
    await taskGroup(async (tg) => {
      tg.startSoon(() => source.pipe(switchMap((n) => work(n))));
      await blocked();
      source.next(1);
      await sleep(6);
      source.complete();
    });
    expect(log.length).toBe(4);
    expect(log.slice(0, 2)).toEqual(["begin 1", "begin 2"]);
    expect(log.filter((line) => line.startsWith("end")).length).toBe(1);
  });

  everywhere("a failed child that nobody awaits is reported by its group alone", async () => {
    const error = await thrownBy(() =>
      taskGroup((tg) => {
        tg.startSoon(async () => {
          throw new Error("bug");
        });
        tg.startSoon(() => Promise.reject(new Error("other")));
      }),
    );
    await turns(2);
    expect((error as TaskGroupError).errors.length).toBeGreaterThan(0);
  });

  everywhere("a cancellation that the body throws on behalf of an outer scope is passed on, bare", async () => {
    const outer = new CancelScope({ name: "outer" });
    let seen: unknown;
    await outer.enter(async () => {
      outer.cancel("why");
      try {
        await lastValueFrom(sleepForever());
      } catch (error) {
        seen = error;
        throw error;
      }
    });
    expect(isCancelled(seen)).toBeTrue();
    expect((seen as Error).message).toContain('"outer"');
    expect(outer.cancelledCaught).toBeTrue();
  });
});

describe("field: edges, mended", () => {
  everywhere("a consumer that outlives the task that subscribed is cancelled with the group", async () => {
    const [send, receive] = createMemoryObjectStream<number>(5);
    const log: unknown[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(() => {
        receive.subscribe({ next: (n) => log.push(n), error: (e) => log.push(named(e)) });
      });
      await blocked();
      send.sendNowait(1);
      await blocked();
      send.sendNowait(2);
      await blocked();
      tg.cancel();
    });
    expect(log).toEqual([1, 2, "Cancelled"]);
    expect(receive.statistics().tasksWaitingReceive).toBe(0);
  });

  virtually(
    "what a child left behind keeps the child's context variables, and writes into no other task's",
    async () => {
      const v = new ContextVar("v", "none");
      const seen: string[] = [];
      v.set("host");
      await taskGroup(async (tg) => {
        tg.startSoon(() => {
          v.set("child");
          void (async () => {
            await sleep(5);
            seen.push(v.get());
            v.set("left behind");
          })();
        });
        await sleep(10);
        seen.push(v.get());
      });
      expect(seen).toEqual(["child", "host"]);
    },
  );

  everywhere("a thenable that answers twice ends its task once", async () => {
    const log: string[] = [];
    await taskGroup((tg) => {
      tg.startSoon(() => ({
        then(resolve: (value: number) => void) {
          resolve(1);
          resolve(2);
          resolve(3);
        },
      }));
      tg.startSoon(async () => {
        await sleep(3);
        log.push("sibling");
      });
    });
    log.push("end");
    expect(log).toEqual(["sibling", "end"]);
  });

  it("a thenable whose then throws, or cannot be read, fails its task", async () => {
    const odd: (() => unknown)[] = [
      () => ({
        then() {
          throw new Error("bug");
        },
      }),
      () => ({
        get then() {
          throw new Error("bug");
        },
      }),
    ];
    for (const body of odd) {
      const error = await Promise.race([
        thrownBy(() => run(() => taskGroup((tg) => void tg.startSoon(body)))),
        new Promise((done) => setTimeout(() => done("the group never ended"), 50)),
      ]);
      expect(error).toBeInstanceOf(TaskGroupError);
    }
  });

  it("a wait after the end of its run throws instead of hanging, while the context is known", async () => {
    // Inside another run: with none alive, a host whose context costs something forgets it, and the wait goes on outside of any run.
    const outcome = await run(async () => {
      let late: Promise<unknown> = Promise.resolve();
      await run(async () => {
        late = (async () => {
          await turns(3);
          await sleep(1);
          return "slept";
        })();
      });
      return Promise.race([
        late.catch((error: unknown) => error),
        new Promise((done) => setTimeout(() => done("hangs"), 100)),
      ]);
    });
    expect(outcome).toBeInstanceOf(UsageError);
  });
});
