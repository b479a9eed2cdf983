import {
  ContextVar,
  currentTask,
  currentTime,
  gather,
  isTaskGroupError,
  moveOnAfter,
  type Operation,
  operation,
  run,
  sleep,
  sleepForever,
  TaskCancelled,
  taskGroup,
  TaskGroupError,
} from "anyrx";
import { firstValueFrom, map, of } from "rxjs";
import { everywhere, expectSentence, named, thrownBy, virtually } from "../field/everywhere.ts";

/** `value`, after `ms`. */
const late = operation(function* <T>(ms: number, value: T) {
  yield* sleep(ms);
  return value;
});

describe("gather()", () => {
  everywhere("gives the values in the order of its arguments, of every style of recipe", async () => {
    const values = await gather(
      late(6, "operation"),
      async () => {
        await sleep(4);
        return "async";
      },
      function* () {
        yield* sleep(2);
        return "generator";
      },
      () => sleep(1).pipe(map(() => "observable")),
      of(1, 2, "last of an Observable"),
      () => "plain",
    );
    expect(values).toEqual(["operation", "async", "generator", "observable", "last of an Observable", "plain"]);
  });

  everywhere("takes one array as well, and none at all", async () => {
    expect(await gather([late(1, "a"), () => "b"])).toEqual(["a", "b"]);
    expect(await gather()).toEqual([]);
    expect(await gather([])).toEqual([]);
  });

  it("types the values as a tuple", async () => {
    const [text, count, last] = await gather(late(0, "text"), () => 1, of(true));
    const each: [string, number, boolean] = [text, count, last];
    const list: number[] = await gather([1, 2].map((n) => () => n));
    expect([each, list]).toEqual([
      ["text", 1, true],
      [1, 2],
    ]);
  });

  virtually("runs all of them at the same time", async () => {
    await gather(sleep(10), sleep(10), () => sleep(10));
    expect(currentTime()).toBe(10);
  });

  it("is lazy, and runs them anew each time", async () => {
    let calls = 0;
    const both = gather(
      () => ++calls,
      () => ++calls,
    );
    expect(calls).toBe(0);
    expect(await both).toEqual([1, 2]);
    expect(await firstValueFrom(both)).toEqual([3, 4]);
    expect(
      await run(function* () {
        return yield* both;
      }),
    ).toEqual([5, 6]);
  });

  it("hands a function no argument", async () => {
    expect(await gather((...rest: unknown[]) => rest.length)).toEqual([0]);
  });

  virtually("fails as one group when any fails, cancels the others and waits for them", async () => {
    const log: string[] = [];
    const error = await thrownBy(() =>
      gather(
        async () => {
          try {
            await sleepForever();
          } finally {
            await moveOnAfter(5, () => sleepForever(), { shield: true });
            log.push(`clean@${currentTime()}`);
          }
        },
        async () => {
          await sleep(10);
          throw new Error("boom");
        },
      ),
    );
    expect(log).toEqual(["clean@15"]);
    expect(error).toBeInstanceOf(TaskGroupError);
    expect((error as TaskGroupError).errors.map(String)).toEqual(["Error: boom"]);
    expect((error as TaskGroupError).group).toBe("gather");
  });

  everywhere("collects what fails in the same turn, also a body that throws synchronously", async () => {
    const boom = (text: string) => () => {
      throw new Error(text);
    };
    const error = await thrownBy(() =>
      gather(
        boom("a"),
        boom("b"),
        () => {
          throw undefined as unknown;
        },
        () => sleepForever(),
      ),
    );
    expect(isTaskGroupError(error) && error.errors.map(String)).toEqual(["Error: a", "Error: b", "undefined"]);
  });

  virtually("throws TaskCancelled when one of them cancelled itself: it has no value", async () => {
    const error = await thrownBy(() =>
      gather(late(10, "whole"), async function quitter() {
        currentTask().cancel();
        await sleepForever();
      }),
    );
    expect(error).toBeInstanceOf(TaskCancelled);
    expect((error as Error).message).toContain('"quitter"');
    expect(currentTime()).toBe(10);
  });

  virtually("throws TaskCancelled when one of them passes a cancellation that nobody around has ordered", async () => {
    const [kept] = await gather(async () => {
      let error: unknown;
      await moveOnAfter(0, async () => {
        error = await thrownBy(() => sleep(1));
      });
      return { error };
    });
    const error = await thrownBy(() =>
      gather(sleepForever(), () => {
        throw kept.error;
      }),
    );
    expect(named(error)).toBe("TaskCancelled");
  });

  virtually("cancelled from outside throws a bare Cancelled, once all have cleaned up", async () => {
    const log: string[] = [];
    const recipe = async () => {
      try {
        await sleepForever();
      } finally {
        await moveOnAfter(5, () => sleepForever(), { shield: true });
        log.push(`clean@${currentTime()}`);
      }
    };
    await moveOnAfter(10, async () => {
      log.push(named(await thrownBy(() => gather(recipe, recipe))));
    });
    expect(log).toEqual(["clean@15", "clean@15", "Cancelled"]);
  });

  virtually("unsubscribed, it leaves no orphan: the nearest group waits for the cleanup", async () => {
    const log: string[] = [];
    await taskGroup(async () => {
      const subscription = gather(async () => {
        try {
          await sleepForever();
        } finally {
          await moveOnAfter(5, () => sleepForever(), { shield: true });
          log.push(`clean@${currentTime()}`);
        }
      }, sleepForever()).subscribe();
      await sleep(1);
      subscription.unsubscribe();
      log.push("body");
    });
    log.push(`end@${currentTime()}`);
    expect(log).toEqual(["body", "clean@6", "end@6"]);
  });

  virtually("a loser of cleanup is not lost: its error is in the group", async () => {
    const error = await thrownBy(() =>
      gather(
        async () => {
          await sleep(10);
          throw new Error("boom");
        },
        async () => {
          try {
            await sleepForever();
          } catch {
            throw new Error("cleanup");
          }
        },
      ),
    );
    expect((error as TaskGroupError).errors.map(String)).toEqual(["Error: boom", "Error: cleanup"]);
  });

  virtually("names its tasks after what they run", async () => {
    const names: string[] = [];
    async function fetchOne(): Promise<void> {
      names.push(currentTask().name);
    }
    const fetchTwo = operation(fetchOne);
    await gather(fetchOne, fetchTwo(), () => {
      names.push(currentTask().name.replace(/\d+/, "N"));
    });
    expect(names).toEqual(["fetchOne", "fetchOne()", "task N"]);
  });

  virtually("nests, and takes handles of tasks", async () => {
    const value = await taskGroup((tg) => {
      const handle = tg.startSoon(() => late(3, "handle"));
      return gather(handle, gather(late(2, "a"), gather([late(1, "b")])));
    });
    expect(value).toEqual(["handle", ["a", ["b"]]]);
  });

  virtually("inherits no scope from where it was made: it is cancelled where it runs", async () => {
    const made = await moveOnAfter(1000, () => [gather(sleepForever())]);
    const value: unknown = await moveOnAfter(5, () => made![0]!);
    expect(value).toBeUndefined();
    expect(currentTime()).toBe(5);
  });

  everywhere("its tasks inherit context variables, and keep what they set to themselves", async () => {
    const user = new ContextVar<string>("user");
    user.set("Ada");
    const rename = async () => {
      const before = user.get();
      user.set("Eve");
      await sleep(1);
      return [before, user.get()];
    };
    expect(await gather(rename, rename)).toEqual([
      ["Ada", "Eve"],
      ["Ada", "Eve"],
    ]);
    expect(user.get()).toBe("Ada");
  });

  it("nests 2,000 deep", async () => {
    let nested: Operation<unknown> = late(0, "deep");
    for (let i = 0; i < 2_000; i++) nested = gather(nested);
    let value: unknown = await nested;
    while (Array.isArray(value)) value = value[0];
    expect(value).toBe("deep");
  });

  it("refuses at the call what it cannot run", () => {
    const promise = Promise.resolve(1);
    const generator = (function* () {})();
    for (const wrong of [promise, generator, 1, null, undefined, {}, "text", { then: () => undefined }]) {
      expectSentence(() => gather((() => 1) as never, wrong as never), TypeError);
    }
    expect(() => gather((() => 1) as never, promise as never)).toThrowError(
      /number 2: it is a Promise, which runs already/,
    );
  });

  it("does not run what else it was given when it refuses", () => {
    let calls = 0;
    expect(() => gather(() => ++calls, 3 as never)).toThrowError(TypeError);
    expect(calls).toBe(0);
  });
});
