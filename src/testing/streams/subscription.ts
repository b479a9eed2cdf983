/**
 * Subscriptions to a stream that is an Observable as well.
 *
 * @module
 */

import type { Subscribable } from "../../base/rx.ts";
import type { Operation } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";

/** Whether `stream` can be subscribed to. */
export function isSubscribable<T>(stream: AsyncIterable<T>): stream is AsyncIterable<T> & Subscribable<T> {
  return typeof (stream as Partial<Subscribable<T>>).subscribe === "function";
}

/** Subscribes to `stream` until it completes, and hands each item to `next`. */
export function subscribing<T>(stream: Subscribable<T>, next: (item: T) => void): Operation<unknown> {
  return operation((): Subscribable<unknown> => ({
    subscribe: (observer) =>
      stream.subscribe({
        next,
        error(error) {
          observer.error(error);
        },
        complete() {
          observer.complete();
        },
      }),
  }))();
}

/** Subscribes to `stream` for somebody who is about to leave. */
export function glance<T>(stream: Subscribable<T>, next: (item: T) => void): { unsubscribe(): void } {
  return stream.subscribe({ next, error: ignore, complete: ignore });
}

function ignore(): void {
  // Who leaves does not care.
}
