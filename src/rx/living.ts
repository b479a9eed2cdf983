/**
 * Where a callback goes on that was handed over in one scope and is called later.
 *
 * @module
 */

import { enter } from "../kernel/here.ts";
import type { Scope } from "../kernel/scope.ts";

/** `scope`, or the nearest one around it that is not over; `null` when its run has ended. */
export function living(scope: Scope | null): Scope | null {
  let found = scope;
  while (found?._over === true) found = found._home;
  return found;
}

/** Calls `job(argument)` in what is {@link living} of `scope`, or in none. */
export function callIn<A>(scope: Scope | null, job: (argument: A) => void, argument: A): void {
  const found = living(scope);
  if (found === null) job(argument);
  else enter(found, job, argument);
}
