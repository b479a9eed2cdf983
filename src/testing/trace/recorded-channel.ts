/**
 * Recorded channels: those of the streams that were made while somebody recorded.
 *
 * A channel does not know who stands at its ends. This one looks at what each step of the real one has changed, and so has no rule of its own.
 *
 * @module
 */

import { Deque } from "../../base/deque.ts";
import { plainScope } from "../../kernel/here.ts";
import type { Scope } from "../../kernel/scope.ts";
import { WaitQueue } from "../../kernel/wait-queue.ts";
import type { Waiter } from "../../kernel/waiter.ts";
import { Channel, channels, NOTHING } from "../../stream/memory-channel.ts";

/** How many of the items that were received last are remembered: one of them may come back. */
const REMEMBERED = 64;

/** What a watcher is told of an item. */
export interface Passage {
  /** Where it happened; another scope of the same run when the one who did it is not known. */
  readonly scope: Scope;
  /** Whether the task of `scope` did it. */
  readonly known: boolean;
  /** Counts up from 1 in each stream. */
  readonly item: number;
}

/** Who is told of the items of all recorded channels. */
export interface ItemWatcher {
  sent(channel: Channel<unknown>, passage: Passage, value: unknown, buffered: boolean): void;
  received(channel: Channel<unknown>, passage: Passage): void;
  returned(channel: Channel<unknown>, passage: Passage): void;
}

const watchers: ItemWatcher[] = [];
const plain = channels.make;

/** Has `watcher` told of the items of all streams that are made from now on, until the result is disposed. */
export function watchItems(watcher: ItemWatcher): Disposable {
  watchers.push(watcher);
  channels.make = <T>(capacity: number, name: string) => new RecordedChannel<T>(capacity, name);
  return {
    [Symbol.dispose]: () => {
      const at = watchers.indexOf(watcher);
      if (at < 0) return;
      watchers.splice(at, 1);
      if (watchers.length === 0) channels.make = plain;
    },
  };
}

/** Remembers who left it last to be given something, and what that one had brought. */
class WatchedQueue extends WaitQueue {
  /** Where that was: a waiter that is settled no longer knows. */
  home: Scope | null = null;
  brought: unknown = undefined;
  private gone = false;

  override shift(): Waiter | null {
    const waiter = super.shift();
    if (waiter !== null) {
      this.gone = true;
      this.home = waiter._home;
      this.brought = waiter._value;
    }
    return waiter;
  }

  /** Whether anybody has left since it was asked last. */
  left(): boolean {
    const { gone } = this;
    this.gone = false;
    return gone;
  }

  forget(): void {
    this.gone = false;
    this.home = null;
    this.brought = undefined;
  }
}

class RecordedChannel<T> extends Channel<T> {
  override readonly senders: WatchedQueue = new WatchedQueue();
  override readonly receivers: WatchedQueue = new WatchedQueue();
  /** The numbers of what is in the buffer. */
  private readonly numbers = new Deque<number>();
  private readonly lately: { readonly item: number; readonly value: () => unknown }[] = [];
  private count = 0;
  /** Where it was used last: the run to which belongs what nobody in particular does. */
  private place: Scope | null = null;

  override offer(item: T, by: Scope | null): boolean {
    this.receivers.forget();
    const before = this.buffer.length;
    if (!super.offer(item, by)) return false;
    const number = ++this.count;
    const buffered = this.buffer.length > before;
    this.sent(by, number, item, buffered);
    if (buffered) this.numbers.push(number);
    else this.received(this.receivers.home, number, item);
    this.receivers.forget();
    return true;
  }

  override take(by: Scope | null): T | typeof NOTHING {
    this.senders.forget();
    const buffered = this.buffer.length > 0;
    const item = super.take(by);
    if (item === NOTHING) return item;
    let number = buffered ? this.numbers.shift() : undefined;
    if (this.senders.left()) {
      const { home, brought } = this.senders;
      const next = ++this.count;
      this.sent(home, next, brought, buffered);
      if (buffered) this.numbers.push(next);
      else number = next;
    }
    this.received(by, number as number, item);
    this.senders.forget();
    return item;
  }

  override putBack(item: T): void {
    const number = this.numberOf(item);
    const before = this.buffer.length;
    this.tell(null, number, (watcher, passage) => watcher.returned(this, passage));
    this.receivers.forget();
    super.putBack(item);
    if (this.buffer.length > before) this.numbers.unshift(number);
    else if (this.receivers.left()) this.received(this.receivers.home, number, item);
    this.receivers.forget();
  }

  override breakOff(): void {
    this.numbers.clear();
    super.breakOff();
  }

  private sent(by: Scope | null, number: number, value: unknown, buffered: boolean): void {
    this.tell(by, number, (watcher, passage) => watcher.sent(this, passage, value, buffered));
  }

  private received(by: Scope | null, number: number, value: T): void {
    // Who receives may be gone before it learns of it. What waits to be collected as garbage is not kept for that.
    const weak =
      (typeof value === "object" && value !== null) || typeof value === "function" ? new WeakRef(value) : null;
    this.lately.push({ item: number, value: weak === null ? () => value : () => weak.deref() });
    if (this.lately.length > REMEMBERED) this.lately.shift();
    this.tell(by, number, (watcher, passage) => watcher.received(this, passage));
  }

  private numberOf(value: T): number {
    const at = this.lately.findLastIndex((one) => Object.is(one.value(), value));
    if (at < 0) return ++this.count;
    return this.lately.splice(at, 1)[0]!.item;
  }

  private tell(by: Scope | null, item: number, how: (watcher: ItemWatcher, passage: Passage) => void): void {
    const found = by ?? plainScope();
    const known = found !== null && !found._task._nobody;
    if (known) this.place = found;
    const scope = known ? found : (this.place ?? found);
    // Before any run, by code outside of any: there is no clock to say when.
    if (scope === null) return;
    for (const watcher of watchers) how(watcher, { scope, known: known && scope === found, item });
  }
}
