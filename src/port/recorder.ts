/**
 * The recorder port: what the kernel tells whoever watches its tasks.
 *
 * @module
 */

import type { Cancelled } from "../base/cancelled.ts";

/** How a task can end. */
export type TaskOutcome = "finished" | "cancelled" | "failed";

/** What tells who it is: a task. */
export interface Informant {
  info(): object;
}

/**
 * A listener of the library's own, which is shown the things themselves and not what can be said of them. It is told before every instrument, and one
 * that throws is removed, too. Whose group a scope is, and whether it caught its cancellation, is known only when the kernel has gone on.
 */
export interface Recorder {
  /** The scope of a main task, or of a service, belongs to no engine yet. */
  spawned(task: Informant): void;
  started(task: Informant): void;
  blocked(wait: object, task: Informant, on: string): void;
  /** Also of waits that were never blocked, or before anybody was told. What it came to can still be read from it. */
  resumed(wait: object): void;
  exited(task: Informant, outcome: TaskOutcome): void;
  cancelled(scope: { readonly name: string }, cancelled: Cancelled): void;
  opened(scope: object): void;
  closed(scope: object): void;
}
