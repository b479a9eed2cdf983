/**
 * Checks of what stages are given.
 *
 * @module
 */

import { shown } from "../kernel/checks.ts";

/** `size`, if a buffer can have it. */
export function checkedBuffer(action: string, size: number): number {
  if (size === Infinity || (Number.isInteger(size) && size >= 0)) return size;
  throw new RangeError(
    `Cannot ${action} with a buffer of ${shown(size)} items: it is no size; pass an integer from 0, or Infinity`,
  );
}

/** `count`, if it is an integer from `least`. */
export function checkedNumber(action: string, count: number, least: number): number {
  if (Number.isInteger(count) && count >= least) return count;
  throw new RangeError(`Cannot ${action} ${shown(count)}: it is no such number; pass an integer from ${String(least)}`);
}
