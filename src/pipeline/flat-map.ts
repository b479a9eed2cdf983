/**
 * @module
 */

import { checkedBody } from "../kernel/checks.ts";
import { isGeneratorFunction } from "../kernel/frame.ts";
import { Operation, type OperationGenerator } from "../kernel/operation.ts";
import { operation } from "../kernel/work.ts";
import { MemoryObjectReceiveStream } from "../stream/memory-object-stream.ts";
import { type AnyItems, eachItem } from "../tasks/each-item.ts";
import { checkedPulled } from "./checks.ts";
import { eachReceived } from "./each-received.ts";
import { type StageOptions, streamOf, type StreamStage } from "./stage.ts";

/**
 * A stage that makes several items of each, one after the other.
 *
 * @param fn - Gives the items: an iterable, an async iterable or a receive stream, or a promise or operation of one. A generator function gives what
 * it yields.
 * @throws {TypeError} When `fn` is no function, or gives no items.
 * @example
 * import { collect, flatMap, pipeline } from "anyrx/pipeline";
 * await pipeline(["a b", "c"], flatMap((line) => line.split(" ")), collect()); // => ["a", "b", "c"]
 * @source RxJS `concatMap`.
 */
export function flatMap<A, B>(
  fn: (item: A, index: number) => AnyItems<B> | PromiseLike<AnyItems<B>>,
  options: StageOptions = {},
): StreamStage<A, B> {
  checkedBody("make several items of each", fn, "(item) => item.parts");
  // An async function may wait for operations of ours, so it is run as a body; what a generator function yields is what is wanted.
  const made = isGeneratorFunction(fn) ? null : operation((item: A, index: number) => boxed(fn(item, index)));
  return (input) =>
    streamOf<B>("flatMap", options, [input], function* (out) {
      let index = 0;
      yield* eachReceived(input, function* (item) {
        const items = made === null ? fn(item, index++) : (yield* made(item, index++)).items;
        try {
          yield* eachItem(
            checkedPulled("flatten", items as AnyItems<B>),
            function* (each): OperationGenerator<boolean> {
              yield* out.send.send(each);
              out.sent++;
              return true;
            },
          );
        } finally {
          if (items instanceof MemoryObjectReceiveStream) items.close();
        }
      });
    });
}

interface Boxed {
  readonly items: unknown;
}

/** In a box, what could be taken for a body of another style is left alone. */
function boxed(made: unknown): Boxed | PromiseLike<Boxed> {
  if (made instanceof Operation || typeof (made as { then?: unknown } | null | undefined)?.then === "function")
    return (made as PromiseLike<unknown>).then((items) => ({ items }));
  return { items: made };
}
