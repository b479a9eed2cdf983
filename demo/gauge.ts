/**
 * Gauges: the highest water mark of a stream.
 *
 * @module
 */

import type { MemoryObjectStreamStatistics } from "anyrx";

/** The peaks of one stream. */
export class Gauge {
  /** The most items that were in the buffer at once. */
  buffered = 0;
  /** The most tasks that were blocked in `send` at once. */
  blocked = 0;
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Exact when a receiver calls it just before it takes the next item: only taking lowers the water. */
  see(statistics: MemoryObjectStreamStatistics): void {
    this.buffered = Math.max(this.buffered, statistics.currentBufferUsed);
    this.blocked = Math.max(this.blocked, statistics.tasksWaitingSend);
  }
}
