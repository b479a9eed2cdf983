/**
 * Readable streams of the web, out of what is given.
 *
 * @module
 */

import { shown } from "../kernel/checks.ts";
import type { WebReadable } from "./foreign.ts";
import type { Giving, Reader } from "./giving.ts";

/** The `ReadableStream` of the host's own types where they are loaded, else what the library knows of it. */
export type HostReadable = typeof globalThis extends { ReadableStream: { prototype: infer Stream } }
  ? Stream
  : WebReadable;

/** What a `ReadableStream` of the web tells the function that it is made of. */
interface WebController {
  readonly byobRequest?: { readonly view: ArrayBufferView | null; respond(bytes: number): void } | null;
  enqueue(item: unknown): void;
  close(): void;
  error(error: unknown): void;
}

/** The class `ReadableStream`, by what is used of it. */
export type WebReadableClass = new (
  source: {
    type: "bytes" | undefined;
    start(controller: WebController): void;
    pull(controller: WebController): Promise<void>;
    cancel(): Promise<void>;
  },
  strategy: { highWaterMark: number },
) => HostReadable;

/** Makes one, of the class `Web`. */
export function webReadable(
  Web: WebReadableClass,
  giving: Giving<unknown>,
  { bytes, highWaterMark }: { bytes: boolean; highWaterMark: number },
): HostReadable {
  return new Web(
    {
      type: bytes ? "bytes" : undefined,
      start: (controller) => {
        giving.begin(bytes ? new ByteReader(controller) : new ItemReader(controller));
      },
      pull: (controller) => giving.pull(bytes ? controller.byobRequest?.view?.byteLength : undefined),
      cancel: () => giving.close(),
    },
    { highWaterMark },
  );
}

/** Whoever reads items. */
class ItemReader implements Reader<unknown> {
  private readonly controller: WebController;

  constructor(controller: WebController) {
    this.controller = controller;
  }

  item(item: unknown): boolean {
    this.controller.enqueue(item);
    return true;
  }

  end(): void {
    this.controller.close();
  }

  fail(error: unknown): void {
    this.controller.error(error);
  }
}

/** Whoever reads bytes, maybe into a buffer of their own. */
class ByteReader implements Reader<unknown> {
  private readonly controller: WebController;

  constructor(controller: WebController) {
    this.controller = controller;
  }

  item(item: unknown): boolean {
    const bytes = bytesOf(item);
    if (bytes.length === 0) return false; // No bytes are no chunk.
    const { controller } = this;
    const request = controller.byobRequest;
    let filled = 0;
    if (request?.view) {
      const { buffer, byteOffset, byteLength } = request.view;
      filled = Math.min(byteLength, bytes.length);
      new Uint8Array(buffer, byteOffset, filled).set(bytes.subarray(0, filled));
      request.respond(filled);
    }
    // A copy: what is put into a byte stream is taken away from whoever has it, and from all that shares its memory.
    if (filled < bytes.length) controller.enqueue(new Uint8Array(bytes.subarray(filled)));
    return true;
  }

  end(): void {
    const { controller } = this;
    try {
      controller.close();
    } catch {
      return; // It ends within an element of the reader's buffer. That has failed the stream.
    }
    controller.byobRequest?.respond(0); // Or who waits with a buffer of its own waits for ever.
  }

  fail(error: unknown): void {
    this.controller.error(error);
  }
}

function bytesOf(item: unknown): Uint8Array {
  if (ArrayBuffer.isView(item)) return new Uint8Array(item.buffer, item.byteOffset, item.byteLength);
  throw new TypeError(
    `Cannot put ${shown(item)} into a byte stream: it is no Uint8Array; leave "bytes" out, or send bytes, such as new TextEncoder().encode(text)`,
  );
}
