/**
 * Drawing: the diagram that reads back to given moments.
 *
 * @module
 */

import { layout, type Row, type Stop } from "./layout.ts";
import { Letters } from "./letters.ts";
import type { Moment } from "./moment.ts";

/** The longest time that is drawn as dashes, in ms. */
const DASHES = 20;

/**
 * A diagram that reads back to `moments`.
 *
 * What RxJS cannot write down has an instant: `(ab) @1ms c`. Times before 0 have the zero point behind them.
 *
 * @param moments - In the order in which they happened.
 * @param letters - The letters of values, and afterwards those that had to be chosen. Default: a string of one character is its own letter.
 * @example
 * draw([{ time: 2, kind: "next", value: "a" }, { time: 503, kind: "complete" }]); // => "--a 500ms |"
 */
export function draw(moments: readonly Moment[], letters: Letters = new Letters()): string {
  return drawMarks(
    moments,
    moments.map((moment) => markOf(moment, letters)),
  );
}

/** A diagram that shows `moments` by `marks`. */
export function drawMarks(moments: readonly Moment[], marks: readonly string[]): string {
  const options = { dashes: DASHES, apart: needRoom(marks), zero: !isSubscription(moments) };
  const segments = layout([rowOf(moments, marks)], options);
  const text = segments.map(({ pieces }) => pieces[0]).join("");
  return text.trim() === "" ? "-" : text.trim();
}

/** Whether `moments` are drawn with `^` and `!`, so that `^` cannot be the zero point. */
export function isSubscription(moments: readonly Moment[]): boolean {
  return moments.some(({ kind }) => kind === "subscribe" || kind === "unsubscribe");
}

/** The character for a moment. */
export function markOf(moment: Moment, letters: Letters): string {
  switch (moment.kind) {
    case "next":
      return letters.of(moment.value);
    case "error":
      return "#";
    case "complete":
      return "|";
    case "subscribe":
      return "^";
    case "unsubscribe":
      return "!";
  }
}

/** A row that shows `moments` by `marks`. */
export function rowOf(moments: readonly Moment[], marks: readonly string[]): Row {
  const stops = new Map<number, string[]>();
  for (const [i, { time }] of moments.entries()) {
    const stop = stops.get(time);
    if (stop === undefined) stops.set(time, [marks[i]!]);
    else stop.push(marks[i]!);
  }
  return [...stops].map(([time, at]): Stop => ({ time, marks: at })).sort((a, b) => a.time - b.time);
}

/** Whether letters beside one another could be read as a time word. */
export function needRoom(marks: readonly string[]): boolean {
  return marks.some((mark) => /\d/.test(mark)) && marks.some((mark) => /[\p{L}.]/u.test(mark));
}
