/**
 * Sinks: what stands at the end of a pipeline.
 *
 * @module
 */

import { isEndOfStream } from "../base/errors.ts";
import { checkedBody } from "../kernel/checks.ts";
import type { Operation } from "../kernel/operation.ts";
import { operation } from "../kernel/work.ts";
import type { MemoryObjectReceiveStream } from "../stream/memory-object-stream.ts";
import { checkedCount } from "../tasks/options.ts";
import { eachReceived } from "./each-received.ts";
import { mapConcurrent } from "./map-concurrent.ts";

/** A function of any style that consumes what comes out of the last stage. What it ends with is the value of the pipeline. */
export type SinkFunction<T, R> = (input: MemoryObjectReceiveStream<T>) => R;

/**
 * A sink that gathers all items in a list.
 *
 * @example
 * import { collect, pipeline } from "anyrx/pipeline";
 * await pipeline(new Set([1, 2]), collect()); // => [1, 2]
 * @source RxJS `toArray`.
 */
export function collect<T>(): SinkFunction<T, Operation<T[]>> {
  return operation(function* collect(input: MemoryObjectReceiveStream<T>) {
    const items: T[] = [];

    yield* eachReceived(input, function* (item) {
      items.push(item);
    });
    return items;
  });
}

/** Options of {@link forEach}. */
export interface ForEachOptions {
  /** For how many items it is called at the same time: an integer from 1, or `Infinity`. Default 1. */
  readonly concurrency?: number | undefined;
}

/**
 * A sink that calls `fn` for each item, and gives how many there were.
 *
 * @param fn - A function of any style. Called with the item and its index.
 * @throws {TypeError} When `fn` is no function.
 * @throws {RangeError} When `concurrency` is not an integer from 1 or `Infinity`.
 * @example
 * import { forEach, pipeline } from "anyrx/pipeline";
 * const seen: number[] = [];
 * await pipeline([1, 2, 3], forEach((n) => void seen.push(n))); // => 3
 * seen; // => [1, 2, 3]
 */
export function forEach<T>(
  fn: (item: T, index: number) => unknown,
  options: ForEachOptions = {},
): SinkFunction<T, Operation<number>> {
  const { concurrency = 1 } = options;
  const run = operation(checkedBody("do something for each item", fn, "(item) => work(item)"));
  checkedCount("do something for each item with a concurrency of", concurrency);
  const count = operation(function* forEach(input: MemoryObjectReceiveStream<T>) {
    let index = 0;
    for (;;) {
      let item: T;
      try {
        item = yield* input.receive();
      } catch (error) {
        if (isEndOfStream(error)) return index;
        throw error;
      }
      yield* run(item, index++);
    }
  });
  if (concurrency === 1) return count;
  const done = forEach<unknown>(() => undefined);
  return (input) => done(mapConcurrent(fn, { concurrency, ordered: false, name: "forEach" })(input));
}
