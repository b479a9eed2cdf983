import { currentTime, operation, sleep, UsageError } from "anyrx";
import { marbles, MarbleSyntaxError } from "anyrx/testing";
import {
  BehaviorSubject,
  concat,
  connectable,
  defer,
  EMPTY,
  groupBy,
  interval,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  ReplaySubject,
  startWith,
  Subject,
  switchMap,
  take,
  takeUntil,
  throwError,
  timer,
  windowCount,
} from "rxjs";
import { expectSentence } from "../../field/everywhere.ts";
import { differences, draws, failureOf } from "./failing.ts";

describe("marbles() with Observables:", () => {
  describe("cold()", () => {
    draws(
      "plays to each subscriber, from the moment of subscription",
      async ({ cold, expectObservable, expectSubscriptions, sleep: nap }) => {
        const source$ = cold("-a-b|");
        expectObservable(source$).toBe("-a-b|");
        expectObservable(source$, "---^").toBe("----a-b|");
        expectObservable(source$, "---^---!").toBe("----a-b");
        expectObservable(source$, "---^--!").toBe("----a-");
        await nap(10);
        expectObservable(source$).toBe("10ms -a-b|");
        expectSubscriptions(source$.subscriptions).toBe(["^---!", "---^---!", "---^---!", "---^--!", "10ms ^---!"]);
      },
    );

    draws("gives values, and an error", ({ cold, expectObservable }) => {
      const boom = new Error("boom");
      expectObservable(cold("-a-#", { a: { id: 1 } }, boom)).toBe("-b-#", { b: { id: 1 } }, new Error("boom"));
      expectObservable(cold("-#")).toBe("-#", undefined, "error");
      expectObservable(cold("-#", null, undefined)).toBe("-#");
    });

    it("delivers a group in one step: nothing comes between", async () => {
      await marbles(async ({ cold, sleep: nap }) => {
        const log: string[] = [];
        cold("-(ab|)").subscribe({
          next: (letter) => {
            log.push(letter);
            void Promise.resolve().then(() => log.push(`after ${letter}`));
          },
          complete: () => log.push("|"),
        });
        await nap(2);
        expect(log).toEqual(["a", "b", "|", "after a", "after b"]);
      });
    });

    it("has no zero point", async () => {
      await marbles(({ cold }) => {
        expect(() => cold("-a^b")).toThrowMatching((error) => error instanceof MarbleSyntaxError && error.column === 2);
      });
    });

    for (const context of ["store", "handoff"] as const) {
      draws(
        `counts what is waited for in the scope of who subscribed (${context})`,
        ({ cold, expectObservable }) => {
          const late$ = cold("-a-b|").pipe(
            mergeMap(async (letter) => {
              await sleep(5);
              return `${letter}${currentTime()}`;
            }),
          );
          expectObservable(late$).toBe("------x-(y|)", { x: "a6", y: "b8" });
        },
        { context },
      );
    }
  });

  describe("hot()", () => {
    draws("plays once, whether somebody listens or not", ({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot("-a-b-c|");
      expectObservable(source$).toBe("-a-b-c|");
      expectObservable(source$, "--^").toBe("---b-c|");
      expectObservable(source$, "--------^").toBe("--------|");
      expectSubscriptions(source$.subscriptions).toBe(["^-----!", "--^---!", "--------(^!)"]);
    });

    draws("begins at its zero point: what lies before is over", ({ hot, expectObservable }) => {
      expectObservable(hot("-a-^-b-|")).toBe("--b-|");
      expectObservable(hot("-a-|-^")).toBe("|");
      expectObservable(hot("-a-#-^", undefined, 5)).toBe("#", undefined, 5);
    });

    draws(
      "is seen by who subscribes at the instant at which it emits, and not by who unsubscribes",
      ({ hot, expectObservable }) => {
        const source$ = hot("---a---b---c");
        expectObservable(source$, "---^---!").toBe("---a");
        expectObservable(source$, "---^----!").toBe("---a---b");
      },
    );

    draws("plays from the start also when it is made later", async ({ hot, expectObservable, until }) => {
      await until(3);
      expectObservable(hot("-a-b-c|")).toBe("---b-c|");
      expectObservable(hot("-a|")).toBe("---|");
    });

    draws("comes before the timers of its instant", ({ hot, expectObservable }) => {
      const first$ = merge(timer(3).pipe(map(() => "timer")), hot("---h").pipe(map(() => "hot"))).pipe(take(2));
      expectObservable(first$).toBe("---(ht|)", { h: "hot", t: "timer" });
    });
  });

  describe("expectObservable()", () => {
    draws("subscribes at once, so that nothing is missed", async ({ expectObservable, sleep: nap }) => {
      const subject = new Subject<string>();
      expectObservable(subject).toBe("(ab)-c|");
      subject.next("a");
      await null;
      subject.next("b");
      await nap(5);
      subject.next("c");
      await nap(1);
      subject.complete();
    });

    draws("takes its diagram before or after", async ({ expectObservable, sleep: nap }) => {
      const expected = expectObservable(interval(2).pipe(take(2)));
      await nap(10);
      expected.toBe("--a-(b|)", { a: 0, b: 1 });
    });

    draws("counts from the start of the test, whenever it is called", async ({ expectObservable, until }) => {
      await until(5);
      expectObservable(timer(2)).toBe("-------(a|)", { a: 0 });
      expectObservable(timer(2), "-------^").toBe("---------(a|)", { a: 0 });
    });

    it("cannot subscribe or unsubscribe in the past", async () => {
      await marbles(async ({ expectObservable, until }) => {
        await until(5);
        for (const past of ["--^--!", "--^", "---!", "----^---------!"])
          expectSentence(() => expectObservable(NEVER, past), UsageError);
        expectObservable(NEVER, "--------!").toBe("-");
      });
    });

    draws("unsubscribes before all else of an instant", ({ hot, cold, expectObservable }) => {
      expectObservable(merge(hot("---a"), cold("---a"), timer(3), of("s")), "---!").toBe("s");
      expectObservable(of("a", "b"), "(^!)").toBe("(ab|)");
      expectObservable(cold("a"), "(^!)").toBe("-");
    });

    it("takes its window and its name as options, too", async () => {
      const { message } = await failureOf(({ hot, expectObservable }) => {
        expectObservable(hot("-a-b-c"), { subscription: "--^-!", name: "letters" }).toBe("-----c");
        expectObservable(hot("-a-b-c"), "--^-!", { name: "more" }).toBe("-----c");
      });
      expect(message).toContain('observable "letters" differs');
      expect(message).toContain('observable "more" differs');
    });

    draws("lets time go on after the body, until all has come", ({ expectObservable }) => {
      expectObservable(timer(3_600_000)).toBe("60m (a|)", { a: 0 });
      expectObservable(NEVER).toBe("-");
    });

    draws("ends with an interval that does not, by unsubscribing", ({ expectObservable }) => {
      expectObservable(interval(10), "^ 35ms !").toBe("10ms a 9ms b 9ms c", { a: 0, b: 1, c: 2 });
    });

    it("ends with an interval that does not, and shows how it goes on", async () => {
      const error = await failureOf(({ expectObservable }) => {
        expectObservable(interval(10)).toBe("10ms a", { a: 0 });
      });
      expect(error.mismatches[0]?.differences.map(({ time, kind }) => `${kind}@${time}`)).toEqual([
        "unexpected@20",
        "unexpected@30",
        "unexpected@40",
        "unexpected@50",
        "unexpected@60",
      ]);
      expect(error.message).toContain("it went on");
    });

    draws("ends although something else goes on for ever", ({ expectObservable }) => {
      setInterval(() => {}, 1_000);
      expectObservable(NEVER).toBe("-");
    });

    it("sees what comes long after the diagram", async () => {
      const late = await differences(({ expectObservable }) => {
        expectObservable(concat(timer(1), timer(30_000))).toBe("-a", { a: 0 });
      });
      expect(late).toEqual([
        "t=30001 unexpected a: it was expected at t=1 only",
        "t=30001 completed, where no end was expected",
      ]);
    });

    it("goes on until the subscriptions of the test end, not those of the program", async () => {
      const log: string[] = [];
      await marbles(({ expectObservable, now }) => {
        setTimeout(() => log.push(`timer ${now()}`), 10);
        setTimeout(() => log.push(`timer ${now()}`), 20);
        expectObservable(timer(15)).toBe("15ms (a|)", { a: 0 });
      });
      expect(log).toEqual(["timer 10"]);
    });

    draws("takes what is no Observable of RxJS, too", ({ expectObservable }) => {
      expectObservable({
        subscribe(observer) {
          observer.next("a");
          setTimeout(() => {
            observer.complete();
          }, 3);
          return { unsubscribe: () => {} };
        },
      }).toBe("a--|");
      expectObservable({
        subscribe() {
          throw new Error("no");
        },
      }).toBe("#", undefined, new Error("no"));
    });

    it("refuses what cannot be subscribed to", async () => {
      await marbles(({ expectObservable }) => {
        for (const wrong of [null, undefined, 1, {}, Promise.resolve()])
          expectSentence(() => expectObservable(wrong as never), TypeError);
      });
    });

    draws("runs an operation in virtual time", ({ expectObservable }) => {
      const work = operation(async (letter: string) => {
        await sleep(3);
        return letter;
      });
      expectObservable(work("a")).toBe("---(a|)");
      expectObservable(
        interval(2).pipe(
          take(3),
          switchMap((n) => work(String(n))),
        ),
      ).toBe("---------(x|)", { x: "2" });
    });

    for (const context of ["store", "strict"] as const) {
      draws(
        `tells operations in the chain where they are, whoever sets them off (${context})`,
        ({ expectObservable }) => {
          const work = operation(async (n: number) => {
            await sleep(3);
            return n;
          });
          expectObservable(interval(4).pipe(take(2), mergeMap(work))).toBe("-------a---(b|)", { a: 0, b: 1 });
        },
        { context },
      );
    }

    draws("closes the chain at once, also while it subscribes", ({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold("-a|");
      expectObservable(source$.pipe(startWith("z"), take(1))).toBe("(z|)");
      expectSubscriptions(source$.subscriptions).toBe([]);
    });

    it("has them cancelled when it unsubscribes, and waits for their cleanup", async () => {
      const log: string[] = [];
      await marbles(({ expectObservable, now }) => {
        const work = operation(async () => {
          try {
            await sleep(100);
          } catch (error) {
            log.push(`${(error as Error).name}@${now()}`);
            throw error;
          }
        });
        expectObservable(work(), "^--!").toBe("-");
      });
      expect(log).toEqual(["Cancelled@3"]);
    });

    it("unsubscribes from everything at the end of the test", async () => {
      const log: string[] = [];
      const logged = (name: string): Observable<never> =>
        new Observable(() => () => {
          log.push(name);
        });
      await marbles(({ expectObservable }) => {
        expectObservable(logged("first")).toBe("-");
        expectObservable(logged("second"), "-----^").toBe("-");
        expectObservable(of(1).pipe(map(() => logged("inner")))).toBe("(a|)", { a: NEVER });
      }).catch(() => undefined);
      expect(log).toEqual(["inner", "second", "first"]);
    });

    it("says so when unsubscribing throws, having unsubscribed from the others", async () => {
      const log: string[] = [];
      let error: unknown;
      await marbles(({ expectObservable }) => {
        expectObservable(new Observable(() => () => log.push("first"))).toBe("-");
        expectObservable(
          new Observable(() => () => {
            throw new Error("stuck");
          }),
        ).toBe("-");
      }).catch((thrown: unknown) => (error = thrown));
      expect(log).toEqual(["first"]);
      expect(String(error)).toContain("stuck");
    });
  });

  describe("Observables as values", () => {
    draws("are compared by what they emit, from when they are emitted", ({ cold, hot, expectObservable }) => {
      expectObservable(of(cold("a-b|"), cold("--(c|)"))).toBe("(xy|)", { x: cold("a-b|"), y: cold("--(c|)") });
      expectObservable(hot("-ab-c-d|").pipe(windowCount(2))).toBe("x-y---z|", {
        x: cold("-a(b|)"),
        y: cold("--c-(d|)"),
        z: cold("-|"),
      });
    });

    it("are told apart by what they emit, with the property that differs", async () => {
      const error = await failureOf(({ cold, expectObservable }) => {
        expectObservable(of(cold("a-b|"))).toBe("(x|)", { x: cold("a-c|") });
      });
      expect(error.message).toContain('.moments[1].value: expected "c", got "b"');
    });

    draws("of groups", ({ hot, cold, expectObservable }) => {
      expectObservable(hot("-a-b-a-|").pipe(groupBy((x) => x))).toBe("-x-y---|", {
        x: cold("a---a-|"),
        y: cold("b---|"),
      });
    });

    it("that go on after their own emission are waited for", async () => {
      await marbles(({ cold, expectObservable }) => {
        expectObservable(of(timer(500).pipe(map(() => "a")))).toBe("(x|)", { x: cold("500ms (a|)") });
      });
      const late = await failureOf(({ cold, expectObservable }) => {
        expectObservable(of(timer(500).pipe(map(() => "a")))).toBe("(x|)", { x: cold("499ms (a|)") });
      });
      expect(late.message).toContain("an observable that emits '500ms (a|)'");
    });

    draws("inside of one another", ({ cold, expectObservable }) => {
      expectObservable(of(of(of("a")))).toBe("(x|)", { x: cold("(y|)", { y: cold("(a|)") }) });
    });

    it("however deep: one may emit itself", async () => {
      const itself$ = new Observable<unknown>((subscriber) => {
        subscriber.next(itself$);
      });
      const error = await failureOf(({ expectObservable }) => {
        expectObservable(itself$).toBe("a");
      });
      expect(error.message).toContain("expected a, got A");
    });

    draws("are the same when they are the same", ({ hot, expectObservable }) => {
      const a = hot("-x-|");
      const b = NEVER;
      expectObservable(of(a, b)).toBe("(ab|)", { a, b });
    });

    it("are not subscribed to when that would run or use them", async () => {
      let ran = false;
      const work = operation(() => {
        ran = true;
      })();
      await marbles(({ cold, expectObservable }) => {
        expectObservable(cold("-a|", { a: work })).toBe("-b|", { b: work });
      });
      expect(ran).toBeFalse();
    });
  });

  describe("toEqual()", () => {
    draws(
      "compares with what another Observable emits, subscribed to at the same time",
      ({ cold, expectObservable }) => {
        expectObservable(cold("-a-b|").pipe(map((x) => x.toUpperCase()))).toEqual(cold("-A-B|"));
        expectObservable(cold("-a-b|"), "--^--!").toEqual(cold("-a-b|"));
        expectObservable(interval(10), "^ 25ms !").toEqual(timer(10, 10));
      },
    );

    draws("ends also when both go on for ever", ({ expectObservable }) => {
      expectObservable(interval(1_000)).toEqual(timer(1_000, 1_000));
      expectObservable(NEVER).toEqual(NEVER);
    });

    it("shows the difference", async () => {
      expect(
        await differences(({ cold, expectObservable }) => {
          expectObservable(cold("-a-b|")).toEqual(cold("-a--b|"));
        }),
      ).toEqual(["t=4 missing b: it came 1 ms early, at t=3", "t=5 completed 1 ms early, at t=4"]);
    });

    it("may stand beside a diagram", async () => {
      const { mismatches } = await failureOf(({ cold, expectObservable }) => {
        const expected = expectObservable(cold("-a|"));
        expected.toBe("-a|");
        expected.toEqual(cold("-b|"));
        expected.toBe("-c|");
      });
      expect(mismatches.length).toBe(2);
    });
  });

  draws("replay subjects and connectables behave as they do", async ({ hot, expectObservable, sleep: nap }) => {
    const replay = new ReplaySubject<string>(1);
    hot("a-b-c|").subscribe(replay);
    const state = new BehaviorSubject("i");
    const shared = connectable(defer(() => hot("-x-y|")));
    expectObservable(shared).toBe("-x-y|");
    shared.connect();
    expectObservable(state.pipe(takeUntil(timer(4)))).toBe("i-j-|");
    expectObservable(replay, "---^").toBe("---bc|");
    await nap(2);
    state.next("j");
  });

  draws("EMPTY, NEVER and throwError are |, - and #", ({ expectObservable }) => {
    expectObservable(EMPTY).toBe("|");
    expectObservable(NEVER).toBe("-");
    expectObservable(throwError(() => "no")).toBe("#", undefined, "no");
  });
});
