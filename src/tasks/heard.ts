/**
 * Sending to somebody who may have left.
 *
 * @module
 */

import { BrokenResourceError, ClosedResourceError } from "../base/errors.ts";
import type { MemoryObjectSendStream } from "../stream/memory-object-stream.ts";

/** Sends `item` into a buffer with room for it; not at all when the stream is closed. */
export function sendIfHeard<T>(send: MemoryObjectSendStream<T>, item: T): void {
  try {
    send.sendNowait(item);
  } catch (error) {
    if (!(error instanceof BrokenResourceError || error instanceof ClosedResourceError)) throw error;
  }
}
