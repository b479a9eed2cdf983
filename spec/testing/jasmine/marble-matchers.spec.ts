import { concat, delay, EMPTY, interval, map, of, take, throwError, timer } from "rxjs";
import { createMemoryObjectStream, operation, run, sleep, taskGroup, UsageError } from "anyrx";
import { VirtualTime } from "anyrx/testing";
import { addMarbleMatchers, marbleAsyncMatchers, marbleMatchers, MarbleRecorder } from "anyrx/testing/jasmine";
import { inner } from "./inner-jasmine.ts";
import { mayWait } from "../../support/real-time.ts";

/** What a spec with this in it fails with. */
async function failureOf(expectation: () => unknown): Promise<string | undefined> {
  const [outcome] = await inner(() => {
    beforeEach(addMarbleMatchers);
    it("is expected", async () => {
      await expectation();
    });
  });
  return outcome?.messages.join("\n");
}

const recorded = [
  { time: 2, kind: "next", value: "a" },
  { time: 4, kind: "complete" },
] as const;

describe("toMatchMarbles()", () => {
  beforeEach(addMarbleMatchers);

  it("accepts moments that are as drawn", () => {
    expect(recorded).toMatchMarbles("--a-|");
    expect({ moments: recorded }).toMatchMarbles("--x-|", { x: "a" });
    expect([{ time: 1, kind: "error", error: new Error("no") }]).toMatchMarbles("-#", {}, new Error("no"));
  });

  it("accepts asymmetric matchers as values", () => {
    const moments = [{ time: 0, kind: "next", value: { id: 7, name: "ann" } }];
    expect(moments).toMatchMarbles("a", { a: { id: jasmine.any(Number), name: jasmine.stringMatching(/^a/) } });
    expect(moments).toMatchMarbles("a", { a: jasmine.objectContaining({ id: 7 }) });
    expect(moments).not.toMatchMarbles("a", { a: jasmine.objectContaining({ id: 8 }) });
  });

  it("fails with both diagrams, one under the other, and with what differs", async () => {
    const failure = await failureOf(() => {
      expect(recorded).toMatchMarbles("--a--|");
    });
    expect(failure).toMatch(/^recording differs from its diagram/);
    expect(failure).toMatch(/expected +--a--\|\n +actual +--a-\|/);
  });

  it("keeps the context of the expectation", async () => {
    const failure = await failureOf(() => {
      expect(recorded).withContext("the sent items").toMatchMarbles("-");
    });
    expect(failure).toMatch(/^the sent items:\s+recording differs/);
  });

  it("may be negated, and says so when that fails", async () => {
    expect(recorded).not.toMatchMarbles("--b-|");
    const failure = await failureOf(() => {
      expect(recorded).not.toMatchMarbles("--a-|");
    });
    expect(failure).toBe("Expected the recording not to match these marbles, and it does:\n  --a-|");
  });

  it("refuses marbles that are none, negated or not, and what is no recording", async () => {
    for (const wrong of ["a(b", "a|b"]) {
      expect(await failureOf(() => expect(recorded).toMatchMarbles(wrong))).toMatch(/^MarbleSyntaxError: /);
      expect(await failureOf(() => expect(recorded).not.toMatchMarbles(wrong))).toMatch(/^MarbleSyntaxError: /);
    }
    for (const wrong of [undefined, null, 1, "--a|", [1], { moments: 1 }, of(1)]) {
      expect(await failureOf(() => expect(wrong).toMatchMarbles("--a|"))).toMatch(
        /^TypeError: Cannot match .+: .+; .+/,
      );
    }
  });
});

describe("toEmitMarbles()", () => {
  beforeEach(addMarbleMatchers);

  it("plays Observables in virtual time", async () => {
    await expectAsync(timer(60_000).pipe(map(() => "a"))).toEmitMarbles("60s (a|)");
    await expectAsync(
      concat(
        of(1),
        timer(2).pipe(delay(3)),
        throwError(() => "no"),
      ),
    ).toEmitMarbles("a----(b#)", { a: 1, b: 0 }, "no");
    await expectAsync(EMPTY).toEmitMarbles("|");
  });

  it("plays what a function makes of what marbles() gives", async () => {
    await expectAsync((t) => t.cold("-a-b|", { a: 1, b: 2 }).pipe(map((n) => n * 2))).toEmitMarbles("-x-y|", {
      x: 2,
      y: 4,
    });
    await expectAsync((t) => t.hot("-a-b|").pipe(delay(t.time("--|")))).toEmitMarbles("---a-(b|)");
  });

  it("plays promises and operations, of every style, that a function makes", async () => {
    await expectAsync(async () => {
      await sleep(2);
      await new Promise((resolve) => setTimeout(resolve, 2));
      return "a";
    }).toEmitMarbles("----a");
    await expectAsync(() => Promise.reject(new Error("no"))).toEmitMarbles("#", {}, new Error("no"));
    await expectAsync(function* () {
      yield* sleep(3);
      return "a";
    }).toEmitMarbles("---(a|)");
    await expectAsync(() => sleep(3)).toEmitMarbles("---|");
    await expectAsync(operation(() => timer(2))()).toEmitMarbles("--a", { a: 0 });
  });

  it("plays streams, async iterables and readable streams", async () => {
    await expectAsync(async function* () {
      await sleep(1);
      yield "a";
      await sleep(1);
      yield "b";
    }).toEmitMarbles("-a(b|)");
    await expectAsync(() => {
      const [send, receive] = createMemoryObjectStream<string>(2);
      send.sendNowait("a");
      send.sendNowait("b");
      send.close();
      return receive;
    }).toEmitMarbles("(ab|)");
    await expectAsync(
      () =>
        new ReadableStream({
          start(controller) {
            setTimeout(() => {
              controller.enqueue("a");
              controller.close();
            }, 2);
          },
        }),
    ).toEmitMarbles("--(a|)");
  });

  it("accepts asymmetric matchers as values", async () => {
    await expectAsync(of({ id: 1, name: "ann" })).toEmitMarbles("(a|)", { a: jasmine.objectContaining({ id: 1 }) });
  });

  it("fails with both diagrams, at the line of the expectation", async () => {
    const [outcome] = await inner(() => {
      beforeEach(addMarbleMatchers);
      it("is expected", async () => {
        await expectAsync(interval(2).pipe(take(2))).toEmitMarbles("--a--(b|)", { a: 0, b: 1 });
      });
    });
    expect(outcome?.messages[0]).toMatch(/^observable 1 differs from its diagram at t=5/);
    expect(outcome?.messages[0]).toMatch(/expected +--a-- +\(b\|\)\n +actual +--a-\(b\|\)/);
    expect(outcome?.messages.length).toBe(1);
    expect(outcome?.stack).toContain("marble-matchers.spec.ts");
  });

  it("may be negated, and says so when that fails", async () => {
    await expectAsync(of("a")).not.toEmitMarbles("a");
    await expectAsync(() => sleep(1)).not.toEmitMarbles("--|");
    expect(await failureOf(() => expectAsync(of("a")).not.toEmitMarbles("(a|)"))).toBe(
      "Expected the source not to emit these marbles, and it does:\n  (a|)",
    );
  });

  it("is no match for other errors, negated or not", async () => {
    const wrongs: [() => unknown, RegExp][] = [
      [() => expectAsync(of(1)).toEmitMarbles("a(b"), /^MarbleSyntaxError: /],
      [() => expectAsync(of(1)).not.toEmitMarbles("a(b"), /^MarbleSyntaxError: /],
      [() => expectAsync(Promise.resolve(1)).toEmitMarbles("a"), /^TypeError: Cannot play a promise .+: .+; .+/],
      [() => expectAsync(Promise.resolve(1)).not.toEmitMarbles("a"), /^TypeError: Cannot play a promise .+: .+; .+/],
      [() => expectAsync(3 as never).toEmitMarbles("a"), /^TypeError: Cannot play 3: .+; .+/],
      [
        () =>
          expectAsync(() => {
            throw new RangeError("no");
          }).not.toEmitMarbles("a"),
        /^RangeError: no/,
      ],
    ];
    for (const [wrong, message] of wrongs) expect(await failureOf(wrong)).toMatch(message);
  });

  it("takes turns when several play at once", async () => {
    const log: unknown[] = [];
    const late = (n: number) =>
      expectAsync(async () => {
        await sleep(n);
        log.push(n);
      }).toEmitMarbles(`${String(n)}ms |`);
    await Promise.all([late(30), late(20), late(10)]);
    expect(log).toEqual([30, 20, 10]);
  });

  it("refuses to play inside of another virtual time", async () => {
    const failure = await failureOf(() =>
      new VirtualTime().run(async () => {
        await expectAsync(of(1)).toEmitMarbles("(a|)");
      }),
    );
    expect(failure).toMatch(/^UsageError: Cannot capture the globals here: /);
  });
});

describe("MarbleRecorder", () => {
  mayWait("it is about real clocks, and about what takes too long on them");
  beforeEach(addMarbleMatchers);

  it("notes what happens, on the clock of its run", async () => {
    await new VirtualTime().run(async () => {
      await sleep(10);
      const seen = new MarbleRecorder<number>();
      interval(2).pipe(take(2)).subscribe(seen);
      const failed = new MarbleRecorder();
      throwError(() => "no").subscribe(failed);
      await taskGroup(() => sleep(5));
      expect(seen).toMatchMarbles("--a-(b|)", { a: 0, b: 1 });
      expect(failed).toMatchMarbles("#", {}, "no");
    });
  });

  // Really waits 20 ms: a timer of the host is from elsewhere.
  it("goes on when it is asked from elsewhere", async () => {
    const seen = await run(
      () => {
        const recorder = new MarbleRecorder<string>();
        setTimeout(recorder.next, 0, "a");
        return sleep(20).pipe(map(() => recorder));
      },
      { backend: "native" },
    );
    expect(seen.moments.length).toBe(1);
  });
});

describe("the matchers", () => {
  it("are objects for jasmine.addMatchers and jasmine.addAsyncMatchers", async () => {
    jasmine.addMatchers(marbleMatchers);
    jasmine.addAsyncMatchers(marbleAsyncMatchers);
    expect(recorded).toMatchMarbles("--a-|");
    await expectAsync(of("a")).toEmitMarbles("(a|)");
  });

  it("need jasmine", () => {
    const globals = globalThis as unknown as { jasmine: unknown };
    const { jasmine } = globals;
    try {
      globals.jasmine = undefined;
      expect(addMarbleMatchers).toThrowError(UsageError, /^Cannot .+: .+; .+/);
    } finally {
      globals.jasmine = jasmine;
    }
  });
});
