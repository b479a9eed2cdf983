/**
 * Semaphores: so many at a time.
 *
 * @module
 */

import { UsageError, WouldBlock } from "../base/errors.ts";
import { census } from "../kernel/census.ts";
import { Operation } from "../kernel/operation.ts";
import { keep, moveIn } from "../kernel/resident.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";
import type { Ended } from "../kernel/work.ts";
import { checkedCount } from "./count.ts";
import { hold } from "./hold.ts";
import { Lease } from "./lease.ts";
import { Shown } from "./shown.ts";
import { line, title } from "./title.ts";

/** Options of a semaphore. */
export interface SemaphoreOptions {
  /** What `value` may not exceed: an integer from the initial value. Default: none. */
  readonly maxValue?: number | null | undefined;
  /** What it is called in messages. */
  readonly name?: string | undefined;
}

/** What a semaphore looks like from outside, at one moment. */
export interface SemaphoreStatistics {
  /** Tasks blocked in `acquire`. */
  readonly tasksWaiting: number;
}

/**
 * A number of permits. Acquiring takes one, or waits for one; releasing gives one back, or one more: at once to the longest waiter, if there is one.
 *
 * Permits have no owner: one task may take many, and any may release. That makes it the right limit for the steps of an Observable, which all run
 * in one task. Where each task shall take one at most, use a {@link CapacityLimiter}.
 *
 * There is no `fastAcquire`: an acquire that need not wait completes in place, and lets others run when the budget of such waits is used up.
 *
 * @example
 * import { from, lastValueFrom, mergeMap, toArray } from "rxjs";
 * import { run, Semaphore, sleep } from "anyrx";
 * const two = new Semaphore(2);
 * let most = 0;
 * const squares = from([1, 2, 3, 4]).pipe(
 *   mergeMap((n) => two.hold(async () => {
 *     most = Math.max(most, 2 - two.value);
 *     await sleep(1);
 *     return n * n;
 *   })),
 *   toArray(),
 * );
 * await run(() => lastValueFrom(squares), { backend: "virtual" }); // => [1, 4, 9, 16]
 * most; // => 2
 * @source AnyIO, Trio `Semaphore`. Differs: `acquire` gives a lease.
 */
export class Semaphore extends Shown {
  /** What it is called in messages. */
  readonly name: string;
  /** What {@link Semaphore.value} may not exceed; `null` for no limit. */
  readonly maxValue: number | null;
  /** @internal */
  readonly _waiters: WaitQueue = new WaitQueue();
  /** While somebody waits it is 0. */
  private permits: number;
  private recipe: Operation<Lease> | null = null;

  /**
   * @param initialValue - How many permits there are to begin with: an integer from 0.
   * @throws {TypeError} When `initialValue` or `maxValue` is no integer.
   * @throws {RangeError} When `initialValue` is negative, or `maxValue` is less than that.
   */
  constructor(initialValue: number, options?: SemaphoreOptions) {
    super();
    this.name = options?.name ?? "";
    this.permits = checkedCount("make a semaphore with the initial value", initialValue);
    this.maxValue = checkedMaximum(options?.maxValue ?? null, initialValue);
    census.on?.(this);
    settleResidents();
  }

  /** How many permits there are to take. */
  get value(): number {
    return this.permits;
  }

  /**
   * Takes a permit, or waits for one.
   *
   * *Checkpoint*: yes. *On cancel*: only the wait ends; whoever was given a permit already has it, and the cancellation hits at the next wait.
   * *Fairness*: first come, first served.
   *
   * @returns The lease: dispose of it, or call {@link Semaphore.release}, but not both.
   */
  acquire(): Operation<Lease> {
    // One recipe serves every call; in development mode each is watched on its own.
    return Operation._made === null ? (this.recipe ??= new Acquire(this)) : new Acquire(this);
  }

  /**
   * Takes a permit now or not at all.
   *
   * @throws {WouldBlock} When there is none.
   * @example
   * import { Semaphore } from "anyrx";
   * const semaphore = new Semaphore(1);
   * semaphore.acquireNowait();
   * semaphore.acquireNowait(); // throws WouldBlock
   */
  acquireNowait(): Lease {
    const lease = this._take();
    if (lease === PENDING) throw new WouldBlock(`acquire ${this._title}`, "no permit is left", "use acquire()");
    return lease;
  }

  /**
   * Gives a permit back, or one more.
   *
   * @throws {UsageError} When there would be more than {@link Semaphore.maxValue}.
   */
  release(): void {
    if (this.permits === this.maxValue) {
      throw new UsageError(
        `Cannot release ${this._title}: all of its ${String(this.maxValue)} permits are there; release once for each acquire`,
      );
    }
    for (let waiter = this._waiters.shift(); waiter !== null; waiter = this._waiters.shift()) {
      if (waiter._settle(new SemaphoreLease(this))) return;
    }
    this.permits++;
  }

  /**
   * Takes a permit, runs `body` and gives the permit back, whatever happened; gives the value of the body.
   *
   * *Checkpoint*: yes, in front of the body. *On cancel*: the body cleans up first.
   *
   * @param body - An async function, a generator function, one that returns an Observable, or a plain one.
   * @throws {TypeError} When `body` is no function.
   */
  hold<R>(body: () => R): Operation<Ended<R>> {
    return hold(this, body);
  }

  /** The semaphore's figures at this moment. */
  statistics(): SemaphoreStatistics {
    return Object.freeze({ tasksWaiting: this._waiters.length });
  }

  /** `Semaphore "db" (0 left, 2 waiting)`. */
  override toString(): string {
    return line("Semaphore", this.name, this._state);
  }

  /** @internal How messages call it. */
  get _title(): string {
    return title("semaphore", this.name);
  }

  /** @internal */
  get _state(): string {
    const left = `${String(this.permits)} left`;
    return this._waiters.length === 0 ? left : `${left}, ${String(this._waiters.length)} waiting`;
  }

  /** @internal Takes a permit, if there is one. */
  _take(): Lease | typeof PENDING {
    if (this.permits === 0) return PENDING;
    this.permits--;
    return new SemaphoreLease(this);
  }
}

class SemaphoreLease extends Lease {
  /** `null` once it is disposed of. */
  private semaphore: Semaphore | null;

  constructor(semaphore: Semaphore) {
    super();
    this.semaphore = semaphore;
  }

  [Symbol.dispose](): void {
    const { semaphore } = this;
    this.semaphore = null;
    semaphore?.release();
  }
}

class Acquire extends Operation<Lease> {
  private readonly semaphore: Semaphore;

  constructor(semaphore: Semaphore) {
    super();
    this.semaphore = semaphore;
  }

  describe(): string {
    return `acquire ${this.semaphore._title} (${this.semaphore._state})`;
  }

  override _attempt(): Lease | typeof PENDING {
    return this.semaphore._take();
  }

  _park(waiter: Waiter): void {
    this.semaphore._waiters.push(waiter);
  }

  override _undo(lease: Lease): void {
    lease[Symbol.dispose]();
  }
}

function checkedMaximum(maximum: number | null, initialValue: number): number | null {
  if (maximum === null) return null;
  checkedCount("make a semaphore with the maximum value", maximum);
  if (maximum >= initialValue) return maximum;
  throw new RangeError(
    `Cannot make a semaphore with the maximum value ${String(maximum)}: its initial value ${String(initialValue)} is more; pass that or more`,
  );
}

let settled = false;

/** One acquire that waits, and one lease, stay for ever: see `kernel/resident.ts`. */
function settleResidents(): void {
  if (settled) return;
  settled = true;
  const semaphore = new Semaphore(1, { name: "resident" });
  keep(semaphore._take());
  moveIn(function* () {
    yield* semaphore.acquire();
  });
}
