/**
 * Diagrams of values: what an observable, a stream or a promise does.
 *
 * @module
 */

import { shown } from "../../kernel/checks.ts";
import { MarbleSyntaxError } from "./marble-syntax-error.ts";
import type { Diagram, Moment } from "./moment.ts";
import { type Mark, readMarks } from "./read-marks.ts";

/**
 * What a diagram says: the values, and the end, each with its time.
 *
 * | drawn | means | takes |
 * | --- | --- | --- |
 * | `a`, any character but these | the value that `values` has for it, or the character itself | 1 ms |
 * | `-` | time passes | 1 ms |
 * | `\|`, `#` | the end; the end by an error. No value may follow | 1 ms |
 * | `(ab)` | everything in it happens when it opens; dashes in it only take room | its length |
 * | `10ms`, `1.5s`, `2m` | time passes | that long |
 * | `@25ms` | the time from the zero point that is reached with it. It may take back what the last events took: `(ab) @1ms c` | – |
 * | `^` | the zero point: what stands before it has negative times | 1 ms |
 * | space, tab, line break | nothing | 0 |
 *
 * A duration has a space, one of the marks, or an end of the diagram on either side. Beside a letter it is refused: `a10ms` could be values.
 *
 * @param marbles - The diagram. A character is a code point, so an emoji is one value.
 * @param values - What letters stand for. When given, it has every letter of the diagram.
 * @param error - What `#` stands for. Default `"error"`.
 * @throws {MarbleSyntaxError} When it breaks a rule; the error points at the column.
 * @throws {TypeError} When `values` is no object.
 * @example
 * parseMarbles("-a 10ms (b|)").moments.map(({ time, kind }) => `${kind}@${time}`); // => ["next@1", "next@12", "complete@12"]
 * parseMarbles("a-(b"); // throws MarbleSyntaxError
 * @source RxJS 7 `TestScheduler.parseMarbles` in run mode. Differs: durations need no spaces where nothing is ambiguous, `^` may follow anything,
 *   `@25ms` is new, a falsy error is kept, and what cannot be meant is refused, such as values after the end or a letter without a value.
 */
export function parseMarbles(
  marbles: string,
  values?: Readonly<Record<string, unknown>>,
  error: unknown = "error",
): Diagram {
  if (values !== undefined && (typeof values !== "object" || (values as unknown) === null)) {
    throw new TypeError(
      `Cannot parse marbles with the values ${shown(values)}: that is no object; pass such as { a: 1 }`,
    );
  }
  const { marks, origin, length } = readMarks(marbles, {
    zero: true,
    groups: true,
    named: (letter) => values !== undefined && letter in values,
    check(mark, refuse) {
      if (mark === "!") refuse('"!" belongs to subscriptions and signals', 'draw "|" for an end, "#" for an error');
      if (values !== undefined && mark !== "|" && mark !== "#" && !(mark in values)) {
        refuse(
          `"${mark}" has no value`,
          `add it to the values ({ ${Object.keys(values).slice(0, 12).join(", ")} }), or draw another letter`,
        );
      }
    },
  });
  checkEnd(marbles, marks);
  const moments = marks.map(({ mark, time }): Moment => {
    if (mark === "|") return { time, kind: "complete" };
    if (mark === "#") return { time, kind: "error", error };
    return { time, kind: "next", value: values === undefined ? mark : values[mark] };
  });
  return { moments, origin, length, letters: marks.map(({ mark }) => mark), values };
}

function checkEnd(marbles: string, marks: readonly Mark[]): void {
  const end = marks.findIndex(({ mark }) => mark === "|" || mark === "#");
  const after = end < 0 ? undefined : marks[end + 1];
  if (after === undefined) return;
  const state = `"${after.mark}" comes after the end, "${marks[end]!.mark}"`;
  throw new MarbleSyntaxError(marbles, after.column, state, "move the end behind it, or leave one of them out");
}
