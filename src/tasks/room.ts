/**
 * Room: how many more may run at the same time.
 *
 * @module
 */

import { Operation } from "../kernel/operation.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";

/** Places, of which there are `size`; what takes one gives it back. */
export class Room {
  readonly size: number;
  /** @internal */ readonly _waiters: WaitQueue = new WaitQueue();
  private free: number;
  private readonly taking: Operation<void> = new Take(this);

  constructor(size: number) {
    this.size = size;
    this.free = size;
  }

  /** Takes a place, or waits for one. A checkpoint each time; so also room for everybody starves nobody. */
  take(): Operation<void> {
    return this.taking;
  }

  /** Gives a place to whoever waits longest. */
  give(): void {
    if (this._waiters.shift()?._settle(undefined) !== true) this.free++;
  }

  /** @internal */
  _takeNowait(): boolean {
    if (this.free === 0) return false;
    this.free--;
    return true;
  }
}

class Take extends Operation<void> {
  private readonly room: Room;

  constructor(room: Room) {
    super();
    this.room = room;
  }

  describe(): string {
    return `one of ${String(this.room.size)} to end`;
  }

  override _attempt(): undefined | typeof PENDING {
    return this.room._takeNowait() ? undefined : PENDING;
  }

  _park(waiter: Waiter): void {
    this.room._waiters.push(waiter);
  }
}
