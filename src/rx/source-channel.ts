/**
 * The channel of a stream that a foreign source fills: a channel that tells the source of demand, and of its end.
 *
 * *Demand* is a receiver that waits, or room in the buffer. Whoever feeds the channel from a source that can wait asks for it before each item, so
 * nothing is read ahead beyond the buffer. A source that cannot wait is not told.
 *
 * @module
 */

import { Operation } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";
import { Channel, NOTHING } from "../stream/memory-channel.ts";

/** What fills a channel. */
export interface Feeder {
  /** @internal Nobody is left to receive. Stops the source; never throws. */
  _left(): void;
  /** @internal Waits until the source has cleaned up; `null` when there is nothing to wait for. */
  _ended(): Operation<void> | null;
  /** @internal Ends what is still cleaning up as soon as that can be done. */
  _hurry(): void;
  /** @internal Takes back an item that nobody will receive, if the source can; `false` when it cannot. */
  _giveBack(item: unknown): boolean;
}

/** What those who wait on a channel ask of it. */
interface Wanted {
  readonly hungry: boolean;
  readonly title: string;
  _wanted(): void;
}

/** A channel with one feeder in place of send ends. */
export class SourceChannel<T> extends Channel<T> {
  override readonly receivers: WaitQueue = new Receivers(this);
  /** @internal Who fills it. */
  _feeder: Feeder | null = null;
  private readonly feeders = new WaitQueue();

  constructor(capacity: number, name: string) {
    super(capacity, name);
    this.sendEnds = 1;
  }

  override get title(): string {
    return this.name === "" ? "the stream" : `the stream "${this.name}"`;
  }

  /** Whether an item would have a place. */
  get hungry(): boolean {
    return this.receivers.length > 0 || this.buffer.length < this.capacity;
  }

  /** Waits until there is demand. For the one who feeds it. */
  demand(): Operation<void> {
    return new Demand(this, this.feeders);
  }

  /** Puts in an item that was asked for. Whoever asked may be gone by now: then it is kept, even over capacity, or given back. */
  deliver(item: T): void {
    if (this.receiveEnds === 0) this._feeder?._giveBack(item);
    else if (!this.offer(item, null)) this.buffer.push(item);
  }

  /** The source has ended: what is buffered is still received, then `failure`, or the end. */
  finish(failure: { readonly error: unknown } | null): void {
    if (this.sendEnds === 0) return;
    this.sendEnds = 0;
    this.failure = failure;
    this.end();
  }

  override take(by: Scope | null): T | typeof NOTHING {
    const item = super.take(by);
    if (item !== NOTHING) this._wanted();
    return item;
  }

  override breakOff(): void {
    const feeder = this._feeder;
    const kept = [...this.buffer];
    super.breakOff();
    if (feeder === null) return;
    // The newest first: each one comes to stand before those that follow it.
    while (kept.length > 0 && feeder._giveBack(kept.pop()));
    feeder._left();
  }

  /** @internal Somebody waits for an item, or a slot became free. */
  _wanted(): void {
    if (this.hungry) this.feeders.shift()?._settle(undefined);
  }
}

/** Those who wait for an item: each new one is demand. */
class Receivers extends WaitQueue {
  private readonly channel: Wanted;

  constructor(channel: Wanted) {
    super();
    this.channel = channel;
  }

  override push(waiter: Waiter): void {
    super.push(waiter);
    this.channel._wanted();
  }
}

class Demand extends Operation<void> {
  private readonly channel: Wanted;
  private readonly feeders: WaitQueue;

  constructor(channel: Wanted, feeders: WaitQueue) {
    super();
    this.channel = channel;
    this.feeders = feeders;
  }

  describe(): string {
    return `demand on ${this.channel.title}`;
  }

  override _attempt(): undefined | typeof PENDING {
    return this.channel.hungry ? undefined : PENDING;
  }

  _park(waiter: Waiter): void {
    this.feeders.push(waiter);
  }
}
