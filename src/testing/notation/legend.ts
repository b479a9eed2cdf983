/**
 * Legends: what the letters of a picture stand for.
 *
 * @module
 */

import type { Letters } from "./letters.ts";
import { shownValue } from "./shown-value.ts";

/** How many letters are explained. */
const MOST = 12;

/**
 * The lines of a legend; none for letters that stand for themselves.
 *
 * @param expected - The letters of the expected row, in the order in which they are drawn.
 * @param actual - Those of the other one.
 * @param first - Those that come first when there are too many.
 */
export function legend(
  letters: Letters,
  expected: readonly string[],
  actual: readonly string[],
  first: readonly string[],
): string[] {
  const all = [...new Set([...expected, ...actual])].filter((letter) => !letters.isLiteral(letter));
  const chosen = new Set(
    [...new Set([...first, ...all])].filter((letter) => !letters.isLiteral(letter)).slice(0, MOST),
  );
  const known = new Set(expected);
  const lines = all
    .filter((letter) => chosen.has(letter))
    .map((letter, i) => {
      const note = known.has(letter) ? "" : "   (not among the expected values)";
      return `${i === 0 ? "where" : "     "} ${letter} = ${shownValue(letters.valueOf(letter))}${note}`;
    });
  const more = all.length - chosen.size;
  return more > 0 ? [...lines, `      and ${String(more)} more`] : lines;
}
