/**
 * Sites, as far as waits care: an error is told where the wait was made that failed with it. See `base/sites.ts`.
 *
 * @module
 */

import { bound } from "./binding.ts";

/** In development mode: tells `error`, which the wait for `operation` failed with, where that was made. */
export function locate(error: unknown, operation: object | null): void {
  if (operation !== null) bound.development?.failed(operation, error);
}
