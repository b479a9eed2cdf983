/**
 * From here to there: operations of ours in Effection.
 *
 * @module
 */

import type { Effect, Operation as EffectionOperation } from "effection";
import { shown } from "../kernel/checks.ts";
import { Operation } from "../kernel/operation.ts";
import type { Ended } from "../kernel/work.ts";
import { Instruction } from "./instruction.ts";

/**
 * An operation of Effection that runs an operation of ours, or a function of any style.
 *
 * Inside an operation of Effection a plain `yield*` of ours does the same. This is for functions, and for combinators of Effection that look for a
 * promise first, such as `call`.
 *
 * *On cancel*: a halt cancels it, and is not done before it has cleaned up, and all that it has left behind. What the cleanup throws is what the
 * halt throws. A `Cancelled` that no halt has ordered is thrown, as Effection throws `Error("halted")` at who waits for a halted task.
 *
 * @param work - The operation, or the function. A function is a task of its own.
 * @throws {TypeError} When it is neither.
 * @example
 * import { run } from "effection";
 * import { sleep } from "anyrx";
 * import { toEffection } from "anyrx/effection";
 * const nap = async () => { await sleep(1); return "rested"; };
 * await run(() => toEffection(nap)); // => "rested"
 * @source Effection `call`. Differs: a halt cancels, and waits.
 */
export function toEffection<T>(work: Operation<T>): EffectionOperation<T>;
export function toEffection<R>(work: () => R): EffectionOperation<Ended<R>>;
export function toEffection(work: Operation<unknown> | (() => unknown)): EffectionOperation<unknown> {
  if (!(work instanceof Operation) && typeof work !== "function") {
    throw new TypeError(
      `Cannot run ${shown(work)} in Effection: it is neither an operation nor a function; pass one, such as () => work()`,
    );
  }
  return {
    *[Symbol.iterator](): Generator<Effect<unknown>, unknown, unknown> {
      const instruction = new Instruction(work);
      let told = false;
      try {
        const value = yield instruction;
        told = true;
        return value;
      } finally {
        if (!told) instruction.forgo();
      }
    },
  };
}
