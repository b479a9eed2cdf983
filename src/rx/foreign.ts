/**
 * The streams of the web platform and of Node, by what is used of them.
 *
 * Types, and how the two are told apart: no host is needed to know them.
 *
 * @module
 */

import { CancelScope } from "../kernel/cancel-scope.ts";
import { abortable } from "../kernel/abortable.ts";
import type { Operation } from "../kernel/operation.ts";

/** A reader of the web. */
export interface WebReader<T> {
  read(): Promise<{ readonly done: boolean; readonly value?: T | undefined }>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

/** A `ReadableStream` of the web. */
export interface WebReadable {
  readonly locked: boolean;
  getReader(): WebReader<unknown>;
}

/** A writer of the web. */
export interface WebWriter<T> {
  readonly desiredSize: number | null;
  readonly closed: Promise<unknown>;
  readonly ready: Promise<unknown>;
  write(item: T): Promise<void>;
  close(): Promise<void>;
  abort(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

/** A `WritableStream` of the web. */
export interface WebWritable<T> {
  readonly locked: boolean;
  getWriter(): WebWriter<T>;
}

/** A listener of an emitter. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as Node's own types have it: anything else is not assignable from them.
export type Listener = (...values: any[]) => void;

/** What both kinds of Node's streams have. */
export interface NodeStream {
  readonly destroyed: boolean;
  readonly closed?: boolean;
  readonly errored?: Error | null;
  destroy(error?: Error): unknown;
  on(name: string, listener: Listener): unknown;
  off(name: string, listener: Listener): unknown;
}

/** A `Readable` of Node. */
export interface NodeReadable extends NodeStream {
  readonly readableEnded: boolean;
  read(): unknown;
  unshift(chunk: unknown): void;
}

/** A `Writable` of Node. */
export interface NodeWritable extends NodeStream {
  readonly writableNeedDrain: boolean;
  readonly writableFinished: boolean;
  readonly writableEnded: boolean;
  write(chunk: unknown): boolean;
  end(): unknown;
}

/** Listeners of one bridge, which are all taken off together. */
export class Listeners {
  private readonly target: NodeStream;
  private readonly all: (readonly [string, Listener])[] = [];

  constructor(target: NodeStream) {
    this.target = target;
  }

  on(name: string, listener: Listener): void {
    this.all.push([name, listener]);
    this.target.on(name, listener);
  }

  clear(): void {
    for (const [name, listener] of this.all.splice(0)) this.target.off(name, listener);
  }
}

/** Whether a stream that was destroyed is still to tell that it is closed. Node marks it as closed before it says so. */
export function tellsClose(stream: NodeStream): boolean {
  type State = { readonly closeEmitted?: boolean; readonly emitClose?: boolean } | undefined;
  const { _readableState, _writableState } = stream as { _readableState?: State; _writableState?: State };
  const state = _readableState ?? _writableState;
  return (state?.closeEmitted ?? stream.closed) !== true && state?.emitClose !== false;
}

/** Waits for a cleanup that has begun. Also in a scope that is cancelled: it is what that scope waits for. */
export function cleanedUp(cleanup: PromiseLike<unknown>): Operation<unknown> {
  return new CancelScope({ shield: true }).enter(() => abortable((_signal) => cleanup));
}
