/**
 * Last words: an error that is about to end the process, made fit for a host that prints it by its own lights.
 *
 * @module
 */

import { hasBrand, TASK_GROUP_ERROR } from "./brand.ts";
import { hide } from "./error-reader.ts";

/**
 * Leaves of `error` and its causes what Node shows first, the stack, which tells all. What is in `errors` it would show a second time, by its
 * own lights and without the names of the tasks.
 */
export function tellOnce(error: unknown): void {
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
