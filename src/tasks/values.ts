/**
 * Values of tasks that have ended.
 *
 * @module
 */

import type { OperationGenerator } from "../kernel/operation.ts";
import type { Task } from "../kernel/task.ts";

/**
 * The value of each of `tasks`, which a group has waited for.
 *
 * A task that was cancelled by itself, and not with its group, has none: that is thrown, as awaiting its handle does.
 */
export function* valuesOf<T>(tasks: readonly Task<T>[]): OperationGenerator<T[]> {
  const lost = tasks.find((task) => task.status !== "finished");
  if (lost !== undefined) yield* lost;
  return tasks.map((task) => task.returnValue);
}
