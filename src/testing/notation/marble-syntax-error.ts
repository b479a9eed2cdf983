/**
 * The error of marbles that cannot be read: it points at the column.
 *
 * @module
 */

import { branded, type Guard, guardOf } from "../../base/brand.ts";
import { widthOf } from "./columns.ts";

/** How much of a drawing is shown, in columns, and how much of that before the one that is pointed at. */
const SHOWN = 100;
const BEFORE = 60;

/** Marbles break the rules of their notation. */
export class MarbleSyntaxError extends Error {
  static {
    branded(this, "MarbleSyntaxError");
  }
  /** The marbles, as they were given. */
  readonly marbles: string;
  /** Where it is: the index of the marble, counted in code points from 0. */
  readonly column: number;

  constructor(marbles: string, column: number, state: string, wayOut: string) {
    const { line, before, quoted } = drawn(marbles, column);
    super(`Cannot parse the marbles ${quoted}: ${state}; ${wayOut}\n\n  ${line}\n  ${" ".repeat(before)}^`);
    this.marbles = marbles;
    this.column = column;
  }
}

/** Whether `error` is a {@link MarbleSyntaxError}. */
export const isMarbleSyntaxError: Guard<MarbleSyntaxError> =
  /* @__PURE__ */ guardOf<MarbleSyntaxError>("MarbleSyntaxError");

/** The surroundings of a column in one line, how many columns lie before it, and the whole as messages quote it. */
function drawn(marbles: string, column: number): { line: string; before: number; quoted: string } {
  const all = Array.from(marbles, (letter) => (/\s/.test(letter) ? " " : letter));
  const from = all.length <= SHOWN ? 0 : Math.max(0, Math.min(column - BEFORE, all.length - SHOWN));
  const start = from === 0 ? "" : "… ";
  const end = from + SHOWN < all.length ? " …" : "";
  return {
    line: (start + all.slice(from, from + SHOWN).join("") + end).trimEnd(),
    before: widthOf(start + all.slice(from, column).join("")),
    quoted: `"${all.length <= SHOWN ? all.join("") : `${all.slice(0, SHOWN).join("")}…`}"`,
  };
}
