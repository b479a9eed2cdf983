/**
 * Byte queues: as many bytes as anybody puts in, and an end.
 *
 * @module
 */

import { Deque } from "../../base/deque.ts";
import { Operation } from "../../kernel/operation.ts";
import { WaitQueue } from "../../kernel/wait-queue.ts";
import { PENDING, type Waiter } from "../../kernel/waiter.ts";

/** Bytes that were put and not taken yet, oldest first. What is put is copied. */
export class ByteQueue {
  /** What it is called in messages. */
  readonly title: string;
  /** Whether no more will come. */
  closed = false;
  /** @internal */ readonly _waiters: WaitQueue = new WaitQueue();
  private readonly pieces = new Deque<Uint8Array>();

  constructor(title: string) {
    this.title = title;
  }

  /** Whether nothing is there. */
  get empty(): boolean {
    return this.pieces.length === 0;
  }

  put(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.pieces.push(new Uint8Array(bytes));
    this.wake();
  }

  /** Takes back what was taken and nobody has seen: it comes next. */
  putBack(bytes: Uint8Array): void {
    this.pieces.unshift(bytes);
    this.wake();
  }

  /** Takes all that is there, up to `maxBytes`; `null` when there is nothing. */
  take(maxBytes: number): Uint8Array | null {
    const { pieces } = this;
    const taken: Uint8Array[] = [];
    let size = 0;
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
      const room = maxBytes - size;
      if (piece.length > room) pieces.unshift(piece.subarray(room));
      taken.push(piece.subarray(0, room));
      size += Math.min(piece.length, room);
      if (size === maxBytes) break;
    }
    if (size === 0) return null;
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const piece of taken) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  /** No more will come. */
  close(): void {
    this.closed = true;
    this.wake();
  }

  /** The same, and nobody will take what is there. */
  closeAndWipe(): void {
    this.pieces.clear();
    this.close();
  }

  /** Waits until there is something, or no more will come. */
  readable(): Operation<void> {
    return new Readable(this);
  }

  private wake(): void {
    for (let waiter = this._waiters.shift(); waiter !== null; waiter = this._waiters.shift()) waiter._settle(undefined);
  }
}

class Readable extends Operation<void> {
  private readonly queue: ByteQueue;

  constructor(queue: ByteQueue) {
    super();
    this.queue = queue;
  }

  describe(): string {
    return `data in ${this.queue.title}`;
  }

  override _attempt(): undefined | typeof PENDING {
    return this.queue.empty && !this.queue.closed ? PENDING : undefined;
  }

  _park(waiter: Waiter): void {
    this.queue._waiters.push(waiter);
  }
}
