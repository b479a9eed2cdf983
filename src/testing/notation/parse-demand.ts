/**
 * Diagrams of demand: when a consumer asks for the next item.
 *
 * @module
 */

import { readMarks } from "./read-marks.ts";

/**
 * The times of each `x`, in ms, in order.
 *
 * @param marbles - An `x` for each item that is asked for, `(xx)` for two at once; dashes, spaces and time words between them.
 * @throws {MarbleSyntaxError} When it breaks a rule.
 * @example
 * parseDemand("x--x 10ms (xx)"); // => [0, 3, 14, 14]
 */
export function parseDemand(marbles: string): readonly number[] {
  const { marks } = readMarks(marbles, {
    zero: false,
    groups: true,
    named: null,
    letters: "x",
    check(mark, refuse) {
      if (mark !== "x") refuse(`"${mark}" asks for nothing`, 'draw an "x" where an item is asked for');
    },
  });
  return marks.map(({ time }) => time);
}
