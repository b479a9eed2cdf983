import {
  type Backend,
  type BackendName,
  Cancelled,
  CancelScope,
  ContextVar,
  currentBackend,
  currentTask,
  currentTime,
  failAfter,
  isCancelled,
  isTaskGroupError,
  isTimeoutError,
  moveOnAfter,
  operation,
  run,
  sleep,
  sleepForever,
  taskGroup,
} from "anyrx";
import { effectionBackend, fromEffection, toEffection } from "anyrx/effection";
import { VirtualTime } from "anyrx/testing";
import * as effection from "effection";
import { defer, firstValueFrom, map, timer } from "rxjs";
import { reallyWaits } from "../support/real-time.ts";
import { virtually } from "./world.ts";

const answer = function* (): effection.Operation<number> {
  yield* effection.sleep(5);
  return 42;
};

describe("fromEffection()", () => {
  virtually("is awaited, subscribed to and yielded", async ({ outcome, note, log }) => {
    const program = run(
      () =>
        taskGroup(async (tg) => {
          tg.startSoon(async () => note(`await ${String(await fromEffection(answer))}`));
          tg.startSoon(() => fromEffection(answer).pipe(map((n) => note(`subscribe ${String(n)}`))));
          tg.startSoon(function* () {
            note(`yield ${String(yield* fromEffection(answer))}`);
          });
        }),
      { backend: effectionBackend() },
    );
    await outcome(program);
    expect([...log].sort()).toEqual(["await 42@5", "subscribe 42@5", "yield 42@5"]);
  });

  for (const backend of ["native", "rx", "virtual", "effection"] as const satisfies BackendName[]) {
    it(`runs on the backend "${backend}"`, async () => {
      const now = () =>
        fromEffection(function* () {
          yield* effection.until(Promise.resolve());
          return 7;
        });
      expect(await run(now, { backend })).toBe(7);
    });
  }

  it("lets a virtual clock of ours go on while it waits for a sleep of ours", async () => {
    const log: string[] = [];
    function* resting() {
      try {
        yield* sleep(5);
        yield* sleep(1000);
      } finally {
        yield* sleep(2);
        log.push(`cleaned up at ${currentTime()}`);
      }
      return "slept";
    }
    expect(await run(() => fromEffection(resting), { backend: "virtual" })).toBe("slept");
    await run(() => moveOnAfter(7, () => fromEffection(resting)), { backend: "virtual" });
    expect(log).toEqual(["cleaned up at 1007", "cleaned up at 9"]);
  });

  it("holds a virtual clock of ours while it does what that cannot see", async () => {
    reallyWaits("it is about a timer of Effection");
    const waited = async () => {
      await moveOnAfter(10_000, () =>
        fromEffection(function* () {
          yield* sleep(3);
          yield* effection.sleep(2);
        }),
      );
      return currentTime();
    };
    expect(await run(waited, { backend: "virtual" })).toBe(3);
  });

  it("runs in virtual time, and so does what it waits for with us", async () => {
    const time = new VirtualTime();
    const seen = await time.run(() =>
      fromEffection(function* () {
        yield* effection.sleep(1000);
        yield* sleep(1000);
        return [currentBackend(), time.now];
      }),
    );
    expect(seen).toEqual(["virtual", 2000]);
  });

  it("calls a function anew each time", async () => {
    let calls = 0;
    const counted = fromEffection(function* () {
      yield* effection.sleep(0);
      return ++calls;
    });
    expect([await counted, await firstValueFrom(counted)]).toEqual([1, 2]);
  });

  it("throws what it throws, the same object, also when that is no error", async () => {
    for (const thrown of [new RangeError("broken"), "text", undefined, null, 0]) {
      const failing = fromEffection(function* () {
        yield* effection.until(Promise.resolve());
        throw thrown as Error;
      });
      await expectAsync(
        Promise.resolve(
          failing.then(
            () => "no error",
            (error) => [error],
          ),
        ),
      ).toBeResolvedTo([thrown]);
    }
  });

  it("throws the error of a child in Effection", async () => {
    const broken = new Error("child");
    const failing = fromEffection(function* () {
      void (yield* effection.spawn(function* () {
        yield* effection.until(Promise.resolve());
        throw broken;
      }));
      yield* effection.suspend();
    });
    await expectAsync(Promise.resolve(failing)).toBeRejectedWith(broken);
  });

  virtually("is halted by its scope, which waits for its cleanup", async ({ outcome, note, log, time }) => {
    const thing = effection.resource<string>(function* (provide) {
      try {
        yield* provide("thing");
      } finally {
        yield* effection.sleep(3);
        note("resource");
      }
    });
    const work = () =>
      fromEffection(function* () {
        yield* effection.ensure(() => note("ensured"));
        yield* thing;
        yield* effection.suspend();
      });
    const styles: (() => unknown)[] = [
      async () => {
        await work();
      },
      function* () {
        yield* work();
      },
      () => defer(work),
    ];
    for (const style of styles) {
      log.length = 0;
      const begun = time.now;
      await outcome(run(() => taskGroup(() => moveOnAfter(10, style)), { backend: "effection" }));
      const end = String(begun + 13);
      expect(log).toEqual([`resource@${end}`, `ensured@${end}`]);
    }
  });

  virtually("throws what its cleanup throws", async ({ outcome }) => {
    const broken = new Error("cleanup");
    const program = run(
      () =>
        moveOnAfter(5, () =>
          fromEffection(function* () {
            try {
              yield* effection.suspend();
            } finally {
              yield* effection.sleep(1);
              // eslint-disable-next-line no-unsafe-finally
              throw broken;
            }
          }),
        ),
      { backend: "effection" },
    );
    const ended = await outcome(program);
    expect(ended.status === "rejected" && ended.reason).toBe(broken);
  });

  virtually("does not begin in a scope that is cancelled", async ({ outcome, log, note }) => {
    await outcome(
      run(
        () =>
          new CancelScope().enter(async (scope) => {
            scope.cancel();
            await fromEffection(function* () {
              note("begun");
              yield* effection.suspend();
            });
          }),
        { backend: "effection" },
      ),
    );
    expect(log).toEqual([]);
  });

  virtually("can be cancelled by what it does first", async ({ outcome }) => {
    const program = run(
      () =>
        new CancelScope().enter((scope) =>
          fromEffection(function* () {
            scope.cancel("enough");
            yield* effection.suspend();
          }),
        ),
      { backend: "effection" },
    );
    expect(await outcome(program)).toEqual({ status: "fulfilled", value: undefined });
  });

  virtually("that a subscriber leaves is halted, and its group waits", async ({ outcome, note, log }) => {
    const program = run(
      () =>
        taskGroup(async () => {
          const subscription = fromEffection(function* () {
            try {
              yield* effection.suspend();
            } finally {
              yield* effection.sleep(4);
              note("cleaned up");
            }
          }).subscribe();
          await sleep(2);
          subscription.unsubscribe();
        }),
      { backend: "effection" },
    );
    await outcome(program);
    note("over");
    expect(log).toEqual(["cleaned up@6", "over@6"]);
  });

  it("refuses what is no operation", () => {
    for (const wrong of [null, undefined, 1, {}])
      expect(() => fromEffection(wrong as never)).toThrowError(TypeError, /^Cannot run .+: .+; .+[^.]$/);
  });
});

describe("toEffection()", () => {
  virtually("runs a function of any style, and an operation", async ({ outcome }) => {
    const all = effection.run(() =>
      effection.all([
        toEffection(async () => {
          await sleep(1);
          return 1;
        }),
        toEffection(function* () {
          yield* sleep(1);
          return 2;
        }),
        toEffection(() => timer(1).pipe(map(() => 3))),
        toEffection(operation(async () => Promise.resolve(4))()),
        toEffection(() => 5),
      ]),
    );
    expect(await outcome(all)).toEqual({ status: "fulfilled", value: [1, 2, 3, 4, 5] });
  });

  it("runs on the backend of Effection, in a task of its own", async () => {
    const seen = await effection.run(() =>
      toEffection(function named() {
        return [currentBackend(), currentTask().name];
      }),
    );
    expect(seen).toEqual(["effection", "named"]);
  });

  it("throws what it throws, the same object", async () => {
    for (const thrown of [new RangeError("broken"), "text", null]) {
      const failing = effection.run(function* () {
        try {
          yield* toEffection(() => Promise.reject(thrown as Error));
          return "no error";
        } catch (error) {
          return [error];
        }
      });
      expect(await failing).toEqual([thrown]);
    }
  });

  it("carries an error through both and back", async () => {
    const broken = new Error("deep");
    const deep = fromEffection(() => toEffection(() => fromEffection(() => toEffection(() => Promise.reject(broken)))));
    await expectAsync(Promise.resolve(deep)).toBeRejectedWith(broken);
  });

  virtually("throws all that failed in it", async ({ outcome }) => {
    const ended = await outcome(
      effection.run(() =>
        toEffection(async () => {
          const left = operation(async () => {
            try {
              await sleepForever();
            } finally {
              // eslint-disable-next-line no-unsafe-finally
              throw new Error("left behind");
            }
          });
          left()
            .subscribe({ error: () => undefined })
            .unsubscribe();
          await sleep(1);
          throw new Error("body");
        }),
      ),
    );
    const thrown = ended.status === "rejected" ? (ended.reason as unknown) : undefined;
    expect(isTaskGroupError(thrown) && thrown.errors.map((error) => (error as Error).message)).toEqual(["left behind"]);
  });

  it("throws a cancellation that no halt has ordered, and it is one again on our side", async () => {
    const kept = new Cancelled("kept");
    const task = effection.run(() => toEffection(() => Promise.reject(kept)));
    await expectAsync(Promise.resolve(task.then())).toBeRejectedWith(kept);
    const back = await Promise.resolve(fromEffection(() => toEffection(() => Promise.reject(kept)))).catch(isCancelled);
    expect(back as unknown).toBeTrue();
  });

  virtually("is subject to a deadline, whatever is between", async ({ outcome, time }) => {
    const ended = await outcome(
      run(() => failAfter(10, () => fromEffection(() => toEffection(() => sleepForever()))), { backend: "effection" }),
    );
    expect(ended.status === "rejected" && isTimeoutError(ended.reason)).toBeTrue();
    expect(time.now).toBeLessThan(13);
  });

  it("refuses what it cannot run", () => {
    for (const wrong of [null, undefined, 1, {}])
      expect(() => toEffection(wrong as never)).toThrowError(TypeError, /^Cannot run .+: .+; .+[^.]$/);
  });
});

describe("contexts", () => {
  const user = effection.createContext<string>("user");

  it("of Effection are found in what our tasks run there", async () => {
    const seen = await effection.run(function* () {
      yield* user.set("ann");
      return yield* toEffection(() =>
        taskGroup(async (tg) => {
          const child = tg.startSoon(() => fromEffection(() => user.expect()));
          const inner = await fromEffection(() =>
            user.with("bob", () => toEffection(() => fromEffection(() => user.expect()))),
          );
          return [await child, inner];
        }),
      );
    });
    expect(seen).toEqual(["ann", "bob"]);
  });

  it("of Effection are found in what a run does in that scope", async () => {
    const [scope, destroy] = effection.createScope();
    scope.set(user, "ann");
    const backend: Backend = effectionBackend({ scope });
    expect(
      await run(() => taskGroup((tg) => tg.startSoon(() => fromEffection(() => user.expect()))), { backend }),
    ).toBe("ann");
    await destroy();
  });

  it("set inside do not leak", async () => {
    const seen = await effection.run(function* () {
      yield* user.set("ann");
      yield* toEffection(() => fromEffection(() => user.set("eve")));
      return yield* user.expect();
    });
    expect(seen).toBe("ann");
  });

  it("of ours are found on the far side of Effection", async () => {
    const depth = new ContextVar("depth", 0);
    const seen = await run(async () => {
      depth.set(1);
      return await fromEffection(() => effection.call(() => toEffection(() => depth.get())));
    });
    expect(seen).toBe(1);
  });
});
