/**
 * A binary heap: the smallest item first.
 *
 * @module
 */

/**
 * A priority queue over `before(a, b)`, which must be a strict total order if equal items are to keep their order.
 *
 * @example
 * const heap = new Heap<number>((a, b) => a < b);
 * for (const n of [3, 1, 2]) heap.push(n);
 * [heap.pop(), heap.pop(), heap.peek(), heap.size]; // => [1, 2, 3, 1]
 */
export class Heap<T> {
  private readonly items: T[] = [];
  private readonly before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.before = before;
  }

  /** How many items it holds. */
  get size(): number {
    return this.items.length;
  }

  /** The smallest item, left where it is. */
  peek(): T | undefined {
    return this.items[0];
  }

  /** Adds `item`. O(log n), O(1) when it is the largest. */
  push(item: T): void {
    const { items, before } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = items[up] as T;
      if (!before(item, parent)) break;
      items[at] = parent;
      at = up;
    }
    items[at] = item;
  }

  /** Removes the smallest item. O(log n). */
  pop(): T | undefined {
    const { items } = this;
    const first = items[0];
    const last = items.pop();
    if (items.length > 0) this.sink(last as T, 0);
    return first;
  }

  /** Keeps the items that `keep` likes, in O(n). */
  filter(keep: (item: T) => boolean): void {
    const { items } = this;
    let kept = 0;
    for (const item of items) if (keep(item)) items[kept++] = item;
    items.length = kept;
    for (let at = (kept >> 1) - 1; at >= 0; at--) this.sink(items[at] as T, at);
  }

  private sink(item: T, from: number): void {
    const { items, before } = this;
    const end = items.length;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= end) break;
      if (child + 1 < end && before(items[child + 1] as T, items[child] as T)) child++;
      const smallest = items[child] as T;
      if (!before(smallest, item)) break;
      items[at] = smallest;
      at = child;
    }
    items[at] = item;
  }
}
