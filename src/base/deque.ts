/**
 * A double-ended queue: O(1) at both ends, without the quadratic `Array.prototype.shift`.
 *
 * A ring over an array whose length is a power of two, so that an index wraps with a mask.
 *
 * @module
 */

const SMALLEST = 16;

/** A first-in first-out queue that can also be refilled at its head. */
export class Deque<T> {
  private ring: (T | undefined)[] = [];
  private mask = -1;
  private head = 0;
  private size = 0;

  /** How many items it holds. */
  get length(): number {
    return this.size;
  }

  /** Appends `item` at the tail. */
  push(item: T): void {
    if (this.size > this.mask) this.grow();
    this.ring[(this.head + this.size++) & this.mask] = item;
  }

  /** Puts `item` back at the head: it is the next that {@link Deque.shift} returns. */
  unshift(item: T): void {
    if (this.size > this.mask) this.grow();
    this.head = (this.head - 1) & this.mask;
    this.ring[this.head] = item;
    this.size++;
  }

  /** Removes the item at the head. The caller looks at {@link Deque.length} first: an item may itself be `undefined`. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.ring[this.head];
    this.ring[this.head] = undefined; // Or the ring keeps it alive.
    this.head = (this.head + 1) & this.mask;
    this.size--;
    return item;
  }

  /** Forgets everything. */
  clear(): void {
    this.ring = [];
    this.mask = -1;
    this.head = this.size = 0;
  }

  /** The items from the head to the tail, as they are when asked for. */
  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.size; i++) yield this.ring[(this.head + i) & this.mask] as T;
  }

  private grow(): void {
    const length = this.size === 0 ? SMALLEST : this.size * 2;
    const ring = new Array<T | undefined>(length).fill(undefined);
    for (let i = 0; i < this.size; i++) ring[i] = this.ring[(this.head + i) & this.mask];
    this.ring = ring;
    this.mask = length - 1;
    this.head = 0;
  }
}
