import {
  animationFrameScheduler,
  asyncScheduler,
  queueScheduler,
  type SchedulerLike,
  Subject,
  VirtualTimeScheduler,
} from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { flushed, observeRun } from "anyrx/testing";
import { expectSentence, thrownBy } from "../field/everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";
import { currentTime, moveOnAfter, sleepForever, run, rxBackend, sleep, taskGroup } from "../../src/index.ts";

describe("The rx backend", () => {
  it("follows the clock of its scheduler: generator tasks run in one flush of a VirtualTimeScheduler", async () => {
    const scheduler = new VirtualTimeScheduler();
    const log: string[] = [];
    const done = run(
      () =>
        taskGroup(function* (tg) {
          tg.startSoon(function* () {
            yield* sleep(30);
            log.push(`a@${String(currentTime())}`);
          });
          tg.startSoon(function* () {
            yield* sleep(10);
            log.push(`b@${String(currentTime())}`);
          });
          yield* sleep(20);
          log.push(`body@${String(currentTime())}`);
        }),
      { backend: rxBackend(scheduler) },
    );
    scheduler.flush();
    expect(log).toEqual(["b@10", "body@20", "a@30"]);
    await done;
  });

  it("keeps a delay beyond 2^31 ms", async () => {
    const scheduler = new VirtualTimeScheduler(undefined, Infinity);
    const done = run(
      function* () {
        yield* sleep(2 ** 33);
        return currentTime();
      },
      { backend: rxBackend(scheduler) },
    );
    scheduler.flush();
    expect(await done).toBe(2 ** 33);
  });

  it("runs what was deferred in order, on a scheduler that runs actions inside of the caller as well", async () => {
    reallyWaits("its clock is the real one");
    for (const scheduler of [asyncScheduler, queueScheduler]) {
      const backend = rxBackend(scheduler);
      const order: number[] = [];
      for (let n = 0; n < 100; n++) backend.defer({ run: () => void order.push(n) });
      expect(order).toEqual([]);
      await run(() => sleep(2), { backend });
      expect(order).toEqual([...Array(100).keys()]);
    }
  });

  it("lets no job that throws take the rest of a flush with it", async () => {
    const scheduler = new VirtualTimeScheduler();
    const backend = rxBackend(scheduler);
    const log: string[] = [];
    await jasmine.spyOnGlobalErrorsAsync(async (spy) => {
      const bad = {
        run() {
          throw new Error("a defect");
        },
      };
      backend.defer(bad);
      backend.defer({ run: () => void log.push("deferred") });
      backend.arm(5, bad);
      backend.arm(6, { run: () => void log.push("armed") });
      scheduler.flush();
      await new Promise((done) => setImmediate(done));
      expect(spy).toHaveBeenCalledTimes(2);
    });
    expect(log).toEqual(["deferred", "armed"]);
  });

  it("refuses what has no schedule or no clock", () => {
    for (const bad of [null, 5, {}, { schedule: () => undefined }, { now: () => 0 }]) {
      expectSentence(() => rxBackend(bad as unknown as SchedulerLike), TypeError);
    }
  });
});

describe("flushed()", () => {
  it("shows each frame to async functions as it is, among actions of RxJS", async () => {
    const scheduler = new VirtualTimeScheduler();
    const log: string[] = [];
    scheduler.schedule(() => log.push(`action@${scheduler.frame}`), 15);
    const done = run(
      () =>
        taskGroup((tg) => {
          for (const delay of [30, 10]) {
            tg.startSoon(async () => {
              await sleep(delay);
              log.push(`${delay}@${currentTime()}`);
              await sleep(delay);
              log.push(`${delay}@${currentTime()}`);
            });
          }
        }),
      { backend: rxBackend(scheduler) },
    );
    await flushed(scheduler, done);
    expect(log).toEqual(["10@10", "action@15", "10@20", "30@30", "30@60"]);
    expect(scheduler.maxFrames).toBe(Infinity);
  });

  it("without work it ends when nothing is scheduled, and leaves frames beyond maxFrames alone", async () => {
    const scheduler = new VirtualTimeScheduler(undefined, 100);
    const log: number[] = [];
    for (const delay of [50, 150]) scheduler.schedule(() => log.push(scheduler.frame), delay);
    await flushed(scheduler);
    expect(log).toEqual([50]);
    expect(scheduler.actions.length).toBe(1);
  });

  it("waits for work that is not on the scheduler, and passes on what fails", async () => {
    reallyWaits("the work is a real timer");
    const scheduler = new VirtualTimeScheduler();
    expect(await flushed(scheduler, new Promise((done) => setTimeout(done, 5, "work")))).toBe("work");
    const boom = new RangeError("boom");
    expect(await thrownBy(() => flushed(scheduler, Promise.reject(boom)))).toBe(boom);
    scheduler.schedule(() => {
      throw boom;
    }, 5);
    expect(await thrownBy(() => flushed(scheduler))).toBe(boom);
  });

  it("refuses what is no virtual scheduler, and one that compares at its first flush", async () => {
    for (const bad of [undefined, null, 5, {}, asyncScheduler, new TestScheduler(() => undefined)]) {
      const error = await thrownBy(() => flushed(bad as never));
      expectSentence(() => {
        throw error;
      }, TypeError);
    }
  });
});

describe("A run inside of testScheduler.run", () => {
  const scheduler = (): TestScheduler =>
    new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    });

  it("is drawn in marbles: its value, its error, its cancellation", () => {
    const test = scheduler();
    const log: string[] = [];
    const boom = new RangeError("boom");
    test.run(({ expectObservable, cold, time }) => {
      const backend = rxBackend(test);
      const value = observeRun(function* () {
        yield* sleep(time("---|"));
        return "v";
      }, backend);
      expectObservable(value).toBe("---(v|)");
      const error = observeRun(function* () {
        yield* sleep(2);
        throw boom;
      }, backend);
      expectObservable(error).toBe("--#", undefined, boom);
      expectObservable(observeRun(() => cold("--ab|"), backend)).toBe("----(b|)");
      const endless = observeRun(function* () {
        try {
          yield* sleepForever();
        } finally {
          log.push(`left@${test.frame}`);
        }
      }, backend);
      expectObservable(endless, "----!").toBe("-");
      const limited = observeRun(() => moveOnAfter(5, () => sleepForever()), backend);
      expectObservable(limited).toBe("-----(u|)", { u: undefined });
    });
    expect(log).toEqual(["left@4"]);
  });

  it("emits into Subjects in the frames of its sleeps", () => {
    const test = scheduler();
    test.run(({ expectObservable, flush }) => {
      const out = new Subject<string>();
      expectObservable(out).toBe("---a-(b|)");
      void run(
        function* () {
          yield* sleep(3);
          out.next("a");
          yield* sleep(2);
          out.next("b");
          out.complete();
        },
        { backend: rxBackend(test) },
      );
      flush();
    });
  });

  it("goes on in animation frames that the test draws", () => {
    const test = scheduler();
    const log: number[] = [];
    test.run(({ animate }) => {
      animate("--x--x");
      void run(
        () =>
          taskGroup(function* (tg) {
            tg.startSoon(function* () {
              log.push(test.frame);
              yield* sleep(1);
              log.push(test.frame);
            });
            yield* sleep(0);
          }),
        { backend: rxBackend(animationFrameScheduler) },
      );
    });
    expect(log).toEqual([2, 5]);
  });

  it("stands still where an async function waits, and goes on with the next flush", async () => {
    const test = scheduler();
    let done!: Promise<string>;
    test.run(() => {
      done = run(
        async () => {
          await sleep(3);
          return "later";
        },
        { backend: rxBackend(test) },
      );
    });
    expect(test.frame).toBe(0);
    for (let i = 0; i < 5; i++) {
      await new Promise((next) => setImmediate(next));
      test.flush();
    }
    expect(await done).toBe("later");
  });
});

describe("A scheduler that throws", () => {
  for (const [when, from] of [
    ["when the run begins", 0],
    ["later", 4],
  ] as const) {
    it(`${when}: its runs clean up, and are rejected with that error`, async () => {
      if (from > 0) reallyWaits("a scheduler of the host that breaks");
      const broken = new Error("no more");
      let calls = 0;
      const scheduler: SchedulerLike = {
        now: () => performance.now(),
        schedule(work, delay, state) {
          if (calls++ >= from) throw broken;
          return asyncScheduler.schedule<never>(work as () => void, delay, state as never);
        },
      };
      let cleaned = false;
      const done = run(
        async () => {
          try {
            for (;;) await sleep(1);
          } finally {
            cleaned = true;
          }
        },
        { backend: rxBackend(scheduler) },
      );
      await expectAsync(done).toBeRejectedWith(broken);
      expect(cleaned).toBeTrue();
    });
  }

  it("has ended all that run on it later, too", async () => {
    const broken = new Error("no more");
    const backend = rxBackend({
      now: () => 0,
      schedule() {
        throw broken;
      },
    });
    for (let n = 0; n < 2; n++) {
      await expectAsync(run(async () => sleep(1), { backend })).toBeRejectedWith(broken);
    }
  });
});
