/**
 * The queue before a writable stream: sends that wait until it has room.
 *
 * @module
 */

import { Operation } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";

/** What a waiting sender has left with its wait. */
interface Offer {
  readonly item: unknown;
  readonly held: Disposable;
}

/** Sends that wait, the longest waiting first. */
export class WriteQueue {
  private readonly senders = new WaitQueue();

  get length(): number {
    return this.senders.length;
  }

  /** @internal */
  _push(waiter: Waiter, offer: Offer): void {
    waiter._value = offer;
    this.senders.push(waiter);
  }

  /** Has `write` write for one after the other, as long as `room` says so. */
  pump(room: () => boolean, write: (item: unknown) => void): void {
    while (this.senders.length > 0 && room()) {
      const [sender, item] = this.shift() as [Waiter, unknown];
      try {
        write(item);
        sender._settle(undefined);
      } catch (error) {
        sender._fail(error);
      }
    }
  }

  /** Nobody is to write any more. */
  refuse(error: () => unknown): void {
    for (let next = this.shift(); next !== null; next = this.shift()) next[0]._fail(error());
  }

  private shift(): [sender: Waiter, item: unknown] | null {
    const sender = this.senders.shift();
    if (sender === null) return null;
    const { item, held } = sender._value as Offer;
    held[Symbol.dispose]();
    return [sender, item];
  }
}

/** What is sent to, as far as a send cares. */
interface Sendable {
  readonly _title: string;
  _offer(item: unknown): boolean;
}

/** Sends one item: now, or when there is room. */
export class Write extends Operation<void> {
  private readonly stream: Sendable;
  private readonly queue: WriteQueue;
  private readonly item: unknown;

  constructor(stream: Sendable, queue: WriteQueue, item: unknown) {
    super();
    this.stream = stream;
    this.queue = queue;
    this.item = item;
  }

  describe(): string {
    return `send to ${this.stream._title} (full)`;
  }

  override _attempt(): undefined | typeof PENDING {
    return this.stream._offer(this.item) ? undefined : PENDING;
  }

  _park(waiter: Waiter, scope: Scope): void {
    this.queue._push(waiter, { item: this.item, held: scope._engine.backend.hold(this.describe()) });
  }

  override _withdraw(waiter: Waiter, offer: unknown): void {
    waiter._queue?._remove(waiter);
    (offer as Offer).held[Symbol.dispose]();
  }
}
