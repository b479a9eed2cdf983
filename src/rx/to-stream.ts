/**
 * Streams out of anything that gives items.
 *
 * @module
 */

import { Observable, type Subscribable } from "../base/rx.ts";
import { shown } from "../kernel/checks.ts";
import type { Operation } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { type LivingOptions, placeOf } from "./lifetime.ts";
import { observableOf } from "./native.ts";
import { checkedWait, chosenOverflow, type Overflow, type PushOverflow } from "./overflow.ts";
import { pullStream } from "./pull-feed.ts";
import { has, type Pullable, pullSourceOf } from "./pull-sources.ts";
import { pushStream } from "./push-feed.ts";
import type { SourceStream } from "./source-stream.ts";

/** Options of {@link toStream} and {@link iterate}. */
export interface ToStreamOptions extends LivingOptions {
  /**
   * How many items are kept for receivers that are slower than the source: an integer from 0 to `Infinity`. A source that can wait is read that far
   * ahead. Default 0 for those, 16 for sources that cannot, 1 for `"latest"`.
   */
  readonly maxBufferSize?: number | undefined;
  /** What to do when the buffer is full. No default for a source that cannot wait. */
  readonly overflow?: Overflow | undefined;
  /** What the stream is called in messages. */
  readonly name?: string | undefined;
}

/** {@link ToStreamOptions} for sources that can wait. */
export interface PullOptions extends ToStreamOptions {
  readonly overflow?: "wait" | undefined;
}

/** {@link ToStreamOptions} for sources that cannot wait. */
export interface PushOptions extends ToStreamOptions {
  readonly overflow: PushOverflow;
}

/** Makes the stream, later and in a place that is known then. */
export type Opener<T> = (scope: Scope) => SourceStream<T>;

/** How `source` becomes a stream. Checks everything here and now. */
export function openerOf<T>(door: string, source: unknown, options: ToStreamOptions | undefined): Opener<T> {
  const { name = "" } = options ?? {};
  const what = name === "" ? "a stream" : `the stream "${name}"`;
  const pulled = pullSourceOf<T>(source);
  if (pulled !== null) {
    const size = checkedWait(what, options ?? {});
    return (scope) => pullStream(pulled, door, size, name, scope);
  }
  if (!has(source, "subscribe")) {
    throw new TypeError(
      `Cannot make ${what} of ${shown(source)}: it gives no items; pass an Observable, an operation, an iterable or an async iterable`,
    );
  }
  const chosen = chosenOverflow(what, options ?? {});
  const items = source instanceof Observable ? (source as Observable<T>) : observableOf(source as Subscribable<T>);
  return (scope) => pushStream(items, name, chosen, scope);
}

/**
 * Makes a bounded receive stream of anything that gives items, with the rule for what does not fit.
 *
 * An Observable cannot be told to wait: it is subscribed to at once, and `overflow` must be chosen. An operation, an iterable, an async iterable or
 * another receive stream can: it is asked for an item when somebody receives, or the buffer has room, and nothing is lost.
 *
 * The stream lives in the scope it is made in. Closing it, the end of that scope, or its cancellation unsubscribes from the source, or closes it;
 * what a source has to clean up is waited for by the task group. What the source ends with, an error as it is or the end, comes after what is buffered.
 *
 * @param source - What gives the items. A receive stream is left open when this one is closed.
 * @returns A receive stream: `receive()`, `for await`, `subscribe`, `close()`.
 * @throws {TypeError} When the source cannot wait and no overflow was chosen, or an option or the source makes no sense.
 * @throws {RangeError} When `maxBufferSize` is negative, or no integer; or makes no sense with the overflow.
 * @example
 * import { interval, map, take } from "rxjs";
 * import { run, toStream } from "anyrx";
 * await run(async () => {
 *   const stream = toStream(interval(1).pipe(take(3), map((n) => n * n)), { maxBufferSize: 10, overflow: "error" });
 *   const seen: number[] = [];
 *   for await (const n of stream) seen.push(n);
 *   return seen;
 * }); // => [0, 1, 4]
 * @source AnyIO's streams, RxJS `Observable`; the policies of Kotlin's `BufferOverflow`.
 */
export function toStream<T>(source: Operation<T>, options?: PullOptions): SourceStream<T>;
export function toStream<T>(source: Exclude<Pullable<T>, Operation<T>>, options?: PullOptions): SourceStream<T>;
export function toStream<T>(source: Observable<T>, options: PushOptions): SourceStream<T>;
export function toStream<T>(source: Subscribable<T>, options: PushOptions): SourceStream<T>;
export function toStream<T>(source: Pullable<T> | Subscribable<T>, options?: ToStreamOptions): SourceStream<T> {
  return openerOf<T>("toStream()", source, options)(placeOf("toStream()", options));
}
