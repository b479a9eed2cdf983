/**
 * Checks of what users hand to byte streams.
 *
 * @module
 */

import { shown } from "../kernel/checks.ts";

/** How many bytes `receive()` gives at most, when it is not told. */
export const MAX_BYTES: number = 65_536;

/** `maxBytes`, if it is an integer from 1. */
export function checkedMaxBytes(action: string, maxBytes: number): number {
  if (typeof maxBytes !== "number") {
    throw new TypeError(
      `Cannot ${action} up to ${shown(maxBytes)} bytes: that is no number; pass an integer from 1, or nothing`,
    );
  }
  if (!Number.isInteger(maxBytes) || maxBytes < 1) {
    throw new RangeError(
      `Cannot ${action} up to ${String(maxBytes)} bytes: that is no size of a piece; pass an integer from 1, or nothing`,
    );
  }
  return maxBytes;
}

/** `bytes`, if it is a Uint8Array, of whatever realm; Node's Buffer is one. */
export function checkedBytes(action: string, bytes: Uint8Array): Uint8Array {
  if (Object.prototype.toString.call(bytes) !== "[object Uint8Array]") {
    throw new TypeError(
      `Cannot ${action} ${shown(bytes)}: it is no Uint8Array; pass one, such as new TextEncoder().encode(text)`,
    );
  }
  return bytes;
}
