import fc from "fast-check";
import { drawMarks, rowOf } from "../../../src/testing/notation/draw.ts";
import { layout, type Segment } from "../../../src/testing/notation/layout.ts";
import type { Moment } from "../../../src/testing/notation/moment.ts";
import { parseMarbles } from "../../../src/testing/notation/parse-marbles.ts";
import { expectToHold } from "./properties.ts";

const OPTIONS = { dashes: 20, apart: false, zero: true };

function drawn(segments: readonly Segment[], row: number): string {
  const text = segments.map(({ pieces }) => pieces[row]!).join("");
  return text.trim() === "" ? "-" : text.trimEnd();
}

function laidOut(...rows: readonly string[]): string[] {
  const diagrams = rows.map((row) => parseMarbles(row));
  const segments = layout(
    diagrams.map(({ moments, letters = [] }) => rowOf(moments, letters)),
    OPTIONS,
  );
  return rows.map((_, i) => drawn(segments, i));
}

describe("layout()", () => {
  const cases: readonly (readonly [title: string, first: string, second: string, ...rows: string[]])[] = [
    ["equal instants", "-a-b|", "---b|", "-a-b|", "---b|"],
    ["a group beside single events", "a(bc)d|", "ab-x-d", "a(bc)  d|", "ab-  x-d"],
    ["a row that ended, beside one that did not", "a|", "a----b", "a|", "a----b"],
    ["a row on which nothing happens any more", "a", "a----b", "a----", "a----b"],
    ["a long gap", "-a 500ms b|", "-a 500ms -b", "-a 500ms b|", "-a 500ms -b"],
    ["a long gap behind a group", "(ab) 500ms c", "a 503ms c", "(ab) 500ms c", "a--- 500ms c"],
    [
      "a gap that a group makes short",
      `(ab)${"-".repeat(18)}c`,
      "a 21ms c",
      `(ab)${"-".repeat(18)}c`,
      `a${"-".repeat(21)}c`,
    ],
    ["an instant that has to be named", "(ab) @1ms c", "ac", "(ab) @1ms c", "a         c"],
  ];
  for (const [title, first, second, ...rows] of cases) {
    it(`aligns ${title}`, () => {
      const texts = laidOut(first, second);
      expect(texts).toEqual(rows);
      expect(texts.map((text) => parseMarbles(text).moments)).toEqual(
        [first, second].map((text) => parseMarbles(text).moments),
      );
    });
  }

  it("keeps rows readable, and equal instants under one another", () => {
    const time = fc.oneof(
      fc.integer({ min: -6, max: 12 }),
      fc.integer({ min: 0, max: 300 }),
      fc.constantFrom(0.5, 1.5, 2.25, 1 / 3),
    );
    const row = fc
      .array(fc.tuple(time, fc.constantFrom(...Array.from("abcxyz🐝"))), { maxLength: 8 })
      .map((events) =>
        events.map(([at, value]): Moment => ({ time: at, kind: "next", value })).sort((a, b) => a.time - b.time),
      );
    expectToHold(
      fc.property(row, row, (first, second) => {
        const rows = [first, second].map((moments) =>
          rowOf(
            moments,
            moments.map((moment) => (moment.kind === "next" ? String(moment.value) : "")),
          ),
        );
        const segments = layout(rows, OPTIONS);
        const texts = rows.map((_, i) => drawn(segments, i));
        throwUnless(texts.map((text) => parseMarbles(text).moments)).toEqual([first, second]);
        for (const { time: at, pieces, columns } of segments) {
          // What is marked begins its piece, in each row: a letter, or a group.
          for (const [i, here] of columns.entries()) {
            const marks = here.length;
            if (marks > 0) throwUnless(pieces[i]!.startsWith("(")).toBe(marks > 1);
            if (marks > 0) throwUnless(here[0]).toBe(marks > 1 ? 1 : 0);
          }
          throwUnless(Number.isFinite(at)).toBe(true);
        }
      }),
      1_000,
    );
  });

  it("draws a row alone as draw() does", () => {
    const { moments, letters = [] } = parseMarbles("a-(bc)- 100ms d|");
    const segments = layout([rowOf(moments, letters)], OPTIONS);
    expect(segments.map(({ pieces }) => pieces[0]).join("")).toBe(drawMarks(moments, letters));
  });
});
