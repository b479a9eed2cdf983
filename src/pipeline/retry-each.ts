/**
 * @module
 */

import { checkedBody } from "../kernel/checks.ts";
import type { Ended } from "../kernel/work.ts";
import { retry, type RetryOptions } from "../tasks/retry.ts";
import { mapConcurrent, type MapConcurrentOptions } from "./map-concurrent.ts";
import type { StreamStage } from "./stage.ts";

/**
 * {@link mapConcurrent} that tries again when `fn` failed for an item, while the other items go on.
 *
 * @param fn - A function of any style. Called with the item and the number of the attempt, from 1.
 * @throws {TypeError} When `fn` is no function.
 * @throws {RangeError} When a number is out of its range.
 * @example
 * import { collect, pipeline, retryEach } from "anyrx/pipeline";
 * const flaky = async (n: number, attempt: number) => {
 *   if (attempt < n) throw new Error("not yet");
 *   return `${n} after ${attempt}`;
 * };
 * await pipeline([1, 2, 3], retryEach(flaky, { attempts: 3, delay: 1 }), collect()); // => ["1 after 1", "2 after 2", "3 after 3"]
 * @source RxJS `retry`, for each item.
 */
export function retryEach<A, R>(
  fn: (item: A, attempt: number) => R,
  options: RetryOptions & MapConcurrentOptions = {},
): StreamStage<A, Ended<R>> {
  checkedBody("retry for each item", fn, "async (item) => work(item)");
  void retry(() => undefined, options); // Refuses options that are wrong, before there is any item.
  const attempt = (item: A): unknown => retry((number) => fn(item, number), options);
  const name = options.name ?? (fn.name === "" ? "retryEach" : fn.name);
  return mapConcurrent(attempt, { ...options, name }) as StreamStage<A, Ended<R>>;
}
