/**
 * Diagrams of subscriptions, and of whatever begins and ends without a value.
 *
 * @module
 */

import { MarbleSyntaxError } from "./marble-syntax-error.ts";
import type { Diagram, Moment } from "./moment.ts";
import { readMarks } from "./read-marks.ts";

/**
 * What a diagram of `^` (it begins) and `!` (it ends) says. Either may be left out.
 *
 * @param marbles - The diagram: at most one `^`, then at most one `!`, with dashes, spaces, groups and time words as in {@link parseMarbles}.
 * @throws {MarbleSyntaxError} When it breaks a rule.
 * @example
 * parseSubscription("-^ 10ms !").moments; // => [{ time: 1, kind: "subscribe" }, { time: 12, kind: "unsubscribe" }]
 * @source RxJS 7 `TestScheduler.parseMarblesAsSubscriptions`.
 */
export function parseSubscription(marbles: string): Diagram {
  const { marks, origin, length } = readMarks(marbles, {
    zero: false,
    groups: true,
    named: null,
    check(mark, refuse) {
      if (mark !== "^" && mark !== "!") {
        refuse(`"${mark}" is no part of a subscription`, 'draw "^" where it begins and "!" where it ends');
      }
    },
  });
  for (const [i, { mark, column }] of marks.entries()) {
    const before = marks.slice(0, i).map((earlier) => earlier.mark);
    if (before.includes(mark)) {
      const state = `a subscription ${mark === "^" ? "begins" : "ends"} once, and this is the second "${mark}"`;
      throw new MarbleSyntaxError(marbles, column, state, "draw each subscription on a line of its own");
    }
    if (mark === "^" && before.includes("!")) {
      throw new MarbleSyntaxError(marbles, column, "it would end before it begins", 'draw "^" before "!"');
    }
  }
  const moments = marks.map(({ mark, time }): Moment => ({ time, kind: mark === "^" ? "subscribe" : "unsubscribe" }));
  return { moments, origin, length, letters: marks.map(({ mark }) => mark) };
}
