import { attach, type Loop } from "anyrx/backend";
import { checkpoint, failAfter, isCancelled, moveOnAfter, run, sleep, sleepForever, taskGroup } from "anyrx";
import { expectSentence, thrownBy, turns } from "../field/everywhere.ts";
import { played } from "../laws/played.ts";
import { type Looseness, SteppedLoop } from "../laws/stepped-loop.ts";

/** Steps `loop` by 1 ms until `main` has ended. */
function steppedRun<T>(loop: SteppedLoop, main: () => T, signal?: AbortSignal): Promise<Awaited<T>> {
  const done = run(main, { backend: attach(loop), signal }) as Promise<Awaited<T>>;
  return played(() => {
    loop.step(1);
  }, done);
}

describe("attach()", () => {
  it("refuses what is no loop, at the call, and says what is missing", () => {
    const loop = { now: () => 0, arm: () => undefined, defer: () => undefined };
    for (const bad of [
      undefined,
      null,
      5,
      "loop",
      {},
      { ...loop, arm: 1 },
      { ...loop, hold: 1 },
      { ...loop, name: 1 },
    ]) {
      expectSentence(() => attach(bad as never), TypeError);
    }
    for (const now of [NaN, Infinity, "0", undefined]) {
      expectSentence(() => attach({ ...loop, now: () => now as never }), TypeError);
    }
    expect(() => attach({ now: () => 0 } as never)).toThrowError(/^Cannot attach the loop: it has no arm, no defer; /);
  });

  it("begins at once, and goes on when the loop calls back, first in first out", async () => {
    const loop = new SteppedLoop();
    const log: string[] = [];
    const done = run(
      function* () {
        log.push("main");
        yield* taskGroup(function* (tg) {
          for (const name of ["a", "b"]) tg.startSoon(() => void log.push(name));
          yield* sleep(10);
          log.push(`slept@${loop.time}`);
        });
      },
      { backend: attach(loop) },
    );
    expect(log).toEqual(["main"]);
    loop.step(0);
    expect(log).toEqual(["main", "a", "b"]);
    await played(() => {
      loop.step(1);
    }, done);
    expect(log.at(-1)).toMatch(/^slept@1[01]$/);
  });

  const loosely: Looseness[] = [
    {},
    { inside: true },
    { early: 4 },
    { twice: true },
    { early: 9, inside: true, twice: true },
  ];
  for (const loose of loosely) {
    it(`keeps one timer for many deadlines, and none after the run, on a loop that is ${JSON.stringify(loose)}`, async () => {
      const loop = new SteppedLoop(loose);
      let most = 0;
      await steppedRun(loop, () =>
        taskGroup(async (tg) => {
          for (let i = 1; i <= 20; i++) {
            tg.startSoon(() => failAfter(60_000, () => sleep(i)));
            tg.startSoon(() => moveOnAfter(i, () => sleepForever()));
          }
          for (let i = 0; i < 30; i++) {
            await sleep(1);
            most = Math.max(most, loop.timers.length);
          }
        }),
      );
      expect(most).toBe(1);
      expect(loop.timers).toEqual([]);
      expect(loop.held).toEqual([]);
    });
  }

  it("asks for no longer a timer than a loop can keep", async () => {
    const loop = new SteppedLoop();
    const delays: number[] = [];
    const arm = loop.arm.bind(loop);
    loop.arm = (delay, callback) => {
      delays.push(delay);
      return arm(delay, callback);
    };
    const done = run(
      function* () {
        yield* sleep(2 ** 32);
        return loop.time;
      },
      { backend: attach(loop) },
    );
    for (let i = 0; i < 4; i++) loop.step(2 ** 31 - 1);
    expect(await done).toBeGreaterThanOrEqual(2 ** 32);
    expect(delays.every((delay) => delay >= 0 && delay < 2 ** 31)).toBeTrue();
  });

  it("takes a clock that goes back for one that stands still", async () => {
    const readings = [5, 3, 9];
    const backend = attach({ now: () => readings.shift() ?? 9, arm: () => undefined, defer: () => undefined });
    expect([backend.now(), backend.now()]).toEqual([5, 9]);
    await Promise.resolve();
  });

  it("tells the loop of its runs and of work outside, until they are over", async () => {
    const loop = new SteppedLoop();
    const seen: string[] = [];
    await steppedRun(loop, async () => {
      seen.push(...loop.held);
      await sleep(1);
    });
    expect(seen).toEqual(["a run"]);
    expect(loop.held).toEqual([]);
  });

  it("lets no job that throws harm another", async () => {
    const loop = new SteppedLoop();
    const backend = attach(loop);
    const log: string[] = [];
    await jasmine.spyOnGlobalErrorsAsync(async (spy) => {
      const bad = {
        run() {
          throw new Error("a defect");
        },
      };
      const good = { run: () => void log.push("good") };
      for (const job of [bad, good]) {
        backend.defer(job);
        backend.arm(1, job);
      }
      loop.step(1);
      await turns(2);
      expect(log).toEqual(["good", "good"]);
      expect(spy).toHaveBeenCalledTimes(2);
    });
  });

  for (const broken of ["defer", "arm", "now", "hold"] as const) {
    it(`ends the run with the error when ${broken} of the loop throws, once it has cleaned up`, async () => {
      const loop = new SteppedLoop();
      const log: string[] = [];
      const done = steppedRun(loop, async () => {
        try {
          await sleep(5);
          loop[broken] = () => {
            throw new RangeError("the loop is closed");
          };
          await sleep(5);
          await sleep(5);
        } catch (error) {
          log.push(isCancelled(error) ? "cancelled" : String(error));
          throw error;
        } finally {
          log.push("cleaned up");
        }
      });
      if (broken === "hold") {
        await done; // Asked for at the beginning only.
        expect(log).toEqual(["cleaned up"]);
        return;
      }
      const error = await thrownBy(() => done);
      expect(String(error)).toBe("RangeError: the loop is closed");
      expect(log).toEqual(["cancelled", "cleaned up"]);
    });
  }

  it("ends a run that begins on a loop which was given up", async () => {
    const loop = new SteppedLoop();
    const backend = attach(loop);
    loop.defer = () => {
      throw new RangeError("the loop is closed");
    };
    const late = async () => {
      await checkpoint();
      await sleep(5);
    };
    for (let i = 0; i < 2; i++) {
      expect(String(await thrownBy(() => run(late, { backend })))).toBe("RangeError: the loop is closed");
    }
  });

  it("ends the run when the loop gives a number for a timer", async () => {
    const loop = new SteppedLoop();
    loop.arm = () => 7 as never;
    const error = await thrownBy(() => steppedRun(loop, () => sleep(1)));
    expectSentence(() => {
      throw error;
    }, TypeError);
  });

  it("lets a task turn the loop, without running anybody inside of it", async () => {
    const loop = new SteppedLoop();
    const log: string[] = [];
    await steppedRun(loop, () =>
      taskGroup(function* (tg) {
        yield* sleep(1);
        tg.startSoon(() => void log.push("child"));
        loop.step(0);
        log.push("turned");
      }),
    );
    expect(log).toEqual(["turned", "child"]);
  });

  it("serves several runs, each of which is cancelled alone", async () => {
    const loop = new SteppedLoop();
    const backend = attach(loop);
    const controller = new AbortController();
    const first = run(() => sleep(50), { backend, signal: controller.signal });
    const second = run(() => sleep(20), { backend });
    controller.abort();
    await played(
      () => {
        loop.step(1);
      },
      Promise.allSettled([first, second]),
    );
    expect(isCancelled(await thrownBy(() => first))).toBeTrue();
    await second;
    expect(loop.timers).toEqual([]);
  });

  it("works with a loop whose functions need their object, and with Disposables", async () => {
    class Host implements Loop {
      private readonly inner = new SteppedLoop();
      now(): number {
        return this.inner.now();
      }
      defer(callback: () => void): void {
        this.inner.defer(callback);
      }
      arm(delay: number, callback: () => void): Disposable {
        return { [Symbol.dispose]: this.inner.arm(delay, callback) };
      }
      step(): void {
        this.inner.step(1);
      }
      get left(): number {
        return this.inner.timers.length;
      }
    }
    const loop = new Host();
    const done = run(() => failAfter(100, () => sleep(3)), { backend: attach(loop) });
    await played(() => {
      loop.step();
    }, done);
    expect(loop.left).toBe(0);
  });
});
