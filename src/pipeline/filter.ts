/**
 * @module
 */

import { checkedBody } from "../kernel/checks.ts";
import { operation } from "../kernel/work.ts";
import { eachReceived } from "./each-received.ts";
import { type StageOptions, streamOf, type StreamStage } from "./stage.ts";

/**
 * A stage that lets those items pass for which `predicate` gives something true.
 *
 * @param predicate - A function of any style. Called with the item and its index.
 * @throws {TypeError} When `predicate` is no function.
 * @example
 * import { collect, filter, pipeline } from "anyrx/pipeline";
 * await pipeline([1, 2, 3, 4], filter((n) => n % 2 === 0), collect()); // => [2, 4]
 */
export function filter<T, S extends T>(
  predicate: (item: T, index: number) => item is S,
  options?: StageOptions,
): StreamStage<T, S>;
export function filter<T>(predicate: (item: T, index: number) => unknown, options?: StageOptions): StreamStage<T, T>;
export function filter<T>(
  predicate: (item: T, index: number) => unknown,
  options: StageOptions = {},
): StreamStage<T, T> {
  const test = operation(checkedBody("filter items", predicate, "(item) => item.isWanted"));
  return (input) =>
    streamOf<T>("filter", options, [input], function* (out) {
      let index = 0;
      yield* eachReceived(input, function* (item) {
        if (!(yield* test(item, index++))) return;
        yield* out.send.send(item);
        out.sent++;
      });
    });
}
