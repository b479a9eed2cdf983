/**
 * Diagrams of one time.
 *
 * @module
 */

import { MarbleSyntaxError } from "./marble-syntax-error.ts";
import { readMarks } from "./read-marks.ts";

/**
 * The time of the `|`, in ms.
 *
 * @param marbles - Dashes, spaces and time words, and one `|`.
 * @throws {MarbleSyntaxError} When it breaks a rule.
 * @example
 * parseTime("---|"); // => 3
 * parseTime("1.5s |"); // => 1500
 * @source RxJS 7 `RunHelpers.time`. Differs: durations count.
 */
export function parseTime(marbles: string): number {
  const { marks } = readMarks(marbles, {
    zero: false,
    groups: false,
    named: null,
    check(mark, refuse) {
      if (mark !== "|") refuse(`"${mark}" says nothing about a time`, 'draw dashes, or a duration, and a "|"');
    },
  });
  const [end, second] = marks;
  if (end === undefined) {
    throw new MarbleSyntaxError(marbles, Array.from(marbles).length, "no time is marked", 'draw a "|" at its end');
  }
  if (second !== undefined) {
    throw new MarbleSyntaxError(marbles, second.column, "a second time is marked", 'leave one "|" out');
  }
  return end.time;
}
