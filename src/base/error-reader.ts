/**
 * The reader: who shows errors that nobody catches, and what it wants of them.
 *
 * @module
 */

import { brandOf, hasBrand } from "./brand.ts";

const TASK_GROUP_ERROR = brandOf("TaskGroupError");

/** A host, as far as errors care. */
export interface ErrorReader {
  /** Whether it takes what has no `stack` of its own for no error. Others show no getter but one that is inherited. */
  readonly ownStacks?: boolean | undefined;
  /** Has `prepare` called with an error that is about to be shown, and with that to end the process. */
  beforeDeath?(prepare: (error: unknown) => void): void;
}

let reader: ErrorReader = {};
let met = false;

/** Says who shows errors. It is asked for nothing before there is an error of a group. */
export function errorsAreReadBy(by: ErrorReader): void {
  reader = by;
  met = false;
}

/** The reader of an error of a group, which is being made. */
export function readerOfErrors(): ErrorReader {
  if (!met) {
    met = true;
    reader.beforeDeath?.(tellOnce);
  }
  return reader;
}

/** Gives `object` properties that logs and copies pass over, as they do those of the built-in errors. */
export function hide(object: object, properties: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(properties)) {
    Object.defineProperty(object, key, { value, writable: true, configurable: true });
  }
}

/**
 * Leaves of `error` and its causes what Node shows first, the stack, which tells all. What is in `errors` it would show a second time, by its
 * own lights and without the names of the tasks.
 */
function tellOnce(error: unknown): void {
  const seen = new Set<unknown>();
  let next = error;
  try {
    while (next instanceof Error && !seen.has(next)) {
      seen.add(next);
      const { cause, stack } = next;
      if (hasBrand(next, TASK_GROUP_ERROR)) {
        hide(next, { stack });
        delete (next as { errors?: unknown }).errors;
        delete next.cause;
      }
      next = cause;
    }
  } catch {
    // A frozen one. It is told twice.
  }
}
