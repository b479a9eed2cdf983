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
  /** For how long, or else until when: one of them is `null`, which also spares a whole number a box of its own. */
  private readonly delay: number | null;
  private readonly deadline: number | null;

  constructor(delay: number | null, deadline: number | null) {
    super();
    this.delay = delay;
    this.deadline = deadline;
  }

  describe(): string {
    if (this.delay === Infinity) return "sleepForever()";
    return this.delay === null ? `sleepUntil(${String(this.deadline)})` : `sleep(${String(this.delay)})`;
  }

  // A time that has passed lets others run all the same.
  override get _yields(): boolean {
    return true;
  }

  _park(waiter: Waiter, scope: Scope): void {
    const { backend } = scope._engine;
    const now = backend.now();
    const deadline = this.delay === null ? (this.deadline as number) : now + this.delay;
    if (deadline === Infinity) return;
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

let settled = false;

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
  if (!settled) {
    settled = true;
    keep(new Sleep(0.5, null), new Sleep(null, 0.5));
  }
  return delay === 0 ? checkpoint() : new Sleep(delay, null);
}

/**
 * Waits until the backend's clock reads `deadline`, in ms. A time that has passed is a mere checkpoint.
 *
 * @throws {RangeError} When `deadline` is `NaN`.
 */
export function sleepUntil(deadline: number): Operation<void> {
  checkedDeadline("sleep until", deadline);
  return new Sleep(null, deadline);
}

let endless: Sleep | null = null;

/** Waits until it is cancelled. */
export function sleepForever(): Operation<never> {
  // One recipe serves every call; in development mode each is watched on its own.
  const sleeping = Operation._made === null ? (endless ??= new Sleep(Infinity, null)) : new Sleep(Infinity, null);
  return sleeping as Operation<unknown> as Operation<never>;
}
