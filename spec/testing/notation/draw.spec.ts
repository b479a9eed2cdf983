import fc from "fast-check";
import { deepEqual } from "../../../src/testing/notation/deep-equal.ts";
import { draw } from "../../../src/testing/notation/draw.ts";
import { Letters } from "../../../src/testing/notation/letters.ts";
import type { Moment } from "../../../src/testing/notation/moment.ts";
import { parseMarbles } from "../../../src/testing/notation/parse-marbles.ts";
import { parseSubscription } from "../../../src/testing/notation/parse-subscription.ts";
import { expectToHold } from "./properties.ts";

function next(time: number, value: unknown): Moment {
  return { time, kind: "next", value };
}
function complete(time: number): Moment {
  return { time, kind: "complete" };
}

describe("draw()", () => {
  const cases: readonly (readonly [string, readonly Moment[]])[] = [
    ["-", []],
    ["---a--b|", [next(3, "a"), next(6, "b"), complete(7)]],
    ["-(ab)-c#", [next(1, "a"), next(1, "b"), next(6, "c"), { time: 7, kind: "error", error: 5 }]],
    ["a 500ms b 1999ms |", [next(0, "a"), next(501, "b"), complete(2501)]],
    ["a--------------------b 21ms |", [next(0, "a"), next(21, "b"), complete(43)]],
    ["500ms a", [next(500, "a")]],
    ["(ab) @1ms c", [next(0, "a"), next(0, "b"), next(1, "c")]],
    ["a @0.5ms b 0.25ms |", [next(0, "a"), next(0.5, "b"), complete(1.75)]],
    ["a @1.3333333333333333ms b", [next(0, "a"), next(4 / 3, "b")]],
    ["a-^b", [next(-2, "a"), next(1, "b")]],
    ["a--(^b)|", [next(-3, "a"), next(0, "b"), complete(4)]],
    ["@-1.5ms a 0.5ms ^b", [next(-1.5, "a"), next(1, "b")]],
    ["@-3ms (ab) @-2ms c-^", [next(-3, "a"), next(-3, "b"), next(-2, "c")]],
    [
      "^---!",
      [
        { time: 0, kind: "subscribe" },
        { time: 4, kind: "unsubscribe" },
      ],
    ],
    [
      "-(^!)",
      [
        { time: 1, kind: "subscribe" },
        { time: 1, kind: "unsubscribe" },
      ],
    ],
    [
      "@-2ms ^---!",
      [
        { time: -2, kind: "subscribe" },
        { time: 2, kind: "unsubscribe" },
      ],
    ],
    ["1000000000000000000000ms a", [next(1e21, "a")]],
    ["1 0 m s |", [next(0, "1"), next(1, "0"), next(2, "m"), next(3, "s"), complete(4)]],
    ["12-3", [next(0, "1"), next(1, "2"), next(3, "3")]],
  ];
  for (const [text, moments] of cases) {
    it(`draws "${text}"`, () => {
      expect(draw(moments)).toBe(text);
    });
  }

  it("gives letters that stand for themselves, then capitals, and equal values one letter", () => {
    const letters = new Letters();
    const values = [{ id: 1 }, "A", { id: 1 }, "ab", "-", 5, "5", NaN, NaN, 0, -0, undefined];
    expect(
      draw(
        values.map((value, time) => next(time, value)),
        letters,
      ),
    ).toBe("A B A C D E 5 F F G H I");
    expect(letters.record()).toEqual({
      A: { id: 1 },
      B: "A",
      C: "ab",
      D: "-",
      E: 5,
      5: "5",
      F: NaN,
      G: 0,
      H: -0,
      I: undefined,
    });
  });

  it("uses the letters that it is given", () => {
    const letters = new Letters({ a: { id: 1 }, B: 2, tooLong: 3 });
    expect(draw([next(0, { id: 1 }), next(1, "a"), next(2, 2), next(3, 3)], letters)).toBe("aABC");
  });

  it("adds fractions up as who reads it does, column by column", () => {
    const start = 0.0650892357703933;
    const moments = [next(start, "a"), next(start, "b"), next(start + 4 + 0.5, "c"), next(start + 9, "d")];
    expect(parseMarbles(draw(moments)).moments).toEqual(moments);
  });

  it("has letters for 3,000 values, no two the same", () => {
    const letters = new Letters();
    const moments = Array.from({ length: 3_000 }, (_, i) => next(i, i));
    const text = draw(moments, letters);
    expect(new Set(text).size).toBe(3_000);
    expect(parseMarbles(text, letters.record()).moments).toEqual(moments);
  });

  const time = fc.oneof(
    fc.integer({ min: 0, max: 12 }),
    fc.integer({ min: 0, max: 5_000 }),
    fc.integer({ min: 0, max: 200 }).map((n) => n / 10),
    fc.double({ min: 0, max: 1e9, noNaN: true }),
  );
  const early = fc.oneof(time, fc.integer({ min: -30, max: 0 }), fc.double({ min: -5, max: 5, noNaN: true }));
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      "a",
      "b",
      "m",
      "s",
      "1",
      "5",
      ".",
      "@",
      "h",
      "0",
      "-",
      " ",
      "|",
      "^",
      "🐝",
      "é",
      "ab",
      undefined,
      null,
      NaN,
    ),
    fc.integer({ min: -2, max: 9 }),
    fc.record({ id: fc.nat(3) }),
    fc.string(),
  );
  const ending = fc.constantFrom<"" | "complete" | "error">("", "complete", "error");

  function line(
    instants: readonly (readonly [number, unknown])[],
    end: "" | "complete" | "error",
    gap: number,
  ): Moment[] {
    const moments = instants.map(([at, item]) => next(at + 0, item)).sort((a, b) => a.time - b.time);
    const last = (moments.at(-1)?.time ?? 0) + gap;
    if (end === "complete") moments.push(complete(last));
    if (end === "error") moments.push({ time: last, kind: "error", error: 0 });
    return moments;
  }

  for (const [title, times] of [
    ["random moments", time],
    ["moments before the zero point", early],
  ] as const) {
    it(`reads back to ${title}`, () => {
      const gap = fc.constantFrom(0, 0.5, 1, 7, 400);
      expectToHold(
        fc.property(fc.array(fc.tuple(times, value), { maxLength: 10 }), ending, gap, (instants, end, after) => {
          const moments = line(instants, end, after);
          const letters = new Letters();
          const text = draw(moments, letters);
          const read = parseMarbles(text, letters.record(), 0).moments;
          if (!deepEqual(moments, read)) throw new Error(text);
        }),
        1_000,
      );
    });
  }

  it("reads back to random subscriptions", () => {
    expectToHold(
      fc.property(fc.option(early), fc.option(time), (from, length) => {
        const moments: Moment[] = [];
        if (from !== null) moments.push({ time: from + 0, kind: "subscribe" });
        if (length !== null) moments.push({ time: (from ?? 0) + length, kind: "unsubscribe" });
        throwUnless(parseSubscription(draw(moments)).moments).toEqual(moments);
      }),
      1_000,
    );
  });
});
