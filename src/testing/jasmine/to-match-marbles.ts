/**
 * The matcher `toMatchMarbles`: what was recorded, held against a diagram.
 *
 * @module
 */

import { shown } from "../../kernel/checks.ts";
import { explain } from "../notation/explain.ts";
import type { MarbleMismatch } from "../notation/mismatch.ts";
import type { Moment } from "../notation/moment.ts";
import { parseMarbles } from "../notation/parse-marbles.ts";
import type { JasmineMatch, JasmineMatcher } from "./globals.ts";

/** What letters of a diagram stand for. */
export type LetterValues = Readonly<Record<string, unknown>>;

/** Moments, or what has recorded some. */
export type Recorded = readonly Moment[] | { readonly moments: readonly Moment[] };

/** @throws {MarbleSyntaxError} When `marbles` are no diagram, also after `.not`. */
function mismatch(
  actual: unknown,
  marbles: string,
  values: LetterValues | undefined,
  error: unknown,
): MarbleMismatch | null {
  const expected = parseMarbles(marbles, values, error);
  return explain({ what: "recording", name: "" }, expected, momentsOf(actual));
}

/** Made for each expectation, as jasmine wants it. */
export const toMatchMarbles = (): JasmineMatcher => ({
  compare(actual: unknown, marbles: string, values?: LetterValues, error?: unknown): JasmineMatch {
    const found = mismatch(actual, marbles, values, error);
    return found === null ? { pass: true } : { pass: false, message: String(found) };
  },
  negativeCompare(actual: unknown, marbles: string, values?: LetterValues, error?: unknown): JasmineMatch {
    if (mismatch(actual, marbles, values, error) !== null) return { pass: true };
    return { pass: false, message: `Expected the recording not to match these marbles, and it does:\n  ${marbles}` };
  },
});

function momentsOf(actual: unknown): readonly Moment[] {
  const moments = Array.isArray(actual) ? actual : (actual as { moments?: unknown } | null | undefined)?.moments;
  if (Array.isArray(moments) && moments.every(isMoment)) return moments;
  throw new TypeError(
    `Cannot match ${shown(actual)} with marbles: it is no recording; pass moments such as { time: 1, kind: "next", value }, or a MarbleRecorder, or use expectAsync(…).toEmitMarbles()`,
  );
}

function isMoment(moment: unknown): moment is Moment {
  const { time, kind } = (moment ?? {}) as { time?: unknown; kind?: unknown };
  return typeof time === "number" && typeof kind === "string";
}
