/**
 * @module
 */

import { checkedBuffer } from "./checks.ts";
import { eachReceived } from "./each-received.ts";
import { type StageOptions, streamOf, type StreamStage } from "./stage.ts";

/**
 * A stage that does nothing but hold `size` items, so that what is before it and what is after it need not keep the same pace.
 *
 * @param size - An integer from 0 to `Infinity`.
 * @throws {RangeError} When `size` is anything else.
 * @example
 * import { buffer, collect, pipeline } from "anyrx/pipeline";
 * await pipeline([1, 2, 3], buffer(2), collect()); // => [1, 2, 3]
 */
export function buffer<T>(size: number, options: Omit<StageOptions, "maxBufferSize"> = {}): StreamStage<T, T> {
  checkedBuffer("make a stage", size);
  return (input) =>
    streamOf<T>("buffer", { ...options, maxBufferSize: size }, [input], function* (out) {
      yield* eachReceived(input, function* (item) {
        yield* out.send.send(item);
        out.sent++;
      });
    });
}
