/**
 * Receive streams out of the readable streams of the web and of Node.
 *
 * @module
 */

import { shown } from "../kernel/checks.ts";
import type { NodeReadable, WebReadable, WebReader } from "./foreign.ts";
import { type LivingOptions, placeOf } from "./lifetime.ts";
import { NodeSource } from "./node-source.ts";
import { checkedWait } from "./overflow.ts";
import { type PullSource, pullStream } from "./pull-feed.ts";
import { has } from "./pull-sources.ts";
import type { SourceStream } from "./source-stream.ts";
import { WebSource } from "./web-source.ts";

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
