/**
 * What the running code can ask about itself.
 *
 * @module
 */

import { scopeHere, whoseHere } from "./here.ts";
import type { CancelScope } from "./cancel-scope.ts";
import type { Scope } from "./scope.ts";
import type { Task } from "./task.ts";

/**
 * The innermost cancel scope around the running code. Outside of any run it is the root scope, which cannot be cancelled.
 *
 * @source AnyIO, Trio.
 */
export function currentScope(): CancelScope {
  return scopeHere(() => "currentScope()") as CancelScope;
}

/**
 * The task that runs this code.
 *
 * @example
 * import { currentTask, run, taskGroup } from "anyrx";
 * await run(() => taskGroup((tg) => tg.startSoon(() => currentTask().name, { name: "worker" }))); // => "worker"
 * @source AnyIO `get_current_task`.
 */
export function currentTask(): Task {
  return whoseHere(() => "currentTask()")._task as Task;
}

/**
 * A reading of the current backend's clock, in ms. The origin is the backend's own: compare readings of one run only.
 *
 * @example
 * import { currentTime, run, sleep } from "anyrx";
 * await run(async () => { await sleep(3600_000); return currentTime(); }, { backend: "virtual" }); // => 3600000
 */
export function currentTime(): number {
  return scopeHere(() => "currentTime()")._engine.backend.now();
}

/** The name of the backend that runs this code; `"native"` outside of any run. */
export function currentBackend(): string {
  return scopeHere(() => "currentBackend()")._engine.backend.name;
}

/**
 * When the current scope will be cancelled at the latest: the earliest deadline around the running code, up to the first shield.
 *
 * `-Infinity` when it is cancelled already, `Infinity` when there is no deadline. In ms on the backend's clock.
 *
 * @example
 * import { currentEffectiveDeadline, currentTime, moveOnAfter, run } from "anyrx";
 * await run(() => moveOnAfter(50, () => currentEffectiveDeadline() - currentTime()), { backend: "virtual" }); // => 50
 */
export function currentEffectiveDeadline(): number {
  let earliest = Infinity;
  const innermost = scopeHere(() => "currentEffectiveDeadline()");
  if (innermost._interrupt !== null) return -Infinity;
  for (let scope: Scope | null = innermost; scope !== null; scope = scope._home) {
    // A softly shielded part has until the end of the grace.
    if (scope._own !== null) earliest = Math.min(earliest, scope._own._graceEnd);
    earliest = Math.min(earliest, scope.deadline);
    if (scope.shield === true) break;
  }
  return earliest;
}
