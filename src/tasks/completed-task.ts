/**
 * Completed tasks: what `asCompleted()` hands over.
 *
 * @module
 */

import { shownByItsString } from "../base/shown-as.ts";
import type { TaskInfo } from "../kernel/task-info.ts";
import type { Task } from "../kernel/task.ts";

/**
 * A task that has ended with a value, or cancelled itself. It tells what its handle tells, but cannot be awaited: JavaScript lets no thenable out of an
 * `await`, so that `await completed.receive()` would give the value of a handle instead of the handle.
 *
 * @source AnyIO `TaskHandle`, as `as_completed` gives it.
 */
export class CompletedTask<T> {
  static {
    shownByItsString(this.prototype);
  }
  /** Which of the recipes it ran, counted from 0. */
  readonly index: number;
  private readonly task: Task<T>;

  /** @internal Use `asCompleted()`. */
  constructor(task: Task<T>, index: number) {
    this.task = task;
    this.index = index;
  }

  /** What it is called in messages: the name of its function, or what its operation does, else its number. */
  get name(): string {
    return this.task.name;
  }

  /** How it ended. */
  get status(): "finished" | "cancelled" {
    return this.task.status as "finished" | "cancelled";
  }

  /**
   * The value it returned.
   *
   * @throws {TaskCancelled} When it cancelled itself.
   */
  get returnValue(): T {
    return this.task.returnValue;
  }

  /**
   * `undefined`: it did not fail.
   *
   * @throws {TaskCancelled} When it cancelled itself. The `Cancelled` it let pass is the `cause`.
   */
  get exception(): unknown {
    return this.task.exception;
  }

  /** Who it is, for statistics and messages. */
  info(): TaskInfo {
    return this.task.info();
  }

  /** `CompletedTask "crawl" (finished)`. */
  toString(): string {
    return `CompletedTask "${this.name}" (${this.status})`;
  }
}
