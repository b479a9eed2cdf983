/**
 * Items: one way to take the next one from any source that is read, not subscribed to.
 *
 * @module
 */

import { EndOfStream } from "../../base/errors.ts";
import { shown } from "../../kernel/checks.ts";
import { Operation, type OperationGenerator } from "../../kernel/operation.ts";
import { foreign } from "./foreign.ts";

/** A receive stream of ours, or anything with its `receive()`. */
export interface ReceivableLike<T> {
  receive(): PromiseLike<T>;
}

/** A `ReadableStream`, where it is no async iterable. */
export interface ReadableLike<T> {
  getReader(): {
    read(): PromiseLike<{ readonly done: boolean; readonly value?: T | undefined }>;
    cancel(): PromiseLike<unknown>;
  };
}

/** What `expectStream` takes. */
export type StreamLike<T = unknown> = ReceivableLike<T> | AsyncIterable<T> | ReadableLike<T>;

/** A source of items, being read. */
export interface Items {
  /** Takes the next one. Throws {@link EndOfStream} when there is none. */
  next(): OperationGenerator<unknown>;
  /** Nobody will read on. */
  leave(): void;
}

/** The items of `stream`. */
export function itemsOf(stream: StreamLike): Items {
  if (has(stream, "receive")) return new Received(stream as ReceivableLike<unknown>);
  if (has(stream, Symbol.asyncIterator)) return new Iterated(stream as AsyncIterable<unknown>);
  if (has(stream, "getReader")) return new Read(stream as ReadableLike<unknown>);
  const instead = has(stream, "subscribe") ? "use expectObservable()" : "pass a receive stream or an async iterable";
  throw new TypeError(
    `Cannot receive from ${shown(stream)}: it has no receive(), no async iterator and no getReader(); ${instead}`,
  );
}

function has(stream: unknown, method: PropertyKey): boolean {
  return typeof (stream as Record<PropertyKey, unknown> | null | undefined)?.[method] === "function";
}

class Received implements Items {
  private readonly stream: ReceivableLike<unknown>;

  constructor(stream: ReceivableLike<unknown>) {
    this.stream = stream;
  }

  *next(): OperationGenerator<unknown> {
    const received = this.stream.receive();
    return yield* received instanceof Operation
      ? (received as Operation<unknown>)
      : foreign("receive()", () => received);
  }

  leave(): void {
    // It waits for nothing any more.
  }
}

class Iterated implements Items {
  private readonly iterator: AsyncIterator<unknown, unknown, undefined>;

  constructor(stream: AsyncIterable<unknown>) {
    this.iterator = stream[Symbol.asyncIterator]() as AsyncIterator<unknown, unknown, undefined>;
  }

  *next(): OperationGenerator<unknown> {
    const result: IteratorResult<unknown, unknown> = yield* foreign("the next item", () => this.iterator.next());
    if (result.done === true) throw new EndOfStream("the async iterable");
    return result.value;
  }

  leave(): void {
    ignore(() => this.iterator.return?.());
  }
}

class Read implements Items {
  private readonly reader: ReturnType<ReadableLike<unknown>["getReader"]>;

  constructor(stream: ReadableLike<unknown>) {
    this.reader = stream.getReader();
  }

  *next(): OperationGenerator<unknown> {
    const { done, value } = yield* foreign("read()", () => this.reader.read());
    if (done) throw new EndOfStream("the readable stream");
    return value;
  }

  leave(): void {
    ignore(() => this.reader.cancel());
  }
}

/** Says goodbye. Nobody waits for what comes of it. */
function ignore(goodbye: () => PromiseLike<unknown> | undefined): void {
  try {
    void goodbye()?.then(null, () => undefined);
  } catch {
    // Nor for this.
  }
}
