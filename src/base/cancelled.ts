/**
 * The cancellation: what every wait in a cancelled scope throws.
 *
 * @module
 */

import { branded, brandOf, hasBrand } from "./brand.ts";
import { brief } from "./brief.ts";
import { lowerStackLimit, restoreStackLimit } from "./stack-limit.ts";

const CANCELLED = brandOf("Cancelled");

/**
 * What cancelled a scope: a call of `cancel()`, its deadline, a failure in its group, an `AbortSignal`, a subscriber that unsubscribed, or the end
 * of what it served.
 */
export type CancelSource = "cancel" | "deadline" | "failure" | "signal" | "unsubscribe" | "end";

/** How a scope came to be cancelled. */
export interface CancelDetails {
  /** The name of the scope. */
  readonly scope?: string;
  readonly source?: CancelSource;
  /** Who did it, where that is a task. */
  readonly task?: { readonly id: number; readonly name: string } | null;
  /** Whether to take the stack of the caller. It costs microseconds. */
  readonly traced?: boolean;
}

/**
 * Thrown by every wait in a cancelled scope. Not a failure: let it pass, after cleaning up.
 *
 * One instance serves a whole cancelled scope, so that cancelling 100,000 tasks creates one error. It has no stack; in development mode it has
 * that of who cancelled.
 *
 * @source Trio `Cancelled`. Differs: an `Error`, since JavaScript has no `BaseException`; test with {@link isCancelled}.
 */
export class Cancelled extends Error {
  static {
    branded(this, "Cancelled");
  }
  /** What was given to `cancel(reason)`, if anything. */
  readonly reason: unknown;
  /** What kind of event it was. */
  readonly source: CancelSource;
  /** The task that called `cancel()`, or whose failure did it; `null` when it was none. */
  readonly task: { readonly id: number; readonly name: string } | null;
  // Hidden from whoever prints it. Private fields are: making two that are not enumerable would cost more than the error itself.
  #delivered = false;
  #graceEnd = -Infinity;

  constructor(reason?: unknown, { scope = "", source = "cancel", task = null, traced = false }: CancelDetails = {}) {
    const why = reason === undefined ? "" : ` (${brief(reason)})`;
    const what = scope === "" ? "its scope" : `the scope "${scope}"`;
    const who = task === null || source !== "cancel" ? "" : ` by the task "${task.name}"`;
    // A stack costs microseconds, and that of the waiter would be as good as any.
    const limit = traced ? undefined : lowerStackLimit(0);
    super(`Cannot go on waiting: ${what} was cancelled${who}${why}; clean up and let this error pass`, {
      cause: reason,
    });
    if (!traced) restoreStackLimit(limit);
    this.reason = reason;
    this.source = source;
    this.task = task;
  }

  /** @internal Whether any wait has thrown it. */
  get _delivered(): boolean {
    return this.#delivered;
  }
  set _delivered(delivered: boolean) {
    this.#delivered = delivered;
  }

  /** @internal Until when, on the backend's clock, it leaves softly shielded scopes alone; `-Infinity` when it does not, or no longer. */
  get _graceEnd(): number {
    return this.#graceEnd;
  }
  set _graceEnd(end: number) {
    this.#graceEnd = end;
  }
}

/** Whether `error` is a {@link Cancelled}, of this copy of the library or another. */
export function isCancelled(error: unknown): error is Cancelled {
  return hasBrand(error, CANCELLED);
}
