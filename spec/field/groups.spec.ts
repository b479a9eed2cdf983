import {
  Event,
  CancelScope,
  checkpoint,
  ContextVar,
  currentScope,
  currentTask,
  currentTime,
  failAfter,
  isCancelled,
  moveOnAfter,
  operation,
  run,
  sleep,
  sleepForever,
  type Task,
  TaskCancelled,
  TaskFailed,
  taskGroup,
  type TaskGroup,
  TaskGroupError,
  type TaskStatus,
  TimeoutError,
  UsageError,
} from "anyrx";
import { firstValueFrom, map, of, take, throwError, timer } from "rxjs";
import { blocked, everywhere, LONG, named, outdoors, thrownBy, virtually } from "./everywhere.ts";
import { onRealClock, reallyWaits } from "../support/real-time.ts";

const messages = (error: unknown) => (error as TaskGroupError).errors.map((e) => (e as Error).message);

describe("field: task groups", () => {
  everywhere("the end waits for every child, whatever its style (G1)", async () => {
    const ended = new Set<string>();
    await taskGroup((tg) => {
      tg.startSoon(async () => {
        await sleep(2);
        ended.add("async");
      });
      tg.startSoon(function* () {
        yield* sleep(2);
        ended.add("generator");
      });
      tg.startSoon(() => sleep(2).pipe(map(() => ended.add("observable"))));
      tg.startSoon(() => {
        ended.add("plain");
      });
    });
    expect([...ended].sort()).toEqual(["async", "generator", "observable", "plain"]);
  });

  everywhere("a child never runs inside startSoon, and children start in order (G9)", async () => {
    const log: string[] = [];
    await taskGroup((tg) => {
      for (const name of ["a", "b", "c"]) tg.startSoon(() => void log.push(name));
      log.push("body");
    });
    expect(log).toEqual(["body", "a", "b", "c"]);
  });

  everywhere("children may spawn while the host waits at the end (G5)", async () => {
    let depth = 0;
    await taskGroup((tg) => {
      const spawn = async (n: number): Promise<void> => {
        await sleep(1);
        depth = n;
        if (n < 4) tg.startSoon(() => spawn(n + 1));
      };
      tg.startSoon(() => spawn(1));
    });
    expect(depth).toBe(4);
  });

  everywhere("after the end spawning is refused, naming group and task (G5)", async () => {
    let late!: TaskGroup;
    await taskGroup((tg) => void (late = tg), { name: "crew" });
    const error = await thrownBy(() => late.startSoon(() => undefined, { name: "tardy" }));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain('"crew"');
    expect((error as Error).message).toContain('"tardy"');
    const started = await thrownBy(() => late.start((status) => status.started()));
    expect(started).toBeInstanceOf(UsageError);
  });

  everywhere("an empty group yields once and is no cancel point (G6)", async () => {
    const scope = new CancelScope();
    let others = 0;
    await taskGroup(async (outer) => {
      for (let i = 0; i < 2; i++) await taskGroup(() => void outer.startSoon(() => others++));
      expect(others).toBeGreaterThan(0);
    });
    const value = await scope.enter(async () => {
      scope.cancel();
      await taskGroup(() => undefined);
      return "went on";
    });
    expect(value).toBe("went on");
  });

  everywhere(
    "a failing child cancels body and siblings, and the group throws even one error as a group (G2)",
    async () => {
      const log: string[] = [];
      const bug = new Error("bug");
      const error = await thrownBy(() =>
        taskGroup(async (tg) => {
          tg.startSoon(async () => {
            try {
              await sleepForever();
            } catch (e) {
              log.push(named(e));
              throw e;
            }
          });
          tg.startSoon(async () => {
            await checkpoint();
            throw bug;
          });
          try {
            await sleepForever();
          } finally {
            log.push("body");
          }
        }),
      );
      expect(error).toBeInstanceOf(TaskGroupError);
      expect((error as TaskGroupError).errors).toEqual([bug]);
      expect(log.sort()).toEqual(["Cancelled", "body"]);
    },
  );

  everywhere("a failing body cancels the children and waits for their cleanup", async () => {
    const log: string[] = [];
    const error = await thrownBy(() =>
      taskGroup(async (tg) => {
        tg.startSoon(async () => {
          try {
            await sleepForever();
          } finally {
            await moveOnAfter(LONG, () => sleep(3), { shield: true });
            log.push("cleaned");
          }
        });
        await blocked();
        throw new Error("host");
      }),
    );
    expect(messages(error)).toEqual(["host"]);
    expect(log).toEqual(["cleaned"]);
  });

  everywhere("errors of body and children are collected in the order of failing", async () => {
    const failing = async (name: string) => {
      try {
        await sleepForever();
      } catch {
        throw new Error(name);
      }
    };
    const error = await thrownBy(() =>
      taskGroup(async (tg) => {
        tg.startSoon(() => failing("one"));
        tg.startSoon(() => failing("two"));
        await blocked();
        throw new Error("host");
      }),
    );
    expect(messages(error)).toEqual(["host", "one", "two"]);
  });

  everywhere("nested groups nest, and cancellations are filtered from them", async () => {
    const failing = async (name: string) => {
      try {
        await sleep(3);
      } finally {
        // eslint-disable-next-line no-unsafe-finally
        throw new Error(name);
      }
    };
    const error = (await thrownBy(() =>
      taskGroup(async (tg) => {
        tg.startSoon(() => failing("parent"));
        await taskGroup(async (inner) => {
          inner.startSoon(() => failing("child"));
          await sleep(LONG);
        });
      }),
    )) as TaskGroupError;
    expect(error.errors.length).toBe(2);
    expect((error.errors[0] as Error).message).toBe("parent");
    expect(messages(error.errors[1])).toEqual(["child"]);
    expect(error.leaves().map((e) => (e as Error).message)).toEqual(["parent", "child"]);
  });

  everywhere("a cancelled group ends quietly, and keeps the value of a body that had returned", async () => {
    const value = await taskGroup((tg) => {
      tg.startSoon(() => sleepForever());
      tg.startSoon(async () => {
        await blocked();
        tg.cancel();
      });
      return 5;
    });
    expect(value).toBe(5);
    const none = await taskGroup(async (tg) => {
      tg.cancel();
      await checkpoint();
      return 5;
    });
    expect(none as unknown).toBeUndefined();
  });

  everywhere("cancellation from outside leaves as one bare Cancelled (G3)", async () => {
    const outer = new CancelScope();
    let inner: unknown;
    await outer.enter(async () => {
      inner = await thrownBy(() =>
        taskGroup(async (tg) => {
          tg.startSoon(() => sleepForever());
          tg.startSoon(() => sleepForever());
          await blocked();
          outer.cancel();
          await sleepForever();
        }),
      );
      throw inner;
    });
    expect(isCancelled(inner)).toBeTrue();
    expect(outer.cancelledCaught).toBeTrue();
  });

  everywhere(
    "a group that waits at its end passes a cancellation on to its children and goes on waiting (G7)",
    async () => {
      const log: string[] = [];
      await taskGroup(async (tg) => {
        tg.startSoon(async () => {
          await taskGroup((inner) => {
            inner.startSoon(async () => {
              try {
                await sleepForever();
              } finally {
                await moveOnAfter(LONG, () => sleep(2), { shield: true });
                log.push("child");
              }
            });
          });
          log.push("not reached");
        });
        await blocked();
        tg.cancel();
      });
      expect(log).toEqual(["child"]);
    },
  );

  everywhere("children of a cancelled group start and run to their first wait (C5)", async () => {
    const log: string[] = [];
    await taskGroup((tg) => {
      tg.cancel();
      tg.startSoon(async () => {
        log.push("async");
        await checkpoint();
        log.push("not reached");
      });
      tg.startSoon(function* () {
        log.push("generator");
        yield* checkpoint();
        log.push("not reached");
      });
    });
    expect(log).toEqual(["async", "generator"]);
  });

  everywhere("a child spawned in a cancelled group by a cancelled child is cancelled too", async () => {
    let reached = false;
    await taskGroup((tg) => {
      tg.startSoon(async () => {
        tg.startSoon(async () => {
          await new CancelScope().enter(() => sleep(LONG));
          reached = true;
        });
      });
      tg.cancel();
    });
    expect(reached).toBeFalse();
  });

  everywhere("children live in the group's scope, not in the spawner's (G4)", async () => {
    let finished = false;
    await taskGroup(async (tg) => {
      await moveOnAfter(0, async () => {
        tg.startSoon(async () => {
          await sleep(2);
          finished = true;
        });
        await checkpoint();
      });
    });
    expect(finished).toBeTrue();
  });

  everywhere("the host's shield does not protect the children", async () => {
    const outer = new CancelScope();
    let cancelled = false;
    await outer.enter(() =>
      taskGroup(async (tg) => {
        const child = tg.startSoon(async () => {
          try {
            await sleepForever();
          } finally {
            cancelled = true;
          }
        });
        await blocked();
        await failAfter(
          1000,
          async () => {
            outer.cancel();
            await child.wait();
          },
          { shield: true },
        );
      }),
    );
    expect(cancelled).toBeTrue();
  });

  everywhere("a scope inside one child touches no sibling (G8)", async () => {
    let childScope!: CancelScope;
    let sibling = false;
    await taskGroup(async (tg) => {
      tg.startSoon(() => moveOnAfter(LONG, (scope) => ((childScope = scope), sleepForever())));
      tg.startSoon(async () => {
        await sleep(6);
        sibling = true;
      });
      await blocked();
      childScope.cancel();
      await sleep(2);
      expect(tg.cancelScope.cancelCalled).toBeFalse();
    });
    expect(sibling).toBeTrue();
  });

  everywhere("a child fails while an ancestor is cancelled: the group is cancelled all the same", async () => {
    let sibling = "";
    const outer = new CancelScope();
    const error = await thrownBy(() =>
      outer.enter(() =>
        taskGroup((tg) => {
          tg.cancelScope.shield = true;
          tg.startSoon(async () => {
            await blocked();
            outer.cancel();
            throw new Error("bug");
          });
          tg.startSoon(async () => {
            try {
              await sleepForever();
            } finally {
              sibling = "cancelled";
            }
          });
        }),
      ),
    );
    expect(messages(error)).toEqual(["bug"]);
    expect(sibling).toBe("cancelled");
  });

  everywhere("falsy errors are errors: undefined, null, 0, false and the empty string", async () => {
    for (const falsy of [undefined, null, 0, false, ""]) {
      const thrown = await thrownBy(() => taskGroup((tg) => void tg.startSoon(() => Promise.reject(falsy as unknown))));
      expect((thrown as TaskGroupError).errors).toEqual([falsy]);
      const body = await thrownBy(() =>
        taskGroup(() => {
          throw falsy as unknown;
        }),
      );
      expect((body as TaskGroupError).errors).toEqual([falsy]);
      const observable = await thrownBy(() => taskGroup((tg) => void tg.startSoon(() => throwError(() => falsy))));
      expect((observable as TaskGroupError).errors).toEqual([falsy]);
    }
  });

  everywhere("synchronous throws of every kind of body go to the group", async () => {
    const error = await thrownBy(() =>
      taskGroup((tg) => {
        tg.startSoon(() => {
          throw new Error("plain");
        });
        tg.startSoon(function* () {
          throw new Error("generator");
        });
        tg.startSoon(() =>
          of(1).pipe(
            map(() => {
              throw new Error("observable");
            }),
          ),
        );
      }),
    );
    expect(messages(error)).toEqual(["plain", "generator", "observable"]);
  });

  outdoors("a foreign Observable is a body, and its last value counts", async () => {
    const value = await taskGroup(async (tg) => await tg.startSoon(() => timer(1, 1).pipe(take(3))));
    expect(value).toBe(2);
    expect(await taskGroup(() => of(1, 2, 3))).toBe(3);
  });

  everywhere("an operation that was left behind is waited for by its group", async () => {
    const log: string[] = [];
    const work = operation(async () => {
      await sleep(3);
      log.push("work");
    });
    await taskGroup(async () => {
      void work().then();
      log.push("body");
    });
    expect(log).toEqual(["body", "work"]);
  });

  everywhere("Promise.all over operations waits for both, and cancels with the scope", async () => {
    const ops = operation(async (n: number) => {
      await sleep(1);
      return n;
    });
    expect(await Promise.all([ops(1), ops(2)])).toEqual([1, 2]);
    const scope = new CancelScope();
    await scope.enter(async () => {
      const both = Promise.all([sleepForever(), sleepForever()]);
      scope.cancel();
      await both;
    });
    expect(scope.cancelledCaught).toBeTrue();
  });

  virtually("a group in a group in a group: cancelling the outermost ends all of it now", async () => {
    let ended = 0;
    await taskGroup(async (tg) => {
      for (let i = 0; i < 3; i++) {
        tg.startSoon(() =>
          taskGroup((inner) => {
            for (let k = 0; k < 3; k++) {
              inner.startSoon(async () => {
                try {
                  await sleep(LONG);
                } finally {
                  ended++;
                }
              });
            }
          }),
        );
      }
      await sleep(1);
      tg.cancel();
    });
    expect([ended, currentTime()]).toEqual([9, 1]);
  });

  everywhere("context variables come from the spawner, and go nowhere else (G4)", async () => {
    const v = new ContextVar("v", "none");
    const seen: string[] = [];
    v.set("main");
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        v.set("first");
        await sleep(1);
        tg.startSoon(() => void seen.push(v.get()));
      });
      tg.startSoon(async () => {
        await sleep(3);
        seen.push(v.get());
      });
      const token = v.set("changed");
      v.reset(token);
    });
    expect([...seen.sort(), v.get()]).toEqual(["first", "main", "main"]);
  });

  everywhere("startSoon in a scope of one group, called from a task of another", async () => {
    let parent = 0;
    let mine!: Task;
    await taskGroup(async (a) => {
      await taskGroup((b) => {
        b.startSoon(() => {
          mine = currentTask();
          a.startSoon((task) => {
            parent = task.parentId;
            expect(currentTask()).toBe(task);
          });
        });
      });
    });
    expect(parent).toBe(mine.id);
  });
});

describe("field: start()", () => {
  everywhere("gives what the child started with, while the child goes on (S1)", async () => {
    let ended = false;
    await taskGroup(async (tg) => {
      const value = await tg.start<number>(async (status) => {
        await sleep(1);
        status.started(7);
        await sleep(3);
        ended = true;
      });
      expect([value, ended]).toEqual([7, false]);
    });
    expect(ended).toBeTrue();
  });

  everywhere("an error before started() is the caller's, bare, and the group goes on (S2)", async () => {
    let sibling = false;
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        await sleep(4);
        sibling = true;
      });
      const error = await thrownBy(() =>
        tg.start(async () => {
          await sleep(1);
          throw new RangeError("no");
        }),
      );
      expect(error).toBeInstanceOf(RangeError);
      expect(await thrownBy(() => tg.start(() => Promise.reject(undefined as unknown)))).toBeUndefined();
    });
    expect(sibling).toBeTrue();
  });

  everywhere("an error after started() is the group's (S2)", async () => {
    let value = 0;
    const error = await thrownBy(() =>
      taskGroup(async (tg) => {
        value = await tg.start<number>(async (status) => {
          status.started(3);
          await sleep(1);
          throw new Error("after");
        });
      }),
    );
    expect(value).toBe(3);
    expect(messages(error)).toEqual(["after"]);
  });

  everywhere("a child that ends without started() makes start() say so (S3)", async () => {
    await taskGroup(async (tg) => {
      const error = await thrownBy(() => tg.start(() => undefined, { name: "forgetful" }));
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toContain('"forgetful"');
    });
  });

  everywhere("a shield in the child protects it from the caller's cancellation (S4)", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      await moveOnAfter(2, () =>
        tg.start(async (status) => {
          await moveOnAfter(
            LONG,
            async () => {
              await sleep(4);
              log.push("slept");
            },
            { shield: true },
          );
          status.started();
          log.push("started");
        }),
      );
    });
    expect(log).toEqual(["slept", "started"]);
  });

  everywhere("started() and a failure in one step: start() returns, the group throws (S5)", async () => {
    let value = "";
    const error = await thrownBy(() =>
      taskGroup(async (tg) => {
        value = await tg.start<string>((status) => {
          status.started("hello");
          throw new Error("at once");
        });
        await sleepForever();
      }),
    );
    expect(messages(error)).toEqual(["at once"]);
    expect(value).toBe("hello");
  });

  everywhere("a second started() throws in the child (S6)", async () => {
    const error = await thrownBy(() =>
      taskGroup(async (tg) => {
        await tg.start(async (status) => {
          status.started();
          status.started();
        });
      }),
    );
    expect((error as TaskGroupError).errors[0]).toBeInstanceOf(UsageError);
    let complaint: unknown = null;
    await taskGroup(async (tg) => {
      await tg.start(async (status) => {
        status.started();
        tg.cancel();
        try {
          status.started();
        } catch (e) {
          complaint = e;
        }
      });
    });
    expect(complaint).toBeNull();
  });

  everywhere("a failing sibling cancels a start() into another group", async () => {
    let completed = false;
    const error = (await thrownBy(() =>
      taskGroup(async (outer) => {
        await taskGroup(async (inner) => {
          inner.startSoon(async () => {
            await blocked();
            throw new Error("sibling");
          });
          await outer.start(async (status) => {
            await sleep(LONG);
            completed = true;
            status.started();
          });
        });
      }),
    )) as TaskGroupError;
    expect(messages(error.errors[0])).toEqual(["sibling"]);
    expect(completed).toBeFalse();
  });

  everywhere("a target group that is cancelled just before started() cancels the child's children", async () => {
    const log: string[] = [];
    await taskGroup(async (target) => {
      await target.start(async (status) => {
        await taskGroup(async (own) => {
          own.startSoon(async () => {
            try {
              await sleepForever();
            } finally {
              log.push("grandchild");
            }
          });
          await blocked();
          target.cancel();
          status.started();
        });
        log.push("not reached");
      });
      log.push("caller");
    });
    expect(log[0]).toBe("grandchild");
    expect(log).not.toContain("not reached");
  });

  virtually("a pending start() keeps its group open", async () => {
    await taskGroup(async (one) => {
      await taskGroup(async (two) => {
        const slow = async (status: TaskStatus<void>) => {
          await sleep(2);
          status.started();
          await sleep(3);
        };
        one.startSoon(() => two.start(slow));
        await sleep(1);
        one.startSoon(() => two.start(slow));
      });
      expect(currentTime()).toBe(6);
    });
    await taskGroup(async (one) => {
      const start = currentTime();
      await taskGroup(async (two) => {
        one.startSoon(async () => {
          const e = await thrownBy(() =>
            two.start(async () => {
              await sleep(7);
              throw new RangeError("crash");
            }),
          );
          expect(e).toBeInstanceOf(RangeError);
        });
        await sleep(1);
      });
      expect(currentTime() - start).toBe(7);
    });
  });

  everywhere("in a cancelled caller an error after started() still comes out of start()", async () => {
    await taskGroup(async (tg) => {
      const scope = new CancelScope();
      const error = await thrownBy(() =>
        scope.enter(async () => {
          scope.cancel();
          await tg.start((status) => {
            status.started();
            throw new RangeError("oops");
          });
        }),
      );
      expect(error).toBeInstanceOf(RangeError);
    });
  });

  everywhere("started with a generator child and yield*", function* () {
    const value = yield* taskGroup(function* (tg) {
      const port = yield* tg.start<number>(function* (status) {
        yield* sleep(1);
        status.started(80);
        yield* sleepForever();
      });
      tg.cancel();
      return port;
    });
    expect(value).toBe(80);
  });
});

describe("field: task handles", () => {
  everywhere("a handle gives the value as often as it is asked (H1)", async () => {
    await taskGroup(async (tg) => {
      const task = tg.startSoon(async () => {
        await sleep(1);
        return 9;
      });
      expect(task.status).toBe("pending");
      expect([await task, await task, await firstValueFrom(task)]).toEqual([9, 9, 9]);
      expect([task.status, task.returnValue]).toEqual(["finished", 9]);
    });
  });

  everywhere(
    "a failed task: TaskFailed with the cause for the one who awaits, and the error for the group (H1)",
    async () => {
      const bug = new Error("bug");
      let task!: Task<never>;
      const error = await thrownBy(() =>
        taskGroup((tg) => {
          task = tg.startSoon(() => {
            throw bug;
          });
        }),
      );
      expect((error as TaskGroupError).errors).toEqual([bug]);
      const failed = (await thrownBy(() => task)) as TaskFailed;
      expect(failed).toBeInstanceOf(TaskFailed);
      expect(failed.cause).toBe(bug);
      expect([task.status, task.exception]).toEqual(["failed", bug]);
    },
  );

  everywhere("awaiting a failing sibling from another group gives TaskFailed, and moves no error", async () => {
    const seen: string[] = [];
    const error = await thrownBy(() =>
      taskGroup(async (outer) => {
        let task!: Task;
        outer.startSoon(async () => {
          await checkpoint();
          seen.push(named(await thrownBy(() => task)));
        });
        const inner = await thrownBy(() =>
          taskGroup((tg) => {
            task = tg.startSoon(async () => {
              await sleep(2);
              throw new Error("bug");
            });
          }),
        );
        throw inner;
      }),
    );
    expect(seen).toEqual(["TaskFailed"]);
    expect((error as TaskGroupError).leaves().map(named)).toEqual(["Error"]);
  });

  everywhere("a cancelled task: it runs to its first wait, its handle throws TaskCancelled (H1, H3)", async () => {
    const log: string[] = [];
    let task!: Task;
    await taskGroup(async (tg) => {
      task = tg.startSoon(async () => {
        log.push("runs");
        await sleepForever();
      });
      task.cancel("enough");
      task.cancel("again");
      log.push(task.status);
      await task.wait();
      await task.wait();
      log.push(task.status);
    });
    const error = (await thrownBy(() => task)) as TaskCancelled;
    expect(error).toBeInstanceOf(TaskCancelled);
    expect(isCancelled(error.cause)).toBeTrue();
    expect((error.cause as { reason: unknown }).reason).toBe("enough");
    expect(log).toEqual(["cancelling", "runs", "cancelled"]);
  });

  everywhere("a cancelled task that returns all the same is finished, with its value (H3)", async () => {
    await taskGroup(async (tg) => {
      const task = tg.startSoon(async () => {
        await thrownBy(() => sleepForever());
        await thrownBy(() => sleepForever());
        return "survived";
      });
      await blocked();
      task.cancel();
      expect(await task).toBe("survived");
      expect(task.status).toBe("finished");
      expect(task.cancelScope.cancelCalled).toBeTrue();
    });
  });

  everywhere("the scope of a task tells the same after its end, whoever has seen it before", async () => {
    await taskGroup(async (tg) => {
      const seen = tg.startSoon(async () => sleep(1));
      const unseen = tg.startSoon(async () => sleep(1));
      const { cancelScope } = seen;
      await Promise.all([seen, unseen]);
      expect(seen.cancelScope).toBe(cancelScope);
      expect(unseen.cancelScope).toBe(unseen.cancelScope);
      expect(String(unseen.cancelScope)).toBe(String(cancelScope));
      for (const { cancelScope: scope } of [seen, unseen]) {
        expect([scope.cancelCalled, scope.cancelledCaught, scope.deadline, scope.shield]).toEqual([
          false,
          false,
          Infinity,
          false,
        ]);
        scope.cancel("too late");
        expect([scope.cancelCalled, scope.cancelledCaught, scope.cancelReason]).toEqual([true, false, "too late"]);
        await thrownBy(() => scope.enter(() => 1));
        await sleep(1); // Nobody else was cancelled.
      }
      expect([seen.status, unseen.status]).toEqual(["finished", "finished"]);
    });
  });

  everywhere("cancelling who waits for a task does not cancel the task", async () => {
    await taskGroup(async (tg) => {
      const go = new Event();
      const task = tg.startSoon(async () => {
        await go.wait();
        return 1;
      });
      expect(await moveOnAfter(1, () => task.wait())).toBeUndefined();
      expect(await moveOnAfter(1, () => task)).toBeUndefined();
      go.set();
      expect(await task).toBe(1);
    });
  });

  everywhere("waiting for an ended task is a checkpoint still (F1)", async () => {
    await taskGroup(async (tg) => {
      const task = tg.startSoon(() => 1);
      await task;
      const scope = new CancelScope();
      await scope.enter(async () => {
        scope.cancel();
        await task;
      });
      expect(scope.cancelledCaught).toBeTrue();
    });
  });

  everywhere("cancelling an ended task does nothing", async () => {
    await taskGroup(async (tg) => {
      const task = tg.startSoon(() => 1);
      await task;
      task.cancel();
      expect(task.status).toBe("finished");
      expect(await task).toBe(1);
    });
  });

  everywhere("tasks have names: given, of the function, or numbered", async () => {
    await taskGroup(async (tg) => {
      async function fetchAll() {
        return currentTask().name;
      }
      expect(await tg.startSoon(fetchAll)).toBe("fetchAll");
      expect(await tg.startSoon(fetchAll, { name: "own" })).toBe("own");
      expect(tg.startSoon(() => undefined).name).toMatch(/^task \d+$/);
    });
  });

  everywhere("a task cancels itself", async () => {
    const task = await taskGroup((tg) => ({
      it: tg.startSoon(async (self) => {
        self.cancel();
        await checkpoint();
      }),
    }));
    expect(task.it.status).toBe("cancelled");
  });
});

describe("field: runs", () => {
  it("run gives the value, or the bare error", async () => {
    expect(await run(() => 1)).toBe(1);
    const bug = new Error("bug");
    expect(await thrownBy(() => run(() => Promise.reject(bug)))).toBe(bug);
    for (const falsy of [undefined, null, 0, ""]) {
      expect(await thrownBy(() => run(() => Promise.reject(falsy as unknown)))).toBe(falsy);
    }
  });

  it("run(main, { signal }) cancels and rejects with Cancelled, cleanup first", async () => {
    onRealClock();
    for (const backend of ["native", "rx"] as const) {
      const log: string[] = [];
      const control = new AbortController();
      setTimeout(() => control.abort("stop"), 3);
      const error = await thrownBy(() =>
        run(
          async () => {
            try {
              await sleepForever();
            } finally {
              await moveOnAfter(100, () => sleep(2), { shield: true });
              log.push("cleaned");
            }
          },
          { signal: control.signal, backend },
        ),
      );
      expect(isCancelled(error)).toBeTrue();
      expect((error as { reason: unknown }).reason).toBe("stop");
      expect(log).toEqual(["cleaned"]);
    }
    const early = await thrownBy(() => run(() => sleepForever(), { signal: AbortSignal.abort() }));
    expect(isCancelled(early)).toBeTrue();
    expect(await run(() => "no wait", { signal: AbortSignal.abort() })).toBe("no wait");
  });

  it("runs nest, on another backend as well, and do not mix their clocks", async () => {
    reallyWaits("one of the clocks is real");
    const seen: unknown[] = [];
    await run(
      async () => {
        await sleep(100);
        seen.push(currentTime());
        seen.push(
          await run(
            async () => {
              await sleep(10);
              return currentTime();
            },
            { backend: "virtual" },
          ),
        );
        seen.push(await run(() => sleep(1).pipe(map(() => "native")), { backend: "native" }));
        await sleep(1);
        seen.push(currentTime());
      },
      { backend: "virtual" },
    );
    expect(seen).toEqual([100, 10, "native", 101]);
  });

  it("what main left behind is waited for", async () => {
    const log: string[] = [];
    const work = operation(async () => {
      await sleep(3);
      log.push("work");
    });
    const main = async () => {
      void work().then();
      work().subscribe();
    };
    await run(main, { backend: "virtual" });
    expect(log).toEqual(["work", "work"]);
  });

  it("operations run outside of any run: awaited, subscribed, grouped", async () => {
    reallyWaits("outside of any run there is no other clock");
    await sleep(1);
    const double = operation(async (n: number) => {
      await sleep(1);
      return n * 2;
    });
    expect(await double(4)).toBe(8);
    expect(await firstValueFrom(double(5))).toBe(10);
    expect(await taskGroup((tg) => tg.startSoon(() => double(6)))).toBe(12);
    expect(await thrownBy(() => failAfter(2, () => sleepForever()))).toBeInstanceOf(TimeoutError);
    expect(currentScope().name).toBe("root");
    expect(() => currentScope().cancel()).toThrowError(UsageError);
  });

  it("the root scope is no deadline and no cancellation", async () => {
    expect(currentScope().deadline).toBe(Infinity);
    await checkpoint();
  });
});

describe("field: start(), mended", () => {
  everywhere("cancelling the caller cancels the child and not the group (S4)", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      await moveOnAfter(3, () =>
        tg.start(async () => {
          try {
            await sleepForever();
          } finally {
            await moveOnAfter(LONG, () => sleep(2), { shield: true });
            log.push("child");
          }
        }),
      );
      log.push("caller");
      expect(tg.cancelScope.cancelCalled).toBeFalse();
    });
    expect(log).toEqual(["child", "caller"]);
  });

  everywhere("a caller that is cancelled already lets the child run to its first wait", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      const scope = new CancelScope();
      await scope.enter(async () => {
        scope.cancel();
        await tg.start(async () => {
          log.push("child");
          await sleepForever();
        });
        log.push("not reached");
      });
      expect(tg.cancelScope.cancelCalled).toBeFalse();
    });
    expect(log).toEqual(["child"]);
  });

  everywhere("unsubscribing from start() cancels the child, and the group waits for it", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      const subscription = tg
        .start(async () => {
          try {
            await sleepForever();
          } finally {
            await moveOnAfter(LONG, () => sleep(2), { shield: true });
            log.push("child");
          }
        })
        .subscribe();
      await blocked();
      subscription.unsubscribe();
      log.push("body");
    });
    expect(log).toEqual(["body", "child"]);
  });

  everywhere(
    "a child that cancels itself before started() makes start() say so, with no Cancelled that nobody swallows (S3)",
    async () => {
      const log: string[] = [];
      await taskGroup(async (tg) => {
        const error = await thrownBy(() =>
          tg.start(async (status) => {
            status.task.cancel("changed my mind");
            await checkpoint();
          }),
        );
        log.push(isCancelled(error) ? "Cancelled" : "told");
        await checkpoint();
        log.push("caller goes on");
      });
      expect(log).toEqual(["told", "caller goes on"]);
    },
  );
});
