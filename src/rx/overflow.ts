/**
 * Overflow: what becomes of an item for which there is no room, when its source cannot wait.
 *
 * @module
 */

import { branded, type Guard, guardOf, hasBrand, brandOf } from "../base/brand.ts";
import { shown } from "../kernel/checks.ts";
import type { SourceChannel } from "./source-channel.ts";

/**
 * What to do when the buffer is full:
 *
 * - `"error"`: the source is unsubscribed; what is buffered is still received, then {@link BufferOverflowError} is thrown;
 * - `"dropOldest"`: the oldest buffered item makes room;
 * - `"dropNewest"`: the item that has come is dropped. Without a buffer: every item that comes when nobody is receiving;
 * - `"latest"`: a buffer of one, which holds the latest item.
 */
export type PushOverflow = "error" | "dropOldest" | "dropNewest" | "latest";

/** {@link PushOverflow}; or `"wait"`, for sources that can: they are not asked for the next item until there is demand, and nothing is lost. */
export type Overflow = PushOverflow | "wait";

/** How many items are buffered when nobody says. */
const USUAL = 16;

/** A source that cannot wait emitted an item for which there was no room, and was unsubscribed for it. */
export class BufferOverflowError extends Error {
  /** How many items the buffer holds. */
  readonly maxBufferSize: number;

  constructor(subject: string, maxBufferSize: number) {
    const room = maxBufferSize === 0 ? "nobody was receiving, and it has no buffer" : full(maxBufferSize);
    super(
      `Cannot take another item into ${subject}: ${room}; receive faster, enlarge maxBufferSize, or choose an overflow that drops`,
    );
    this.maxBufferSize = maxBufferSize;
    // Not in a static block: that would keep the class in every bundle.
    if (!hasBrand(this, brandOf("BufferOverflowError"))) branded(BufferOverflowError, "BufferOverflowError");
  }
}

/** Whether `error` is a {@link BufferOverflowError}. */
export const isBufferOverflowError: Guard<BufferOverflowError> =
  /* @__PURE__ */ guardOf<BufferOverflowError>("BufferOverflowError");

function full(size: number): string {
  return `its buffer is full (${size === 1 ? "1 item" : `${String(size)} items`})`;
}

/** Deals with an item that does not fit. What it returns ends the stream. */
export type Policy = (channel: Full, item: unknown) => Error | undefined;

/** A channel that has no room, as far as a policy cares. */
type Full = Pick<SourceChannel<unknown>, "buffer" | "capacity" | "title">;

function policyOf(overflow: PushOverflow): Policy {
  switch (overflow) {
    case "error":
      return (channel) => new BufferOverflowError(channel.title, channel.capacity);
    case "dropNewest":
      return () => undefined;
    default:
      return ({ buffer }, item) => {
        buffer.shift();
        buffer.push(item);
        return undefined;
      };
  }
}

/** What was chosen for a source that cannot wait. */
export interface Chosen {
  readonly size: number;
  readonly policy: Policy;
}

/** Checks what was chosen for a source that cannot wait: something must be. */
export function chosenOverflow(
  what: string,
  { maxBufferSize, overflow }: { maxBufferSize?: number | undefined; overflow?: Overflow | undefined },
): Chosen {
  const ways = '"error", "dropOldest", "dropNewest" or "latest"';
  if (overflow === undefined) {
    throw new TypeError(
      `Cannot make ${what}: its source cannot wait, and what to do when the buffer is full was not chosen; set overflow to ${ways}`,
    );
  }
  if (overflow === "wait") {
    throw new TypeError(
      `Cannot make ${what} with the overflow "wait": its source cannot wait; set overflow to ${ways}`,
    );
  }
  if (!["error", "dropOldest", "dropNewest", "latest"].includes(overflow)) {
    throw new TypeError(`Cannot make ${what} with the overflow ${shown(overflow)}: there is no such way; use ${ways}`);
  }
  const size = checkedSize(what, maxBufferSize ?? (overflow === "latest" ? 1 : USUAL));
  if (overflow === "latest" && size !== 1) {
    throw new RangeError(
      `Cannot make ${what} with the overflow "latest" and a buffer of ${String(size)} items: it holds the latest item and no other; leave maxBufferSize out, or use "dropOldest"`,
    );
  }
  if (overflow === "dropOldest" && size === 0) {
    throw new RangeError(
      `Cannot make ${what} with the overflow "dropOldest" and no buffer: there is no oldest item to drop; set maxBufferSize to 1 or more, or use "dropNewest"`,
    );
  }
  return { size, policy: policyOf(overflow) };
}

/** Checks what was chosen for a source that can wait: it always does. */
export function checkedWait(
  what: string,
  { maxBufferSize = 0, overflow = "wait" }: { maxBufferSize?: number | undefined; overflow?: Overflow | undefined },
): number {
  if (overflow !== "wait") {
    throw new TypeError(
      `Cannot make ${what} with the overflow ${shown(overflow)}: its source can wait, so nothing overflows; leave overflow out`,
    );
  }
  return checkedSize(what, maxBufferSize);
}

function checkedSize(what: string, size: number): number {
  if (typeof size !== "number") {
    throw new TypeError(
      `Cannot make ${what} with a buffer of ${shown(size)}: it is no number; pass an integer from 0, or Infinity`,
    );
  }
  if (!(size >= 0) || (size !== Infinity && !Number.isInteger(size))) {
    throw new RangeError(
      `Cannot make ${what} with a buffer of ${String(size)} items: it is no size; pass an integer from 0, or Infinity`,
    );
  }
  return size;
}
