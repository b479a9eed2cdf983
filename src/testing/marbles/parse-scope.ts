/**
 * Diagrams of scopes: when one is cancelled, and when it is left.
 *
 * @module
 */

import { MarbleSyntaxError } from "../notation/marble-syntax-error.ts";
import type { Diagram, Moment } from "../notation/moment.ts";
import { readMarks } from "../notation/read-marks.ts";

/**
 * What a diagram of `!` (it is cancelled) and `|` (it is left) says. Either may be left out.
 *
 * @param marbles - The diagram: at most one of each, with dashes, spaces, groups and time words.
 * @throws {MarbleSyntaxError} When it breaks a rule.
 * @example
 * parseScope("--!--|").moments; // => [{ time: 2, kind: "unsubscribe" }, { time: 5, kind: "complete" }]
 */
export function parseScope(marbles: string): Diagram {
  const { marks, origin, length } = readMarks(marbles, {
    zero: false,
    groups: true,
    named: null,
    check(mark, refuse) {
      if (mark !== "!" && mark !== "|")
        refuse(`"${mark}" is no part of a scope`, 'draw "!" where it is cancelled and "|" where it is left');
    },
  });
  for (const [i, { mark, column }] of marks.entries()) {
    const before = marks.slice(0, i).map((earlier) => earlier.mark);
    if (!before.includes(mark)) continue;
    const state = `a scope is ${mark === "|" ? "left" : "cancelled"} once, and this is the second "${mark}"`;
    throw new MarbleSyntaxError(marbles, column, state, "draw each scope on a line of its own");
  }
  const moments = marks.map(({ mark, time }): Moment => ({ time, kind: mark === "|" ? "complete" : "unsubscribe" }));
  return { moments, origin, length, letters: marks.map(({ mark }) => mark) };
}
