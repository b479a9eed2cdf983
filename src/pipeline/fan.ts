/**
 * Fans: several streams out of one, and one out of several.
 *
 * @module
 */

import { checkedBody, shown } from "../kernel/checks.ts";
import type { OperationGenerator } from "../kernel/operation.ts";
import { taskGroup } from "../kernel/task-group.ts";
import { operation } from "../kernel/work.ts";
import { MemoryObjectReceiveStream } from "../stream/memory-object-stream.ts";
import { type AnyItems, eachItem } from "../tasks/each-item.ts";
import { isBrokenResourceError, isWouldBlock } from "../base/errors.ts";
import { checkedNumber, checkedPulled } from "./checks.ts";
import type { Edge } from "./edge.ts";
import { END, eachReceived, nextOf } from "./each-received.ts";
import { type StageOptions, streamOf, streamsOf } from "./stage.ts";

/** Options of {@link broadcast}. */
export interface BroadcastOptions extends StageOptions {
  /** What becomes of an item for which an output has no room: all wait for the slowest (`"wait"`, the default), or that output does without it (`"drop"`). */
  readonly slowest?: "wait" | "drop" | undefined;
}

/** Sends `item` on `out`, unless nobody receives there any more. */
function* sendIfWanted<T>(out: Edge<T>, item: T): OperationGenerator<void> {
  try {
    yield* out.send.send(item);
    out.sent++;
  } catch (error) {
    if (!isBrokenResourceError(error)) throw error;
  }
}

/** Whether there was room for `item` at once. */
function sentNowait<T>(out: Edge<T>, item: T): boolean {
  try {
    out.send.sendNowait(item);
    out.sent++;
    return true;
  } catch (error) {
    if (isWouldBlock(error)) return false;
    if (isBrokenResourceError(error)) return true; // Nobody wants it.
    throw error;
  }
}

/**
 * Gives each item to all of `count` streams: `const [a, b] = input.through(broadcast(2))`. It ends when all of them are closed.
 *
 * @param count - An integer from 1.
 * @throws {RangeError} When `count` is anything else.
 * @throws {TypeError} When `slowest` is neither `"wait"` nor `"drop"`.
 * @source AnyIO `tee`, RxJS `share`. Differs: bounded.
 */
export function broadcast<T>(
  count: number,
  options: BroadcastOptions = {},
): (input: MemoryObjectReceiveStream<T>) => MemoryObjectReceiveStream<T>[] {
  checkedNumber("broadcast to a number of streams of", count, 1);
  const { slowest = "wait" } = options;
  if (slowest !== "wait" && (slowest as string) !== "drop") {
    throw new TypeError(`Cannot broadcast with the policy ${shown(slowest)}: there is no such; use "wait" or "drop"`);
  }
  return (input) =>
    streamsOf<T>(count, "broadcast", options, [input], function* (outs) {
      yield* eachReceived(input, function* (item) {
        const full = outs.filter((out) => !sentNowait(out, item));
        if (slowest === "drop" || full.length === 0) return outs.some((out) => !out.abandoned);
        if (full.length === 1) yield* sendIfWanted(full[0] as Edge<T>, item);
        else {
          yield* taskGroup((tg) => {
            for (const out of full) tg.startSoon(() => sendIfWanted(out, item));
          });
        }
        return outs.some((out) => !out.abandoned);
      });
    });
}

/**
 * Parts the items in two streams: those for which `predicate` gives something true, and the rest. An item waits until its stream has room, so both
 * must be consumed, or the other one closed.
 *
 * @param predicate - A function of any style. Called with the item and its index.
 * @throws {TypeError} When `predicate` is no function.
 * @source RxJS `partition`.
 */
export function partition<T, S extends T>(
  predicate: (item: T, index: number) => item is S,
  options?: StageOptions,
): (
  input: MemoryObjectReceiveStream<T>,
) => [matching: MemoryObjectReceiveStream<S>, rest: MemoryObjectReceiveStream<Exclude<T, S>>];
export function partition<T>(
  predicate: (item: T, index: number) => unknown,
  options?: StageOptions,
): (
  input: MemoryObjectReceiveStream<T>,
) => [matching: MemoryObjectReceiveStream<T>, rest: MemoryObjectReceiveStream<T>];
export function partition<T>(
  predicate: (item: T, index: number) => unknown,
  options: StageOptions = {},
): (
  input: MemoryObjectReceiveStream<T>,
) => [matching: MemoryObjectReceiveStream<T>, rest: MemoryObjectReceiveStream<T>] {
  const test = operation(checkedBody("part items", predicate, "(item) => item.isWanted"));
  return (input) =>
    streamsOf<T>(2, "partition", options, [input], function* ([matching, rest]) {
      let index = 0;
      yield* eachReceived(input, function* (item) {
        yield* sendIfWanted(((yield* test(item, index++)) ? matching : rest) as Edge<T>, item);
      });
    }) as [MemoryObjectReceiveStream<T>, MemoryObjectReceiveStream<T>];
}

/**
 * One stream of the items of all `sources`, as they come. It ends when all of them have ended; when one fails, it fails.
 *
 * @param sources - Receive streams, iterables or async iterables.
 * @throws {TypeError} When one of them has no items, or cannot wait.
 * @throws {UsageError} When somebody else consumes one of them.
 * @example
 * import { operation } from "anyrx";
 * import { collect, merge, pipeline } from "anyrx/pipeline";
 * (await pipeline(merge([1, 2], [3]), collect())).sort(); // => [1, 2, 3]
 * @source RxJS `merge`.
 */
export function merge<T>(...sources: AnyItems<T>[]): MemoryObjectReceiveStream<T> {
  for (const source of sources) checkedPulled("merge", source);
  const inputs = sources.filter((source) => source instanceof MemoryObjectReceiveStream);
  return streamOf<T>("merge", {}, inputs, function* (out) {
    yield* taskGroup((tg) => {
      sources.forEach((source, i) => {
        tg.startSoon(
          () =>
            eachItem(source, function* (item) {
              yield* out.send.send(item);
              out.sent++;
              return true;
            }),
          { name: `merge ${String(i + 1)}` },
        );
      });
    });
  });
}

/** The items of each of several streams. */
type ItemsOf<S extends readonly MemoryObjectReceiveStream<unknown>[]> = {
  -readonly [K in keyof S]: S[K] extends MemoryObjectReceiveStream<infer T> ? T : never;
};

/**
 * One stream of lists: the first item of each of `sources`, the second of each, and so on. It ends with the first of them that ends; what was received
 * for a list that is not whole is dropped.
 *
 * @throws {TypeError} When one of them is no receive stream.
 * @throws {UsageError} When somebody else consumes one of them.
 * @source RxJS `zip`. Differs: a fast source waits.
 */
export function zip<S extends readonly MemoryObjectReceiveStream<unknown>[]>(
  ...sources: S
): MemoryObjectReceiveStream<ItemsOf<S>> {
  for (const source of sources) {
    if (!(source instanceof MemoryObjectReceiveStream)) {
      throw new TypeError(
        `Cannot zip ${shown(source)}: it is no receive stream; pass one, such as what toStream() makes of other things`,
      );
    }
  }
  return streamOf<ItemsOf<S>>("zip", {}, sources, function* (out) {
    if (sources.length === 0) return;
    for (;;) {
      const items: unknown[] = [];
      for (const source of sources) {
        const item = yield* nextOf(source);
        if (item === END) return;
        items.push(item);
      }
      yield* out.send.send(items as ItemsOf<S>);
      out.sent++;
    }
  });
}
