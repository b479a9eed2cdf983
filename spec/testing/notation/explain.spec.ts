import fc from "fast-check";
import { deepEqual } from "../../../src/testing/notation/deep-equal.ts";
import { explain } from "../../../src/testing/notation/explain.ts";
import { MarbleError } from "../../../src/testing/notation/marble-error.ts";
import type { MarbleMismatch, Subject } from "../../../src/testing/notation/mismatch.ts";
import type { Diagram, Moment } from "../../../src/testing/notation/moment.ts";
import { parseMarbles } from "../../../src/testing/notation/parse-marbles.ts";
import { parseSubscription } from "../../../src/testing/notation/parse-subscription.ts";
import { expectToHold } from "./properties.ts";

const JOBS: Subject = { what: "stream", name: "jobs" };

function next(time: number, value: unknown): Moment {
  return { time, kind: "next", value };
}
function complete(time: number): Moment {
  return { time, kind: "complete" };
}
function failed(time: number, error: unknown): Moment {
  return { time, kind: "error", error };
}
function moments(marbles: string): readonly Moment[] {
  return parseMarbles(marbles).moments;
}

function mismatch(expected: Diagram, actual: readonly Moment[], subject: Subject = JOBS): MarbleMismatch {
  const found = explain(subject, expected, actual);
  if (found === null) throw new Error("they are equal");
  return found;
}

/** What differs: the lines of the list, without the drawing. */
function differences(expected: string | Diagram, actual: string | readonly Moment[], subject?: Subject): string[] {
  const diagram = typeof expected === "string" ? parseMarbles(expected) : expected;
  const found = mismatch(diagram, typeof actual === "string" ? moments(actual) : actual, subject);
  return found.differences.flatMap(({ time, text, details }) => [
    `t=${String(time)} ${text}`,
    ...details.map((line) => `  ${line}`),
  ]);
}

/** The lines that begin with a label. */
function row(label: string, text: string): string {
  return text
    .split("\n")
    .find((line) => line.startsWith(`  ${label}`))!
    .slice(12);
}

const VALUES = { a: { id: 1 }, b: { id: 2 }, c: { id: 3, tags: ["x"], owner: { name: "ann" } } };

describe("explain()", () => {
  it("finds nothing where nothing differs", () => {
    expect(
      explain(JOBS, parseMarbles("-a(bc)-#", VALUES, new Error("x")), [
        next(1, { id: 1 }),
        next(2, { id: 2 }),
        next(2, { id: 3, tags: ["x"], owner: { name: "ann" } }),
        failed(7, new Error("x")),
      ]),
    ).toBeNull();
    expect(explain(JOBS, parseMarbles("---"), [])).toBeNull();
    expect(explain(JOBS, parseMarbles("-a|", { a: jasmine.any(Number) }), [next(1, 5), complete(2)])).toBeNull();
    expect(
      explain(JOBS, parseSubscription("^-!"), [
        { time: 0, kind: "subscribe" },
        { time: 2, kind: "unsubscribe" },
      ]),
    ).toBeNull();
  });

  it("overlooks what sums of fractions leave behind, and no more", () => {
    expect(explain(JOBS, parseMarbles("0.3ms a"), [next(0.1 + 0.2, "a")])).toBeNull();
    expect(differences("0.3ms a", [next(0.3001, "a")])).toEqual([
      "t=0.3 missing a: it came 0.0001 ms late, at t=0.3001",
    ]);
  });

  describe("draws", () => {
    const goldens: readonly (readonly [
      title: string,
      subject: Subject,
      expected: Diagram,
      actual: readonly Moment[],
      text: string,
    ])[] = [
      [
        "what is late and what is different",
        JOBS,
        parseMarbles("---a--b-c|", VALUES),
        [
          next(3, { id: 1 }),
          next(7, { id: 2 }),
          next(8, { id: 3, tags: ["x", "y"], owner: { name: "bob" } }),
          complete(9),
        ],
        `stream "jobs" differs from its diagram at t=6 and t=8

  t =             6 8
  expected  ---a--b-c|
  actual    ---a---bA|
                  ^^^

  t=6  missing b: it came 1 ms late, at t=7
  t=8  expected c, got A
         .tags[1]: unexpected "y"
         .owner.name: expected "ann", got "bob"

  where a = {id: 1}
        b = {id: 2}
        c = {id: 3, tags: ["x"], owner: {name: "ann"}}
        A = {id: 3, tags: ["x", "y"], owner: {name: "bob"}}   (not among the expected values)

  to accept what happened: '---a---bA|', with A as above`,
      ],
      [
        "another order",
        { what: "observable", name: "2" },
        parseMarbles("-(abc)-d|"),
        moments("-(acb)-d|"),
        `observable 2 differs from its diagram at t=1

  t =        1
  expected  -(abc)-d|
  actual    -(acb)-d|
               ^^

  t=1  same values, other order: expected (abc), got (acb)

  to accept what happened: '-(acb)-d|'`,
      ],
      [
        "a delay of all that follows",
        { what: "observable", name: "" },
        parseMarbles("a--b--c--d|"),
        moments("a----b--c--d|"),
        `observable differs from its diagram at t=3

  t =          3 5  8 10
  expected  a--b--c--d|
  actual    a----b--c--d|
               ^ ^^ ^^^^^

  t=3  from here on all 4 events came 2 ms late, the first at t=5

  to accept what happened: 'a----b--c--d|'`,
      ],
      [
        "an error instead of the end",
        JOBS,
        parseMarbles("-a-b-|"),
        [next(1, "a"), failed(3, new TypeError("Cannot read jobs of undefined"))],
        `stream "jobs" differs from its diagram at t=3 and t=5

  t =          3 5
  expected  -a-b-|
  actual    -a-#
               ^ ^

  t=3  missing b: the line had failed by then, at t=3
  t=5  failed instead of completing, 2 ms early, at t=3: TypeError: Cannot read jobs of undefined

  to accept what happened: '-a-#', with the error TypeError: Cannot read jobs of undefined`,
      ],
      [
        "that nothing at all happened",
        { what: "probe", name: "sent" },
        parseMarbles("--a-b|"),
        [],
        `probe "sent" differs from its diagram at t=2

  t =         2 4
  expected  --a-b|
  actual    -----
              ^ ^^

  t=2  nothing at all happened

  to accept what happened: '-'`,
      ],
      [
        "numbers where letters were meant",
        { what: "observable", name: "1" },
        parseMarbles("(12|)"),
        [next(0, 1), next(0, 2), complete(0)],
        `observable 1 differs from its diagram at t=0

  t =       0
  expected  (1 2 |)
  actual    (A B |)
             ^ ^

  t=0  expected 1 = "1", got A = 1
  t=0  expected 2 = "2", got B = 2

  a letter without a value is a string: pass the values { 1: 1, 2: 2 }

  to accept what happened: '(AB|)', with A and B as above`,
      ],
      [
        "long gaps",
        JOBS,
        parseMarbles("-a 500ms b 2s |"),
        moments("-a 500ms b 1999ms #"),
        `stream "jobs" differs from its diagram at t=2503

  t =                          2503
  expected  -a 500ms b 1999ms -|
  actual    -a 500ms b 1999ms #
                              ^^

  t=2503  failed instead of completing, 1 ms early, at t=2502: "error"

  to accept what happened: '-a 500ms b 1999ms #', with the error "error"`,
      ],
      [
        "subscriptions",
        { what: "subscriptions", name: "a-b" },
        parseSubscription("^----!"),
        parseSubscription("^------!").moments,
        `subscriptions of "a-b" differ from their diagram at t=5

  t =            5 7
  expected  ^----!
  actual    ^------!
                 ^ ^

  t=5  unsubscribed 2 ms late, at t=7

  to accept what happened: '^------!'`,
      ],
      [
        "what RxJS cannot write down, groups, and wide letters",
        JOBS,
        parseMarbles("(ab)--🐝|"),
        [next(0, "a"), next(0, "b"), next(1, "🐝"), complete(7)],
        `stream "jobs" differs from its diagram at t=6

  t =                 1     6
  expected  (ab)      --    🐝|
  actual    (ab) @1ms 🐝----- |
                      ^     ^

  t=6  missing 🐝: it came 5 ms early, at t=1

  to accept what happened: '(ab) @1ms 🐝-----|'`,
      ],
    ];
    for (const [title, subject, expected, actual, text] of goldens) {
      it(title, () => {
        expect(String(mismatch(expected, actual, subject))).toBe(text);
      });
    }
  });

  describe("gives the reason of", () => {
    const boom = new Error("boom");
    const cases: readonly (readonly [
      title: string,
      expected: string | Diagram,
      actual: string | readonly Moment[],
      ...lines: string[],
    ])[] = [
      ["a value that never came", "a-b-c|", "a---c|", "t=2 missing b: it never came"],
      ["a value that came early", "a---b|", "a-b--|", "t=4 missing b: it came 2 ms early, at t=2"],
      ["a value too many", "x--x--x|", "x--x-xx|", "t=5 unexpected x: it was expected at t=0, t=3 and t=6 only"],
      ["a value that nobody knows", "a--|", "a-z|", "t=2 unexpected z"],
      ["another value", "a-b|", "a-c|", "t=2 expected b, got c"],
      [
        "another value of a kind",
        parseMarbles("a|", { a: 1 }),
        [next(0, 2), complete(1)],
        "t=0 expected a = 1, got A = 2",
      ],
      [
        "values that changed places",
        "a-b|",
        "b-a|",
        "t=0 missing a: it came 2 ms late, at t=2",
        "t=2 missing b: it came 2 ms early, at t=0",
      ],
      [
        "a group that is spread",
        "(ab|)",
        "ab|",
        "t=0 missing b: it came 1 ms late, at t=1",
        "t=0 completed 2 ms late, at t=2",
      ],
      ["values missing in a group", "(abc)", "(ac)", "t=0 missing b: it never came"],
      [
        "another value and another order",
        "(abc)",
        "(bax)",
        "t=0 other order: expected (abc), got (bax)",
        "t=0 expected c, got x",
      ],
      ["one more in a group", "(cab)", "(bcab)", "t=0 unexpected b: it was expected at t=0 only"],
      ["an end that never came", "a--|", "a", "t=3 never completed"],
      [
        "an early end",
        "a--b|",
        "a-|",
        "t=3 missing b: the line had completed by then, at t=2",
        "t=4 completed 2 ms early, at t=2",
      ],
      ["an end too many", "a---", "a-|", "t=2 completed, where no end was expected"],
      ["an error that never came", parseMarbles("a-#", undefined, boom), "a", "t=2 never failed: expected Error: boom"],
      [
        "an error too many",
        "a---",
        [next(0, "a"), failed(1, boom)],
        "t=1 failed, where no end was expected: Error: boom",
      ],
      ["an early error", "a-#", "a#", "t=2 failed 1 ms early, at t=1"],
      [
        "an end instead of an error",
        parseMarbles("-#", undefined, boom),
        "--|",
        "t=1 completed instead of failing, 1 ms late, at t=2: expected Error: boom",
      ],
      [
        "another error",
        parseMarbles("-#", undefined, boom),
        [failed(2, Object.assign(new Error("bang"), { code: 5 }))],
        "t=1 failed with another error than expected, 1 ms late, at t=2",
        '  .message: expected "boom", got "bang"',
        "  .code: unexpected 5",
      ],
      [
        "the error of who drew none",
        "-#",
        [failed(1, boom)],
        "t=1 failed with another error than expected",
        '  expected "error", got Error: boom',
      ],
      ["a single event of nothing", "--a", [], "t=2 missing a: nothing at all happened"],
      ["what lies before the zero point", "a-^b|", "-b|", "t=-2 missing a: nothing is seen before the zero point"],
      ["ticks of which one is missing", "x-x-x-x|", "x---x-x|", "t=2 missing x: it never came"],
      [
        "ticks that begin late, and come as often",
        "x-x-x-----|",
        "--x-x-x---|",
        "t=0 missing x: it never came",
        "t=6 unexpected x: it was expected at t=0, t=2 and t=4 only",
      ],
      [
        "a drift",
        "a--b--c|",
        "a---b----c|",
        "t=3 missing b: it came 1 ms late, at t=4",
        "t=6 missing c: it came 3 ms late, at t=9",
        "t=7 completed 3 ms late, at t=10",
      ],
    ];
    for (const [title, expected, actual, ...lines] of cases) {
      it(title, () => {
        expect(differences(expected, actual)).toEqual(lines);
      });
    }

    const lines: readonly (readonly [what: string, ...texts: string[]])[] = [
      ["subscriptions", "never subscribed", "never unsubscribed", "unsubscribed 2 ms early, at t=1"],
      ["signal", "never listened to", "never aborted", "aborted 2 ms early, at t=1"],
      ["scope", "never entered", "never cancelled", "cancelled 2 ms early, at t=1"],
    ];
    for (const [what, begun, ended, early] of lines) {
      it(`what happened to a ${what}`, () => {
        const texts = (expected: string, actual: string): string[] =>
          mismatch(parseSubscription(expected), parseSubscription(actual).moments, { what, name: "" }).differences.map(
            ({ text }) => text,
          );
        expect(texts("^--!", "---!")).toEqual([begun!]);
        expect(texts("^--!", "^")).toEqual([ended!]);
        expect(texts("---!", "-!")).toEqual([early!]);
      });
    }
  });

  it("says of a scope that it was left, and when it was cancelled before", () => {
    const expected: Diagram = { moments: [{ time: 2, kind: "unsubscribe" }, complete(5)], origin: 0, length: 6 };
    const actual: readonly Moment[] = [{ time: 2, kind: "unsubscribe" }, complete(7)];
    expect(String(mismatch(expected, actual, { what: "scope", name: "request" })))
      .toBe(`scope "request" differs from its diagram at t=5

  t =            5 7
  expected  --!--|
  actual    --!----|
                 ^ ^

  t=5  left 2 ms late, at t=7

  to accept what happened: '--!----|'`);
    expect(differences(expected, actual.slice(0, 1), { what: "scope", name: "" })).toEqual(["t=5 never left"]);
  });

  it("counts what is missing in a row, and what was not expected", () => {
    expect(String(mismatch(parseMarbles("a-b-c-d-e-f-g|"), moments("a-|")))).toContain(`
  t=2   missing b: the line had completed by then, at t=2
  t=4   missing c: the line had completed by then, at t=2
  t=6   missing d: the line had completed by then, at t=2
  t=8   3 more are missing, up to t=12
  t=13  completed 11 ms early, at t=2
`);
    expect(String(mismatch(parseMarbles("a"), moments("abcdefg")))).toContain(`
  t=4  3 more were not expected, up to t=6
`);
  });

  it("explains a default error", () => {
    expect(String(mismatch(parseMarbles("-#"), [failed(1, new Error("boom"))]))).toContain(
      '\n  a "#" without an error is the string "error": pass the error after the values\n',
    );
  });

  it("has the error that nobody expected", () => {
    const boom = new Error("boom");
    expect(mismatch(parseMarbles("-|"), [failed(1, boom)]).failure).toBe(boom);
    expect(mismatch(parseMarbles("--#", undefined, new Error("boom")), [failed(1, boom)]).failure).toBeUndefined();
    expect(mismatch(parseMarbles("-|"), moments("--|")).failure).toBeUndefined();
  });

  it("copes with what does not let itself be looked at", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const found = mismatch(parseMarbles("a#", { a: proxy }), [next(0, {}), next(0, proxy), failed(1, proxy)]);
    expect(found.differences.map(({ kind }) => kind)).toEqual(["unexpected", "different"]);
    expect(new MarbleError([found]).cause).toBeUndefined();
  });

  it("is data, too", () => {
    const { subject, expected, actual, differences } = mismatch(parseMarbles("a-b-c|", { a: 1, b: 2, c: [3] }), [
      next(0, 1),
      next(3, 2),
      next(4, [4]),
      complete(5),
    ]);
    expect({ subject, expected, actual, differences }).toEqual({
      subject: JOBS,
      expected: "a-b-c|",
      actual: "a--bA|",
      differences: [
        { time: 2, kind: "late", text: "missing b: it came 1 ms late, at t=3", details: [] },
        { time: 4, kind: "different", text: "expected c, got A", details: ["[0]: expected 3, got 4"] },
      ],
    });
  });

  describe("chooses letters:", () => {
    it("those of equal values, also of values that the diagram does not show", () => {
      const found = mismatch(parseMarbles("a|", { a: { n: 1 }, b: { n: 2 } }), [
        next(0, { n: 2 }),
        next(1, { n: 1 }),
        complete(2),
      ]);
      expect(found.actual).toBe("ba|");
    });

    it("that of the expected value where two would do", () => {
      const found = mismatch(parseMarbles("ab-|", { a: jasmine.any(Number), b: jasmine.any(Number) }), [
        next(0, 1),
        next(1, 5),
        complete(2),
      ]);
      expect(found.actual).toBe("ab|");
    });

    it("small ones for expected values that were not drawn", () => {
      const found = mismatch({ moments: [next(0, { n: 1 }), complete(1)], origin: 0, length: 2 }, [
        next(0, { n: 2 }),
        complete(1),
      ]);
      expect([found.expected, found.actual]).toEqual(["a|", "A|"]);
    });

    it("those of the diagram, also where its values were replaced", () => {
      const { letters, values, length, origin } = parseMarbles("x-y|", { x: 1, y: 2 });
      const found = mismatch(
        { moments: [next(0, "one"), next(2, "two"), complete(3)], letters, values, length, origin },
        [next(0, "one"), complete(3)],
      );
      expect([found.expected, found.actual]).toEqual(["x-y|", "x--|"]);
    });

    it("none that is taken", () => {
      const found = mismatch(parseMarbles("A|", { A: 1, B: 2 }), [next(0, 3), complete(1)]);
      expect(found.actual).toBe("C|");
    });
  });

  it("explains the letters that differ before the others", () => {
    const letters = Array.from("abcdefghijklmnopqr");
    const values = Object.fromEntries(letters.map((letter, i) => [letter, { i }]));
    const actual = letters.map((_, i) => next(i, { i: i === 17 ? 99 : i }));
    const text = String(mismatch(parseMarbles(letters.join(""), values), actual));
    expect(text).toContain("  where a = {i: 0}\n");
    expect(text).toContain(
      "        r = {i: 17}\n        A = {i: 99}   (not among the expected values)\n        and 7 more\n",
    );
  });

  describe("keeps long lines readable:", () => {
    const long = Array.from({ length: 400 }, (_, i) => next(2 * i, "abcdefghij"[i % 10]));
    const diagram: Diagram = { moments: long, origin: 0, length: 800 };

    it("hundreds of events, two of which differ", () => {
      const actual = long.map((moment, i) =>
        i === 100 ? next(moment.time, "z") : i === 300 ? next(moment.time + 1, "a") : moment,
      );
      expect(String(mismatch(diagram, actual))).toBe(
        `stream "jobs" differs from its diagram at t=200 and t=600

  t =                       200                              600
  expected  … d-e-f-g-h-i-j-a-b-c-d-e-f-g-h- … d-e-f-g-h-i-j-a-b-c-d-e-f-g-h- …
  actual    … d-e-f-g-h-i-j-z-b-c-d-e-f-g-h- … d-e-f-g-h-i-j--ab-c-d-e-f-g-h- …
                            ^                                ^^

  t=200  expected a, got z
  t=600  missing a: it came 1 ms late, at t=601

  to accept what happened: see "actual" of this mismatch`,
      );
    });

    it("hundreds of events that all differ", () => {
      const lines = String(
        mismatch(
          diagram,
          long.map((moment) => next(moment.time, [moment.time])),
        ),
      ).split("\n");
      expect(lines.length).toBeLessThan(45);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(125);
      expect(lines).toContain("  and 392 more");
      expect(lines).toContain("        and 388 more");
    });

    it("one group of hundreds", () => {
      const group = (at: number, letter: string): string => `(${"a".repeat(at)}${letter}${"a".repeat(300 - at)}|)`;
      const text = String(mismatch(parseMarbles(group(150, "a")), moments(group(150, "z"))));
      expect(row("expected", text)).toMatch(/^… a{28} …$/);
      expect(row("actual", text)).toMatch(/^… a{14}za{13} …$/);
      expect(row("t =", text).trim()).toBe("0");
    });

    it("thousands of events", () => {
      const many = Array.from({ length: 5_000 }, (_, i) => next(i, { i }));
      const other = many.map((moment, i) => (i % 7 === 0 ? next(moment.time, { i: -i - 1 }) : moment));
      expect(mismatch({ moments: many, origin: 0, length: 5_000 }, other).differences.length).toBe(715);
    });
  });

  describe("of random lines", () => {
    const time = fc.oneof(
      fc.integer({ min: 0, max: 15 }),
      fc.integer({ min: 0, max: 400 }),
      fc.constantFrom(0.5, 2.25, 3.125),
    );
    const value = fc.oneof(
      fc.constantFrom<unknown>("a", "b", "c", "x", "1", "s"),
      fc.integer({ min: 0, max: 3 }),
      fc.record({ n: fc.nat(2) }),
    );
    const line = fc
      .tuple(fc.array(fc.tuple(time, value), { maxLength: 6 }), fc.constantFrom("", "|", "#"), fc.nat(3))
      .map(([events, end, gap]): readonly Moment[] => {
        const all = events.map(([at, item]) => next(at, item)).sort((a, b) => a.time - b.time);
        const last = (all.at(-1)?.time ?? 0) + gap;
        return end === "" ? all : [...all, end === "|" ? complete(last) : failed(last, "error")];
      });
    const changed = fc.tuple(line, line, fc.nat(6)).map(([a, b, at]): [readonly Moment[], readonly Moment[]] => [
      a,
      // Mostly alike: that is what failing tests are.
      [...a.slice(0, at), ...b.slice(at)]
        .sort((x, y) => x.time - y.time)
        .filter((m, i, all) => i === 0 || all[i - 1]!.kind === "next" || m.kind === "next"),
    ]);

    it("says null if and only if they are equal", () => {
      expectToHold(
        fc.property(changed, ([expected, actual]) => {
          const found = explain(JOBS, { moments: expected, origin: 0, length: 0 }, actual);
          throwUnless(found === null).toBe(deepEqual(expected, actual));
          if (found !== null) throwUnless(found.differences.length).toBeGreaterThan(0);
        }),
        1_000,
      );
    });

    it("draws rows that read back, and points at something", () => {
      const ended = (all: readonly Moment[]): boolean => all.slice(0, -1).every(({ kind }) => kind === "next");
      expectToHold(
        fc.property(changed, ([expected, actual]) => {
          if (!ended(expected) || !ended(actual)) return;
          const found = explain(JOBS, { moments: expected, origin: 0, length: 0 }, actual);
          if (found === null) return;
          const text = String(found);
          const lines = text.split("\n");
          const rows = [row("expected", text), row("actual", text)].map((one) => (one.trim() === "" ? "-" : one));
          if (rows.some((one) => one.includes("…"))) return; // Too wide for a line, and so cut: for people only.
          const times = (all: readonly Moment[]): string[] => all.map(({ kind, time: at }) => `${kind}@${String(at)}`);
          throwUnless(rows.map((one) => times(parseMarbles(one).moments))).toEqual([times(expected), times(actual)]);
          const carets = lines[lines.findIndex((one) => one.startsWith("  actual")) + 1]!.slice(12);
          throwUnless(carets.trim()).toMatch(/^[\^ ]+$/);
          for (const [i, mark] of Array.from(carets).entries()) {
            if (mark === "^") throwUnless(rows.some((one) => /[^-\s()]/.test(one[i] ?? ""))).toBe(true);
          }
          throwUnless(times(parseMarbles(found.actual).moments)).toEqual(times(actual));
        }),
        1_000,
      );
    });

    it("accepts what it says would be accepted", () => {
      expectToHold(
        fc.property(line, line, (expected, actual) => {
          const found = explain(JOBS, { moments: expected, origin: 0, length: 0 }, actual);
          if (found === null) return;
          const values = Object.fromEntries(
            parseMarbles(found.actual).moments.flatMap(({ kind }, i) => {
              const moment = actual[i]!;
              return kind === "next" && moment.kind === "next"
                ? [[parseMarbles(found.actual).letters![i], moment.value]]
                : [];
            }),
          ) as Record<string, unknown>;
          throwUnless(explain(JOBS, parseMarbles(found.actual, values), actual)).toBeNull();
        }),
        1_000,
      );
    });
  });
});
