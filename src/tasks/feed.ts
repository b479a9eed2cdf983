/**
 * Feeds: where items come from, one at a time and no sooner than there is room for one.
 *
 * @module
 */

import { isCancelled, isEndOfStream } from "../base/errors.ts";
import { map, Observable, type Subscribable } from "../base/rx.ts";
import { shown } from "../kernel/checks.ts";
import { currentScope } from "../kernel/current.ts";
import { within } from "../kernel/here.ts";
import type { OperationGenerator } from "../kernel/operation.ts";
import type { TaskGroup } from "../kernel/task-group.ts";
import { operation } from "../kernel/work.ts";
import type { ItemSource } from "../stream/item-loops.ts";
import { createMemoryObjectStream } from "../stream/memory-object-stream.ts";
import type { AnyItems } from "./each-item.ts";
import { sendIfHeard } from "./heard.ts";
import { Puller } from "./pull.ts";
import type { Room } from "./room.ts";

/** Takes a place in `room` for each item before it is asked for, and hands it to `start`. Runs as the body of `tg`. */
export type Feed<T> = (tg: TaskGroup, room: Room, start: (item: T) => void) => OperationGenerator<void>;

/** How `items` are fed, if they are items. What can be pulled is pulled: that leaves the source its backpressure. */
export function feedOf<T>(items: AnyItems<T>): Feed<T> {
  if (items instanceof Observable && has(items, "_step"))
    return (_tg, room, start) => receive(items as unknown as ItemSource<T>, room, start);
  if (has(items, Symbol.asyncIterator)) return (_tg, room, start) => pullAsync(items as AsyncIterable<T>, room, start);
  if (has(items, "subscribe")) return (tg, room, start) => listen(items as Subscribable<T>, tg, room, start);
  if (has(items, Symbol.iterator)) return (_tg, room, start) => pull(items as Iterable<T>, room, start);
  const first = (items as unknown) instanceof Promise ? "await it first, or pass" : "pass";
  throw new TypeError(
    `Cannot map the items of ${shown(items)}: it has none; ${first} an iterable, an async iterable or an Observable`,
  );
}

/** How many there are, when the items say so; `undefined` for what may be endless. */
export function sizeOf(items: AnyItems<unknown>): number | undefined {
  if (!has(items, Symbol.iterator)) return undefined;
  const { length, size } = items as { length?: unknown; size?: unknown };
  return typeof length === "number" ? length : typeof size === "number" ? size : undefined;
}

function has(items: unknown, method: PropertyKey): boolean {
  return typeof (items as Record<PropertyKey, unknown> | null | undefined)?.[method] === "function";
}

function* pull<T>(items: Iterable<T>, room: Room, start: (item: T) => void): OperationGenerator<void> {
  const scope = currentScope();
  const iterator: Iterator<T, unknown> = items[Symbol.iterator]();
  // Not `for…of`: that hides an error of `return()` behind the cancellation that ends the loop.
  let open = true;
  try {
    for (;;) {
      yield* room.take();
      open = false; // One that ends or throws is not to be closed.
      const step = within(scope, next, iterator); // A `yield*` in there is none of this task.
      if (step.done === true) return;
      open = true;
      start(step.value);
    }
  } finally {
    if (open) iterator.return?.();
  }
}

function next<T>(iterator: Iterator<T, unknown>): IteratorResult<T, unknown> {
  return iterator.next();
}

function* pullAsync<T>(items: AsyncIterable<T>, room: Room, start: (item: T) => void): OperationGenerator<void> {
  const puller = new Puller<T>(items[Symbol.asyncIterator]());
  try {
    for (;;) {
      yield* room.take();
      const step = yield* puller.next();
      if (step.done === true) return;
      start(step.value);
    }
  } finally {
    yield* puller.close();
  }
}

/** A receive stream of ours: its own wait loses no item, whatever it is cancelled by. */
function* receive<T>(source: ItemSource<T>, room: Room, start: (item: T) => void): OperationGenerator<void> {
  for (;;) {
    yield* room.take();
    let item: T;
    try {
      item = yield* source._step();
    } catch (error) {
      if (isEndOfStream(error)) return;
      throw error;
    }
    start(item);
  }
}

/** An Observable cannot be asked to wait: what comes too soon is kept. It runs beside the feed, as a child, so that its error counts at once. */
function* listen<T>(
  source: Subscribable<T>,
  tg: TaskGroup,
  room: Room,
  start: (item: T) => void,
): OperationGenerator<void> {
  const [send, kept] = createMemoryObjectStream<T>(Infinity, { name: "items" });
  const items =
    source instanceof Observable ? (source as Observable<T>) : new Observable<T>((s) => source.subscribe(s));
  // An operator, and no observer: operations inside the source find their task at the end of the chain.
  const keep = map((item: T) => {
    sendIfHeard(send, item);
  });
  const consume = operation(() => items.pipe(keep));
  tg.startSoon(
    function* () {
      try {
        yield* consume();
        send.close();
      } catch (error) {
        // A failure cancels the feed by way of the group. A source that was cancelled by itself has to tell.
        if (isCancelled(error)) send.error(error);
        throw error;
      }
    },
    { name: "items" },
  );
  try {
    yield* receive(kept, room, start);
  } finally {
    send.close();
    kept.close();
  }
}
