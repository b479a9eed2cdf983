/**
 * Task information: what others are told of a task, in statistics, in trees and by instruments.
 *
 * @module
 */

import { shownByItsString } from "../base/shown-as.ts";

/** What is asked of a task by its {@link TaskInfo}. */
export interface Described {
  readonly id: number;
  readonly parentId: number;
  readonly name: string;
  /** @internal Whether its next wait will throw. */
  readonly _pendingCancellation: boolean;
}

/**
 * Who a task is: for statistics and messages, not a handle.
 *
 * @source AnyIO `TaskInfo`.
 */
export class TaskInfo {
  static {
    shownByItsString(this.prototype);
  }
  /** Counts up from 1 in the order of spawning. */
  readonly id: number;
  /** The id of the task that spawned it; 0 for the main task of a run. */
  readonly parentId: number;
  /** What it is called in messages. */
  readonly name: string;
  /** Weak: who tells of a task must not keep alive what it ended with. */
  private readonly task: WeakRef<Described>;

  /** @internal Use `task.info()`, `currentTask().info()` or `getRunningTasks()`. */
  constructor(task: Described) {
    this.id = task.id;
    this.parentId = task.parentId;
    this.name = task.name;
    this.task = new WeakRef(task);
  }

  /** Whether the task is cancelled, so that its next wait throws: at this moment, not at that of the snapshot. */
  hasPendingCancellation(): boolean {
    return this.task.deref()?._pendingCancellation === true;
  }

  /** `TaskInfo 7 "crawl"`. */
  toString(): string {
    return `TaskInfo ${String(this.id)} "${this.name}"`;
  }
}
