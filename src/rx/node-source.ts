/**
 * Sources of Node: a `Readable`.
 *
 * @module
 */

import { BrokenResourceError } from "../base/errors.ts";
import { abortable } from "../kernel/abortable.ts";
import type { Operation } from "../kernel/operation.ts";
import { operation } from "../kernel/work.ts";
import { cleanedUp, Listeners, type NodeReadable, tellsClose } from "./foreign.ts";
import type { PullSource } from "./pull-feed.ts";

/** A readable stream of Node. It may fail at any time, so it is listened to as long as it is ours. */
export class NodeSource<T> implements PullSource<T> {
  private readonly readable: NodeReadable;
  private readonly keep: boolean;
  private readonly listeners: Listeners;
  failure: { readonly error: unknown } | null = null;
  closed = false;
  private ended: boolean;
  private listening = false;
  /** Who waits for something to happen. */
  private wake: () => void = () => undefined;

  constructor(readable: NodeReadable, keep: boolean) {
    this.readable = readable;
    this.keep = keep;
    this.ended = readable.readableEnded;
    if (readable.errored != null) this.failure = { error: readable.errored };
    else this.closed = readable.destroyed && !tellsClose(readable);
    this.listeners = new Listeners(readable);
    this.listeners.on("end", () => {
      this.ended = true;
      this.wake();
    });
    this.listeners.on("error", (error: unknown) => {
      this.failure ??= { error };
      this.wake();
    });
    this.listeners.on("close", () => {
      this.closed = true;
      this.wake();
    });
  }

  next(): Operation<IteratorResult<T, unknown>> {
    return readNext(this) as Operation<IteratorResult<T, unknown>>;
  }

  /** What is there; `null` when nothing is. */
  take(): IteratorResult<unknown, undefined> | null {
    if (this.failure !== null) throw this.failure.error;
    if (this.ended) return { done: true, value: undefined };
    if (!this.listening) {
      // It begins to read ahead by this: not before somebody wants a chunk.
      this.listening = true;
      this.listeners.on("readable", () => {
        this.wake();
      });
    }
    const chunk = this.readable.read();
    if (chunk !== null) return { done: false, value: chunk };
    if (this.closed)
      throw new BrokenResourceError("receive from", "a readable stream of Node", "it was closed before its end");
    return null;
  }

  /** A stream that stays open for others gets back what nobody has received. */
  giveBack(chunk: T): void {
    if (this.keep && !this.readable.destroyed && !this.ended) this.readable.unshift(chunk);
  }

  /** Something has happened. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  close(): Operation<void> {
    return closeReadable(this);
  }

  /** Destroys the source, unless it has ended. Whether its last word is still to come: an error that nobody listens to would end the process. */
  leave(): boolean {
    const { readable } = this;
    if (this.failure === null) {
      if (this.keep || this.ended || this.closed) return false;
      readable.destroy();
    }
    return !this.closed && readable.destroyed && tellsClose(readable);
  }

  forget(): void {
    this.listeners.clear();
  }
}

const readNext: (source: NodeSource<unknown>) => Operation<IteratorResult<unknown, undefined>> =
  /* @__PURE__ */ operation(function* (source: NodeSource<unknown>) {
    for (;;) {
      const step = source.take();
      if (step !== null) return step;
      yield* abortable((_signal) => source.change());
    }
  });

const closeReadable: (source: NodeSource<unknown>) => Operation<void> = /* @__PURE__ */ operation(function* (
  source: NodeSource<unknown>,
) {
  try {
    const { failure } = source;
    if (source.leave()) while (!source.closed) yield* cleanedUp(source.change());
    if (source.failure !== failure) throw source.failure?.error;
  } finally {
    source.forget();
  }
});
