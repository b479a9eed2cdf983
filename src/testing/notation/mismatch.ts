/**
 * Mismatches: a line of time that is not as it was drawn.
 *
 * @module
 */

import { quoted } from "../../base/brief.ts";

/** The subjects that are several things. */
const MANY = "subscriptions";

/** What was compared with a diagram. */
export interface Subject {
  /** What it is, such as `stream`, `observable`, `subscriptions`, `signal`. */
  readonly what: string;
  /** Its name or number; empty when it needs none. */
  readonly name: string;
}

/** What sort of difference it is. */
export type DifferenceKind = "missing" | "unexpected" | "early" | "late" | "different" | "order";

/** One difference between a line of time and its diagram. */
export interface MarbleDifference {
  /** When it was expected, or, where nothing was, when it happened; in virtual ms. */
  readonly time: number;
  readonly kind: DifferenceKind;
  /** What it is, in one line without the time. */
  readonly text: string;
  /** Where the values differ, a line each, such as `.tags[1]: unexpected "y"`. */
  readonly details: readonly string[];
}

/** How a line of time differs from its diagram. */
export interface MarbleMismatch {
  readonly subject: Subject;
  /** What was expected, as a diagram. */
  readonly expected: string;
  /** What happened, as a diagram. Its letters are those of `expected` where the values are. */
  readonly actual: string;
  /** In the order of time. */
  readonly differences: readonly MarbleDifference[];
  /** The error that came unexpectedly; `undefined` when none did. */
  readonly failure: unknown;
  /** Both drawn under one another, with every difference and its reason. */
  toString(): string;
}

/** `subject`, as messages call it: `stream "jobs"`, `observable 2`, `subscriptions of "a-b"`, `signal`. */
export function called({ what, name }: Subject): string {
  if (name === "") return what;
  if (/^\d+$/.test(name)) return `${what} ${name}`;
  return `${what} ${what === MANY ? "of " : ""}${quoted(name)}`;
}

/** Whether the verb of `subject` is that of many. */
export function isMany({ what }: Subject): boolean {
  return what === MANY;
}

/** `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)!}`;
}
