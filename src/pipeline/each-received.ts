/**
 * The loop of a stage over its input.
 *
 * @module
 */

import { isEndOfStream } from "../base/errors.ts";
import type { OperationGenerator } from "../kernel/operation.ts";
import type { MemoryObjectReceiveStream } from "../stream/memory-object-stream.ts";

/** Stands for the end of a stream. */
export const END: unique symbol = Symbol("end");

/** The next item, or {@link END}. */
export function* nextOf<T>(input: MemoryObjectReceiveStream<T>): OperationGenerator<T | typeof END> {
  try {
    return yield* input.receive();
  } catch (error) {
    if (isEndOfStream(error)) return END;
    throw error;
  }
}

/** Does `each` for one item after the other, until the input ends or `each` gives `false`. */
export function* eachReceived<T>(
  input: MemoryObjectReceiveStream<T>,
  each: (item: T) => OperationGenerator<unknown>,
): OperationGenerator<void> {
  for (;;) {
    let item: T;
    try {
      item = yield* input.receive();
    } catch (error) {
      if (isEndOfStream(error)) return;
      throw error;
    }
    if ((yield* each(item)) === false) return;
  }
}
