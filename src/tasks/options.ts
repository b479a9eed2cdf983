/**
 * Options: checks of what is handed in as such.
 *
 * @module
 */

import { shown } from "../kernel/checks.ts";

/** `options`, if it is an object. */
export function checkedOptions<O extends object>(action: string, options: O, example: string): O {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`Cannot ${action} with the options ${shown(options)}: it is no object; pass ${example}`);
  return options;
}

/** `count`, if it is an integer from 1, or `Infinity`. */
export function checkedCount(action: string, count: number): number {
  if (typeof count !== "number")
    throw new TypeError(`Cannot ${action} ${shown(count)}: it is no number; pass an integer from 1, or Infinity`);
  if (!(count >= 1) || (count !== Infinity && !Number.isInteger(count)))
    throw new RangeError(`Cannot ${action} ${String(count)}: it is no count; pass an integer from 1, or Infinity`);
  return count;
}
