/**
 * @module
 */

import { checkedDelay } from "../kernel/checks.ts";
import { currentTime } from "../kernel/current.ts";
import type { OperationGenerator } from "../kernel/operation.ts";
import type { MemoryObjectReceiveStream } from "../stream/memory-object-stream.ts";
import { checkedCount, checkedOptions } from "../tasks/options.ts";
import { moveOnAt } from "../time/timeouts.ts";
import { END, nextOf } from "./each-received.ts";
import { type StageOptions, streamOf, type StreamStage } from "./stage.ts";

/** Options of {@link batch}. */
export interface BatchOptions extends StageOptions {
  /** How many items make a batch: an integer from 1, or `Infinity`. */
  readonly size: number;
  /** How long a batch may wait for them, in ms from its first item on; 0 to `Infinity`. Default `Infinity`. */
  readonly within?: number | undefined;
}

/** Says that the time is up. No item is lost by it: one that was handed over arrives. */
export const LATE: unique symbol = Symbol("late");

/** The next item, or {@link END}; {@link LATE} when there is none by `deadline`. */
export function* nextBy<T>(
  input: MemoryObjectReceiveStream<T>,
  deadline: number,
): OperationGenerator<T | typeof END | typeof LATE> {
  if (deadline === Infinity) return yield* nextOf(input);
  const next = yield* moveOnAt(deadline, function* (): OperationGenerator<{ readonly item: T | typeof END }> {
    return { item: yield* nextOf(input) };
  });
  return next === undefined ? LATE : next.item;
}

/**
 * A stage that gathers items: a batch is sent when it is full, when its time is up, and at the end. None is empty.
 *
 * @throws {RangeError} When `size` is not an integer from 1 or `Infinity`, or `within` is no delay.
 * @example
 * import { batch, collect, pipeline } from "anyrx/pipeline";
 * await pipeline([1, 2, 3, 4, 5], batch({ size: 2 }), collect()); // => [[1, 2], [3, 4], [5]]
 * @source RxJS `bufferTime`, `bufferCount`. Differs: the time begins with the first item, and a full input waits.
 */
export function batch<T>(options: BatchOptions): StreamStage<T, T[]> {
  const { size, within = Infinity } = checkedOptions("batch", options, "{ size: 5 }");
  checkedCount("gather batches with a size of", size);
  checkedDelay("gather batches", within);
  return (input) =>
    streamOf<T[]>("batch", options, [input], function* (out) {
      for (;;) {
        const first = yield* nextOf(input);
        if (first === END) return;
        const items = [first];
        const deadline = within === Infinity ? Infinity : currentTime() + within;
        let next: T | typeof END | typeof LATE = first;
        while (items.length < size) {
          next = yield* nextBy(input, deadline);
          if (next === END || next === LATE) break;
          items.push(next);
        }
        yield* out.send.send(items);
        out.sent++;
        if (next === END) return;
      }
    });
}
