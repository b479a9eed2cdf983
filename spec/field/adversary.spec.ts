/* The cases that were written against the grain of the kernel: what is left behind, what comes late, what comes from inside a call. */
import {
  abortable,
  CancelScope,
  checkpoint,
  createMemoryObjectStream,
  currentScope,
  currentTime,
  moveOnAfter,
  operation,
  run,
  sleep,
  sleepForever,
  taskGroup,
  TaskGroupError,
} from "anyrx";
import { blocked, everywhere, LONG, named, thrownBy, turns, virtually } from "./everywhere.ts";
import { warningsOf } from "../support/garbage.ts";
import { reallyWaits } from "../support/real-time.ts";

describe("field: against the grain", () => {
  virtually(
    "an un-awaited async function goes on in what is left of its scope: cancelling the group still reaches it",
    async () => {
      const log: string[] = [];
      await taskGroup(async (tg) => {
        await moveOnAfter(LONG, async () => {
          void (async () => {
            await sleep(5);
            log.push(named(await thrownBy(() => sleep(1000))));
          })();
        });
        await sleep(10);
        tg.cancel();
        await thrownBy(() => checkpoint());
        await moveOnAfter(20, () => sleepForever(), { shield: true });
        log.push(`end@${currentTime()}`);
      });
      expect(log).toEqual(["Cancelled", "end@30"]);
    },
  );

  virtually("an un-awaited async function of an ended child is cancelled with the group", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(() => {
        void (async () => {
          await sleep(5);
          log.push(named(await thrownBy(() => sleep(1000))));
        })();
      });
      await sleep(10);
      tg.cancel();
      await moveOnAfter(20, () => sleepForever(), { shield: true });
    });
    expect(log).toEqual(["Cancelled"]);
  });

  everywhere("work begun in an ended group does not end that group a second time", async () => {
    const log: string[] = [];
    const late = operation(async () => {
      await checkpoint();
    });
    await taskGroup(async (tg) => {
      const child = tg.startSoon(function* () {
        let inner!: CancelScope;
        yield* taskGroup(() => void (inner = currentScope()));
        void late()
          .in(inner)
          .then(undefined, () => undefined);
        const value: unknown = yield* moveOnAfter(10, () => sleepForever());
        log.push(`timer: ${String(value)}`);
        const [, receive] = createMemoryObjectStream<string>();
        void late()
          .in(inner)
          .then(undefined, () => undefined);
        log.push(`item: ${String(yield* moveOnAfter(10, () => receive.receive()))}`);
      });
      await child.wait();
      log.push("host");
    });
    expect(log).toEqual(["timer: undefined", "item: undefined", "host"]);
  });

  it("an ended group that is used from a host callback does not end a second time", async () => {
    reallyWaits("the callbacks are those of the host's timers");
    const log: string[] = [];
    const late = operation(async () => {
      await checkpoint();
    });
    await run(function* () {
      yield* taskGroup(() => {
        setTimeout(() => void late().then(undefined, () => undefined), 5);
        return "group";
      });
      const [send, receive] = createMemoryObjectStream<string>();
      setTimeout(() => {
        try {
          send.sendNowait("item");
        } catch {
          log.push("nobody received");
        }
      }, 30);
      log.push(yield* receive.receive());
    });
    expect(log).toEqual(["item"]);
  });

  it("a late error of an abandoned promise, after its group has ended, is reported and not dropped", async () => {
    reallyWaits("a virtual clock stands still while a promise of the world is awaited");
    const reported: unknown[] = [];
    await jasmine.spyOnGlobalErrorsAsync(async (spy) => {
      let refuse!: (error: Error) => void;
      const promise = new Promise<void>((_, reject) => (refuse = reject));
      await run(async () => {
        await moveOnAfter(1, () => taskGroup(() => abortable(() => promise)));
      });
      refuse(new RangeError("late"));
      await turns(3);
      reported.push(...spy.calls.allArgs().flat());
    });
    expect(reported.map(named)).toEqual(["RangeError"]);
  });
});

describe("field: against the grain, mended", () => {
  everywhere("an operation bound by in() is a body as any other operation", async () => {
    const scope = currentScope();
    const value = operation(async () => {
      await sleep(1);
      return 5;
    });
    expect(await taskGroup(() => value().in(scope))).toBe(5);
    expect(await taskGroup(async (tg) => await tg.startSoon(() => value().in(scope)))).toBe(5);
  });

  everywhere("cancelling from inside the function of abortable is a cancellation, not a crash", async () => {
    const scope = new CancelScope();
    let thrownInside: unknown = null;
    await scope.enter(async () => {
      await abortable(() => {
        try {
          scope.cancel();
        } catch (error) {
          thrownInside = error;
        }
        return new Promise<never>(() => undefined);
      });
    });
    expect(thrownInside).toBeNull();
    expect(scope.cancelledCaught).toBeTrue();
  });

  everywhere("a wait that was left behind and then cancelled is no unhandled rejection", async () => {
    await taskGroup(async (tg) => {
      void sleep(LONG).then();
      void operation(async () => sleepForever())().then();
      await blocked();
      tg.cancel();
    });
    expect().nothing();
  });

  it("falsy errors of what main left behind reject the run", async () => {
    const work = operation(async () => {
      try {
        await sleepForever();
      } catch {
        throw undefined as unknown;
      }
    });
    const outcome = await run(async () => {
      const subscription = work().subscribe();
      await checkpoint();
      subscription.unsubscribe();
      return "fine";
    }).then(
      (value) => `resolved: ${value}`,
      (error: unknown) => error,
    );
    expect(outcome).toBeInstanceOf(TaskGroupError);
  });

  it("main that throws NaN rejects the run with NaN, bare", async () => {
    expect(
      await thrownBy(() =>
        run(async () => {
          throw NaN as unknown;
        }),
      ),
    ).toBeNaN();
  });

  it("an error without a prototype ends its group like any other", async () => {
    const odd: unknown = Object.create(null);
    const outcome = await Promise.race([
      thrownBy(() => run(() => taskGroup((tg) => void tg.startSoon(() => Promise.reject(odd))))),
      new Promise((done) => setTimeout(() => done("the group never ended"), 100)),
    ]);
    expect(outcome).toBeInstanceOf(TaskGroupError);
    expect((outcome as TaskGroupError).errors[0] === odd).toBeTrue();
  });

  it("cancel() takes any reason, also one that cannot be printed", () => {
    for (const reason of [Object.create(null), Symbol("s"), { toString: null }, new Proxy({}, {})]) {
      const scope = new CancelScope();
      scope.cancel(reason);
      expect(scope.cancelReason === reason).toBeTrue();
    }
  });

  it("development mode reports no operation that was run: loops, subscriptions to ends, in()", async () => {
    const main = async () => {
      const [send, receive] = createMemoryObjectStream<number>(10);
      for (const n of [1, 2, 3]) send.sendNowait(n);
      const scope = currentScope();
      receive.subscribe().unsubscribe();
      for (const n of [4, 5, 6]) send.sendNowait(n);
      send.close();
      for await (const _ of receive);
      await sleep(0).in(scope);
      await checkpoint().in(scope);
      receive.close();
    };
    const warnings = await warningsOf(() => run(main));
    expect(warnings.filter((text) => text.includes("never run")).length).toBe(0);
  });
});
