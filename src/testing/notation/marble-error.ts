/**
 * The error of a marble test: everything that was not as it was drawn.
 *
 * @module
 */

import { branded, type Guard, guardOf } from "../../base/brand.ts";
import { isError } from "./hidden-state.ts";
import { called, isMany, listed, type MarbleMismatch } from "./mismatch.ts";

/** How many lines of time are named in the first line. */
const MOST_NAMED = 3;

/** What happened is not what was drawn. */
export class MarbleError extends Error {
  static {
    branded(this, "MarbleError");
  }
  /** What differs, one for each line of time. */
  declare readonly mismatches: readonly MarbleMismatch[];
  /** The expected diagrams, a line each: for the comparison that test runners make by themselves. */
  declare readonly expected: string;
  /** What happened, likewise. */
  declare readonly actual: string;

  /**
   * @param options - Its `cause` is, when left out, the first error that came unexpectedly.
   */
  constructor(mismatches: readonly MarbleMismatch[], options?: ErrorOptions) {
    const failure = mismatches.find((mismatch) => isError(mismatch.failure))?.failure;
    // An error that nobody expected says more than where on the line it came: its stack leads to the fault.
    super(textOf(mismatches), options ?? (failure === undefined ? undefined : { cause: failure }));
    // Not enumerable: test runners that list the properties of an error would repeat the message.
    Object.defineProperties(this, {
      mismatches: { value: mismatches, writable: true, configurable: true },
      expected: { value: mismatches.map(({ expected }) => expected).join("\n"), writable: true, configurable: true },
      actual: { value: mismatches.map(({ actual }) => actual).join("\n"), writable: true, configurable: true },
    });
  }
}

/** Whether `error` is a {@link MarbleError}. */
export const isMarbleError: Guard<MarbleError> = /* @__PURE__ */ guardOf<MarbleError>("MarbleError");

function textOf(mismatches: readonly MarbleMismatch[]): string {
  const names = mismatches.map(({ subject }) => called(subject));
  const [only] = mismatches;
  if (only !== undefined && mismatches.length === 1) {
    const [heading = "", ...lines] = String(only).split("\n");
    const [name = ""] = names;
    const state = isMany(only.subject) ? "they" : "it";
    return [`Cannot accept ${name}: ${state}${heading.slice(name.length)}; compare the rows`, ...lines].join("\n");
  }
  const more = names.length - MOST_NAMED;
  const named = more > 1 ? [...names.slice(0, MOST_NAMED), `${String(more)} more`] : names;
  const state = `${String(names.length)} diagrams differ, those of ${listed(named)}`;
  return `Cannot accept what happened: ${state}; compare the rows\n\n${mismatches.join("\n\n")}`;
}
