/**
 * The brief text of what was thrown: one short line, for a message that is about something else.
 *
 * @module
 */

import { hasBrand, TASK_GROUP_ERROR } from "./brand.ts";

const LONGEST = 120;

/** The error of a group, as far as its brief text goes. */
interface Group {
  readonly group: string;
  readonly errors: readonly unknown[];
  /** What is in it. Made with the group, so that a tree of groups is not walked again at each of its levels. */
  readonly _told?: string;
}

/** The text of `error` in one line. Anything can be thrown, also what cannot be printed. */
export function brief(error: unknown): string {
  try {
    if (hasBrand(error, TASK_GROUP_ERROR)) return briefGroup(error as Group);
    if (!(error instanceof Error)) return oneLine(String(error));
    const { name, message, code } = error as Error & { code?: unknown };
    const detail = message === "" && typeof code === "string" ? code : message;
    return oneLine(detail === "" ? name : `${name}: ${detail}`);
  } catch {
    return "something that cannot be printed";
  }
}

function briefGroup({ group, errors, _told: told = counted(errors.length) }: Group): string {
  return `TaskGroupError${group === "" ? "" : ` of ${quoted(group)}`} with ${told}`;
}

/** `1 error`, `2 errors`. */
export function counted(errors: number): string {
  return errors === 1 ? "1 error" : `${String(errors)} errors`;
}

/** `text` without its line breaks, and cut where it gets too long. */
export function oneLine(text: string, longest: number = LONGEST): string {
  // Cut first: what is thrown away need not be searched.
  return cut(text.slice(0, 8 * longest).replace(/\s*[\n\r]\s*/g, " "), longest);
}

/** `text`, cut where it gets too long. */
export function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}

/** A name, as messages show it. */
export function quoted(name: string): string {
  return `"${oneLine(name, 80)}"`;
}
