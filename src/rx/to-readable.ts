/**
 * Readable streams of the web and of Node, out of receive streams.
 *
 * @module
 */

import { type Cancelled, isCancelled, isEndOfStream, UnsupportedError } from "../base/errors.ts";
import type { Subscribable } from "../base/rx.ts";
import { bound } from "../kernel/binding.ts";
import type { Operation } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { operation } from "../kernel/work.ts";
import type { AsyncResource } from "../stream/resource.ts";
import type { WebReadable } from "./foreign.ts";
import { brokenBy, Lifetime, type LivingOptions, placeOf, report, strayCancel } from "./lifetime.ts";
import type { Overflow } from "./overflow.ts";
import { has, type Pullable } from "./pull-sources.ts";
import { checkedMark } from "./send-target.ts";
import { openerOf } from "./to-stream.ts";

/** A receive stream, by what is used of it. */
interface ReceiveTarget<T> extends AsyncResource {
  receive(): Operation<T>;
}

/** The class of Node's readable streams, by what is used of it. */
export type NodeReadableClass<R> = new (options: {
  objectMode: boolean;
  highWaterMark: number;
  read(): void;
  destroy(error: Error | null, done: (error?: Error | null) => void): void;
}) => R;

/** The `ReadableStream` of the host's own types where they are loaded, else what the library knows of it. */
export type HostReadable = typeof globalThis extends { ReadableStream: { prototype: infer Stream } }
  ? Stream
  : WebReadable;

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

/** What the foreign side is told. */
interface Reader<T> {
  /** `false` when that was nothing at all. */
  item(item: T): boolean;
  end(): void;
  fail(error: unknown): void;
}

/** One receive stream on its way into a foreign one. */
class Giving<T> {
  private readonly stream: ReceiveTarget<T>;
  private readonly scope: Scope;
  private readonly lifetime: Lifetime;
  private readonly title: string;
  private reader: Reader<T> | null = null;
  private over = false;

  constructor(stream: ReceiveTarget<T>, scope: Scope, title: string) {
    this.stream = stream;
    this.scope = scope;
    this.title = title;
    this.lifetime = new Lifetime(scope, (cancelled) => {
      this.breakOff(cancelled);
    });
  }

  /** `reader` is told from now on. */
  begin(reader: Reader<T>): void {
    this.reader = reader;
    if (this.scope._interrupt !== null) this.breakOff(this.scope._interrupt);
  }

  /** Receives one item for the reader. A wait, and no work: the end of a group does not wait for it. */
  pull(): Promise<void> {
    return new Promise((done) => {
      if (this.over) {
        done();
        return;
      }
      this.stream
        .receive()
        .in(this.scope)
        .then(
          (item) => {
            if (this.give(item)) done();
            else void this.pull().then(done);
          },
          (error: unknown) => {
            this.failed(error);
            done();
          },
        );
    });
  }

  /** Nobody reads any more: closes the stream. Settles once it has cleaned up. */
  close(): Promise<void> {
    this.over = true;
    this.lifetime.end();
    return new Promise((resolve, reject) => {
      closing(this.stream).in(this.scope).then(resolve, reject);
    });
  }

  /** Whether the reader has what it asked for. */
  private give(item: T): boolean {
    if (this.over) return true;
    try {
      return this.reader?.item(item) !== false;
    } catch (error) {
      this.failed(error); // No item for such a reader.
      this.abandon();
      return true;
    }
  }

  private failed(error: unknown): void {
    this.finish((reader) => {
      if (isEndOfStream(error)) reader.end();
      else reader.fail(isCancelled(error) ? strayCancel(error, this.title) : error);
    });
  }

  private breakOff(cancelled: Cancelled | null): void {
    this.finish((reader) => {
      reader.fail(brokenBy(cancelled, "read from", this.title));
    });
    this.abandon();
  }

  private finish(tell: (reader: Reader<T>) => void): void {
    if (this.over) return;
    this.over = true;
    this.lifetime.end();
    if (this.reader !== null) tell(this.reader);
  }

  private abandon(): void {
    this.close().catch((error: unknown) => {
      if (!isCancelled(error)) report(this.scope, error);
    });
  }
}

const closing: (stream: AsyncResource) => Operation<void> = /* @__PURE__ */ operation((stream: AsyncResource) =>
  stream.aclose(),
);

/** What a `ReadableStream` of the web tells the function that it is made of. */
interface WebController {
  readonly byobRequest?: { respond(bytes: number): void } | null;
  enqueue(item: unknown): void;
  close(): void;
  error(error: unknown): void;
}

type WebReadableClass = new (
  source: {
    type: "bytes" | undefined;
    start(controller: WebController): void;
    pull(): Promise<void>;
    cancel(): Promise<void>;
  },
  strategy: { highWaterMark: number },
) => HostReadable;

/**
 * Makes a `ReadableStream` of the web, or with `as` a `Readable` of Node, of anything that gives items.
 *
 * An item is received when somebody reads, or there is room below the `highWaterMark`: who reads slowly slows the sender down. Cancelling or destroying
 * it closes the source, and is waited for. Errors come as they are; when the scope it is made in ends first, it fails with `BrokenResourceError`.
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
  return new (Web as WebReadableClass)(
    {
      type: bytes ? "bytes" : undefined,
      start: (controller) => {
        giving.begin({
          item: (item) => {
            // No bytes are no chunk.
            if (bytes && (item as Partial<Uint8Array> | null | undefined)?.byteLength === 0) return false;
            controller.enqueue(item);
            return true;
          },
          end: () => {
            controller.close();
            controller.byobRequest?.respond(0); // Or who waits with a buffer of its own waits for ever.
          },
          fail: (error) => {
            controller.error(error);
          },
        });
      },
      pull: () => giving.pull(),
      cancel: () => giving.close(),
    },
    { highWaterMark },
  );
}

/** A `Readable` of Node, as far as it is fed. */
interface Fed {
  push(item: unknown): boolean;
  destroy(error?: unknown): unknown;
}

function nodeReadable(
  Node: NodeReadableClass<unknown>,
  giving: Giving<unknown>,
  mode: { objectMode: boolean; highWaterMark: number },
): unknown {
  let open = true;
  const readable = new Node({
    ...mode,
    read() {
      void giving.pull();
    },
    destroy(error, done) {
      if (!open) {
        done(error);
        return;
      }
      open = false;
      giving.close().then(
        () => {
          done(error);
        },
        (failure: unknown) => {
          done(error ?? (failure as Error));
        },
      );
    },
  }) as Fed;
  giving.begin({
    item: (item) => {
      if (item === null || item === undefined) {
        throw new TypeError(
          `Cannot put ${String(item)} into a Readable of Node: to that it means the end; send something else`,
        );
      }
      readable.push(item);
      return true;
    },
    end: () => {
      open = false;
      readable.push(null);
    },
    fail: (error) => {
      open = false;
      readable.destroy(error);
    },
  });
  return readable;
}
