/**
 * Streams out of foreign sources: the end that the items are received from.
 *
 * @module
 */

import { forget } from "../kernel/leaks.ts";
import type { Operation } from "../kernel/operation.ts";
import { operation } from "../kernel/work.ts";
import { MemoryObjectReceiveStream } from "../stream/memory-object-stream.ts";
import type { SourceChannel } from "./source-channel.ts";

/**
 * The receive end of a stream that a bridge made: received from, looped over and subscribed to like any other.
 *
 * Closing the last end of it stops the source. So does the end of the scope that it was made in: receiving then throws `BrokenResourceError`, once
 * what is buffered was received. So nothing that was begun for it outlives that scope, and nobody has to close what was drained.
 *
 * @source AnyIO `ObjectReceiveStream`.
 */
export class SourceStream<T> extends MemoryObjectReceiveStream<T> {
  /** @internal */
  readonly _channel: SourceChannel<T>;

  /** @internal Use {@link toStream}, {@link asStream}, {@link eventStream} or {@link fromReadable}. */
  constructor(channel: SourceChannel<T>) {
    super(channel);
    this._channel = channel;
    forget(this); // Its scope sees to its end.
  }

  /** Opens another receive end. Each item still goes to exactly one receiver; the source is stopped when all ends are closed. */
  override clone(): SourceStream<T> {
    super.clone().close(); // Throws when this end is closed.
    return new SourceStream(this._channel);
  }

  /**
   * Closes this end; if it is the last one, stops the source, and waits until that has cleaned up. *Checkpoint*: only when it waits. *On cancel*: the
   * cleanup is cancelled, too; the group that the source lives in waits for it.
   */
  override aclose(): Operation<void> {
    return closing(this);
  }

  /** {@link SourceStream.aclose}, for `await using`. */
  override [Symbol.asyncDispose](): Operation<void> {
    return this.aclose();
  }
}

const closing: (stream: SourceStream<unknown>) => Operation<void> = /* @__PURE__ */ operation(function* (
  stream: SourceStream<unknown>,
) {
  stream.close();
  if (stream._channel.receiveEnds === 0) yield* stopped(stream._channel);
});

/** A channel that is filled by somebody. */
type Fed = Pick<SourceChannel<unknown>, "_feeder">;

/** Waits until the source of `channel`, which was told to stop, has cleaned up. */
export const stopped: (channel: Fed) => Operation<void> = /* @__PURE__ */ operation(function* (channel: Fed) {
  const feeder = channel._feeder;
  const ended = feeder?._ended() ?? null;
  if (ended === null) return;
  try {
    yield* ended;
  } catch (error) {
    feeder?._hurry();
    throw error;
  }
});
