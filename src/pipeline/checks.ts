/**
 * Checks of what stages are given.
 *
 * @module
 */

import { shown } from "../kernel/checks.ts";
import { Operation } from "../kernel/operation.ts";
import type { AnyItems } from "../tasks/each-item.ts";

/** `size`, if a buffer can have it. */
export function checkedBuffer(action: string, size: number): number {
  if (size === Infinity || (Number.isInteger(size) && size >= 0)) return size;
  throw new RangeError(
    `Cannot ${action} with a buffer of ${shown(size)} items: it is no size; pass an integer from 0, or Infinity`,
  );
}

/** `items`, if they can be asked for one by one: what is pushed has nowhere to wait. */
export function checkedPulled<T>(action: string, items: AnyItems<T>): AnyItems<T> {
  if (items instanceof Operation || isPulled(items)) return items;
  if (typeof (items as { subscribe?: unknown } | null | undefined)?.subscribe === "function") {
    throw new TypeError(
      `Cannot ${action} an Observable: it cannot be told to wait; use toStream(source$, { overflow }), which says what is to become of items that come too soon`,
    );
  }
  throw new TypeError(
    `Cannot ${action} ${shown(items)}: it has no items; pass an iterable, an async iterable or a receive stream`,
  );
}

/** Whether it is an iterable of any kind. */
export function isPulled(items: unknown): items is Iterable<unknown> | AsyncIterable<unknown> {
  const { [Symbol.iterator]: iterator, [Symbol.asyncIterator]: asyncIterator } = Object(items) as Record<
    symbol,
    unknown
  >;
  return typeof iterator === "function" || typeof asyncIterator === "function";
}

/** `count`, if it is an integer from `least`. */
export function checkedNumber(action: string, count: number, least: number): number {
  if (Number.isInteger(count) && count >= least) return count;
  throw new RangeError(`Cannot ${action} ${shown(count)}: it is no such number; pass an integer from ${String(least)}`);
}
