/**
 * Claims: who consumes a receive end. One consumer each: whoever is done first closes it, under the feet of the other.
 *
 * @module
 */

import { UsageError } from "../base/errors.ts";
import { shown } from "../kernel/checks.ts";
import { MemoryObjectReceiveStream } from "../stream/memory-object-stream.ts";

const consumers: WeakMap<object, string> = /* @__PURE__ */ new WeakMap<object, string>();

/**
 * Claims all of `inputs` for `consumer`, or none.
 *
 * @param action - What is to be done, such as `run the stage "filter" on`.
 * @throws {TypeError} When one of them is no receive stream.
 * @throws {UsageError} When one of them is claimed, or there twice.
 */
export function claim(consumer: string, action: string, inputs: readonly unknown[]): void {
  inputs.forEach((input, i) => {
    if (!(input instanceof MemoryObjectReceiveStream)) {
      throw new TypeError(
        `Cannot ${action} ${shown(input)}: it is no receive stream; pass one, such as what toStream() makes of other things`,
      );
    }
    const other = inputs.indexOf(input) < i ? consumer : consumers.get(input);
    if (other === undefined) return;
    const title = input.name === "" ? "a receive end" : `a receive end of "${input.name}"`;
    throw new UsageError(
      `Cannot ${action} ${title}: ${other} receives from it already; pass a clone() of it, so that both share its items, or use broadcast(), so that each has all of them`,
    );
  });
  for (const input of inputs) consumers.set(input as object, consumer);
}
