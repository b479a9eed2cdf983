/**
 * The channel between the ends of a memory object stream: a buffer, and two queues of waiters.
 *
 * At most one of the three is "in the way" at a time: receivers wait only while the buffer is empty, senders only while it is full. Every
 * step keeps that true.
 *
 * @module
 */

import { Deque } from "../base/deque.ts";
import { BrokenResourceError, EndOfStream } from "../base/errors.ts";
import { census } from "../kernel/census.ts";
import type { Scope } from "../kernel/scope.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import type { Waiter } from "../kernel/waiter.ts";

/** What a memory object stream looks like from outside, at one moment. */
export interface MemoryObjectStreamStatistics {
  /** Items in the buffer. */
  readonly currentBufferUsed: number;
  /** How many the buffer takes; 0 to `Infinity`. */
  readonly maxBufferSize: number;
  /** Send ends that are not closed, clones among them. */
  readonly openSendStreams: number;
  /** Receive ends that are not closed, clones among them. */
  readonly openReceiveStreams: number;
  /** Tasks blocked in `send`. */
  readonly tasksWaitingSend: number;
  /** Tasks blocked in `receive`. */
  readonly tasksWaitingReceive: number;
}

/** Said by {@link Channel.take} where there is nothing. Not `undefined`: that is an item like any other. */
export const NOTHING: unique symbol = Symbol("nothing");

/** What the ends of one stream share. */
export class Channel<T> {
  readonly name: string;
  readonly capacity: number;
  readonly buffer: Deque<T> = new Deque<T>();
  readonly senders: WaitQueue = new WaitQueue();
  readonly receivers: WaitQueue = new WaitQueue();
  sendEnds = 0;
  receiveEnds = 0;
  /** What the send side ended the stream with; boxed, since anything can be an error. */
  failure: { readonly error: unknown } | null = null;
  /** Told when the last receive end is closed, with the number of buffered items that are dropped by it. */
  onBroken: ((dropped: number) => void) | null = null;
  /** Told when an item came, went, or has to wait. In the midst of that: it must neither throw nor look at the channel. */
  onMoved: (() => void) | null = null;

  constructor(capacity: number, name: string) {
    this.capacity = capacity;
    this.name = name;
    census.on?.(this);
  }

  /** How messages call it. */
  get title(): string {
    return this.name === "" ? "the memory object stream" : `the memory object stream "${this.name}"`;
  }

  /** Hands `item` to the longest waiting receiver, or to the buffer. `false` when neither takes it. `_by` is where the sender is, if that is known. */
  offer(item: T, _by: Scope | null): boolean {
    for (let receiver = this.receivers.shift(); receiver !== null; receiver = this.receivers.shift()) {
      if (receiver._settle(item)) {
        this.onMoved?.();
        return true;
      }
    }
    if (this.buffer.length >= this.capacity) return false;
    this.buffer.push(item);
    this.onMoved?.();
    return true;
  }

  /** Takes the oldest item. The slot it leaves goes to the longest waiting sender, whose item enters the buffer's tail here and now. `_by` is where the receiver is, if that is known. */
  take(_by: Scope | null): T | typeof NOTHING {
    const { buffer, senders } = this;
    if (buffer.length === 0) {
      const sender = senders.shift(); // No capacity: from hand to hand.
      return sender === null ? NOTHING : this.accept(sender);
    }
    const item = buffer.shift() as T;
    this.onMoved?.();
    if (buffer.length < this.capacity) {
      const sender = senders.shift();
      if (sender !== null) buffer.push(this.accept(sender));
    }
    return item;
  }

  /** Takes back an item that was handed over and that nobody will see: it is the next one again. */
  putBack(item: T): void {
    if (this.receiveEnds === 0) return; // Nobody is left to lose it.
    for (let receiver = this.receivers.shift(); receiver !== null; receiver = this.receivers.shift()) {
      if (receiver._settle(item)) return;
    }
    this.buffer.unshift(item); // One more than it takes, if need be: better than losing it.
  }

  /** The last send end is closed: who still waits for an item waits in vain. */
  end(): void {
    this.receivers.failAll(() => this.ending());
  }

  /** The last receive end is closed: nobody will see what is buffered or offered. */
  breakOff(): void {
    const dropped = this.buffer.length;
    this.buffer.clear();
    this.senders.failAll(() => this.brokenFor("send to"));
    this.onBroken?.(dropped);
  }

  /** What a receiver is told when the stream is drained and no send end is open. */
  ending(): unknown {
    return this.failure === null ? new EndOfStream(this.title) : this.failure.error;
  }

  /** What a sender is told when no receive end is open. */
  brokenFor(action: string): BrokenResourceError {
    return new BrokenResourceError(action, this.title, "every receive end is closed");
  }

  private accept(sender: Waiter): T {
    const item = sender._value as T;
    sender._settle(undefined);
    this.onMoved?.();
    return item;
  }

  statistics(): MemoryObjectStreamStatistics {
    return Object.freeze({
      currentBufferUsed: this.buffer.length,
      maxBufferSize: this.capacity,
      openSendStreams: this.sendEnds,
      openReceiveStreams: this.receiveEnds,
      tasksWaitingSend: this.senders.length,
      tasksWaitingReceive: this.receivers.length,
    });
  }
}

/** How streams come by their channels: who records has channels of its own made. */
export const channels: { make: <T>(capacity: number, name: string) => Channel<T> } = {
  make: <T>(capacity: number, name: string) => new Channel<T>(capacity, name),
};
