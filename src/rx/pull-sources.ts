/**
 * Sources that can wait: operations, streams of ours, iterables of both kinds.
 *
 * @module
 */

import { isEndOfStream } from "../base/errors.ts";
import { Observable } from "../base/rx.ts";
import { Operation } from "../kernel/operation.ts";
import { operation } from "../kernel/work.ts";
import type { ItemSource } from "../stream/item-loops.ts";
import { Puller } from "../tasks/pull.ts";
import type { PullSource } from "./pull-feed.ts";

/** Items that can be asked for one by one. An operation gives one. */
export type Pullable<T> = Operation<T> | AsyncIterable<T> | Iterable<T>;

/** How `items` are pulled; `null` when they cannot be. */
export function pullSourceOf<T>(items: unknown): (() => PullSource<T>) | null {
  if (items instanceof Operation) {
    Operation._ran?.(items); // It is the bridge that must be run.
    return () => new OneItem(items as Operation<T>);
  }
  if (items instanceof Observable)
    return has(items, "_step") ? () => new Received(items as unknown as ItemSource<T>) : null;
  if (has(items, Symbol.asyncIterator)) return () => new Puller((items as AsyncIterable<T>)[Symbol.asyncIterator]());
  if (has(items, "subscribe")) return null;
  return has(items, Symbol.iterator) ? () => new Iterated((items as Iterable<T>)[Symbol.iterator]()) : null;
}

/** Whether `thing` has a method of that name. */
export function has(thing: unknown, method: PropertyKey): boolean {
  return typeof (thing as Record<PropertyKey, unknown> | null | undefined)?.[method] === "function";
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };
const nothing: () => Operation<void> = /* @__PURE__ */ operation(() => undefined);

class OneItem<T> implements PullSource<T> {
  private readonly next1: () => Operation<IteratorResult<T>>;
  private given = false;

  constructor(item: Operation<T>) {
    this.next1 = operation(function* () {
      return { done: false, value: yield* item };
    });
  }

  next(): Operation<IteratorResult<T>> {
    if (this.given) return operation(() => END)();
    this.given = true;
    return this.next1();
  }

  close(): Operation<void> {
    return nothing();
  }
}

/** Another stream of ours: it stays open when it is left, and takes back what nobody will receive. */
class Received<T> implements PullSource<T> {
  private readonly step: Operation<T>;
  readonly next: () => Operation<IteratorResult<T>>;

  constructor(stream: ItemSource<T>) {
    const step = (this.step = stream._step());
    this.next = operation(function* () {
      try {
        return { done: false, value: yield* step };
      } catch (error) {
        if (isEndOfStream(error)) return END;
        throw error;
      }
    });
  }

  close(): Operation<void> {
    return nothing();
  }

  giveBack(item: T): void {
    this.step._undo(item);
  }
}

class Iterated<T> implements PullSource<T> {
  private open = true;
  readonly next: () => Operation<IteratorResult<T, unknown>>;
  readonly close: () => Operation<void>;

  constructor(iterator: Iterator<T, unknown>) {
    this.next = operation(() => {
      this.open = false; // One that ends or throws is not to be closed.
      const step = iterator.next();
      this.open = step.done !== true;
      return plain(step);
    });
    this.close = operation(() => {
      if (!this.open) return;
      this.open = false;
      iterator.return?.();
    });
  }
}

/** A step that no body takes for anything to wait for: an iterator may be anything. */
function plain<T>({ done, value }: IteratorResult<T, unknown>): IteratorResult<T, unknown> {
  return done === true ? END : { done: false, value: value };
}
