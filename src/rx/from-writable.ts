/**
 * Send streams out of the writable streams of the web and of Node.
 *
 *     open ──close(), aclose(), the scope ends──▶ closing ──▶ closed       what was sent is written first
 *       └────error(e), the scope is cancelled──▶ closed                    aborted; what waits to be written is dropped
 *
 * @module
 */

import { BrokenResourceError, type Cancelled, ClosedResourceError, isCancelled, WouldBlock } from "../base/errors.ts";
import type { Observer } from "../base/rx.ts";
import { abortable } from "../kernel/abortable.ts";
import { shown } from "../kernel/checks.ts";
import { Operation, type OperationGenerator } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";
import { operation } from "../kernel/work.ts";
import type { AsyncResource } from "../stream/resource.ts";
import { sleepForever } from "../time/sleep.ts";
import { cleanedUp, Listeners, type NodeWritable, tellsClose, type WebWritable, type WebWriter } from "./foreign.ts";
import { type LivingOptions, placeOf } from "./lifetime.ts";
import { has } from "./pull-sources.ts";
import { Stay } from "./stay.ts";

/** Options of {@link fromWritable}. */
export interface FromWritableOptions extends LivingOptions {
  /** Whether the target stays open when this end is closed. Default `false`. */
  readonly preventClose?: boolean | undefined;
  /** What the stream is called in messages. */
  readonly name?: string | undefined;
}

/** An error. Boxed, since anything can be one. */
interface Failure {
  readonly error: unknown;
}

/** The foreign side, as one kind has it. */
interface Target {
  /** Begins to tell `told` what happens. */
  tells(told: Told): void;
  /** Whether a write now would be within its bounds. */
  readonly room: boolean;
  /** Writes. May throw, when the item is one that it cannot take. */
  write(item: unknown): void;
  /** Waits for what was written; and closes it, unless it is to stay open. Settles once that is done. */
  end(keep: boolean): Promise<unknown>;
  /** Drops what was not written, and settles once it has cleaned up. `order` is what it shall fail with, if it shall. */
  abort(order: Failure | null, cancelled: Cancelled | undefined): Promise<unknown>;
  /** Lets go of it. A promise, when that takes time. */
  release(): Promise<void> | void;
}

/** What the foreign side tells. */
interface Told {
  /** There may be room again. */
  room(): void;
  failed(error: unknown): void;
}

/** What a waiting sender has left with its wait. */
interface Offer {
  readonly item: unknown;
  readonly held: Disposable;
}

class Send<T> extends Operation<void> {
  private readonly stream: WritableSendStream<T>;
  private readonly item: T;

  constructor(stream: WritableSendStream<T>, item: T) {
    super();
    this.stream = stream;
    this.item = item;
  }

  describe(): string {
    return `send to ${this.stream._title} (full)`;
  }

  override _attempt(): undefined | typeof PENDING {
    return this.stream._offer(this.item) ? undefined : PENDING;
  }

  _park(waiter: Waiter, scope: Scope): void {
    this.stream._wait(waiter, { item: this.item, held: scope._engine.backend.hold(this.describe()) });
  }

  override _withdraw(waiter: Waiter, offer: unknown): void {
    waiter._queue?._remove(waiter);
    (offer as Offer).held[Symbol.dispose]();
  }
}

/**
 * The send end of a writable stream of the web or of Node. Made by {@link fromWritable}.
 *
 * It is an RxJS `Observer` too, as every send end is.
 */
export class WritableSendStream<T> implements Observer<T>, AsyncResource, Disposable {
  private readonly name: string;
  private readonly keep: boolean;
  private readonly target: Target;
  private readonly stay: Stay;
  private readonly senders = new WaitQueue();
  private isClosed = false;
  /** What the target failed with, by itself. */
  private failure: Failure | null = null;
  /** What the target shall fail with. */
  private order: Failure | null = null;
  /** How many wait for it to be closed; and what they are to be told of that. */
  private closers = 0;
  private closeFailure: Failure | null = null;

  /** @internal Use {@link fromWritable}. */
  constructor(scope: Scope, name: string, keep: boolean, target: Target) {
    this.name = name;
    this.keep = keep;
    this.target = target;
    this.stay = new Stay(scope, name === "" ? "fromWritable()" : name, {
      _work: sleepForever,
      _leave: (_failure, why) => this.leave(why),
      _over: () => {
        this.shut();
      },
    });
    target.tells({
      room: () => {
        this.pump();
      },
      failed: (error) => {
        this.failed(error);
      },
    });
  }

  /**
   * Writes `item`, once there is room for it: what the target's `highWaterMark` says. One that has no room at all takes one item at a time.
   *
   * *Checkpoint*: yes. *On cancel*: nothing is written. *Fairness*: first come, first served.
   *
   * @throws {ClosedResourceError} When this end is closed, also while waiting.
   * @throws {BrokenResourceError} When the target was closed. When it failed, its own error is thrown instead.
   */
  send(item: T): Operation<void> {
    return new Send(this, item);
  }

  /**
   * Writes `item` now or not at all.
   *
   * @throws {WouldBlock} When there is no room.
   * @throws {ClosedResourceError} When this end is closed.
   */
  sendNowait(item: T): void {
    if (!this._offer(item)) throw new WouldBlock(`send to ${this._title}`, "it has no room", "use send()");
  }

  /** Closes the target, once what was sent is written. Errors of that go to the task group. Closing again does nothing. */
  close(): void {
    if (this.shut()) this.stay.end();
  }

  /**
   * Closes the target, once what was sent is written, and waits for that.
   *
   * *Checkpoint*: yes, the first time. *On cancel*: the target is aborted instead.
   *
   * @throws The target's own error, when it fails on the way.
   */
  aclose(): Operation<void> {
    return closing(this);
  }

  /** `sendNowait`, for RxJS. */
  next(item: T): void {
    this.sendNowait(item);
  }

  /** Aborts the target with `error`: it fails with that, and what was not written yet is dropped. */
  error(error: unknown): void {
    if (!this.shut()) return;
    this.order = { error };
    this.stay.end();
  }

  /** `close`, for RxJS. */
  complete(): void {
    this.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Operation<void> {
    return this.aclose();
  }

  /** @internal */
  get _title(): string {
    return this.name === "" ? "the writable stream" : `the writable stream "${this.name}"`;
  }

  /** @internal Writes `item` if there is room. */
  _offer(item: unknown): boolean {
    if (this.isClosed) throw new ClosedResourceError("send to", this._title);
    if (this.failure !== null) throw this.failure.error;
    if (this.senders.length > 0 || !this.target.room) return false;
    this.target.write(item);
    return true;
  }

  /** @internal */
  _wait(waiter: Waiter, offer: Offer): void {
    waiter._value = offer;
    this.senders.push(waiter);
  }

  /** @internal Closes, and waits for that. */
  *_close(): OperationGenerator<void> {
    this.close();
    const ended = this.stay.ended();
    if (ended === null) return;
    this.closers++;
    try {
      yield* ended;
    } catch (error) {
      this.stay.hurry("closing was cancelled");
      throw error;
    } finally {
      this.closers--;
    }
    if (this.closeFailure !== null) throw this.closeFailure.error;
  }

  private *leave(why: Cancelled | undefined): OperationGenerator<void> {
    const { target } = this;
    try {
      if (this.failure !== null) return; // It was thrown.
      if (why === undefined && this.order === null) yield* this.finish();
      else yield* cleanedUp(target.abort(this.order, why));
    } catch (error) {
      if (isCancelled(error) || this.closers === 0) throw error;
      this.closeFailure = { error };
    } finally {
      const released = target.release();
      if (released !== undefined) yield* cleanedUp(released);
    }
  }

  private *finish(): OperationGenerator<void> {
    const { target } = this;
    const done = target.end(this.keep);
    try {
      yield* abortable((_signal) => done);
    } catch (error) {
      if (isCancelled(error)) {
        done.catch(ignore); // It was told to stop.
        yield* cleanedUp(target.abort(null, error));
      }
      throw error;
    }
  }

  /** Lets those write for whom there is room, longest waiting first. */
  private pump(): void {
    const { senders, target } = this;
    while (senders.length > 0 && this.failure === null && target.room) {
      const sender = senders.shift() as Waiter;
      const { item, held } = sender._value as Offer;
      held[Symbol.dispose]();
      try {
        target.write(item);
        sender._settle(undefined);
      } catch (error) {
        sender._fail(error);
      }
    }
  }

  private refuse(error: () => unknown): void {
    for (let sender = this.senders.shift(); sender !== null; sender = this.senders.shift()) {
      (sender._value as Offer).held[Symbol.dispose]();
      sender._fail(error());
    }
  }

  /** Whether this is what closes it. */
  private shut(): boolean {
    if (this.isClosed) return false;
    this.isClosed = true;
    this.refuse(() => new ClosedResourceError("send to", this._title));
    return true;
  }

  private failed(error: unknown): void {
    if (this.failure !== null || this.isClosed) return;
    this.failure = { error };
    this.refuse(() => error);
    this.stay.end();
  }
}

const closing: (stream: { _close(): OperationGenerator<void> }) => Operation<void> = /* @__PURE__ */ operation(
  function* (stream: { _close(): OperationGenerator<void> }) {
    yield* stream._close();
  },
);

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

function ignore(): void {
  // On purpose.
}

/** A writer of the web. */
class WebTarget implements Target {
  private readonly writer: WebWriter<unknown>;
  private told: Told | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private writing = 0;

  constructor(writer: WebWriter<unknown>) {
    this.writer = writer;
  }

  tells(told: Told): void {
    this.told = told;
    this.writer.closed.then(() => {
      told.failed(new BrokenResourceError("send to", "a WritableStream", "it was closed"));
    }, this.failed);
  }

  get room(): boolean {
    const { desiredSize } = this.writer;
    // One without any room takes one at a time: it would never say that it has some. One that has failed says so in a moment.
    return desiredSize !== null && (this.writing === 0 || desiredSize > 0);
  }

  write(item: unknown): void {
    this.writing++;
    this.last = this.writer.write(item).then(() => {
      this.writing--;
      this.told?.room();
    }, this.failed);
    // The others are silent about a failure until this write is over.
    this.writer.ready.then(undefined, this.failed);
  }

  end(keep: boolean): Promise<unknown> {
    return keep ? this.last : this.writer.close();
  }

  abort(order: Failure | null, cancelled: Cancelled | undefined): Promise<unknown> {
    return this.writer.abort(order === null ? cancelled : order.error);
  }

  release(): void {
    this.told = null;
    this.writer.releaseLock();
  }

  private readonly failed = (error: unknown): void => {
    this.told?.failed(error);
  };
}

/** A writable stream of Node. It may fail at any time, so it is listened to as long as it is ours. */
class NodeTarget implements Target {
  private readonly writable: NodeWritable;
  private readonly listeners: Listeners;
  private told: Told | null = null;
  private failure: Failure | null = null;
  private finished: boolean;
  private closed: boolean;
  private change: () => void = ignore;

  constructor(writable: NodeWritable) {
    this.writable = writable;
    this.finished = writable.writableFinished;
    this.closed = writable.destroyed && !tellsClose(writable);
    this.listeners = new Listeners(writable);
    this.listeners.on("drain", () => {
      this.change();
      this.told?.room();
    });
    this.listeners.on("finish", () => {
      this.finished = true;
      this.change();
    });
    this.listeners.on("error", (error: unknown) => {
      this.failure ??= { error };
      this.change();
      this.told?.failed(error);
    });
    this.listeners.on("close", () => {
      this.closed = true;
      this.change();
      this.told?.failed(this.broken());
    });
  }

  tells(told: Told): void {
    this.told = told;
    const { errored, destroyed, writableEnded } = this.writable;
    if (errored != null) told.failed(errored);
    else if (destroyed || writableEnded) told.failed(this.broken());
  }

  get room(): boolean {
    return !this.writable.writableNeedDrain;
  }

  write(item: unknown): void {
    if (this.writable.destroyed || this.writable.writableEnded) throw this.broken();
    this.writable.write(item);
  }

  async end(keep: boolean): Promise<unknown> {
    const { writable } = this;
    if (keep) await this.until(() => !writable.writableNeedDrain);
    else {
      writable.end();
      await this.until(() => this.finished);
    }
    return undefined;
  }

  async abort(order: Failure | null): Promise<unknown> {
    const { writable } = this;
    const reason = order?.error;
    if (reason instanceof Error) writable.destroy(reason);
    else if (order === null) writable.destroy();
    else {
      const error = new BrokenResourceError("write to", "a writable stream of Node", "its sender failed", {
        cause: reason,
      });
      writable.destroy(error);
    }
    await this.lastWord();
    return undefined;
  }

  async release(): Promise<void> {
    this.told = null;
    if (this.failure !== null || this.writable.errored != null) await this.lastWord();
    this.listeners.clear();
  }

  /** A destroyed stream has one: an error, maybe, which would end the process if nobody listened. */
  private async lastWord(): Promise<void> {
    if (!this.writable.destroyed || !tellsClose(this.writable)) return;
    while (!this.closed) await this.next();
  }

  /** Waits until `done`, or until it has failed or closed. */
  private async until(done: () => boolean): Promise<void> {
    while (!done()) {
      if (this.failure !== null) throw this.failure.error;
      if (this.closed || (this.writable.destroyed && !tellsClose(this.writable))) throw this.broken();
      await this.next();
    }
  }

  private next(): Promise<void> {
    return new Promise((resolve) => {
      this.change = resolve;
    });
  }

  private broken(): BrokenResourceError {
    return new BrokenResourceError("send to", "a writable stream of Node", "it was closed before it was ended");
  }
}
