/** A foreign loop that is stepped by hand, as loosely kept as {@link attach} allows. */

import type { Loop } from "anyrx/backend";

interface Entry {
  due: number;
  callback: (() => void) | null;
}

/** How many frames at most in which no time passes, since there is work. */
const SPARE = 4;

/** What is loose about it. */
export interface Looseness {
  /** Calls back from inside of `defer`. */
  readonly inside?: boolean;
  /** Timers fire this many ms early, or late. */
  readonly early?: number;
  /** Every callback is called twice. */
  readonly twice?: boolean;
}

export class SteppedLoop implements Loop {
  readonly name: string = "stepped";
  readonly loose: Looseness;
  time = 0;
  /** How many timers were ever armed. */
  armed = 0;
  readonly held: string[] = [];
  timers: Entry[] = [];
  private soon: (() => void)[] = [];
  private spare = 0;

  constructor(loose: Looseness = {}) {
    this.loose = loose;
  }

  now(): number {
    return this.time;
  }

  defer(callback: () => void): void {
    if (this.loose.inside === true) callback();
    else this.soon.push(callback);
  }

  arm(delay: number, callback: () => void): () => void {
    this.armed++;
    const entry: Entry = { due: this.time + Math.max(delay - (this.loose.early ?? 0), 0), callback };
    this.timers.push(entry);
    return () => {
      entry.callback = null;
      this.timers = this.timers.filter((other) => other !== entry);
    };
  }

  hold(what: string): Disposable {
    this.held.push(what);
    return {
      [Symbol.dispose]: () => {
        this.held.splice(this.held.indexOf(what), 1);
      },
    };
  }

  /** Lets `ms` pass in which what is due fires, and calls back who asked for it. */
  step(ms: number): void {
    this.time += ms;
    const due = this.timers.filter((entry) => entry.due <= this.time).sort((a, b) => a.due - b.due);
    this.timers = this.timers.filter((entry) => entry.due > this.time);
    for (const { callback } of due) this.call(callback);
    for (const callback of this.soon.splice(0)) this.call(callback);
  }

  /** The next frame of a clock that waits until all is done that can be, but not for ever. */
  frame(): void {
    const idle = this.soon.length === 0 && !this.timers.some(({ due }) => due <= this.time);
    if (idle || this.loose.inside === true || ++this.spare > SPARE) this.spare = 0;
    this.step(this.spare === 0 ? 1 : 0);
  }

  private call(callback: (() => void) | null): void {
    callback?.();
    if (this.loose.twice === true) callback?.();
  }
}
