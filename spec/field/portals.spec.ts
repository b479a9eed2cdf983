import { EventEmitter } from "node:events";
import { inspect } from "node:util";
import {
  abortable,
  CancelScope,
  checkpoint,
  ContextVar,
  createMemoryObjectStream,
  createPortal,
  currentScope,
  currentTask,
  currentTime,
  DeadlockError,
  Future,
  isCancelled,
  type Portal,
  run,
  RunFinishedError,
  type RunOptions,
  sleep,
  sleepForever,
  type Task,
  TaskCancelled,
  taskGroup,
  TaskGroupError,
  UsageError,
} from "anyrx";
import { map, of } from "rxjs";
import {
  BACKENDS,
  blocked,
  everywhere,
  expectSentence,
  LONG,
  named,
  runQuietly,
  thrownBy,
  turns,
} from "./everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

/** Runs `outside` in no task at all, with a portal into a run that lasts until it is done. */
function outside(title: string, body: (portal: Portal) => Promise<unknown>): void {
  for (const backend of BACKENDS) {
    for (const context of ["store", "handoff", "strict"] as const) {
      it(`${title} [${backend}, ${context}]`, () => throughPortal(body, { backend, context }));
    }
  }
}

/** Calls `body` from a macrotask that was made before the run began. */
async function throughPortal(body: (portal: Portal) => Promise<unknown>, options: RunOptions): Promise<void> {
  const emitter = new EventEmitter();
  const done = new Promise<void>((resolve, reject) => {
    const open = new Promise<Portal>((opened) => emitter.once("open", opened));
    open
      .then(async (portal) => {
        await turns(1);
        try {
          await body(portal);
        } finally {
          portal.stop({ cancelRemaining: true });
        }
      })
      .then(resolve, reject);
  });
  await runQuietly(
    () =>
      taskGroup(
        async (tg) => {
          const portal = createPortal(tg);
          emitter.emit("open", portal);
          await portal.sleepUntilStopped();
        },
        { name: "server" },
      ),
    options,
  );
  await done;
}

/** Only a group that was not cancelled lets it wait. */
async function stillThere(): Promise<string> {
  await checkpoint();
  return "still there";
}

describe("field: portals", () => {
  outside("a call answers with the value, whatever the style of the body", async (portal) => {
    expect(await portal.call(async () => (await sleep(1), 1))).toBe(1);
    const generated = portal.call(function* () {
      yield* sleep(1);
      return 2;
    });
    expect(await generated).toBe(2);
    expect(await portal.call(() => of(1, 2, 3))).toBe(3);
    expect(await portal.call(() => sleep(1).pipe(map(() => 4)))).toBe(4);
    expect(await portal.call(() => 5)).toBe(5);
    expect(await portal.call((task) => task.name, { name: "mine" })).toBe("mine");
  });

  outside("a call runs in the group's scope, not inside of the caller", async (portal) => {
    const log: string[] = [];
    const call = portal.call(
      async () => {
        log.push("body", currentTask().name);
        await checkpoint();
        log.push(currentTask().name);
      },
      { name: "call" },
    );
    log.push("called");
    await call;
    expect(log).toEqual(["called", "body", "call", "call"]);
  });

  outside("an error is the caller's, and the group goes on", async (portal) => {
    const boom = new RangeError("boom");
    const failing = portal.call(async () => {
      await checkpoint();
      throw boom;
    });
    expect(await thrownBy(() => failing)).toBe(boom);
    const atOnce = portal.call(() => {
      throw boom;
    });
    expect(await thrownBy(() => atOnce)).toBe(boom);
    const grouped = portal.call(() =>
      taskGroup((tg) => {
        tg.startSoon(() => {
          throw boom;
        });
      }),
    );
    expect((await thrownBy(() => grouped)) as TaskGroupError).toBeInstanceOf(TaskGroupError);
    expect(await portal.call(stillThere)).toBe("still there");
  });

  outside("a call that throws a cancellation of its own is cancelled, and the group goes on", async (portal) => {
    const kept = await portal.call(async () => {
      const scope = new CancelScope();
      scope.cancel();
      let cancelled: unknown;
      await scope.enter(async () => {
        cancelled = await thrownBy(() => checkpoint());
      });
      return [cancelled];
    });
    const call = portal.call(() => {
      throw kept[0] as Error;
    });
    expect(await thrownBy(() => call)).toBeInstanceOf(TaskCancelled);
    expect(await portal.call(stillThere)).toBe("still there");
  });

  outside("startTaskSoon() gives a handle, which cancels from outside", async (portal) => {
    const log: string[] = [];
    const ready = new Future<void>();
    const task = portal.startTaskSoon(
      async () => {
        ready.returnValue = undefined;
        try {
          await sleepForever();
        } catch (error) {
          log.push(named(error));
          throw error;
        }
      },
      { name: "worker" },
    );
    expect([task.name, task.status]).toEqual(["worker", "pending"]);
    await portal.call(() => ready);
    task.cancel();
    await portal.call(() => task.wait());
    expect(log).toEqual(["Cancelled"]);
    expect(task.status).toBe("cancelled");
    const value = portal.startTaskSoon(() => 7);
    expect(await portal.call(() => value)).toBe(7);
  });

  outside("a task that is cancelled before it began runs to its first wait", async (portal) => {
    const log: string[] = [];
    const task = portal.startTaskSoon(async () => {
      log.push("begun");
      await sleep(LONG);
      log.push("?");
    });
    task.cancel();
    await portal.call(() => task.wait());
    expect(log).toEqual(["begun"]);
  });

  outside("startTask() gives the handle and the value that the task started with", async (portal) => {
    const { handle: task, startValue: value } = await portal.startTask<string>(
      async (status) => {
        status.started(currentTask().name);
        await sleep(1);
        return "returned";
      },
      { name: "service" },
    );
    expect(value).toBe("service");
    expect(await portal.call(() => task)).toBe("returned");
    const { startValue: nothing } = await portal.startTask((status) => {
      status.started();
    });
    expect(nothing).toBeUndefined();
  });

  outside("startTask() throws what the task throws before started(), and that it never called it", async (portal) => {
    const boom = new Error("boom");
    const failing = portal.startTask(async () => {
      await checkpoint();
      throw boom;
    });
    expect(await thrownBy(() => failing)).toBe(boom);
    const silent = portal.startTask(() => sleep(1));
    expect(await thrownBy(() => silent)).toBeInstanceOf(UsageError);
    const cancelled = portal.startTask(async (status) => {
      status.task.cancel();
      await checkpoint();
    });
    expect(await thrownBy(() => cancelled)).toBeInstanceOf(TaskCancelled);
    expect(await portal.call(stillThere)).toBe("still there");
  });

  outside("stop() lets what is there finish, and refuses what comes later", async (portal) => {
    const open = new Future<string>();
    const call = portal.call(() => open);
    await turns(2);
    portal.stop();
    portal.stop();
    const refused = await thrownBy(() => portal.call(() => 1));
    expect(refused).toBeInstanceOf(UsageError);
    expect((refused as Error).message).toBe(
      'Cannot call into the portal of the task group "server": it was stopped; make a new one',
    );
    expect(await thrownBy(() => portal.startTask(() => 1))).toBeInstanceOf(UsageError);
    expectSentence(() => portal.startTaskSoon(() => 1), UsageError);
    expect(String(portal)).toBe('Portal of the task group "server" (shut, 1 task)');
    open.returnValue = "finished";
    expect(await call).toBe("finished");
  });

  outside(
    "stop({ cancelRemaining: true }) cancels what came through it, what has not begun as well",
    async (portal) => {
      const calls = [
        portal.call(() => sleepForever()),
        portal.startTask(() => sleepForever()),
        portal.startTask<string>(async (status) => {
          status.started("value");
          await sleepForever();
        }),
      ] as const;
      const { handle: service } = await calls[2];
      const late = portal.call(() => sleep(LONG));
      portal.stop();
      portal.stop({ cancelRemaining: true });
      for (const call of [calls[0], calls[1], late]) expect(await thrownBy(() => call)).toBeInstanceOf(TaskCancelled);
      await turns(2);
      expect(service.status).toBe("cancelled");
    },
  );

  outside("a handle cancels after stop() as well", async (portal) => {
    const task = portal.startTaskSoon(() => sleepForever());
    await portal.call(stillThere);
    const waiting = portal.call(() => task.wait());
    portal.stop();
    task.cancel();
    await waiting;
    expect(task.status).toBe("cancelled");
  });

  for (const backend of BACKENDS) {
    it(`a call after the run is over is refused, and so is one after its group [${backend}]`, async () => {
      let portal: Portal | null = null;
      await run(
        async () => {
          await taskGroup((tg) => {
            portal = createPortal(tg);
            expectSentence(() => createPortal({} as never), TypeError);
          });
          const ended = portal as unknown as Portal;
          expectSentence(() => ended.startTaskSoon(() => 1), UsageError);
          expect(await thrownBy(() => ended.call(() => 1))).toBeInstanceOf(UsageError);
          expect(await thrownBy(() => ended.startTask(() => 1))).toBeInstanceOf(UsageError);
          await ended.sleepUntilStopped();
        },
        { backend },
      );
      const over = portal as unknown as Portal;
      expectSentence(() => over.startTaskSoon(() => 1), RunFinishedError);
      expect(await thrownBy(() => over.call(() => 1))).toBeInstanceOf(RunFinishedError);
      expect(await thrownBy(() => over.startTask(() => 1))).toBeInstanceOf(RunFinishedError);
      over.stop({ cancelRemaining: true });
    });
  }

  everywhere("createPortal() refuses a group that has ended", async () => {
    const [group] = await taskGroup((tg) => [tg] as const);
    expectSentence(() => createPortal(group), UsageError);
  });

  everywhere("when its group fails, calls are cancelled, and nobody need handle that", async () => {
    const boom = new Error("boom");
    let handled: Promise<unknown> | null = null;
    let portal: Portal | null = null;
    const error = await thrownBy(() =>
      taskGroup(async (tg) => {
        portal = createPortal(tg);
        void portal.call(() => sleepForever());
        void portal.startTask(() => sleepForever());
        handled = thrownBy(() => (portal as Portal).call(() => sleep(LONG)));
        await blocked();
        throw boom;
      }),
    );
    expect((error as TaskGroupError).errors).toEqual([boom]);
    expect(await abortable(() => handled as Promise<unknown>)).toBeInstanceOf(TaskCancelled);
    expect(inspect(portal)).toBe("Portal of a task group (shut, 0 tasks)");
  });

  everywhere("a failure of startTaskSoon() fails the group, and so does one after started()", async () => {
    for (const start of [
      (portal: Portal) => void portal.startTaskSoon(() => Promise.reject(new Error("boom"))),
      (portal: Portal) =>
        void portal.startTask(async (status) => {
          status.started();
          await checkpoint();
          throw new Error("boom");
        }),
    ]) {
      const error = await thrownBy(() =>
        taskGroup(async (tg) => {
          start(createPortal(tg));
          await sleep(LONG);
        }),
      );
      expect((error as TaskGroupError).leaves().map(String)).toEqual(["Error: boom"]);
    }
  });

  everywhere("an orderly end of the body stops it, and waits for its calls", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      using portal = createPortal(tg);
      void portal.call(async () => {
        await sleep(5);
        log.push("call");
      });
      await checkpoint();
      log.push("body");
    });
    expect(log).toEqual(["body", "call"]);
  });

  everywhere("stop({ cancelRemaining: true }) leaves the other children of the group alone", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      const portal = createPortal(tg);
      const open = new Future<void>();
      tg.startSoon(async () => {
        await open;
        log.push("child");
      });
      const task = portal.startTaskSoon(() => sleep(LONG));
      await blocked();
      expectSentence(() => {
        portal.stop({ cancelRemaining: "yes" as never });
      }, TypeError);
      portal.stop({ cancelRemaining: true });
      await portal.sleepUntilStopped();
      await task.wait();
      log.push(task.status);
      open.returnValue = undefined;
    });
    expect(log).toEqual(["cancelled", "child"]);
  });

  everywhere("sleepUntilStopped() is a checkpoint, and its wait can be cancelled", async () => {
    await taskGroup(async (tg) => {
      const portal = createPortal(tg);
      const sleeper = tg.startSoon(() => portal.sleepUntilStopped());
      const subscription = portal.sleepUntilStopped().subscribe();
      await checkpoint();
      sleeper.cancel();
      subscription.unsubscribe();
      await sleep(1); // A virtual clock goes on: nobody sleeps any more.
      const waiting = [tg.startSoon(() => portal.sleepUntilStopped()), tg.startSoon(() => portal.sleepUntilStopped())];
      await checkpoint();
      portal.stop();
      for (const task of waiting) await task;
      await portal.sleepUntilStopped();
      const scope = new CancelScope();
      scope.cancel();
      await scope.enter(async () => {
        expect(isCancelled(await thrownBy(() => portal.sleepUntilStopped()))).toBeTrue();
      });
    });
  });

  everywhere("the context variables are the caller's where that is a task, and stay there", async () => {
    const user = new ContextVar("user", "nobody");
    const seen = await taskGroup(async (tg) => {
      user.set("maker");
      const portal = createPortal(tg);
      return await tg.startSoon(async () => {
        user.set("caller");
        const calls = [
          portal.call(async () => {
            await checkpoint();
            const before = user.get();
            user.set("call");
            return before;
          }),
          portal.startTask<string>((status) => {
            status.started(user.get());
          }),
        ] as const;
        const task = portal.startTaskSoon(() => user.get());
        const [call, { startValue: started }] = await abortable(() => Promise.all(calls));
        return [call, started, await task, user.get()];
      });
    });
    expect(seen).toEqual(["caller", "caller", "caller", "caller"]);
  });

  it("in no context at all, the variables are those of whoever made the portal, as they were", async () => {
    const user = new ContextVar("user", "nobody");
    let portal: Portal | null = null;
    const stopped = new Promise<void>((resolve) => {
      // What is called later keeps the context in which it was asked for.
      setImmediate(() => {
        void (portal as unknown as Portal)
          .call(() => user.get())
          .then((value) => {
            expect(value).toBe("maker");
            portal?.stop();
            resolve();
          });
      });
    });
    await run(() =>
      taskGroup(async (tg) => {
        user.set("maker");
        portal = createPortal(tg);
        user.set("later");
        await portal.sleepUntilStopped();
      }),
    );
    await stopped;
  });

  it("an operation outside of any run is in no task either", async () => {
    const user = new ContextVar("user", "nobody");
    const open = new Future<Portal>();
    // Subscribed here: its callback runs here as well.
    const values = new Promise<unknown[]>((resolve) => {
      open.subscribe((portal) => {
        const calls = [portal.call(() => user.get()), portal.call(() => currentTask().parentId)];
        void Promise.all(calls).then((answers) => {
          portal.stop();
          resolve(answers);
        });
      });
    });
    const maker = await run(() =>
      taskGroup(async (tg) => {
        user.set("maker");
        const portal = createPortal(tg);
        open.returnValue = portal;
        await portal.sleepUntilStopped();
        return currentTask().id;
      }),
    );
    expect(await values).toEqual(["maker", maker]);
  });

  it("a caller in another run is answered, and its clock stands still meanwhile", async () => {
    reallyWaits("the run that answers has a real clock");
    await run(() =>
      taskGroup(async (tg) => {
        const portal = createPortal(tg);
        const caller = async () => {
          const call = portal.call(() => sleep(30));
          const first = await Promise.race([call.then(() => "answered"), sleep(10).then(() => "overtaken")]);
          await sleep(10); // The clock goes on.
          return first;
        };
        expect(await run(caller, { backend: "virtual" })).toBe("answered");
        expect(await run(async () => (await sleep(10), currentTime()), { backend: "virtual" })).toBe(10);
      }),
    );
  });

  it("the group is outside of any run, and a call as well", async () => {
    reallyWaits("outside of any run there is no other clock");
    let portal: Portal | null = null;
    const group = taskGroup(async (tg) => {
      portal = createPortal(tg);
      await portal.sleepUntilStopped();
      return "over";
    }).then((value) => value);
    expect(await (portal as unknown as Portal).call(async () => (await sleep(1), "value"))).toBe("value");
    (portal as unknown as Portal).stop();
    expect(await group).toBe("over");
  });

  it("while it waits for the world outside, a virtual clock stands still", async () => {
    reallyWaits("the world outside takes longer than a virtual clock takes to call a deadlock");
    const times: number[] = [];
    await run(
      () =>
        taskGroup(async (tg) => {
          const portal = createPortal(tg);
          tg.startSoon(async () => {
            await sleep(1000);
            times.push(currentTime());
          });
          setTimeout(() => {
            times.push(-1);
            // While the world waits for an answer, the clock goes on.
            void portal.call(async () => {
              await sleep(1500);
              times.push(currentTime());
              portal.stop();
            });
          }, 50);
          await portal.sleepUntilStopped();
        }),
      { backend: "virtual" },
    );
    expect(times).toEqual([-1, 1000, 1500]);
  });

  it("a call that can never end is a deadlock, in virtual time", async () => {
    reallyWaits("a deadlock is called one after a time for the world to move");
    const error = await thrownBy(() =>
      run(
        () =>
          taskGroup(async (tg) => {
            const portal = createPortal(tg);
            void portal.call(() => sleepForever(), { name: "stuck" });
            await portal.sleepUntilStopped();
          }),
        { backend: "virtual" },
      ),
    );
    expect(error).toBeInstanceOf(DeadlockError);
    expect((error as DeadlockError).waits.map(({ task, on }) => `${task}: ${on}`)).toEqual([
      "main: a portal to be stopped",
      "stuck: sleepForever()",
    ]);
  });

  everywhere("an event emitter feeds a stream, without a task of its own", async () => {
    const emitter = new EventEmitter();
    const [send, receive] = createMemoryObjectStream<number>();
    const seen: number[] = [];
    await taskGroup(async (tg) => {
      const portal = createPortal(tg);
      emitter.on("item", (item: number) => void portal.startTaskSoon(() => send.send(item)));
      tg.startSoon(async () => {
        for await (const item of receive) {
          seen.push(item);
          if (seen.length === 3) break;
        }
      });
      for (const item of [1, 2, 3]) emitter.emit("item", item);
    });
    expect(seen).toEqual([1, 2, 3]);
  });

  everywhere("a call may use the portal itself", async () => {
    await taskGroup(async (tg) => {
      const portal = createPortal(tg);
      let handle: Task | null = null;
      const value = portal.call(async () => {
        handle = portal.startTaskSoon(() => sleep(1));
        const inner = portal.call(() => currentScope().cancelCalled);
        return await abortable(() => inner);
      });
      expect(await abortable(() => value)).toBeFalse();
      await (handle as unknown as Task).wait();
      portal.stop();
    });
  });
});
