/**
 * Receive streams out of the readable streams of the web and of Node.
 *
 * @module
 */

import { BrokenResourceError, type Cancelled } from "../base/errors.ts";
import { abortable } from "../kernel/abortable.ts";
import { shown } from "../kernel/checks.ts";
import type { Operation } from "../kernel/operation.ts";
import { operation } from "../kernel/work.ts";
import { cleanedUp, Listeners, type NodeReadable, tellsClose, type WebReadable, type WebReader } from "./foreign.ts";
import { type LivingOptions, placeOf } from "./lifetime.ts";
import { checkedWait } from "./overflow.ts";
import { type PullSource, pullStream } from "./pull-feed.ts";
import { has } from "./pull-sources.ts";
import type { SourceStream } from "./source-stream.ts";

/** Options of {@link fromReadable}. */
export interface FromReadableOptions extends LivingOptions {
  /** How many chunks are read ahead, besides what the source itself holds: an integer from 0, the default, to `Infinity`. */
  readonly maxBufferSize?: number | undefined;
  /** Whether the source stays open when it is left early: for a socket that is still written to. Default `false`. */
  readonly preventCancel?: boolean | undefined;
  /** What the stream is called in messages. */
  readonly name?: string | undefined;
}

/**
 * Makes a receive stream of a `ReadableStream` of the web, such as the body of `fetch()`, or of a `Readable` of Node, such as a socket or a file.
 *
 * A chunk is read when somebody receives, or the buffer has room; so who receives slowly slows the source down. The source's own error is thrown as
 * it is, after what was read before it; a Node stream that is closed before its end breaks off with `BrokenResourceError`.
 *
 * Left early, by `close()` or the end of its scope, it cancels the source (the web; with the `Cancelled` as the reason, if there is one) or destroys it (Node;
 * without an error), and the task group waits for that. When it is done with, the reader's lock is released and every listener is off.
 *
 * @throws {TypeError} When `source` is no readable stream, or is locked, or an option makes no sense.
 * @example
 * import { fromReadable, run } from "anyrx";
 * await run(async () => {
 *   const { body } = new Response("over the wire");
 *   let bytes = 0;
 *   for await (const chunk of fromReadable<Uint8Array>(body!)) bytes += chunk.length;
 *   return bytes;
 * }); // => 13
 * @source WHATWG Streams, Node `Readable`.
 */
export function fromReadable<T>(source: WebReadable | NodeReadable, options?: FromReadableOptions): SourceStream<T> {
  const { name = "", preventCancel = false } = options ?? {};
  const what = name === "" ? "a stream" : `the stream "${name}"`;
  const size = checkedWait(what, { maxBufferSize: options?.maxBufferSize });
  const scope = placeOf("fromReadable()", options);
  const pull = pulling<T>(what, source, preventCancel);
  try {
    return pullStream(() => pull, name === "" ? "fromReadable()" : name, size, name, scope);
  } catch (error) {
    pull.forget();
    throw error;
  }
}

function pulling<T>(
  what: string,
  source: WebReadable | NodeReadable,
  keep: boolean,
): PullSource<T> & { forget(): void } {
  if (has(source, "getReader")) {
    const web = source as WebReadable;
    if (!web.locked) return new WebSource<T>(web.getReader() as WebReader<T>, keep);
    throw new TypeError(
      `Cannot make ${what} of a ReadableStream: it is locked to a reader already; release that, or tee() it first`,
    );
  }
  if (has(source, "read") && has(source, "on") && has(source, "destroy"))
    return new NodeSource<T>(source as NodeReadable, keep);
  throw new TypeError(
    `Cannot make ${what} of ${shown(source)}: it is no readable stream; pass a ReadableStream, or a Readable of Node`,
  );
}

/** A reader that can be left. */
interface Leaving {
  leave(why: Cancelled | undefined): Promise<void> | null;
}

/** A reader of the web. */
class WebSource<T> implements PullSource<T> {
  private readonly reader: WebReader<T>;
  private readonly keep: boolean;
  private open = true;

  constructor(reader: WebReader<T>, keep: boolean) {
    this.reader = reader;
    this.keep = keep;
  }

  next(): Operation<IteratorResult<T, unknown>> {
    // It takes the signal, and does nothing with it: `close` follows, and ends the read.
    return abortable(async (_signal) => {
      let ended = true;
      try {
        const step = await this.reader.read();
        ended = step.done;
        return step as IteratorResult<T, unknown>;
      } finally {
        if (ended) this.open = false; // It has ended, or failed.
      }
    });
  }

  close(why: Cancelled | undefined): Operation<void> {
    return closeReader(this, why);
  }

  /** Cancels the source, unless it has ended; and unlocks it in any case. */
  leave(why: Cancelled | undefined): Promise<void> | null {
    const { reader } = this;
    const cancelled = this.open && !this.keep ? reader.cancel(why) : null;
    this.open = false;
    reader.releaseLock();
    return cancelled;
  }

  forget(): void {
    this.reader.releaseLock();
  }
}

const closeReader: (source: Leaving, why: Cancelled | undefined) => Operation<void> = /* @__PURE__ */ operation(
  function* (source: Leaving, why: Cancelled | undefined) {
    const cancelled = source.leave(why);
    if (cancelled !== null) yield* cleanedUp(cancelled);
  },
);

/** A readable stream of Node. It may fail at any time, so it is listened to as long as it is ours. */
class NodeSource<T> implements PullSource<T> {
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
