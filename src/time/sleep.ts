/**
 * Sleeping, on the clock of whatever backend runs the task.
 *
 * @module
 */

import { checkpoint } from "../kernel/checkpoint.ts";
import { checkedDeadline, checkedDelay } from "../kernel/checks.ts";
import { Operation } from "../kernel/operation.ts";
import { keep } from "../kernel/resident.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Waiter } from "../kernel/waiter.ts";

class Sleep extends Operation<void> {
  private readonly time: number;
  private readonly relative: boolean;

  constructor(time: number, relative: boolean) {
    super();
    this.time = time;
    this.relative = relative;
  }

  describe(): string {
    if (this.time === Infinity) return "sleepForever()";
    return this.relative ? `sleep(${String(this.time)})` : `sleepUntil(${String(this.time)})`;
  }

  // A time that has passed lets others run all the same.
  override get _yields(): boolean {
    return true;
  }

  _park(waiter: Waiter, scope: Scope): void {
    if (this.time === Infinity) return;
    const { backend } = scope._engine;
    const now = backend.now();
    const deadline = this.relative ? now + this.time : this.time;
    if (deadline > now) {
      const timer = backend.arm(deadline, waiter);
      // A backend that gives up cancels its runs, and may do so in there: what the wait ends with is known already.
      if (waiter._home === null) timer[Symbol.dispose]();
      else waiter._value = timer;
    } else waiter._settle(undefined);
  }

  override _withdraw(_waiter: Waiter, timer: unknown): void {
    (timer as Disposable | undefined)?.[Symbol.dispose]();
  }
}

let resident: Sleep | null = null;

/**
 * Waits for `delay` ms. *Checkpoint*: yes, and `sleep(0)` is nothing else. *On cancel*: wakes at once, and leaves no timer behind.
 *
 * @param delay - In ms: 0 to `Infinity`. Longer than a host timer can be is fine.
 * @throws {RangeError} When `delay` is negative or `NaN`.
 * @example
 * import { currentTime, run, sleep } from "anyrx";
 * await run(async () => { await sleep(250); return currentTime(); }, { backend: "virtual" }); // => 250
 */
export function sleep(delay: number): Operation<void> {
  checkedDelay("sleep", delay);
  if (resident === null) keep((resident = new Sleep(0.5, true)));
  return delay === 0 ? checkpoint() : new Sleep(delay, true);
}

/**
 * Waits until the backend's clock reads `deadline`, in ms. A time that has passed is a mere checkpoint.
 *
 * @throws {RangeError} When `deadline` is `NaN`.
 */
export function sleepUntil(deadline: number): Operation<void> {
  checkedDeadline("sleep until", deadline);
  return new Sleep(deadline, false);
}

/** Waits until it is cancelled. */
export function sleepForever(): Operation<never> {
  return new Sleep(Infinity, true) as unknown as Operation<never>;
}
