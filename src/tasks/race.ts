/**
 * Races: the first of several operations to end.
 *
 * @module
 */

import type { Operation } from "../kernel/operation.ts";
import { taskGroup } from "../kernel/task-group.ts";
import type { Task } from "../kernel/task.ts";
import { operation } from "../kernel/work.ts";
import { type Outcome, type Recipe, type Runnable, someRunnables } from "./recipe.ts";

const racing = /* @__PURE__ */ operation(function* race(recipes: readonly Runnable<unknown>[]) {
  const tasks: Task[] = [];
  let won = false;
  let prize: unknown;
  yield* taskGroup(
    function* (tg) {
      const { cancelScope } = tg;
      for (const { name, run } of recipes) {
        const task = tg.startSoon(
          function* () {
            if (cancelScope.cancelCalled) return; // Decided before its turn came: it never begins.
            const value = yield* run();
            if (won) return;
            won = true;
            prize = value;
            tg.cancel("the race is decided");
          },
          { name },
        );
        tasks.push(task);
      }
    },
    { name: "race" },
  );
  // No winner and no error: all of them cancelled themselves. Awaiting a handle says so.
  if (!won) yield* tasks.find(({ status }) => status === "cancelled") as Task;
  return prize;
});

/**
 * Runs everything it is given at the same time, and ends as the first of them that ends: with its value, or failing. The others are cancelled and
 * waited for.
 *
 * One that has not begun when the race is decided never begins. What a loser throws while it cleans up is not dropped: the race fails with it.
 * *Checkpoint*: yes. *On cancel*: all of them are cancelled, and waited for.
 *
 * @param recipes - At least one operation, Observable (it ends when it completes), or function of any style without arguments; one by one, or as
 * one array.
 * @throws {TypeError} When something else is among them, such as a promise.
 * @throws {RangeError} When there is none.
 * @throws {TaskGroupError} When the first to end failed, or a loser did while it cleaned up.
 * @throws {TaskCancelled} When each of them cancelled itself, so that nobody won.
 * @example
 * import { race, sleep, sleepForever } from "anyrx";
 * await race(() => sleepForever(), async () => { await sleep(1); return "first"; }); // => "first"
 * @source RxJS `race`, `Promise.race`. Differs: the first to end wins, not the first to emit; the losers are cancelled, and waited for.
 */
export function race<W extends readonly Recipe[]>(...recipes: W): Operation<Outcome<W[number]>>;
export function race<W extends readonly Recipe[]>(recipes: W): Operation<Outcome<W[number]>>;
export function race(...recipes: readonly unknown[]): Operation<unknown> {
  return racing(someRunnables("race", recipes));
}
