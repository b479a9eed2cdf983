import { AsyncLocalStorage } from "node:async_hooks";
import {
  Cancelled,
  currentScope,
  currentTask,
  operation,
  run,
  sleep,
  TaskGroupError,
  taskGroup,
  UsageError,
} from "anyrx";
import { marbles, type MarblesOptions, type MarbleTest } from "anyrx/testing";
import { EMPTY, lastValueFrom, map, mergeMap, type Observable, throwError, timer } from "rxjs";
import { expectSentence } from "../../field/everywhere.ts";
import { errorOf } from "./failing.ts";
import { mayWait } from "../../support/real-time.ts";

/** What a test replaces. */
function globals(): Record<string, unknown> {
  const { performance, AbortSignal } = globalThis as unknown as Record<string, Record<string, unknown>>;
  return {
    ...{ setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate, Date },
    ...{ now: performance?.["now"], timeout: AbortSignal?.["timeout"] },
  };
}

const natives = globals();
const realTimeout = setTimeout;
const RealDate = Date;

describe("marbles()", () => {
  mayWait("a deadlock is told after a grace in real time, and a limit of real time is one");
  afterEach(() => {
    expect(globals()).toEqual(natives);
  });

  describe("runs a body of any style, and gives its value:", () => {
    const bodies: Record<string, (t: MarbleTest) => unknown> = {
      "async function": async ({ now, sleep: nap }) => {
        await nap(3);
        await null;
        return now();
      },
      generator: function* ({ now, sleep: nap }) {
        yield* nap(3);
        return now();
      },
      Observable: ({ now }) => timer(3).pipe(map(now)),
      operation: ({ now, sleep: nap }) =>
        operation(function* () {
          yield* nap(3);
          return now();
        })(),
      "plain function": () => 3,
    };
    for (const [style, body] of Object.entries(bodies)) {
      for (const context of ["store", "handoff"] as const) {
        it(`${style} (${context})`, async () => {
          expect(await marbles(body, { context })).toBe(3);
        });
      }
    }

    it("an Observable without a value", async () => {
      expect(await marbles(() => EMPTY)).toBeUndefined();
    });
  });

  it("can be destructured, all of it", async () => {
    await marbles(async (t) => {
      const { cold, hot, time, now, sleep: nap, until, real, hold, scheduler, signal, probe } = t;
      const { expectObservable, expectStream, expectPromise, expectOperation, expectSignal } = t;
      expectObservable(cold("-a|")).toBe("-a|");
      expectObservable(hot("-a|")).toBe("-a|");
      expectObservable(timer(2, scheduler)).toBe("--(a|)", { a: 0 });
      expectStream((async function* () {})()).toBe("|");
      expectPromise(nap(1)).toBe("-|");
      expectOperation(nap(1)).toBe("-|");
      expectSignal(signal).toBe("-");
      t.expectScope(currentScope()).toBe("-------|");
      t.expectSubscriptions([]).toBe([]);
      const seen = probe<number>();
      seen.toBe("-----(ab)", { a: 5, b: 7 });
      await until(5);
      seen(now());
      seen(await real(() => new Promise<number>((resolve) => realTimeout(resolve, 3, 7))));
      hold("nothing")[Symbol.dispose]();
      await until(time("-- 5ms |"));
    });
  });

  it("lets time pass in no time, from 0, for RxJS, timers and dates alike", async () => {
    const start = RealDate.now();
    await marbles(async ({ now }) => {
      const log: string[] = [];
      timer(86_400_000).subscribe(() => log.push(`rxjs ${now()}`));
      setTimeout(() => log.push(`timer ${Date.now()}`), 86_400_001);
      await sleep(86_400_002);
      log.push(`sleep ${performance.now()}`);
      expect(log).toEqual(["rxjs 86400000", "timer 86400001", "sleep 86400002"]);
    });
    expect(RealDate.now() - start).toBeLessThan(2_000);
  });

  it("takes an epoch for the dates; diagrams begin at 0 all the same", async () => {
    await marbles(
      async ({ expectObservable }) => {
        expectObservable(timer(2).pipe(map(() => new Date().toISOString()))).toBe("--(a|)", {
          a: "2030-01-01T00:00:00.002Z",
        });
      },
      { epoch: new Date("2030-01-01") },
    );
  });

  it("captures nothing when told so, and then several tests can run at once", async () => {
    const test = (ms: number): Promise<void> =>
      marbles(
        async ({ expectObservable, scheduler, sleep: nap }) => {
          expect(setTimeout).toBe(realTimeout);
          expectObservable(timer(ms, scheduler)).toBe(`${ms}ms (a|)`, { a: 0 });
          await nap(2 * ms);
        },
        { capture: "none" },
      );
    await Promise.all([test(1_000), test(2_000), test(3_000)]);
  });

  it("waits for another one that has the globals", async () => {
    const log: string[] = [];
    const test = (name: string): Promise<void> =>
      marbles(async ({ expectObservable, sleep: nap }) => {
        log.push(`${name}+`);
        expectObservable(timer(3)).toBe("---(a|)", { a: 0 });
        await nap(2);
        log.push(`${name}-`);
      });
    await Promise.all([test("a"), test("b"), test("c")]);
    expect(log).toEqual(["a+", "a-", "b+", "b-", "c+", "c-"]);
  });

  it("refuses to begin inside of another one, which would wait for itself", async () => {
    await marbles(async () => {
      const error = await errorOf(() => {});
      expect((error as Error).name).toBe("UsageError");
    });
    await marbles(() => marbles(() => 1, { capture: "none" }).then((one) => expect(one).toBe(1)));
  });

  it("runs on its own clock inside of a run, whose clock waits", async () => {
    await run(
      async () => {
        expect(await marbles(async (t) => (await t.sleep(50), t.now()))).toBe(50);
      },
      { backend: "virtual" },
    );
  });

  it("names its body's task, and has it in a scope of its own", async () => {
    await marbles(async ({ expectObservable, cold }) => {
      expect(currentTask().name).toBe("main");
      expectObservable(cold("-----a|")).toBe("-----a|");
      currentScope().cancel(); // Of the body, not of what watches.
    });
  });

  it("waits for the work that its body leaves behind", async () => {
    const log: string[] = [];
    await marbles(async ({ now, sleep: nap }) => {
      const work = operation(async () => {
        await nap(5);
        log.push(`done at ${now()}`);
      });
      work().subscribe();
    });
    expect(log).toEqual(["done at 5"]);
  });

  it("shuffles by seed the order in which tasks begin", async () => {
    const order = (seed: number): Promise<string> =>
      marbles(
        async () => {
          let text = "";
          await taskGroup((tg) => {
            for (const name of "abcdefgh") tg.startSoon(() => void (text += name));
          });
          return text;
        },
        { seed },
      );
    const [one, again, other] = [await order(1), await order(1), await order(2)];
    expect(one).toBe(again);
    expect(one).not.toBe(other);
  });

  it("is cancelled by a signal", async () => {
    const controller = new AbortController();
    const test = marbles(
      async ({ sleep: nap }) => {
        await nap(5);
        controller.abort("enough");
        await nap(5);
      },
      { signal: controller.signal },
    );
    await expectAsync(test).toBeRejectedWithError(Cancelled as never);
  });

  it("goes on in the async context of the person who made it, in what hot and cold observables call", async () => {
    const user = new AsyncLocalStorage<string>();
    await user.run("me", () =>
      marbles(async ({ cold }) => {
        const seen: unknown[] = [];
        cold("-a|").subscribe(() => seen.push(currentTask().name));
        setTimeout(() => seen.push(user.getStore()), 2);
        await sleep(5);
        expect(seen).toEqual(["main", "me"]);
      }),
    );
  });

  describe("refuses", () => {
    it("a body that is no function, before anything is touched", () => {
      for (const body of [undefined, null, 1, "async", Promise.resolve()])
        expectSentence(() => marbles(body as never), TypeError);
    });

    it("options that are none", () => {
      const options: MarblesOptions[] = [{ capture: "some" as never }, { realTimeout: -1 }, { maxTime: NaN }];
      for (const each of options) {
        expect(() => void marbles(() => {}, each))
          .withContext(JSON.stringify(each))
          .toThrowError(/^Cannot make a virtual time/);
      }
    });

    it("to be used when the test has ended", async () => {
      let kept!: MarbleTest;
      let cold!: Observable<string>;
      let seen!: { toBe(marbles: string): void };
      await marbles((t) => {
        kept = t;
        cold = t.cold("a|");
        seen = t.probe();
        seen.toBe("-");
      });
      const late: (() => unknown)[] = [
        () => kept.hot("-a|"),
        () => kept.expectObservable(EMPTY),
        () => kept.expectStream((async function* () {})()),
        () => kept.expectPromise(Promise.resolve()),
        () => kept.expectOperation(sleep(1)),
        () => kept.expectSignal(new AbortController().signal),
        () => kept.expectScope(currentScope()),
        () => kept.expectSubscriptions([]),
        () => kept.probe(),
        () => {
          seen.toBe("a");
        },
      ];
      for (const use of late) expectSentence(use, UsageError);
      await expectAsync(lastValueFrom(cold)).toBeRejectedWithError(UsageError);
    });
  });

  describe("fails with what", () => {
    const oops = (): never => {
      throw new Error("oops");
    };
    const ways: Record<string, (t: MarbleTest) => unknown> = {
      "its body throws at once": oops,
      "its body throws later": async (t) => {
        await t.sleep(3);
        oops();
      },
      "its body rejects after a foreign await": async () => {
        await null;
        oops();
      },
      "its generator throws": function* (t) {
        yield* t.sleep(3);
        oops();
      },
      "its Observable sends": () => timer(3).pipe(mergeMap(() => throwError(() => new Error("oops")))),
      "a timer throws": async (t) => {
        setTimeout(oops, 3);
        await t.sleep(10);
      },
      "a timer throws after the body": (t) => {
        t.expectObservable(timer(10)).toBe("10ms (a|)", { a: 0 });
        setTimeout(oops, 3);
      },
      "RxJS reports as unhandled": async (t) => {
        timer(3).subscribe(oops);
        await t.sleep(10);
      },
      "nobody handles of a promise": async (t) => {
        void Promise.resolve().then(oops);
        await t.sleep(10);
      },
      "a subscriber of a hot observable throws": async (t) => {
        t.hot("--a").subscribe(oops);
        await t.sleep(10);
      },
    };
    for (const [title, body] of Object.entries(ways)) {
      it(title, async () => {
        const error = await errorOf(body);
        expect(String(error)).toBe("Error: oops");
      });
    }

    it("several have thrown, as a group of them", async () => {
      const error = await errorOf(() =>
        taskGroup((tg) => {
          for (const name of ["a", "b"])
            tg.startSoon(() => {
              throw new Error(name);
            });
        }),
      );
      expect(error).toBeInstanceOf(TaskGroupError);
      expect((error as TaskGroupError).errors.map((each) => (each as Error).message)).toEqual(["a", "b"]);
    });
  });
});
