/**
 * Mapping: the same function for many items, some of them at the same time.
 *
 * @module
 */

import { isCancelled } from "../base/errors.ts";
import { checkedBody, checkedFlag } from "../kernel/checks.ts";
import type { Operation } from "../kernel/operation.ts";
import type { Failure } from "../kernel/scope.ts";
import { taskGroup } from "../kernel/task-group.ts";
import type { Task } from "../kernel/task.ts";
import { type Ended, operation } from "../kernel/work.ts";
import type { AnyItems } from "./each-item.ts";
import { type Feed, feedOf, sizeOf } from "./feed.ts";
import { checkedCount, checkedOptions } from "./options.ts";
import type { Runnable } from "./recipe.ts";
import { Room } from "./room.ts";

/** Options of {@link map}. */
export interface MapOptions {
  /**
   * How many items are worked on at the same time: an integer from 1, or `Infinity`. Default: `Infinity` for an array and whatever else knows how many
   * items it has; 16 for a source that may be endless.
   */
  readonly concurrency?: number | undefined;
  /** Whether the values come in the order of the items (the default), or in the order in which they were found. */
  readonly ordered?: boolean | undefined;
}

/** How many items of a source that may be endless are worked on at the same time. */
const SOME = 16;

const mapping = /* @__PURE__ */ operation(function* map(
  feed: Feed<unknown>,
  { name, run }: Runnable<unknown, [item: unknown, index: number]>,
  concurrency: number,
  ordered: boolean,
) {
  const values: unknown[] = [];
  const room = new Room(concurrency);
  let count = 0;
  const lost: Task[] = [];
  let stray: Failure | null = null;
  yield* taskGroup(
    function* (tg) {
      const start = (item: unknown): void => {
        const index = count++;
        if (ordered) values.push(undefined); // Never a gap: an array with gaps is a slow one.
        tg.startSoon(
          function* (task: Task) {
            try {
              const value = yield* run(item, index);
              if (ordered) values[index] = value;
              else values.push(value);
            } catch (error) {
              // A failure frees no place: the feed is about to be cancelled, and is not to ask for one more item.
              if (!isCancelled(error)) throw error;
              lost.push(task);
              room.give();
              throw error;
            }
            room.give();
          },
          { name },
        );
      };
      try {
        yield* feed(tg, room, start);
      } catch (error) {
        stray = { error };
        throw error;
      }
    },
    { name: "map" },
  );
  // What failed, or was cancelled from outside, was thrown by the group. What cancelled itself was not, and the list is not whole.
  if (lost[0] !== undefined) yield* lost[0];
  if (stray !== null) throw (stray as Failure).error;
  return values;
});

/**
 * Calls `fn` for each item, `concurrency` of them at the same time, in a task group, and gives the list of values.
 *
 * No item is asked for before there is room for it: an async iterable or a stream is never more than `concurrency` items ahead. When a call fails, or
 * the source does, the others are cancelled and waited for, and an iterator is closed. A receive stream is left open, as by a loop.
 *
 * An Observable cannot be asked to wait: what it emits too soon is kept. *Checkpoint*: yes. *On cancel*: everything is cancelled, and waited for;
 * what is inside an async iterable is told as well, and a foreign promise in there is given up. *Fairness*: an endless source starves nobody.
 *
 * @param items - An iterable, an async iterable, a receive stream, or an Observable.
 * @param fn - A function of any style. Called with the item and its index.
 * @throws {TypeError} When `items` has no items, or `fn` is no function.
 * @throws {RangeError} When `concurrency` is not an integer from 1 or `Infinity`.
 * @throws {TaskGroupError} When any call failed, or the source did.
 * @throws {TaskCancelled} When a call cancelled itself, so that it has no value.
 * @example
 * import { map, sleep } from "anyrx";
 * const double = async (n: number) => {
 *   await sleep(3 - n);
 *   return n * 2;
 * };
 * await map([1, 2, 3], double); // => [2, 4, 6]
 * await map([1, 2, 3], double, { concurrency: 1 }); // => [2, 4, 6]
 * @source AnyIO `amap`. Differs: bounded if you like, and from any source. RxJS `mergeMap` emits the values as they come.
 */
export function map<T, R>(
  items: AnyItems<T>,
  fn: (item: T, index: number) => R,
  options: MapOptions = {},
): Operation<Ended<R>[]> {
  const feed = feedOf(items);
  const run = operation(checkedBody("map items", fn, "async (item) => work(item)"));
  checkedOptions("map items", options, "{ concurrency: 4 }");
  const { concurrency = sizeOf(items) === undefined ? SOME : Infinity, ordered = true } = options;
  checkedCount("map items with a concurrency of", concurrency);
  checkedFlag("set ordered", ordered);
  return mapping(feed, { name: fn.name, run } as never, concurrency, ordered) as Operation<Ended<R>[]>;
}

/** {@link map} under AnyIO's name and with its order of parameters: for who has `map` of RxJS in the same file. */
export function amap<T, R>(
  fn: (item: T, index: number) => R,
  items: AnyItems<T>,
  options?: MapOptions,
): Operation<Ended<R>[]> {
  return map(items, fn, options);
}
