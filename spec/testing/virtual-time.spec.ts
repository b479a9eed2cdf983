import { setTimeout as delayed } from "node:timers/promises";
import { promisify } from "node:util";
import { asapScheduler, delay, interval, lastValueFrom, mergeMap, observeOn, take, throwError, timer } from "rxjs";
import {
  createMemoryObjectStream,
  DeadlockError,
  failAfter,
  isCancelled,
  run,
  sleep,
  sleepForever,
  taskGroup,
  UsageError,
} from "anyrx";
import { LivelockError, RealTimeoutError, VirtualTime, type VirtualTimeOptions } from "anyrx/testing";
import { mayWait } from "../support/real-time.ts";

const globals = [
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
  "Date",
];

/** Whatever a capture replaces. */
function snapshot(): unknown[] {
  const own = globalThis as unknown as Record<string, unknown>;
  const methods: unknown[] = [Reflect.get(performance, "now"), Reflect.get(AbortSignal, "timeout")];
  return [...globals.map((name) => own[name]), ...methods, delayed];
}

function virtually<R>(main: (time: VirtualTime) => R, options?: VirtualTimeOptions) {
  const time = new VirtualTime(options);
  return time.run(() => main(time));
}

describe("VirtualTime", () => {
  mayWait("a deadlock is told after a grace in real time, and a limit of real time is one");
  let before: unknown[];
  beforeEach(() => {
    before = snapshot();
  });
  afterEach(() => {
    expect(snapshot()).withContext("the globals are put back").toEqual(before);
  });

  it("leads sleeps, timers, dates and signals of the host alike", async () => {
    const log = await virtually(async () => {
      const seen: unknown[] = [];
      await sleep(60_000);
      seen.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      seen.push(Date.now());
      await delayed(500);
      await promisify(setTimeout)(500);
      seen.push(new Date().toISOString(), new Date(5).getTime(), new Date() instanceof Date);
      const signal = AbortSignal.timeout(1_000);
      await new Promise((resolve) => {
        signal.addEventListener("abort", resolve);
      });
      seen.push(Date.now(), (signal.reason as Error).name);
      return seen;
    });
    expect(log).toEqual([60_000, 61_000, "1970-01-01T00:01:02.000Z", 5, true, 63_000, "TimeoutError"]);
  });

  it("starts its dates at the epoch it is given", async () => {
    const epoch = new Date("2030-01-01T00:00:00Z");
    expect(await virtually(() => new Date().toISOString(), { epoch })).toBe("2030-01-01T00:00:00.000Z");
  });

  it("leads RxJS's own operators", async () => {
    const value = await virtually(async (time) => {
      const last = await lastValueFrom(interval(10).pipe(take(3), delay(5), observeOn(asapScheduler)));
      return [last, time.now];
    });
    expect(value).toEqual([2, 35]);
  });

  it("follows await chains of any depth before time passes", async () => {
    const time = await virtually(async () => {
      let fired = 0;
      setTimeout(() => (fired = performance.now()), 5);
      for (let i = 0; i < 100_000; i++) await null;
      const here = performance.now();
      await sleep(6);
      return [here, fired];
    });
    expect(time).toEqual([0, 5]);
  });

  it("lets promise reactions run between two timers of one instant", async () => {
    const log = await virtually(async () => {
      const seen: string[] = [];
      setTimeout(() => {
        seen.push("a");
        void Promise.resolve().then(() => seen.push("a'"));
      }, 1);
      setTimeout(() => seen.push("b"), 1);
      await sleep(2);
      return seen;
    });
    expect(log).toEqual(["a", "a'", "b"]);
  });

  it("runs setImmediate before the timers of its instant", async () => {
    const log = await virtually(async () => {
      const seen: string[] = [];
      setTimeout(() => seen.push("timeout"), 0);
      setImmediate(() => seen.push("immediate"));
      await sleep(1);
      return seen;
    });
    expect(log).toEqual(["immediate", "timeout"]);
  });

  it("clears, repeats and refreshes timers as the host does", async () => {
    const log = await virtually(async (time) => {
      const seen: string[] = [];
      const note = (what: string) => (): void => void seen.push(`${what}@${String(time.now)}`);
      clearTimeout(setTimeout(note("cleared"), 1));
      const every = setInterval(note("every"), 10);
      const later = setTimeout(note("later"), 25);
      setTimeout(() => later.refresh(), 20);
      setTimeout(clearInterval, 35, every);
      const inside = setInterval(() => {
        note("inside")();
        clearInterval(inside);
      }, 12);
      setTimeout((a: string, b: string) => seen.push(a + b), 1, "x", "y");
      await sleep(100);
      return seen;
    });
    expect(log).toEqual(["xy", "every@10", "inside@12", "every@20", "every@30", "later@45"]);
  });

  it("keeps the async context of a callback", async () => {
    const { AsyncLocalStorage } = process.getBuiltinModule("node:async_hooks");
    const store = new AsyncLocalStorage<string>();
    const seen = await virtually(async () => {
      const found: (string | undefined)[] = [];
      store.run("mine", () => setTimeout(() => found.push(store.getStore()), 1));
      store.run("other", () => setTimeout(() => found.push(store.getStore()), 2));
      await sleep(3);
      return found;
    });
    expect(seen).toEqual(["mine", "other"]);
  });

  it("tells a deadlock, with who waits for what", async () => {
    const stuck = virtually(async () => {
      const [, receive] = createMemoryObjectStream<number>(0, { name: "jobs" });
      await sleep(5);
      await receive.receive();
    });
    await expectAsync(stuck).toBeRejectedWithError(
      DeadlockError,
      /at t=5 ms.*\n.*main: waits for receive on the memory object stream "jobs"/s,
    );
  });

  it("tells an endless loop at one instant", async () => {
    const error = await virtually(
      () => {
        const again = (): void => void setTimeout(again, 0);
        setTimeout(again, 7);
        return sleepForever();
      },
      { maxStepsPerInstant: 100 },
    ).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LivelockError);
    expect(error).toEqual(jasmine.objectContaining({ time: 7, limit: "maxStepsPerInstant", allowed: 100 }));
    expect((error as LivelockError).waits.map(({ on }) => on)).toEqual(["sleepForever()"]);
  });

  it("takes many timers of one instant for no endless loop when they were set before", async () => {
    const many = virtually(
      () =>
        taskGroup((tg) => {
          for (let i = 0; i < 500; i++) tg.startSoon(() => sleep(3));
        }),
      { maxStepsPerInstant: 100 },
    );
    await expectAsync(many).toBeResolved();
  });

  it("tells when time goes past maxTime, as it does when a repeating timer hides a deadlock", async () => {
    const error = await virtually(
      () => {
        setInterval(() => undefined, 10);
        return sleepForever();
      },
      { maxTime: 2_000 },
    ).catch((thrown: unknown) => thrown);
    expect(error).toEqual(jasmine.objectContaining({ name: "LivelockError", time: 2_000, limit: "maxTime" }));
  });

  it("ends what takes too long in real time, names what it waits for, and puts the globals back", async () => {
    const started = process.hrtime.bigint();
    const error = await virtually((time) => time.real(() => new Promise(() => undefined)), { realTimeout: 30 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RealTimeoutError);
    expect((error as RealTimeoutError).holds).toEqual(["real work"]);
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(1_000);
  });

  it("gives up a body that does not even clean up", async () => {
    const stubborn = virtually(
      async (time) => {
        const hold = time.hold("a stubborn body");
        await new Promise(() => undefined);
        hold[Symbol.dispose]();
      },
      { realTimeout: 30 },
    );
    await expectAsync(stubborn).toBeRejectedWithError(RealTimeoutError, /a stubborn body/);
  });

  for (const [what, fail] of [
    [
      "a timer throws",
      () =>
        setTimeout(() => {
          throw new Error("late");
        }, 3),
    ],
    ["a rejection is not handled", () => setTimeout(() => void Promise.reject(new Error("late")), 3)],
    [
      "RxJS has nobody to tell an error to",
      () =>
        timer(3)
          .pipe(mergeMap(() => throwError(() => new Error("late"))))
          .subscribe(),
    ],
  ] as const) {
    it(`ends at the virtual instant at which ${what}`, async () => {
      let seen = NaN;
      const late = virtually(async (time) => {
        fail();
        try {
          await sleep(100);
        } finally {
          seen = time.now;
        }
      });
      await expectAsync(late).toBeRejectedWithError("late");
      // RxJS tells by a timer of its own.
      expect(seen).toBe(3);
    });
  }

  it("tells a rejection that nobody handles at the very end", async () => {
    const late = virtually(() => {
      void Promise.reject(new Error("at the end"));
    });
    await expectAsync(late).toBeRejectedWithError("at the end");
  });

  it("takes a cancelled promise that nobody handles for no failure", async () => {
    const value = await virtually(async () => {
      void (async () => {
        await sleepForever();
      })();
      await sleep(1);
      return 1;
    });
    expect(value).toBe(1);
  });

  it("stands still while real work goes on", async () => {
    const value = await virtually((time) => failAfter(1_000, () => time.real(readsItself)));
    expect(value).toContain("stands still while real work goes on");
  });

  it("cancels a wait for real work, and goes on without it", async () => {
    const value = await virtually(async (time) => {
      const caught: unknown[] = [];
      await taskGroup((tg) => {
        tg.startSoon(async () => {
          try {
            await time.real(() => new Promise(() => undefined));
          } catch (error) {
            caught.push(isCancelled(error));
            throw error;
          }
        });
        setImmediate(() => undefined);
        tg.startSoon(() => {
          tg.cancel();
        });
      });
      await sleep(10);
      return [caught, time.now];
    });
    expect(value).toEqual([[true], 10]);
  });

  it("runs one after the other what captures the globals at the same time", async () => {
    const times = await Promise.all(
      [1, 2, 3].map((n) =>
        virtually(async () => {
          const start = Date.now();
          await delayed(n * 10);
          return [start, Date.now()];
        }),
      ),
    );
    expect(times).toEqual([
      [0, 10],
      [0, 20],
      [0, 30],
    ]);
  });

  it("refuses to capture the globals inside of a run that has them", async () => {
    const nested = virtually(() => virtually(() => 1));
    await expectAsync(nested).toBeRejectedWithError(UsageError, /another virtual clock has them/);
    expect(await virtually(() => virtually(() => 1, { capture: "none" }))).toBe(1);
  });

  it("leaves the globals alone when asked to, and runs on a clock of its own", async () => {
    const time = new VirtualTime({ capture: "none" });
    const log = await time.run(async () => {
      await sleep(3_600_000);
      return [snapshot().every((value, i) => value === before[i]), time.now];
    });
    expect(log).toEqual([true, 3_600_000]);
    await run(() => sleep(1), { backend: time.backend });
    expect(time.now).toBe(3_600_001);
  });

  it("passes by hand, as far as it is told", async () => {
    const time = new VirtualTime({ autoAdvance: false });
    const log: string[] = [];
    const done = time.run(async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(10);
        log.push(`slept@${String(time.now)}`);
      }
      return "done";
    });
    await time.advance(15);
    log.push(`here@${String(time.now)}`);
    await time.advanceTo(20);
    log.push(`here@${String(time.now)}`);
    await time.advance(10);
    expect(await done).toBe("done");
    expect(log).toEqual(["slept@10", "here@15", "slept@20", "here@20", "slept@30"]);
  });

  it("leads code that is no run of ours, too", async () => {
    const time = new VirtualTime();
    const log: string[] = [];
    {
      using _ = time.capture();
      const every = setInterval(() => {
        log.push(`every@${String(time.now)}`);
        if (time.now >= 60) clearInterval(every);
      }, 20);
      setTimeout(() => log.push(`once@${String(Date.now())}`), 100);
      await time.advance(99);
      log.push("99");
      await time.advance(1);
    }
    expect(log).toEqual(["every@20", "every@40", "every@60", "99", "once@100"]);
  });

  it("tells who lets time pass what failed meanwhile, when there is no run to tell", async () => {
    const time = new VirtualTime();
    using _ = time.capture();
    setTimeout(() => {
      throw new Error("in a timer");
    }, 5);
    await expectAsync(Promise.resolve(time.advance(10))).toBeRejectedWithError("in a timer");
    await expectAsync(Promise.resolve(time.advance(10))).toBeResolved();
  });

  it("is advanced from inside of a run as well", async () => {
    const log = await virtually(async (time) => {
      const seen: number[] = [];
      setTimeout(() => seen.push(time.now), 5);
      await time.advance(7);
      return [seen, time.now];
    });
    expect(log).toEqual([[5], 7]);
  });

  it("refuses what it cannot do", () => {
    expect(() => new VirtualTime({ capture: "all" as "none" })).toThrowError(TypeError, /"globals" or "none"/);
    expect(() => new VirtualTime({ realTimeout: -1 })).toThrowError(RangeError, /realTimeout -1/);
    expect(() => new VirtualTime({ maxTime: NaN })).toThrowError(RangeError, /maxTime NaN/);
    const time = new VirtualTime();
    expect(() => time.advance(-1)).toThrowError(RangeError);
    expect(() => time.advance(Infinity)).toThrowError(RangeError);
    expect(() => time.advanceTo(-1)).toThrowError(RangeError);
    expect(() => void time.run(1 as never)).toThrowError(TypeError);
    expect(() => void time.run(() => 1, { seed: 0.5 })).toThrowError(TypeError, /seed 0.5/);
    expect(() => time.real(1 as never)).toThrowError(TypeError);
  });
});

/** Real input and output. */
async function readsItself(): Promise<string> {
  return await process.getBuiltinModule("node:fs/promises").readFile("spec/testing/virtual-time.spec.ts", "utf8");
}

describe("a captured global that somebody has kept", () => {
  mayWait("the timer that was kept is the host's");
  it("is the host's own again after the run", async () => {
    const kept: { after?: typeof setTimeout; today?: DateConstructor } = {};
    await virtually(() => {
      kept.after = setTimeout;
      kept.today = Date;
    });
    expect(kept.today?.now()).toBeGreaterThan(1e12);
    await new Promise((resolve) => kept.after?.(resolve, 1));
  });

  it("may be replaced inside, and put back after it", async () => {
    const { setTimeout: original } = globalThis;
    let led!: typeof setTimeout;
    await virtually(() => {
      led = globalThis.setTimeout;
      globalThis.setTimeout = (() => 0) as never; // Fake timers of a test framework.
    });
    globalThis.setTimeout = led; // They put back what they found.
    await new Promise((resolve) => setTimeout(resolve, 1));
    globalThis.setTimeout = original;
    expect(original).not.toBe(led);
  });
});
