/**
 * Send streams out of the writable streams of the web and of Node.
 *
 * @module
 */

import { shown } from "../kernel/checks.ts";
import type { NodeWritable, WebWritable } from "./foreign.ts";
import { type LivingOptions, placeOf } from "./lifetime.ts";
import { NodeTarget } from "./node-target.ts";
import { has } from "./pull-sources.ts";
import { WebTarget } from "./web-target.ts";
import { WritableSendStream } from "./writable-send-stream.ts";
import type { Target } from "./writable-target.ts";

/** Options of {@link fromWritable}. */
export interface FromWritableOptions extends LivingOptions {
  /** Whether the target stays open when this end is closed. Default `false`. */
  readonly preventClose?: boolean | undefined;
  /** What the stream is called in messages. */
  readonly name?: string | undefined;
}

/**
 * Makes a send stream of a `WritableStream` of the web, or of a `Writable` of Node, such as a socket, a file or `process.stdout`.
 *
 * `send` waits until the target has room, by its own `highWaterMark`. When the target fails, sending throws its error as it is; a Node stream that is
 * closed before it was ended breaks off with `BrokenResourceError`.
 *
 * It lives in the scope it is made in: when that ends, it is closed in order; when that is cancelled, the target is aborted (the web; with the `Cancelled`) or
 * destroyed (Node; without an error). The task group waits for either. When it is done with, the writer's lock is released and every listener is off.
 *
 * @throws {TypeError} When `target` is no writable stream, or is locked, or an option makes no sense.
 * @example
 * import { fromWritable, run } from "anyrx";
 * await run(async () => {
 *   const written: string[] = [];
 *   const send = fromWritable<string>(new WritableStream({ write: (chunk: string) => void written.push(chunk) }));
 *   await send.send("a");
 *   await send.send("b");
 *   await send.aclose();
 *   return written;
 * }); // => ["a", "b"]
 * @source WHATWG Streams, Node `Writable`.
 */
export function fromWritable<T>(
  target: WebWritable<T> | NodeWritable,
  options?: FromWritableOptions,
): WritableSendStream<T> {
  const { name = "", preventClose = false } = options ?? {};
  const what = name === "" ? "a send stream" : `the send stream "${name}"`;
  const scope = placeOf("fromWritable()", options);
  return new WritableSendStream<T>(scope, name, preventClose, targetOf(what, target));
}

function targetOf(what: string, target: unknown): Target {
  if (has(target, "getWriter")) {
    const web = target as WebWritable<unknown>;
    if (!web.locked) return new WebTarget(web.getWriter());
    throw new TypeError(
      `Cannot make ${what} of a WritableStream: it is locked to a writer already; release that first`,
    );
  }
  if (has(target, "write") && has(target, "end") && has(target, "on")) return new NodeTarget(target as NodeWritable);
  throw new TypeError(
    `Cannot make ${what} of ${shown(target)}: it is no writable stream; pass a WritableStream, or a Writable of Node`,
  );
}
