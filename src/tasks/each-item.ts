/**
 * Items: how they are taken one by one from whatever gives them.
 *
 * @module
 */

import type { Subscribable } from "../base/rx.ts";
import { shown } from "../kernel/checks.ts";
import type { OperationGenerator } from "../kernel/operation.ts";
import { createMemoryObjectStream } from "../stream/memory-object-stream.ts";
import { Puller } from "./pull.ts";

/** Something that gives items: an iterable, an async iterable, an Observable, a receive stream. */
export type AnyItems<T> = Iterable<T> | AsyncIterable<T> | Subscribable<T>;

/** What is done with each item; whether to go on with the next. */
export type Each<T> = (item: T) => OperationGenerator<boolean>;

/** `items`, if items can be taken from it. */
export function checkedItems<T>(action: string, items: AnyItems<T>): AnyItems<T> {
  if (isAsyncIterable(items) || isSubscribable(items) || isIterable(items)) return items;
  throw new TypeError(
    `Cannot ${action} ${shown(items)}: it is no iterable, async iterable or Observable; pass one, such as an array or a receive stream`,
  );
}

/**
 * Does `each` for one item after the other, and takes the next one only when that is done. Leaving early closes the source.
 *
 * A receive stream is iterated, so that its senders wait. An Observable cannot wait: what it emits meanwhile is buffered.
 */
export function* eachItem<T>(items: AnyItems<T>, each: Each<T>): OperationGenerator<void> {
  if (isAsyncIterable(items)) yield* eachPulled(items, each);
  else if (isSubscribable(items)) yield* eachEmitted(items, each);
  else for (const item of items) if (!(yield* each(item))) return;
}

/** A `for await` loop. Written out, so that the source's code is called in the scope of the loop, and a source that is deaf can be given up. */
function* eachPulled<T>(items: AsyncIterable<T>, each: Each<T>): OperationGenerator<void> {
  const puller = new Puller<T>(items[Symbol.asyncIterator]());
  try {
    for (;;) {
      const step = yield* puller.next();
      if (step.done === true || !(yield* each(step.value))) break;
    }
  } catch (error) {
    try {
      yield* puller.close();
    } catch {
      // As in the language: the error that ended the loop wins.
    }
    throw error;
  }
  yield* puller.close();
}

function* eachEmitted<T>(items: Subscribable<T>, each: Each<T>): OperationGenerator<void> {
  const [send, receive] = createMemoryObjectStream<T>(Infinity);
  let subscription: { unsubscribe(): void } | null = null;
  try {
    subscription = items.subscribe(send);
    yield* eachPulled(receive, each);
  } finally {
    subscription?.unsubscribe();
    send.close();
    receive.close();
  }
}

function isAsyncIterable(items: unknown): items is AsyncIterable<unknown> {
  return (
    typeof (items as { [Symbol.asyncIterator]?: unknown } | null | undefined)?.[Symbol.asyncIterator] === "function"
  );
}

function isSubscribable(items: unknown): items is Subscribable<unknown> {
  return typeof (items as { subscribe?: unknown } | null | undefined)?.subscribe === "function";
}

function isIterable(items: unknown): items is Iterable<unknown> {
  return typeof (items as { [Symbol.iterator]?: unknown } | null | undefined)?.[Symbol.iterator] === "function";
}
