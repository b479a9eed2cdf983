/**
 * A double-ended queue: O(1) at both ends, without the quadratic `Array.prototype.shift`.
 *
 * It is a chain of blocks, so that growing copies nothing, and what was taken is freed as it is taken. A ring over one long array is worse than it looks:
 * such an array is old for the garbage collector, which must then hear of each young item that is put there.
 *
 * @module
 */

/** How many items a block holds. */
const LENGTH = 64;

interface Block<T> {
  readonly items: (T | undefined)[];
  next: Block<T> | null;
}

/** Stands for the blocks of a queue that never held anything. Nothing is ever put there. */
const NONE: Block<never> = { items: [], next: null };

/** A first-in first-out queue that can also be refilled at its head. */
export class Deque<T> {
  private first: Block<T> = NONE;
  private last: Block<T> = NONE;
  /** Where the head is in the first block. */
  private head = 0;
  /** Where the next item goes in the last block. */
  private tail = LENGTH;
  private size = 0;

  /** How many items it holds. */
  get length(): number {
    return this.size;
  }

  /** Appends `item` at the tail. */
  push(item: T): void {
    if (this.tail === LENGTH) this.grow();
    this.last.items[this.tail++] = item;
    this.size++;
  }

  /** Puts `item` back at the head: it is the next that {@link Deque.shift} returns. */
  unshift(item: T): void {
    if (this.size === 0) {
      this.push(item);
      return;
    }
    if (this.head === 0) {
      this.first = block(this.first);
      this.head = LENGTH;
    }
    this.first.items[--this.head] = item;
    this.size++;
  }

  /** Removes the item at the head. The caller looks at {@link Deque.length} first: an item may itself be `undefined`. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const { items } = this.first;
    const item = items[this.head];
    items[this.head++] = undefined; // Or the block keeps it alive.
    if (--this.size === 0) this.head = this.tail = 0;
    else if (this.head === LENGTH) {
      this.first = this.first.next as Block<T>;
      this.head = 0;
    }
    return item;
  }

  /** Forgets everything. */
  clear(): void {
    while (this.size > 0) this.shift();
  }

  /** The items from the head to the tail. Not while it changes. */
  *[Symbol.iterator](): Generator<T> {
    let { first: at, head: index } = this;
    for (let i = 0; i < this.size; i++) {
      if (index === LENGTH) {
        at = at.next as Block<T>;
        index = 0;
      }
      yield at.items[index++] as T;
    }
  }

  private grow(): void {
    const next = block<T>(null);
    if (this.size === 0) this.first = next;
    else this.last.next = next;
    this.last = next;
    this.tail = 0;
  }
}

function block<T>(next: Block<T> | null): Block<T> {
  return { items: new Array<T | undefined>(LENGTH).fill(undefined), next };
}
