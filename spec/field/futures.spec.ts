import { inspect } from "node:util";
import {
  CancelScope,
  checkpoint,
  Future,
  FutureAlreadyFinished,
  FutureCancelled,
  FutureFailed,
  FutureNotFinished,
  moveOnAfter,
  operation,
  run,
  sleep,
  TaskCancelled,
  taskGroup,
} from "anyrx";
import { firstValueFrom, map, mergeMap, of } from "rxjs";
import { blocked, everywhere, expectSentence, named, thrownBy } from "./everywhere.ts";

describe("field: futures", () => {
  everywhere("a value that is there is given, each time", async () => {
    const future = new Future<number>();
    future.returnValue = 1;
    expect([await future, await future, future.returnValue]).toEqual([1, 1, 1]);
    expect(future.exception).toBeUndefined();
    expect(future.status).toBe("finished");
  });

  everywhere("a value may be any value, undefined among them", async () => {
    for (const value of [undefined, null, 0, "", false]) {
      const future = new Future<unknown>();
      future.returnValue = value;
      expect(await future).toBe(value);
      expect(future.status).toBe("finished");
    }
  });

  everywhere("a second outcome is refused, and changes nothing", async () => {
    const future = new Future<number>({ name: "answer" });
    future.returnValue = 1;
    expectSentence(() => (future.returnValue = 0), FutureAlreadyFinished);
    expectSentence(() => (future.exception = new Error("late")), FutureAlreadyFinished);
    expect(await future).toBe(1);
    const failed = new Future<number>();
    failed.exception = new Error("first");
    expectSentence(() => (failed.returnValue = 0), FutureAlreadyFinished);
    expectSentence(() => (failed.exception = new Error("second")), FutureAlreadyFinished);
    expect((failed.exception as Error).message).toBe("first");
  });

  everywhere("who waits is woken by a value, in each style", async () => {
    const future = new Future<number>();
    const got = await taskGroup(async (tg) => {
      const tasks = [
        tg.startSoon(async () => (await future) + 1),
        tg.startSoon(function* () {
          return (yield* future) + 2;
        }),
        tg.startSoon(() => future.pipe(map((value) => value + 3))),
        tg.startSoon(() => future),
        tg.startSoon(() => of(5).pipe(mergeMap((n) => future.pipe(map((value) => value + n))))),
      ];
      await blocked();
      future.returnValue = 10;
      const values: number[] = [];
      for (const task of tasks) values.push(await task);
      return values;
    });
    expect(got).toEqual([11, 12, 13, 10, 15]);
  });

  everywhere("wait() waits for any outcome and throws none", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      for (const settle of [
        (future: Future<number>) => (future.returnValue = 2),
        (future: Future<number>) => (future.exception = new Error("boom")),
        (future: Future<number>) => {
          future.cancel();
        },
      ]) {
        const future = new Future<number>();
        tg.startSoon(async () => {
          await checkpoint();
          settle(future);
        });
        await future.wait();
        log.push(future.status);
        await future.wait();
      }
    });
    expect(log).toEqual(["finished", "failed", "cancelled"]);
  });

  everywhere("an error is thrown as FutureFailed, with the error as cause, a new one for each", async () => {
    const future = new Future<number>();
    const boom = new RangeError("boom");
    const errors: unknown[] = [];
    await taskGroup(async (tg) => {
      for (let i = 0; i < 2; i++) tg.startSoon(async () => void errors.push(await thrownBy(() => future)));
      await blocked();
      future.exception = boom;
    });
    errors.push(await thrownBy(() => future));
    errors.push(await thrownBy(() => future.returnValue));
    expect(new Set(errors).size).toBe(4);
    for (const error of errors) {
      expect(error).toBeInstanceOf(FutureFailed);
      expect(error).not.toBeInstanceOf(FutureCancelled);
      expect((error as Error).cause).toBe(boom);
    }
    expect(future.exception).toBe(boom);
  });

  everywhere("an error may be any value, undefined among them", async () => {
    const future = new Future<number>();
    future.exception = undefined;
    expect(future.status).toBe("failed");
    expect(await thrownBy(() => future)).toBeInstanceOf(FutureFailed);
  });

  everywhere("a cancelled future refuses outcomes, and tells who waits", async () => {
    const future = new Future<number>();
    const seen: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => void seen.push(named(await thrownBy(() => future))));
      await blocked();
      future.cancel();
      future.cancel();
    });
    seen.push(named(await thrownBy(() => future)));
    expect(seen).toEqual(["FutureCancelled", "FutureCancelled"]);
    expectSentence(() => (future.returnValue = 1), FutureCancelled);
    expectSentence(() => (future.exception = new Error("late")), FutureCancelled);
    expectSentence(() => future.returnValue, FutureCancelled);
    expectSentence(() => future.exception, FutureCancelled);
    expect(new FutureCancelled("x")).toBeInstanceOf(FutureFailed);
  });

  everywhere("reading a pending future is refused", () => {
    const future = new Future<number>({ name: "answer" });
    expectSentence(() => future.returnValue, FutureNotFinished);
    expectSentence(() => future.exception, FutureNotFinished);
    expect(String(future)).toBe('Future "answer" (pending)');
    expect(String(new Future())).toBe("Future (pending)");
    expect(inspect(future)).toBe('Future "answer" (pending)');
  });

  everywhere("cancel() after an outcome does nothing", async () => {
    const given = new Future<string>();
    given.returnValue = "item";
    given.cancel();
    expect(await given).toBe("item");
    const failed = new Future<string>();
    failed.exception = new Error("failed");
    failed.cancel();
    expect(named(await thrownBy(() => failed))).toBe("FutureFailed");
  });

  everywhere("a waiter that is cancelled leaves the others waiting", async () => {
    const future = new Future<string>();
    await taskGroup(async (tg) => {
      const first = tg.startSoon(() => future);
      const second = tg.startSoon(() => future);
      await blocked();
      first.cancel();
      expect(await thrownBy(() => first)).toBeInstanceOf(TaskCancelled);
      expect(future.status).toBe("pending");
      future.returnValue = "finished";
      expect(await second).toBe("finished");
    });
  });

  everywhere("a waiter that times out, or unsubscribes, is forgotten", async () => {
    const future = new Future<string>();
    expect(await moveOnAfter(2, () => future)).toBeUndefined();
    expect(await moveOnAfter(2, () => future.wait())).toBeUndefined();
    const seen: string[] = [];
    future.subscribe((value) => seen.push(value)).unsubscribe();
    const late = future.subscribe((value) => seen.push(value));
    future.returnValue = "value";
    late.unsubscribe(); // Given, but not told yet.
    await sleep(1);
    expect(seen).toEqual([]);
    expect(await future).toBe("value");
  });

  everywhere("it is a checkpoint each time: a cancelled scope throws, also when the value is there", async () => {
    const future = new Future<number>();
    future.returnValue = 1;
    const scope = new CancelScope();
    scope.cancel();
    const seen: string[] = [];
    await scope.enter(async () => {
      seen.push(named(await thrownBy(() => future)), named(await thrownBy(() => future.wait())));
    });
    expect(seen).toEqual(["Cancelled", "Cancelled"]);
  });

  everywhere("a value that was given before the cancellation is received (C4)", async () => {
    const future = new Future<number>();
    let got = 0;
    await taskGroup(async (tg) => {
      const task = tg.startSoon(async () => {
        got = await future;
      });
      await blocked();
      future.returnValue = 7;
      task.cancel();
    });
    expect(got).toBe(7);
  });

  everywhere("setting it runs nobody inside the caller, and wakes in the order of waiting", async () => {
    const future = new Future<number>();
    const log: string[] = [];
    await taskGroup(async (tg) => {
      for (const name of ["a", "b", "c"]) {
        tg.startSoon(function* () {
          yield* future;
          log.push(name);
        });
      }
      future.subscribe(() => log.push("subscriber"));
      await blocked();
      future.returnValue = 1;
      log.push("set");
    });
    expect(log).toEqual(["set", "subscriber", "a", "b", "c"]);
  });

  everywhere("a plain callback settles it", async () => {
    const future = new Future<string>();
    const scope = new CancelScope();
    void sleep(5).then(() => (future.returnValue = "called back"));
    expect(await scope.enter(() => future)).toBe("called back");
  });

  everywhere("a waiter may settle the next one, and wait anew", async () => {
    const futures = Array.from({ length: 50 }, () => new Future<number>());
    await taskGroup((tg) => {
      futures.forEach((future, i) => {
        tg.startSoon(async () => {
          const n = await future;
          if (i + 1 < futures.length) futures[i + 1]!.returnValue = n + 1;
        });
      });
      futures[0]!.returnValue = 0;
    });
    expect(futures.at(-1)!.returnValue).toBe(49);
  });

  everywhere("it belongs to no run: tasks of two runs wait for the same", async () => {
    const future = new Future<number>();
    const other = run(async () => (await future) + 1);
    const mine = await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        for (let i = 0; i < 5; i++) await checkpoint(); // No sleep: the other run stops a virtual clock.
        future.returnValue = 41;
      });
      return await future;
    });
    expect([mine, await other]).toEqual([41, 42]);
  });

  it("works outside of any run", async () => {
    const future = new Future<number>();
    const got = firstValueFrom(future);
    const doubled = operation(async () => (await future) * 2)();
    setImmediate(() => (future.returnValue = 21));
    expect([await got, await doubled]).toEqual([21, 42]);
  });
});
