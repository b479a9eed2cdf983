import { readFile } from "node:fs/promises";
import {
  abortable,
  CancelScope,
  Event,
  failAfter,
  Future,
  isTimeoutError,
  moveOnAfter,
  operation,
  sleep,
  sleepForever,
  taskGroup,
  TimeoutError,
} from "anyrx";
import { isMarbleSyntaxError, marbles } from "anyrx/testing";
import { firstValueFrom, of } from "rxjs";
import { expectSentence } from "../../field/everywhere.ts";
import { differences, draws, failureOf } from "./failing.ts";

describe("marbles() with what settles once:", () => {
  describe("expectPromise()", () => {
    const after = async <T>(ms: number, value: T): Promise<T> => {
      await sleep(ms);
      return value;
    };

    draws("takes a value with or without an end", ({ expectPromise }) => {
      expectPromise(after(3, "a")).toBe("---a");
      expectPromise(after(3, "a")).toBe("---(a|)");
      expectPromise(after(3, { id: 1 })).toBe("---x", { x: { id: 1 } });
    });

    draws("takes no value as an end", ({ expectPromise }) => {
      expectPromise(after(3, undefined)).toBe("---|");
      expectPromise(after(3, undefined)).toBe("---a", { a: undefined });
      expectPromise(after(3, undefined)).toBe("---(a|)", { a: undefined });
    });

    it("does not take an end for a value", async () => {
      expect(await differences(({ expectPromise }) => expectPromise(after(3, "a")).toBe("---|"))).toEqual([
        "t=3 unexpected a",
      ]);
      expect(await differences(({ expectPromise }) => expectPromise(after(3, "b")).toBe("---a"))).toEqual([
        "t=3 expected a, got b",
      ]);
    });

    draws("takes a rejection", ({ expectPromise }) => {
      expectPromise(failAfter(7, sleepForever)).toBe("-------#", undefined, TimeoutError);
      expectPromise(failAfter(7, sleepForever)).toBe("-------#", undefined, isTimeoutError);
      expectPromise(Promise.reject(new Error("no"))).toBe("#", undefined, new Error("no"));
    });

    draws("takes one that does not settle", ({ expectPromise }) => {
      expectPromise(new Promise(() => undefined)).toBe("---");
    });

    draws("takes any thenable", ({ expectPromise }) => {
      const thenable = { then: (resolve: (value: string) => void) => void setTimeout(resolve, 4, "a") };
      expectPromise(thenable as unknown as PromiseLike<string>).toBe("----a");
      expectPromise(sleep(2)).toBe("--|");
    });

    draws("compares with an Observable", ({ expectPromise, cold }) => {
      expectPromise(after(3, "a")).toEqual(cold("---(a|)"));
    });

    draws("follows promises of RxJS", ({ expectPromise, hot }) => {
      expectPromise(firstValueFrom(hot("---a-b"))).toBe("---a");
    });

    it("refuses what is no promise", async () => {
      await marbles(({ expectPromise }) => {
        for (const wrong of [null, undefined, 1, {}, of(1), async () => {}])
          expectSentence(() => expectPromise(wrong as never), TypeError);
      });
    });
  });

  describe("expectOperation()", () => {
    draws("runs it, in virtual time", ({ expectOperation }) => {
      const work = operation(function* (letter: string) {
        yield* sleep(3);
        return letter;
      });
      expectOperation(work("a")).toBe("---a");
      expectOperation(work("b")).toBe("---(b|)");
      expectOperation(sleep(5)).toBe("-----|");
      expectOperation(failAfter(2, sleepForever)).toBe("--#", undefined, TimeoutError);
    });

    it("runs it once", async () => {
      let runs = 0;
      const work = operation(async () => {
        runs++;
        await sleep(1);
      })();
      await marbles(({ expectOperation }) => {
        const expected = expectOperation(work);
        expected.toBe("-|");
        expected.toBe("-|");
      });
      expect(runs).toBe(1);
    });

    draws("runs it in a scope of its own: the body's is not cancelled by it, nor the other way round", async (t) => {
      const { expectOperation, expectScope, now } = t;
      const scope = new CancelScope();
      expectScope(scope).toBe("---!-----|");
      expectOperation(
        operation(async () => {
          await sleep(5);
          return now();
        })(),
      ).toBe("-----a", { a: 5 });
      await scope.enter(async () => {
        await sleep(3);
        scope.cancel();
        await moveOnAfter(1000, () => sleep(6), { shield: true });
      });
    });

    draws("waits for tasks and futures", async ({ expectOperation, sleep: nap }) => {
      await taskGroup(async (tg) => {
        expectOperation(tg.startSoon(async () => (await nap(4), "a"))).toBe("----a");
        const future = new Future<string>();
        expectOperation(future).toBe("--b");
        const event = new Event();
        expectOperation(event.wait()).toBe("--|");
        await nap(2);
        future.returnValue = "b";
        event.set();
      });
    });

    it("cancels it at the end of the test, and waits for its cleanup", async () => {
      const log: string[] = [];
      await marbles(({ expectOperation, now }) => {
        expectOperation(
          operation(async () => {
            try {
              await sleepForever();
            } finally {
              await moveOnAfter(1000, () => sleep(5), { shield: true });
              log.push(`cleaned up at ${now()}`);
            }
          })(),
        ).toBe("-");
      });
      expect(log).toEqual(["cleaned up at 5"]);
    });

    it("refuses what is no operation", async () => {
      await marbles(({ expectOperation }) => {
        for (const wrong of [null, undefined, 1, of(1), Promise.resolve(), async () => {}])
          expectSentence(() => expectOperation(wrong as never), TypeError);
      });
    });
  });

  describe("expectSignal()", () => {
    draws("says when it is aborted", async ({ expectSignal, signal, until }) => {
      const controller = new AbortController();
      expectSignal(controller.signal).toBe("---!");
      expectSignal(AbortSignal.timeout(5)).toBe("-----!");
      expectSignal(AbortSignal.abort()).toBe("!");
      expectSignal(new AbortController().signal).toBe("-");
      expectSignal(signal).toBe("-");
      await until(3);
      controller.abort();
      controller.abort();
    });

    it("says so when it is late, or not at all", async () => {
      expect(await differences(({ expectSignal }) => expectSignal(AbortSignal.timeout(5)).toBe("---!"))).toEqual([
        "t=3 aborted 2 ms late, at t=5",
      ]);
      expect(await differences(({ expectSignal }) => expectSignal(AbortSignal.timeout(5)).toBe("---"))).toEqual([
        "t=5 aborted, where that was not expected",
      ]);
    });

    it("takes signals and their diagrams only", async () => {
      await marbles(({ expectSignal, signal }) => {
        expectSentence(() => expectSignal({} as never), TypeError);
        const expected = expectSignal(signal);
        for (const wrong of ["--a", "--|", "--!!", "--!-!"])
          expect(() => {
            expected.toBe(wrong);
          }).toThrowMatching(isMarbleSyntaxError);
        expected.toBe("-");
      });
    });
  });

  describe("expectScope()", () => {
    draws("says when it is cancelled, and when it is left", async ({ expectScope, expectSignal }) => {
      const scope = new CancelScope();
      expectScope(scope).toBe("-----!----|");
      expectSignal(scope.signal).toBe("-----!");
      setTimeout(() => {
        scope.cancel();
      }, 5);
      await scope.enter(async () => {
        try {
          await sleepForever();
        } finally {
          await moveOnAfter(100, () => sleep(5), { shield: true });
        }
      });
    });

    draws("in every order, and in one instant", async ({ expectScope, sleep: nap }) => {
      const [plain, late, prompt, never] = [new CancelScope(), new CancelScope(), new CancelScope(), new CancelScope()];
      expectScope(plain).toBe("---|");
      expectScope(late).toBe("------|");
      expectScope(prompt).toBe("---------(!|)");
      expectScope(never).toBe("-");
      for (const scope of [plain, late]) await scope.enter(() => nap(3));
      late.cancel();
      await prompt.enter(async () => {
        await nap(3);
        prompt.cancel();
        await nap(3);
      });
      const over = new CancelScope();
      over.cancel();
      await over.enter(() => undefined);
      expectScope(over).toBe("---------(!|)");
    });

    draws("by a deadline, and from outside", async ({ expectScope, sleep: nap }) => {
      await moveOnAfter(4, async (outer) => {
        expectScope(outer).toBe("----!--|");
        await moveOnAfter(9, async (inner) => {
          expectScope(inner).toBe("----!--|");
          await moveOnAfter(100, () => nap(7), { shield: true });
        });
      });
    });

    draws("of a task group and of a task, by what they have of one", async ({ expectScope, sleep: nap }) => {
      await taskGroup(async (tg) => {
        expectScope(tg).toBe("----(!|)");
        expectScope(tg.startSoon(() => nap(2))).toBe("--|");
        expectScope(tg.startSoon(sleepForever)).toBe("----(!|)");
        await nap(4);
        tg.cancel();
      });
    });

    it("takes scopes and their diagrams only", async () => {
      await marbles(({ expectScope }) => {
        for (const wrong of [null, undefined, {}, 1]) expectSentence(() => expectScope(wrong as never), TypeError);
        const expected = expectScope(new CancelScope());
        for (const wrong of ["--a", "^-!", "--!!", "--|-|", ""])
          expect(() => {
            expected.toBe(wrong);
          }).toThrowMatching(isMarbleSyntaxError);
        expected.toBe("-");
      });
    });

    it("is called by the name of the scope", async () => {
      const { mismatches } = await failureOf(async ({ expectScope, sleep: nap }) => {
        const scope = new CancelScope({ name: "request" });
        expectScope(scope).toBe("--|");
        await scope.enter(() => nap(3));
      });
      expect(mismatches[0]?.subject).toEqual({ what: "scope", name: "request" });
    });
  });

  describe("expectSubscriptions()", () => {
    draws(
      "takes one diagram for each subscription, or the only one",
      ({ cold, hot, expectObservable, expectSubscriptions }) => {
        const [once$, twice$, never$] = [cold("-a|"), hot("-a-b-c|"), cold("-a|")];
        expectObservable(once$).toBe("-a|");
        expectObservable(twice$, "--^-!").toBe("---b");
        expectObservable(twice$, "-^").toBe("-a-b-c|");
        expectSubscriptions(once$.subscriptions).toBe("^-!");
        expectSubscriptions(twice$.subscriptions).toBe(["-^----!", "--^-!"]);
        expectSubscriptions(never$.subscriptions).toBe([]);
      },
    );

    draws("counts those that go on", ({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot("-a");
      expectObservable(source$).toBe("-a");
      expectSubscriptions(source$.subscriptions).toBe("^---");
    });

    it("says which one differs, which is missing and which was not expected", async () => {
      const { message, mismatches } = await failureOf(({ hot, expectObservable, expectSubscriptions }) => {
        const source$ = hot("-a-b-c|");
        expectObservable(source$, "^--!").toBe("-a-");
        expectObservable(source$, "--^-!").toBe("---b");
        expectSubscriptions(source$.subscriptions).toBe(["^---!", "--^-!", "---^!"]);
        expectSubscriptions(source$.subscriptions, { name: "letters" }).toBe("^--!");
      });
      expect(mismatches.map(({ subject }) => `${subject.what} ${subject.name}`)).toEqual([
        "subscription 1 of hot 1",
        "subscription 3 of hot 1",
        "subscription 2 of letters",
      ]);
      expect(message).toContain("subscription 1 of");
    });

    it("takes logs and their diagrams only", async () => {
      await marbles(({ expectSubscriptions }) => {
        expectSentence(() => expectSubscriptions({} as never), TypeError);
        const expected = expectSubscriptions([]);
        expect(() => {
          expected.toBe(["^-!", "^-a"]);
        }).toThrowMatching(isMarbleSyntaxError);
        expected.toBe([]);
      });
    });
  });

  describe("probe()", () => {
    draws("notes values at the instants at which it is called", async ({ probe, sleep: nap }) => {
      const sent = probe<string>("sent");
      await nap(2);
      sent("a");
      sent("b");
      await nap(5);
      sent("c");
      sent.toBe("--(ab)-c");
    });

    draws("is an Observer, and takes its diagram before", ({ probe, cold }) => {
      const seen = probe();
      seen.toBe("-a-b#", undefined, "no");
      cold("-a-b#", undefined, "no").subscribe(seen.observer);
      const other = probe();
      other.toEqual(cold("--a|"));
      cold("--a|").subscribe(other.observer);
    });

    draws("may be called from anywhere", async ({ probe, hot }) => {
      const log = probe();
      log.toBe("--(abcde)", { a: "hot", b: "timer", c: "reaction", d: "sleep", e: "task" });
      setTimeout(() => {
        log("timer");
        void Promise.resolve("reaction").then(log);
      }, 2);
      hot("--a").subscribe(() => {
        log("hot");
      });
      await taskGroup(async (tg) => {
        await sleep(2);
        log("sleep");
        tg.startSoon(() => {
          log("task");
        });
      });
    });

    it("notes what comes after its end, too: that is worth knowing", async () => {
      expect(
        await differences(({ probe }) => {
          const seen = probe();
          seen.toBe("(a|)");
          seen("a");
          seen.complete();
          seen("b");
        }),
      ).toEqual(["t=0 unexpected b"]);
    });

    it("is called by its name or its number", async () => {
      const { mismatches } = await failureOf(({ probe }) => {
        probe("sent").toBe("a");
        probe().toBe("a");
      });
      expect(mismatches.map(({ subject }) => subject.name)).toEqual(["sent", "2"]);
    });
  });

  describe("real()", () => {
    draws("waits for real work while the clock stands still: no timeout strikes", async ({ real, now, probe }) => {
      const seen = probe();
      seen.toBe("-----(ab)", { a: true, b: 5 });
      await sleep(5);
      const source = await failAfter(1, () => real(() => readFile(new URL(import.meta.url), "utf8")));
      seen(source.includes("no timeout strikes"));
      seen(now());
    });

    draws("so does abortable(), and a hold", async ({ hold, now, probe, sleep: nap }) => {
      const seen = probe();
      seen.toBe("(ab)", { a: 0, b: 0 });
      await abortable(() => readFile(new URL(import.meta.url)));
      seen(now());
      const held = hold("reading a file");
      void readFile(new URL(import.meta.url)).then(() => {
        seen(now());
        held[Symbol.dispose]();
      });
      await nap(5);
    });
  });
});
