/**
 * The caller: the task that calls a method which is no operation, and so is given no scope.
 *
 * @module
 */

import { isLost, plainScope, scopeHere } from "../kernel/here.ts";
import type { Owner } from "../kernel/holding.ts";

/** The task that runs this code; `null` where the host cannot tell. */
export function callerHere(): Owner | null {
  const scope = plainScope();
  if (scope !== null) return scope._task;
  return isLost() ? null : scopeHere(call)._task;
}

/** How messages call `task`. */
export function titleOf(task: Owner): string {
  return task._nobody ? "code outside of any run" : `the task "${task.name}"`;
}

function call(): string {
  return "a call of a lock, a limiter or a condition";
}
