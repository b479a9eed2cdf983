/**
 * Copies: one source of items for several consumers, at the pace of the slowest.
 *
 * @module
 */

import { BrokenResourceError, isCancelled } from "../base/errors.ts";
import { checkpoint } from "../kernel/checkpoint.ts";
import { shown } from "../kernel/checks.ts";
import type { OperationGenerator } from "../kernel/operation.ts";
import { TaskGroup, taskGroup } from "../kernel/task-group.ts";
import {
  createMemoryObjectStream,
  type MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
} from "../stream/memory-object-stream.ts";
import { type AnyItems, checkedItems, eachItem } from "./each-item.ts";

/** Options of {@link tee}. */
export interface TeeOptions {
  /** How many items a copy may be ahead of the slowest one: an integer from 0, the default, to `Infinity`. */
  readonly maxBufferSize?: number | undefined;
  /** What the task that copies is called in messages. Default `"tee"`. */
  readonly name?: string | undefined;
}

/**
 * Gives every item of `items` to each of `n` receive streams. The next item is taken when all of them have room for this one.
 *
 * A child of `group` does the copying, so the group lasts as long as the source does. A copy that is closed is no longer waited for; when all are,
 * the source is closed with its next item. An error of the source ends each copy with that error, once what is buffered was received; when no copy
 * is left, it fails the group. When the group is cancelled, the copies are broken off.
 *
 * RxJS's `share()` does this for an Observable without backpressure.
 *
 * @param group - The group whose child copies.
 * @param items - An iterable, an async iterable, an Observable or a receive stream.
 * @param n - How many copies: an integer from 0. Default 2.
 * @throws {TypeError} When `group` is no task group, or `items` no iterable.
 * @throws {RangeError} When `n` is no integer from 0.
 * @example
 * import { map, toArray } from "rxjs";
 * import { run, taskGroup, tee } from "anyrx";
 * await run(() => taskGroup(async (tg) => {
 *   const [numbers, squares] = tee(tg, [1, 2, 3]);
 *   const all = tg.startSoon(() => numbers!.pipe(toArray()));
 *   const squared = tg.startSoon(() => squares!.pipe(map((n) => n * n), toArray()));
 *   return [await all, await squared];
 * })); // => [[1, 2, 3], [1, 4, 9]]
 * @source AnyIO `itertools.tee`. Differs: the copies have bounded buffers, so that a slow one slows the source down instead of filling the memory.
 */
export function tee<T>(
  group: TaskGroup,
  items: AnyItems<T>,
  n = 2,
  options?: TeeOptions,
): MemoryObjectReceiveStream<T>[] {
  if (!(group instanceof TaskGroup)) {
    throw new TypeError(`Cannot copy items in ${shown(group)}: it is no task group; pass the one of taskGroup()`);
  }
  checkedItems("copy", items);
  if (typeof n !== "number" || !Number.isInteger(n) || n < 0) {
    throw new RangeError(`Cannot make ${shown(n)} copies: it is no number of copies; pass an integer from 0`);
  }
  const ends = Array.from({ length: n }, () => createMemoryObjectStream<T>(options?.maxBufferSize));
  const copies = new Set(ends.map(([send]) => send));
  if (n > 0) group.startSoon(() => copyAll(items, copies), { name: options?.name ?? "tee" });
  return ends.map(([, receive]) => receive);
}

function* copyAll<T>(items: AnyItems<T>, copies: Set<MemoryObjectSendStream<T>>): OperationGenerator<void> {
  try {
    yield* eachItem(items, function* (item) {
      // At once where there is room. The rest is waited for together: a slow copy holds up the next item, not this one.
      const full: MemoryObjectSendStream<T>[] = [];
      for (const copy of copies) {
        const { currentBufferUsed, maxBufferSize, openReceiveStreams, tasksWaitingReceive } = copy.statistics();
        if (openReceiveStreams === 0) leaveOut(copy, copies);
        else if (tasksWaitingReceive > 0 || currentBufferUsed < maxBufferSize) copy.sendNowait(item);
        else full.push(copy);
      }
      const send = function* (copy: MemoryObjectSendStream<T>): OperationGenerator<void> {
        try {
          yield* copy.send(item);
        } catch (error) {
          if (!(error instanceof BrokenResourceError)) throw error;
          leaveOut(copy, copies);
        }
      };
      if (full.length === 1) yield* send(full[0] as MemoryObjectSendStream<T>);
      else if (full.length === 0) yield* checkpoint();
      else {
        yield* taskGroup((senders) => {
          for (const copy of full) senders.startSoon(() => send(copy));
        });
      }
      return copies.size > 0;
    });
    for (const copy of copies) copy.close();
  } catch (error) {
    const cancelled = isCancelled(error);
    const end = cancelled
      ? new BrokenResourceError("receive from", "a copy", "copying was cancelled", { cause: error })
      : error;
    let told = false;
    for (const copy of copies) {
      told ||= copy.statistics().openReceiveStreams > 0;
      copy.error(end);
    }
    if (cancelled || !told) throw error;
  }
}

function leaveOut<T>(copy: MemoryObjectSendStream<T>, copies: Set<MemoryObjectSendStream<T>>): void {
  copies.delete(copy);
  copy.close();
}
