/**
 * Gauges: how many there are of something.
 *
 * @module
 */

/** Counts up and down, and remembers its highest mark. */
export class Gauge {
  /** The most that there were at once. */
  peak = 0;
  private now = 0;

  up(): void {
    this.peak = Math.max(this.peak, ++this.now);
  }

  down(): void {
    this.now--;
  }
}
