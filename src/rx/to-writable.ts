/**
 * Writable streams of the web and of Node, out of send streams.
 *
 * @module
 */

import { BrokenResourceError, type Cancelled, UnsupportedError } from "../base/errors.ts";
import { bound } from "../kernel/binding.ts";
import type { Operation } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { operation } from "../kernel/work.ts";
import type { HostAbortSignal } from "../port/host.ts";
import type { WebWritable } from "./foreign.ts";
import { brokenBy, Lifetime, type LivingOptions, placeOf, report } from "./lifetime.ts";
import { checkedMark, checkedTarget, type SendTarget } from "./send-target.ts";

/** The `WritableStream` of the host's own types where they are loaded, else what the library knows of it. */
export type HostWritable = typeof globalThis extends { WritableStream: { prototype: infer Stream } }
  ? Stream
  : WebWritable<unknown>;

/** The class of Node's writable streams, by what is used of it. */
export type NodeWritableClass<W> = new (options: {
  objectMode: boolean;
  highWaterMark?: number;
  write(chunk: unknown, encoding: unknown, done: (error?: Error | null) => void): void;
  final(done: (error?: Error | null) => void): void;
  destroy(error: Error | null, done: (error?: Error | null) => void): void;
}) => W;

/** Options of {@link toWritable}. */
export interface ToWritableOptions extends LivingOptions {
  /** How many items, or with `bytes` how many bytes, may wait to be sent before the writer is told to wait. Default 1; with `bytes`, Node's own. */
  readonly highWaterMark?: number | undefined;
  /** Whether the items are bytes: for Node, a stream that is not in object mode. Default `false`. */
  readonly bytes?: boolean | undefined;
  /** What the stream is called in messages. */
  readonly name?: string | undefined;
}

/** One foreign stream on its way into a send stream. */
class Taking<T> {
  private readonly target: SendTarget<T>;
  private readonly scope: Scope;
  private readonly lifetime: Lifetime;
  private readonly title: string;
  private fail: ((error: unknown) => void) | null = null;
  private over = false;

  constructor(target: SendTarget<T>, scope: Scope, title: string) {
    this.target = target;
    this.scope = scope;
    this.title = title;
    this.lifetime = new Lifetime(scope, (cancelled) => {
      this.breakOff(cancelled);
    });
  }

  /** `fail` makes the writer's side fail. */
  begin(fail: (error: unknown) => void): void {
    this.fail = fail;
    if (this.scope._interrupt !== null) this.breakOff(this.scope._interrupt);
  }

  /** Sends `item`, unless `signal` is aborted first: then it is withdrawn. */
  send(item: T, signal?: HostAbortSignal): Promise<void> {
    const work = this.target.send(item);
    if (signal === undefined) return promised(work, this.scope);
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        subscription.unsubscribe();
        reject(signal.reason as Error);
      };
      const subscription = work.in(this.scope).subscribe({
        error: (error: unknown) => {
          signal.removeEventListener("abort", stop);
          reject(error);
        },
        complete: () => {
          signal.removeEventListener("abort", stop);
          resolve();
        },
      });
      if (!subscription.closed) signal.addEventListener("abort", stop);
    });
  }

  /** The writer is done. */
  close(): Promise<void> {
    this.leave();
    return promised(closing(this.target), this.scope);
  }

  /** The writer has failed, or was never done. */
  abort(error: unknown): Promise<void> {
    if (this.over) return Promise.resolve();
    this.leave();
    if (this.target.error === undefined) return promised(closing(this.target), this.scope);
    this.target.error(error ?? new BrokenResourceError("receive from", this.title, "its writer gave up"));
    return Promise.resolve();
  }

  /** Aborts it, and nobody waits for that. */
  giveUp(error: unknown): void {
    this.abort(error).catch((failure: unknown) => {
      report(this.scope, failure);
    });
  }

  private breakOff(cancelled: Cancelled | null): void {
    const error = brokenBy(cancelled, "write to", this.title);
    const { fail } = this;
    this.giveUp(error);
    fail?.(error);
  }

  private leave(): void {
    this.over = true;
    this.fail = null;
    this.lifetime.end();
  }
}

const closing: (target: SendTarget<never>) => Operation<void> = /* @__PURE__ */ operation((target: SendTarget<never>) =>
  target.aclose(),
);

function promised(work: Operation<void>, scope: Scope): Promise<void> {
  return new Promise((resolve, reject) => {
    work.in(scope).then(resolve, reject);
  });
}

/** What a `WritableStream` of the web tells the sink that it is made of. Without a signal, aborting it waits for the write on its way. */
interface WebSinkController {
  readonly signal?: HostAbortSignal;
  error(error: unknown): void;
}

type WebWritableClass = new (
  sink: {
    start(controller: WebSinkController): void;
    write(item: unknown, controller: WebSinkController): Promise<void>;
    close(): Promise<void>;
    abort(reason: unknown): Promise<void>;
  },
  strategy: { highWaterMark: number },
) => HostWritable;

/**
 * Makes a `WritableStream` of the web, or with `as` a `Writable` of Node, of a send stream.
 *
 * Each item is sent with `send()`, so the writer is told to wait while the stream is full. Closing or ending it closes the send end; aborting or destroying it
 * ends the stream with that error, once what is buffered was received. When sending fails, because every receive end is closed, so does the writer.
 * When the scope it is made in ends first, both sides fail with `BrokenResourceError`.
 *
 * A send end that is given here is the writer's from then on.
 *
 * @param target - Where the items go: `send(item)` and `aclose()`; and `error(e)`, if it can be ended with an error.
 * @throws {TypeError} When nothing can be sent to `target`.
 * @throws {RangeError} When `highWaterMark` is negative or `NaN`.
 * @throws {UnsupportedError} When the host has no `WritableStream`.
 * @example
 * import { createMemoryObjectStream, run, taskGroup, toWritable } from "anyrx";
 * await run(() => taskGroup(async (tg) => {
 *   const [send, receive] = createMemoryObjectStream<string>(0);
 *   const source = new Response("hello").body!.pipeThrough(new TextDecoderStream());
 *   void source.pipeTo(toWritable(send));
 *   const read: string[] = [];
 *   for await (const chunk of receive) read.push(chunk);
 *   return read;
 * })); // => ["hello"]
 * @source WHATWG Streams, Node `Writable`.
 */
export function toWritable<T, W>(
  target: SendTarget<T>,
  options: ToWritableOptions & { readonly as: NodeWritableClass<W> },
): W;
export function toWritable<T>(
  target: SendTarget<T>,
  options?: ToWritableOptions & { readonly as?: undefined },
): HostWritable;
export function toWritable<T>(
  target: SendTarget<T>,
  options?: ToWritableOptions & { readonly as?: NodeWritableClass<unknown> | undefined },
): unknown {
  const { name = "", bytes = false, highWaterMark, as: Node } = options ?? {};
  const what = name === "" ? "a writable stream" : `the writable stream "${name}"`;
  checkedTarget(what, target);
  if (highWaterMark !== undefined) checkedMark(what, highWaterMark);
  const Web = (globalThis as { WritableStream?: WebWritableClass }).WritableStream;
  if (Node === undefined && typeof Web !== "function") {
    throw new UnsupportedError(
      `Cannot make ${what}: ${bound.host.name} has no WritableStream; pass a Writable of Node as "as"`,
    );
  }
  const taking = new Taking<T>(target, placeOf("toWritable()", options), what);
  if (Node !== undefined) {
    const mark = highWaterMark ?? (bytes ? undefined : 1);
    return nodeWritable(Node, taking, { objectMode: !bytes, ...(mark === undefined ? {} : { highWaterMark: mark }) });
  }
  return new (Web as WebWritableClass)(
    {
      start: (controller) => {
        taking.begin((error) => {
          controller.error(error);
        });
      },
      write: (item, { signal }) =>
        taking.send(item as T, signal).catch((error: unknown) => {
          // The web fails the writer, and tells its sink of nothing any more. But when it was aborted, that comes now.
          if (signal?.aborted !== true) taking.giveUp(error);
          throw error;
        }),
      close: () => taking.close(),
      abort: (reason) => taking.abort(reason),
    },
    { highWaterMark: highWaterMark ?? 1 },
  );
}

function nodeWritable<T>(
  Node: NodeWritableClass<unknown>,
  taking: Taking<T>,
  mode: { objectMode: boolean; highWaterMark?: number },
): unknown {
  const writable = new Node({
    ...mode,
    write(item, _encoding, done) {
      taking.send(item as T).then(() => {
        done();
      }, done);
    },
    final(done) {
      taking.close().then(() => {
        done();
      }, done);
    },
    destroy(error, done) {
      taking.abort(error).then(() => {
        done(error);
      }, done);
    },
  }) as { destroy(error: unknown): unknown };
  taking.begin((error) => {
    writable.destroy(error);
  });
  return writable;
}
