import type { DeadlockError } from "anyrx";
import { createMemoryObjectStream, isDeadlockError, sleep, sleepForever, taskGroup } from "anyrx";
import { isLivelockError, isMarbleError, isRealTimeoutError, MarbleError } from "anyrx/testing";
import { interval, NEVER, Observable, range, timer } from "rxjs";
import { errorOf, failureOf } from "./failing.ts";
import { mayWait } from "../../support/real-time.ts";

describe("a marble test that fails", () => {
  mayWait("a deadlock is told after a grace in real time, and a limit of real time is one");
  it("shows both diagrams, what differs at which instant, and a diagram to paste", async () => {
    const { message } = await failureOf(async ({ expectStream, until }) => {
      const [send, receive] = createMemoryObjectStream<string>(10, { name: "jobs" });
      expectStream(receive).toBe("---a--b-c|");
      for (const [letter, time] of [
        ["a", 3],
        ["b", 7],
        ["C", 8],
      ] as const) {
        await until(time);
        send.sendNowait(letter);
      }
      await until(9);
      send.close();
    });
    expect(message.split("\n").map((line) => line.trim())).toEqual(
      jasmine.arrayContaining([
        "expected  ---a--b-c|",
        "actual    ---a---bC|",
        "t=6  missing b: it came 1 ms late, at t=7",
        "t=8  expected c, got C",
        "to accept what happened: '---a---bC|'",
      ]),
    );
    expect(message).toMatch(/^Cannot accept stream "jobs": it differs from its diagram at t=6 and t=8; /);
  });

  it("reports everything that differs, at once", async () => {
    const error = await failureOf(({ cold, expectObservable, expectPromise, probe }) => {
      expectObservable(cold("-a|")).toBe("-b|");
      expectObservable(cold("-a|")).toBe("-a|");
      expectPromise(Promise.resolve("a")).toBe("b");
      probe("sent").toBe("a");
    });
    expect(error.mismatches.map(({ subject: { what, name } }) => `${what} ${name}`)).toEqual([
      "observable 1",
      "promise 1",
      "probe sent",
    ]);
    expect(error).toBeInstanceOf(MarbleError);
  });

  it("shows no more than can be read of a line that is crowded, or that never ends", async () => {
    const { message } = await failureOf(({ expectObservable, expectStream }) => {
      expectObservable(range(1, 20_000)).toBe("(a|)", { a: 1 });
      expectStream(
        (async function* () {
          for (;;) yield 1;
        })(),
      ).toBe("-a", { a: 1 });
    });
    expect(message).toContain("19899 more events are not shown");
    expect(message).toContain("it went on, and was left alone after 100000 events");
    expect(message.length).toBeLessThan(8_000);
  });

  it("points at the line of the toBe(), not into the library", async () => {
    const error = await failureOf(({ cold, expectObservable }) => {
      expectObservable(cold("-a|")).toBe("-b|");
    });
    const frames = (error.stack ?? "").slice((error.stack ?? "").indexOf(error.message) + error.message.length);
    expect(frames.trim().split("\n")[0]).toMatch(/failures\.spec\.ts:\d+/);
    expect(frames).not.toContain("/src/testing/");
  });

  it("says which expectation has no diagram, and what could be its one", async () => {
    const { message, mismatches, stack } = await failureOf(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold("-a-b|", { a: 1, b: 2 });
      expectObservable(source$, null, { name: "numbers" });
      expectSubscriptions(source$.subscriptions);
    });
    expect(mismatches.length).toBe(2);
    expect(message).toContain(`observable "numbers" has no diagram`);
    expect(message).toContain(`call toBe('-A-B|', { A: 1, B: 2 })`);
    expect(message).toContain(`subscriptions of "cold 1" have no diagram`);
    expect(stack).toMatch(/failures\.spec\.ts:\d+/);
  });

  it("fails by a wrong diagram where that is written down", async () => {
    const error = await errorOf(({ cold, expectObservable }) => {
      expectObservable(cold("-a|")).toBe("-(a|");
    });
    expect((error as Error).name).toBe("MarbleSyntaxError");
    expect((error as Error).stack).toMatch(/failures\.spec\.ts:\d+/);
  });

  describe("when its body throws", () => {
    it("fails with that very error, untouched while no diagram differs", async () => {
      const oops = new Error("oops");
      const error = await errorOf(async ({ expectObservable, sleep: nap }) => {
        expectObservable(timer(2)).toBe("--(a|)", { a: 0 });
        expectObservable(timer(20)).toBe("20ms (a|)", { a: 0 });
        expectObservable(NEVER);
        await nap(5);
        throw oops;
      });
      expect(error).toBe(oops);
      expect(oops.message).toBe("oops");
    });

    it("tells with it what differed already, and nothing that was still to come", async () => {
      const oops = new RangeError("or");
      const { stack } = oops;
      const error = await errorOf(async ({ expectObservable, sleep: nap }) => {
        expectObservable(timer(2), null, { name: "late" }).toBe("-(a|)", { a: 0 });
        expectObservable(timer(4), null, { name: "fine" }).toBe("----(a|)", { a: 0 });
        expectObservable(timer(20), null, { name: "to come" }).toBe("9ms (a|)", { a: 0 });
        await nap(5);
        throw oops;
      });
      expect(error).toBe(oops);
      expect(oops.message).toMatch(
        /^or\n\nWhat differed already when the test ended at t=5:\n\nobservable "late" differs/,
      );
      expect(oops.message).not.toContain("fine");
      expect(oops.message).not.toContain("to come");
      expect(oops.stack).toContain(`RangeError: ${oops.message}`);
      expect(oops.stack).toContain((stack ?? "").slice((stack ?? "").indexOf("\n")));
    });

    it("counts what happens at that very instant as far as it has come", async () => {
      const error = await errorOf(async ({ hot, expectObservable, until }) => {
        expectObservable(hot("--(ab)")).toBe("--(ab)");
        expectObservable(timer(2)).toBe("--(a|)", { a: 0 });
        await until(1);
        setTimeout(() => {
          throw new Error("oops");
        }, 1);
        await until(5);
      });
      expect(String(error)).toBe("Error: oops");
    });

    it("leaves a frozen error and what is no error as they are", async () => {
      for (const thrown of [Object.freeze(new Error("frozen")), "text", undefined, { id: 1 }]) {
        const error = await errorOf(({ cold, expectObservable, sleep: nap }) => {
          expectObservable(cold("a")).toBe("b");
          return nap(1).then(() => Promise.reject(thrown as Error));
        });
        expect(error).toBe(thrown);
      }
    });

    it("tells it with the error of a group, too", async () => {
      const error = await errorOf(async ({ cold, expectObservable }) => {
        expectObservable(cold("a")).toBe("b");
        await taskGroup((tg) => {
          tg.startSoon(async () => {
            await sleep(2);
            throw new Error("oops");
          });
        });
      });
      expect((error as Error).message).toContain("observable 1 differs");
      expect((error as Error).stack).toContain("observable 1 differs");
    });
  });

  it("that stands still says where everything had come", async () => {
    const error = await errorOf(async ({ cold, expectObservable, expectStream }) => {
      const [, questions] = createMemoryObjectStream<string>(0, { name: "questions" });
      expectObservable(cold("-a-b")).toBe("-a-b---c");
      expectObservable(cold("-a-b")).toBe("-a-c");
      expectStream(questions).toBe("-");
      await sleep(5);
      await sleepForever();
    });
    expect(isDeadlockError(error)).toBeTrue();
    const { message, time } = error as DeadlockError;
    expect(time).toBe(5);
    expect(message).toContain("What had happened when the test ended at t=5:");
    expect(message).toContain("observable 1 so far: '-a-b'");
    expect(message).toContain("observable 2 differs from its diagram at t=3");
    expect(message).toContain(`stream "questions" so far: '-'`);
    expect(message).toContain(`stream "questions": waits for receive on the memory object stream "questions" (empty)`);
  });

  it("that cannot be ended is left where it is, and all that the test watches is let go", async () => {
    const log: string[] = [];
    const error = await errorOf(({ expectObservable }) => {
      expectObservable(new Observable(() => () => log.push("unsubscribed"))).toBe("-");
      return new Promise(() => undefined);
    });
    expect(isDeadlockError(error)).toBeTrue();
    expect(log).toEqual(["unsubscribed"]);
  });

  it("that goes on for ever at one instant says where everything had come", async () => {
    const error = await errorOf(
      async ({ cold, expectObservable }) => {
        expectObservable(cold("a")).toBe("a");
        interval(0).subscribe();
        await sleep(1);
      },
      { maxStepsPerInstant: 100 },
    );
    expect(isLivelockError(error)).toBeTrue();
    expect((error as Error).message).toContain("observable 1 so far: 'a'");
  });

  it("that goes on past maxTime says where everything had come", async () => {
    const error = await errorOf(
      async ({ expectObservable }) => {
        expectObservable(interval(10)).toBe("10ms a", { a: 0 });
        await sleep(1_000);
      },
      { maxTime: 100 },
    );
    expect(isLivelockError(error)).toBeTrue();
    expect((error as Error).message).toContain("observable 1 differs");
  });

  it("does not fail by maxTime when only expectations would have gone further", async () => {
    const error = await errorOf(
      ({ expectObservable }) => {
        expectObservable(interval(30)).toBe("30ms a", { a: 0 });
      },
      { maxTime: 100 },
    );
    expect(isMarbleError(error)).toBeTrue();
  });

  // It really waits: for the real time that it is allowed to take.
  it("that is held for ever ends by realTimeout, and gives the globals back", async () => {
    const { setTimeout: before } = globalThis;
    const error = await errorOf(
      async ({ cold, expectObservable, real }) => {
        expectObservable(cold("a")).toBe("a");
        await sleep(1);
        await real(() => new Promise(() => undefined));
      },
      { realTimeout: 30 },
    );
    expect(isRealTimeoutError(error)).toBeTrue();
    expect((error as Error).message).toContain("observable 1 so far: 'a'");
    expect(globalThis.setTimeout).toBe(before);
  });
});
