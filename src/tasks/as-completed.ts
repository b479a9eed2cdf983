/**
 * Taking tasks as they end: the fastest first.
 *
 * @module
 */

import { isCancelled } from "../base/errors.ts";
import { checkedBody } from "../kernel/checks.ts";
import type { Operation } from "../kernel/operation.ts";
import type { Failure } from "../kernel/scope.ts";
import { taskGroup } from "../kernel/task-group.ts";
import type { Task } from "../kernel/task.ts";
import { type Ended, operation } from "../kernel/work.ts";
import { createMemoryObjectStream, type MemoryObjectReceiveStream } from "../stream/memory-object-stream.ts";
import { CompletedTask } from "./completed-task.ts";
import { sendIfHeard } from "./heard.ts";
import { type Outcome, type Recipe, type Runnable, someRunnables } from "./recipe.ts";

type Stream = MemoryObjectReceiveStream<CompletedTask<unknown>>;

const completing = /* @__PURE__ */ operation(function* asCompleted(
  recipes: readonly Runnable<unknown>[],
  body: (completed: Stream) => Operation<unknown>,
) {
  const [send, completed] = createMemoryObjectStream<CompletedTask<unknown>>(recipes.length, { name: "asCompleted" });
  let running = recipes.length;
  let stray: Failure | null = null;
  try {
    const value = yield* taskGroup(
      function* (tg) {
        for (const [index, { name, run }] of recipes.entries()) {
          tg.startSoon(
            function* (task: Task) {
              // In its last step: whoever receives it goes on later, and finds it ended.
              const hand = (): void => {
                sendIfHeard(send, new CompletedTask(task, index));
                if (--running === 0) send.close();
              };
              let value: unknown;
              try {
                value = yield* run();
              } catch (error) {
                // A failure is not received, but thrown by the group; nor is the stream at its end then.
                if (isCancelled(error)) hand();
                throw error;
              }
              hand();
              return value;
            },
            { name },
          );
        }
        try {
          return yield* body(completed);
        } catch (error) {
          stray = { error };
          throw error;
        } finally {
          tg.cancel("the body of asCompleted() has ended");
        }
      },
      { name: "asCompleted" },
    );
    // What failed, or was cancelled from outside, was thrown by the group. A cancellation that nobody around has ordered was not.
    if (stray !== null) throw (stray as Failure).error;
    return value;
  } finally {
    send.close();
    completed.close();
  }
});

/**
 * Runs everything it is given at the same time, and `body` beside it, with a stream of the tasks in the order in which they end. The stream ends after
 * the last one. Gives the value of `body`; what still runs when that ends is cancelled, and waited for.
 *
 * When a task fails, the others and the body are cancelled. One that cancelled itself is in the stream as well: its `status` says so.
 * *Checkpoint*: where the body waits. *On cancel*: the body and the tasks are cancelled, and waited for.
 *
 * @param recipes - At least one operation, Observable (its last value counts), or function of any style without arguments.
 * @param body - Called with the stream: receive from it, loop over it with `for await`, or subscribe to it.
 * @throws {TypeError} When something else is among the recipes, or `body` is no function.
 * @throws {RangeError} When there is no recipe.
 * @throws {TaskGroupError} When a task or the body failed.
 * @example
 * import { asCompleted, sleep } from "anyrx";
 * const answer = (ms: number) => async () => {
 *   await sleep(ms);
 *   return ms;
 * };
 * await asCompleted([answer(20), answer(1), answer(10)], async (completed) => {
 *   const values: number[] = [];
 *   for await (const task of completed) values.push(task.returnValue);
 *   return values;
 * }); // => [1, 10, 20]
 * @source AnyIO `as_completed`. Differs: takes a body, and its value is the result; a task that failed is not in the stream.
 */
export function asCompleted<W extends Recipe, R>(
  recipes: readonly W[],
  body: (completed: MemoryObjectReceiveStream<CompletedTask<Outcome<W>>>) => R,
): Operation<Ended<R>> {
  const list = someRunnables("asCompleted", [recipes]);
  const run = operation(checkedBody("take tasks as they complete", body, "async (completed) => …"));
  return completing(list, run as (completed: Stream) => Operation<unknown>) as Operation<Ended<R>>;
}
