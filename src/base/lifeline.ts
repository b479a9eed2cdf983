/**
 * Lifelines: what keeps a process alive while something is held.
 *
 * @module
 */

import { LONGEST_DELAY } from "./deadline-queue.ts";

/**
 * A timer that is there while anything is held, and does nothing: hosts do not exit while one is pending.
 *
 * @example
 * let pending = 0;
 * const line = new Lifeline(() => {
 *   pending++;
 *   return { cancel: () => pending-- };
 * });
 * const [one, other] = [line.hold(), line.hold()];
 * one[Symbol.dispose]();
 * pending; // => 1
 * other[Symbol.dispose]();
 * pending; // => 0
 */
export class Lifeline {
  private readonly timer: (delay: number, job: () => void) => { cancel(): void };
  private standing: { cancel(): void } | null = null;
  private holds = 0;

  /** @param timer - Sets a timer of the host, for a delay in ms of up to {@link LONGEST_DELAY}. */
  constructor(timer: (delay: number, job: () => void) => { cancel(): void }) {
    this.timer = timer;
  }

  /** Keeps the process until it is disposed of. Disposing again does nothing. */
  hold(): Disposable {
    if (this.holds++ === 0) this.stand();
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        if (--this.holds > 0) return;
        this.standing?.cancel();
        this.standing = null;
      },
    };
  }

  private stand(): void {
    this.standing = this.timer(LONGEST_DELAY, () => {
      this.stand();
    });
  }
}
