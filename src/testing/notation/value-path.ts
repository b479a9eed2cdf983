/**
 * Paths into a value: where in it something is.
 *
 * @module
 */

import { isPlainKey } from "./shown-value.ts";

/** A way into a value, from its end to its beginning. */
export interface Path {
  /** A property, or what is written for something that is none. */
  readonly key: PropertyKey | { readonly call: string };
  readonly above: Path | null;
}

/** A path as source text, such as `.tags[1]` or `.byName.get("ann").age`. */
export function writtenPath(path: Path | null): string {
  const steps: string[] = [];
  for (let step = path; step !== null; step = step.above) steps.push(writtenKey(step.key));
  return steps.reverse().join("");
}

function writtenKey(key: Path["key"]): string {
  if (typeof key === "object") return key.call;
  if (typeof key === "symbol") return `[${String(key)}]`;
  if (typeof key === "number" || /^(?:0|[1-9]\d*)$/.test(key)) return `[${String(key)}]`;
  return isPlainKey(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
