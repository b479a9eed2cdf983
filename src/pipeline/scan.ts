/**
 * @module
 */

import { checkedBody } from "../kernel/checks.ts";
import { operation } from "../kernel/work.ts";
import { eachReceived } from "./each-received.ts";
import { type StageOptions, streamOf, type StreamStage } from "./stage.ts";

/**
 * A stage that keeps a state, and sends it after each item.
 *
 * @param fn - A function of any style. Called with the state, the item and its index; what it gives is the next state.
 * @param seed - The state before the first item.
 * @throws {TypeError} When `fn` is no function.
 * @example
 * import { collect, pipeline, scan } from "anyrx/pipeline";
 * await pipeline([1, 2, 3], scan((sum, n) => sum + n, 0), collect()); // => [1, 3, 6]
 * @source RxJS `scan`.
 */
export function scan<T, S>(
  fn: (state: S, item: T, index: number) => S | PromiseLike<S>,
  seed: S,
  options: StageOptions = {},
): StreamStage<T, S> {
  const step = operation(checkedBody("scan items", fn, "(state, item) => state + item"));
  return (input) =>
    streamOf<S>("scan", options, [input], function* (out) {
      let state = seed;
      let index = 0;
      yield* eachReceived(input, function* (item) {
        state = (yield* step(state, item, index++) as ReturnType<typeof step>) as S;
        yield* out.send.send(state);
        out.sent++;
      });
    });
}
