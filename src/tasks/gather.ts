/**
 * Gathering: the values of several operations that run at the same time.
 *
 * @module
 */

import type { Operation } from "../kernel/operation.ts";
import { taskGroup } from "../kernel/task-group.ts";
import type { Task } from "../kernel/task.ts";
import { operation } from "../kernel/work.ts";
import { type Outcome, type Recipe, type Runnable, runnables } from "./recipe.ts";
import { valuesOf } from "./values.ts";

/** What {@link gather} gives: the values, in the order of the recipes. */
export type Gathered<W extends readonly Recipe[]> = { -readonly [K in keyof W]: Outcome<W[K]> };

const gathering = /* @__PURE__ */ operation(function* gather(recipes: readonly Runnable<unknown>[]) {
  const tasks: Task[] = [];
  yield* taskGroup(
    function* (tg) {
      for (const { name, run } of recipes) {
        const task = tg.startSoon(
          function* () {
            return yield* run();
          },
          { name },
        );
        tasks.push(task);
      }
    },
    { name: "gather" },
  );
  return yield* valuesOf(tasks);
});

/**
 * Runs everything it is given at the same time, in a task group, and gives the values in the order of the arguments.
 *
 * When one fails, the others are cancelled and waited for. *Checkpoint*: yes, as the end of a group is; of nothing, it is no cancel point. *On cancel*:
 * all of them are cancelled, and waited for.
 *
 * @param recipes - Operations, Observables (their last value counts), or functions of any style without arguments; one by one, or as one array.
 * @throws {TypeError} When something else is among them, such as a promise.
 * @throws {TaskGroupError} When any of them failed.
 * @throws {TaskCancelled} When one of them cancelled itself, so that it has no value.
 * @example
 * import { gather, sleep } from "anyrx";
 * const slow = async () => {
 *   await sleep(2);
 *   return "slow";
 * };
 * await gather(slow, () => "fast"); // => ["slow", "fast"]
 * @source AnyIO `gather`, RxJS `forkJoin`. Differs: takes functions as well, and waits for what it cancels.
 */
export function gather<W extends readonly Recipe[]>(...recipes: W): Operation<Gathered<W>>;
export function gather<W extends readonly Recipe[] | []>(recipes: W): Operation<Gathered<W>>;
export function gather(...recipes: readonly unknown[]): Operation<unknown> {
  return gathering(runnables("gather", recipes));
}
