/**
 * Counts: how many tokens, permits or waiters a user asks for.
 *
 * @module
 */

import { shown } from "../kernel/checks.ts";

/** `count`, if it is an integer from 0; `Infinity` is one when it `mayBeInfinite`. */
export function checkedCount(action: string, count: number, mayBeInfinite = false): number {
  const way = `pass an integer from 0${mayBeInfinite ? ", or Infinity" : ""}`;
  const infinite = count === Infinity || count === -Infinity;
  if (!Number.isInteger(count) && !(mayBeInfinite && infinite)) {
    throw new TypeError(`Cannot ${action} ${shown(count)}: it is no integer; ${way}`);
  }
  if (count < 0) throw new RangeError(`Cannot ${action} ${String(count)}: it is negative; ${way}`);
  return count;
}
