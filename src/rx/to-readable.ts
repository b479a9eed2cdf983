/**
 * Readable streams of the web and of Node, out of anything that gives items.
 *
 * @module
 */

import { UnsupportedError } from "../base/errors.ts";
import type { Subscribable } from "../base/rx.ts";
import { bound } from "../kernel/binding.ts";
import { Giving, type ReceiveTarget } from "./giving.ts";
import { type LivingOptions, placeOf } from "./lifetime.ts";
import { nodeReadable, type NodeReadableClass } from "./node-readable.ts";
import type { Overflow } from "./overflow.ts";
import { has, type Pullable } from "./pull-sources.ts";
import { checkedMark } from "./send-target.ts";
import { openerOf } from "./to-stream.ts";
import { type HostReadable, webReadable, type WebReadableClass } from "./web-readable.ts";

/** Options of {@link toReadable}. */
export interface ToReadableOptions extends LivingOptions {
  /** How many items, or bytes, are taken ahead of whoever reads: 0, the default, to `Infinity`. */
  readonly highWaterMark?: number | undefined;
  /** Whether the items are bytes: a byte stream of the web, or one of Node that is not in object mode. Default `false`. */
  readonly bytes?: boolean | undefined;
  /** What to do when nobody reads: for an Observable, which cannot wait. */
  readonly overflow?: Overflow | undefined;
  /** How many items an Observable may be ahead. */
  readonly maxBufferSize?: number | undefined;
  /** What the stream is called in messages. */
  readonly name?: string | undefined;
}

/**
 * Makes a `ReadableStream` of the web, or with `as` a `Readable` of Node, of anything that gives items.
 *
 * An item is received when somebody reads, or there is room below the `highWaterMark`: who reads slowly slows the sender down. Cancelling or destroying
 * it closes the source, and is waited for. Errors come as they are; when the scope it is made in ends first, it fails with `BrokenResourceError`.
 *
 * With `bytes`, a reader of the web may bring a buffer of its own, `getReader({ mode: "byob" })`: it is filled with what is received, and a byte stream is asked
 * for no more than that. Bytes are copied once, so whoever sent them keeps theirs.
 *
 * A receive stream that is given here is the reader's from then on: nobody else should receive from it.
 *
 * @param source - What {@link toStream} takes. An Observable cannot wait: choose its `overflow`.
 * @throws {TypeError} When `source` gives no items, or cannot wait and no overflow was chosen.
 * @throws {RangeError} When `highWaterMark` is negative or `NaN`.
 * @throws {UnsupportedError} When the host has no `ReadableStream`.
 * @example
 * import { Readable } from "node:stream";
 * import { createMemoryObjectStream, run, toReadable } from "anyrx";
 * await run(async () => {
 *   const [send, receive] = createMemoryObjectStream<string>(2);
 *   for (const word of ["a", "b"]) await send.send(word);
 *   send.close();
 *   const read: string[] = [];
 *   for await (const word of toReadable(receive, { as: Readable })) read.push(word);
 *   return read;
 * }); // => ["a", "b"]
 * @source WHATWG Streams, Node `Readable`.
 */
export function toReadable<R>(
  source: Pullable<unknown> | Subscribable<unknown>,
  options: ToReadableOptions & { readonly as: NodeReadableClass<R> },
): R;
export function toReadable(
  source: Pullable<unknown> | Subscribable<unknown>,
  options?: ToReadableOptions & { readonly as?: undefined },
): HostReadable;
export function toReadable(
  source: Pullable<unknown> | Subscribable<unknown>,
  options?: ToReadableOptions & { readonly as?: NodeReadableClass<unknown> | undefined },
): unknown {
  const { name = "", bytes = false, highWaterMark = 0, as: Node } = options ?? {};
  const what = name === "" ? "a readable stream" : `the readable stream "${name}"`;
  checkedMark(what, highWaterMark);
  const Web = (globalThis as { ReadableStream?: WebReadableClass }).ReadableStream;
  if (Node === undefined && typeof Web !== "function") {
    throw new UnsupportedError(
      `Cannot make ${what}: ${bound.host.name} has no ReadableStream; pass a Readable of Node as "as"`,
    );
  }
  const scope = placeOf("toReadable()", options);
  const stream =
    has(source, "receive") && has(source, "aclose")
      ? (source as unknown as ReceiveTarget<unknown>)
      : openerOf<unknown>("toReadable()", source, options)(scope);
  const giving = new Giving<unknown>(stream, scope, what);
  if (Node !== undefined) return nodeReadable(Node, giving, { objectMode: !bytes, highWaterMark });
  return webReadable(Web as WebReadableClass, giving, { bytes, highWaterMark });
}
