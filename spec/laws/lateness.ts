/** Lateness: how late the host calls back. */

const BEAT = 5;

/** Measures it from now on, until it is disposed of. */
export class Lateness implements Disposable {
  private due: number = performance.now() + BEAT;
  private longest = 0;
  private readonly timer: NodeJS.Timeout = setInterval(() => {
    this.look();
    this.due = performance.now() + BEAT;
  }, BEAT);

  /** The longest so far, in ms. */
  get most(): number {
    this.look();
    return this.longest;
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }

  private look(): void {
    this.longest = Math.max(this.longest, performance.now() - this.due);
  }
}
