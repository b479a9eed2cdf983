/**
 * Memory object streams: bounded Subjects with backpressure.
 *
 * One noun with two ends, which are here with the two waits on them; long for its docs. What they share is in `memory-channel.ts`.
 *
 * @module
 */

import { ClosedResourceError, WouldBlock } from "../base/errors.ts";
import type { Observer } from "../base/rx.ts";
import { TypedAttributeProvider } from "../base/typed-attributes.ts";
import { shown } from "../kernel/checks.ts";
import { forget, watch } from "../kernel/leaks.ts";
import { Operation } from "../kernel/operation.ts";
import { keep, moveIn } from "../kernel/resident.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Waiter } from "../kernel/waiter.ts";
import { PENDING } from "../kernel/waiter.ts";
import { operation } from "../kernel/work.ts";
import { Channel, channels, type MemoryObjectStreamStatistics, NOTHING } from "./memory-channel.ts";
import { BaseReceiveStream } from "./base-receive-stream.ts";
import type { ObjectSendStream } from "./contracts.ts";

/** Options of a memory object stream. */
export interface MemoryObjectStreamOptions {
  /** What it is called in messages. */
  readonly name?: string | undefined;
}

class Send<T> extends Operation<void> {
  readonly end: MemoryObjectSendStream<T>;
  private readonly channel: Channel<T>;
  private readonly item: T;

  constructor(end: MemoryObjectSendStream<T>, channel: Channel<T>, item: T) {
    super();
    this.end = end;
    this.channel = channel;
    this.item = item;
  }

  describe(): string {
    return `send to ${this.channel.title} (full)`;
  }

  override _attempt(scope: Scope): undefined | typeof PENDING {
    this.end._check("send to");
    return this.channel.offer(this.item, scope) ? undefined : PENDING;
  }

  _park(waiter: Waiter): void {
    const { channel } = this;
    waiter._value = this.item;
    channel.senders.push(waiter);
    channel.onMoved?.();
  }
}

class Receive<T> extends Operation<T> {
  readonly end: MemoryObjectReceiveStream<T>;
  private readonly channel: Channel<T>;

  constructor(end: MemoryObjectReceiveStream<T>, channel: Channel<T>) {
    super();
    this.end = end;
    this.channel = channel;
  }

  describe(): string {
    return `receive on ${this.channel.title} (empty)`;
  }

  override _attempt(scope: Scope): T | typeof PENDING {
    const item = this.end._take(scope);
    return item === NOTHING ? PENDING : item;
  }

  _park(waiter: Waiter): void {
    this.channel.receivers.push(waiter);
  }

  override _undo(item: T): void {
    this.channel.putBack(item);
  }
}

/**
 * The end that items are sent to. It is an RxJS `Observer` too: `next` is `sendNowait`, `complete` closes, and `error(e)` ends the stream with
 * `e` once the buffer is drained. So `source$.subscribe(send)` works; when the buffer is full, `next` throws {@link WouldBlock}.
 *
 * @source AnyIO `MemoryObjectSendStream`.
 */
export class MemoryObjectSendStream<T>
  extends TypedAttributeProvider
  implements Observer<T>, Disposable, ObjectSendStream<T>
{
  private readonly channel: Channel<T>;
  private isClosed = false;

  /** @internal Use {@link createMemoryObjectStream}. */
  constructor(channel: Channel<T>) {
    super();
    this.channel = channel;
    channel.sendEnds++;
    watch(this, () => `A send end of ${channel.title} was collected as garbage and never closed; close it`);
  }

  /** What it is called in messages; empty when it has no name. */
  get name(): string {
    return this.channel.name;
  }

  /**
   * Sends `item`: to the longest waiting receiver, else into the buffer, else waits for room. Once it runs, a later `sendNowait` cannot overtake it;
   * `await` runs it a microtask after the step that waits.
   *
   * *Checkpoint*: yes. *On cancel*: the item is withdrawn, unless it was taken; then the send has succeeded. *Fairness*: first come, first served.
   *
   * @throws {ClosedResourceError} When this end is closed, also while waiting.
   * @throws {BrokenResourceError} When every receive end is closed.
   * @example
   * import { createMemoryObjectStream } from "anyrx";
   * const [send, receive] = createMemoryObjectStream<string>(1);
   * await send.send("hello");
   * await receive.receive(); // => "hello"
   */
  send(item: T): Operation<void> {
    return new Send(this, this.channel, item);
  }

  /**
   * Sends `item` now or not at all.
   *
   * @throws {WouldBlock} When no receiver waits and the buffer is full.
   * @throws {ClosedResourceError} When this end is closed.
   * @throws {BrokenResourceError} When every receive end is closed.
   */
  sendNowait(item: T): void {
    this._check("send to");
    if (!this.channel.offer(item, null)) {
      const { capacity } = this.channel;
      const state =
        capacity === 0 ? "no receiver waits, and it has no buffer" : `its buffer is full (${String(capacity)} items)`;
      throw new WouldBlock(`send to ${this.channel.title}`, state, "use send(), or a larger buffer");
    }
  }

  /**
   * Opens another send end of the same stream. The stream ends when all of them are closed.
   *
   * @throws {ClosedResourceError} When this end is closed.
   */
  clone(): MemoryObjectSendStream<T> {
    if (this.isClosed) throw new ClosedResourceError("clone a send end of", this.channel.title);
    return new MemoryObjectSendStream(this.channel);
  }

  /** Closes this end, at once. Whoever is blocked in its `send` gets {@link ClosedResourceError}. Closing again does nothing. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    forget(this);
    const { channel } = this;
    channel.senders.failWhere(
      (source) => source instanceof Send && source.end === this,
      () => new ClosedResourceError("send to", channel.title),
    );
    if (--channel.sendEnds === 0) channel.end();
  }

  /** {@link MemoryObjectSendStream.close} as an operation. No checkpoint. */
  aclose(): Operation<void> {
    return closing(this);
  }

  /** The stream's figures at this moment. */
  statistics(): MemoryObjectStreamStatistics {
    return this.channel.statistics();
  }

  /** `sendNowait`, for RxJS. */
  next(item: T): void {
    this.sendNowait(item);
  }

  /** Ends the stream with `error`, once what is buffered was received. For RxJS. */
  error(error: unknown): void {
    if (this.isClosed) return;
    this.channel.failure ??= { error };
    this.close();
  }

  /** Closes this end. For RxJS. */
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
  _check(action: string): void {
    if (this.isClosed) throw new ClosedResourceError(action, this.channel.title);
    if (this.channel.receiveEnds === 0) throw this.channel.brokenFor(action);
  }
}

/**
 * The end that items are received from: one by one with `receive()`, in a `for await` loop, or as an Observable.
 *
 * Subscribing consumes: each item goes to exactly one receiver, whichever waits longest. Unsubscribing, or leaving the loop, stops between items
 * and loses none; the end stays open.
 *
 * @source AnyIO `MemoryObjectReceiveStream`. Differs: an Observable as well.
 */
export class MemoryObjectReceiveStream<T> extends BaseReceiveStream<T> implements Disposable {
  private readonly channel: Channel<T>;
  private isClosed = false;
  private recipe: Operation<T> | null = null;

  /** @internal Use {@link createMemoryObjectStream}. */
  constructor(channel: Channel<T>) {
    super();
    this.channel = channel;
    channel.receiveEnds++;
    watch(this, () => `A receive end of ${channel.title} was collected as garbage and never closed; close it`);
  }

  /** What it is called in messages; empty when it has no name. */
  get name(): string {
    return this.channel.name;
  }

  /**
   * Receives the oldest item, or waits for one. The slot it leaves goes to the longest waiting sender.
   *
   * *Checkpoint*: yes. *On cancel*: no item is lost: one that was handed over is received, or goes back to the stream's head when nobody is left to
   * see it. *Fairness*: first come, first served.
   *
   * @throws {EndOfStream} When every send end is closed and nothing is left.
   * @throws {ClosedResourceError} When this end is closed, also while waiting.
   */
  override receive(): Operation<T> {
    // One recipe serves every call; in development mode each is watched on its own.
    const { channel } = this;
    return Operation._made === null ? (this.recipe ??= new Receive(this, channel)) : new Receive(this, channel);
  }

  /**
   * Receives the oldest item now or not at all.
   *
   * @throws {WouldBlock} When there is none.
   * @throws {EndOfStream} When every send end is closed and nothing is left.
   * @throws {ClosedResourceError} When this end is closed.
   */
  receiveNowait(): T {
    const item = this._take(null);
    if (item === NOTHING)
      throw new WouldBlock(
        `receive from ${this.channel.title}`,
        "nothing is buffered and no sender waits",
        "use receive()",
      );
    return item;
  }

  /**
   * Opens another receive end of the same stream. Each item still goes to exactly one receiver.
   *
   * @throws {ClosedResourceError} When this end is closed.
   */
  clone(): MemoryObjectReceiveStream<T> {
    if (this.isClosed) throw new ClosedResourceError("clone a receive end of", this.channel.title);
    return new MemoryObjectReceiveStream(this.channel);
  }

  /**
   * Closes this end, at once. Whoever is blocked in its `receive` gets {@link ClosedResourceError}. When it is the last one, what is buffered is
   * dropped, and waiting senders get {@link BrokenResourceError}. Closing again does nothing.
   */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    forget(this);
    const { channel } = this;
    channel.receivers.failWhere(
      (source) => source instanceof Receive && source.end === this,
      () => new ClosedResourceError("receive from", channel.title),
    );
    if (--channel.receiveEnds === 0) channel.breakOff();
  }

  /** {@link MemoryObjectReceiveStream.close} as an operation. No checkpoint. */
  override aclose(): Operation<void> {
    return closing(this);
  }

  /** What `stage` makes of it: a stage of `anyrx/pipeline`, or any function of a receive stream. */
  through<R>(stage: (input: this) => R): R {
    return stage(this);
  }

  /** The stream's figures at this moment. */
  statistics(): MemoryObjectStreamStatistics {
    return this.channel.statistics();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal Has `tell` called when the last receive end is closed, with the number of items that are dropped by it. */
  _whenClosed(tell: (dropped: number) => void): void {
    this.channel.onBroken = tell;
  }

  /** @internal Has `tell` called when an item came, went, or has to wait; no more, with `null`. It must neither throw nor use the stream. */
  _whenMoved(tell: (() => void) | null): void {
    this.channel.onMoved = tell;
  }

  /** @internal */
  override _take(by: Scope | null): T | typeof NOTHING {
    if (this.isClosed) throw new ClosedResourceError("receive from", this.channel.title);
    const item = this.channel.take(by);
    if (item === NOTHING && this.channel.sendEnds === 0) throw this.channel.ending();
    return item;
  }
}

const closing: (end: { close(): void }) => Operation<void> = operation((end: { close(): void }) => {
  end.close();
});

/**
 * Makes a bounded stream of objects between tasks, and returns its two ends.
 *
 * @param maxBufferSize - How many items it holds before `send` waits: an integer from 0 (each item goes from hand to hand, the default) to `Infinity`.
 * @throws {TypeError} When `maxBufferSize` is no number.
 * @throws {RangeError} When it is negative, or no integer.
 * @example
 * import { createMemoryObjectStream, run, taskGroup } from "anyrx";
 * await run(async () => {
 *   const [send, receive] = createMemoryObjectStream<number>(2);
 *   return await taskGroup(async (tg) => {
 *     tg.startSoon(async () => {
 *       for (const n of [1, 2, 3]) await send.send(n);
 *       send.close();
 *     });
 *     const seen: number[] = [];
 *     for await (const n of receive) seen.push(n);
 *     return seen;
 *   });
 * }); // => [1, 2, 3]
 * @source AnyIO `create_memory_object_stream`, Trio `open_memory_channel`.
 */
export function createMemoryObjectStream<T>(
  maxBufferSize = 0,
  options?: MemoryObjectStreamOptions,
): [send: MemoryObjectSendStream<T>, receive: MemoryObjectReceiveStream<T>] {
  if (typeof maxBufferSize !== "number") {
    throw new TypeError(
      `Cannot create a memory object stream with a buffer of ${shown(maxBufferSize)}: it is no number; pass an integer from 0, or Infinity`,
    );
  }
  if (!(maxBufferSize >= 0) || (maxBufferSize !== Infinity && !Number.isInteger(maxBufferSize))) {
    throw new RangeError(
      `Cannot create a memory object stream with a buffer of ${String(maxBufferSize)} items: it is no size; pass an integer from 0, or Infinity`,
    );
  }
  settleResidents();
  const channel = channels.make<T>(maxBufferSize, options?.name ?? "");
  return [new MemoryObjectSendStream(channel), new MemoryObjectReceiveStream(channel)];
}

let settled = false;

/** One blocked sender and one blocked receiver stay for ever: see `kernel/resident.ts`. */
function settleResidents(): void {
  if (settled) return;
  settled = true;
  const full = new Channel<unknown>(1, "resident");
  const empty = new Channel<unknown>(0, "resident");
  const send = new MemoryObjectSendStream(full);
  const receive = new MemoryObjectReceiveStream(empty);
  keep(new MemoryObjectReceiveStream(full), new MemoryObjectSendStream(empty));
  send.sendNowait({}); // Items of two kinds, or the shapes would be those of one.
  moveIn(function* () {
    yield* send.send(1);
  });
  moveIn(function* () {
    const loop = receive[Symbol.asyncIterator]();
    keep(loop);
    void loop.next();
    receive.subscribe();
    yield* receive.receive();
  });
  moveIn(() => receive);
}
