/**
 * Conditions: waiting, under a lock, until somebody says that something has changed.
 *
 * @module
 */

import { checkedBody, shown } from "../kernel/checks.ts";
import type { Operation } from "../kernel/operation.ts";
import type { Ended } from "../kernel/work.ts";
import { callerHere } from "./caller.ts";
import { ConditionQueue, ConditionWait } from "./condition-wait.ts";
import { checkedCount } from "./count.ts";
import type { Lease } from "./lease.ts";
import { Lock, type LockStatistics } from "./lock.ts";
import { Shown } from "./shown.ts";
import { line } from "./title.ts";

/** Options of a condition. */
export interface ConditionOptions {
  /** What it is called in messages; also the name of its lock, when it makes its own. */
  readonly name?: string | undefined;
}

/** What a condition looks like from outside, at one moment. */
export interface ConditionStatistics {
  /** Tasks that wait for a notification. Those that were notified, and wait for the lock, are counted there. */
  readonly tasksWaiting: number;
  /** The figures of the lock. */
  readonly lockStatistics: LockStatistics;
}

/** What a predicate gives that says yes. */
export type Truthy<T> = Exclude<T, false | 0 | 0n | "" | null | undefined>;

/**
 * A lock, and a queue of tasks that wait for what it guards to change. Several conditions may share one lock.
 *
 * @example
 * import { Condition, run, taskGroup } from "anyrx";
 * const jobs: string[] = [];
 * const changed = new Condition();
 * await run(() => taskGroup(async (tg) => {
 *   const worker = tg.startSoon(() => changed.hold(async () => {
 *     await changed.waitFor(() => jobs.length > 0);
 *     return jobs.shift();
 *   }));
 *   await changed.hold(() => {
 *     jobs.push("sweep");
 *     changed.notify();
 *   });
 *   return await worker;
 * })); // => "sweep"
 * @source AnyIO, Trio `Condition`.
 */
export class Condition extends Shown {
  /** What it is called in messages. */
  readonly name: string;
  private readonly lock: Lock;
  private readonly queue: ConditionQueue;

  /**
   * @param lock - The lock to share; a new one, when it is left out.
   * @throws {TypeError} When `lock` is no {@link Lock}.
   */
  constructor(lock?: Lock | null, options?: ConditionOptions) {
    super();
    this.name = options?.name ?? "";
    this.lock = lock ?? new Lock(options);
    if (!(this.lock instanceof Lock)) {
      throw new TypeError(`Cannot make a condition with the lock ${shown(lock)}: it is none; pass a Lock, or nothing`);
    }
    this.queue = new ConditionQueue(this.lock, this.name);
  }

  /** {@link Lock.acquire} of its lock. */
  acquire(): Operation<Lease> {
    return this.lock.acquire();
  }

  /** {@link Lock.acquireNowait} of its lock. */
  acquireNowait(): Lease {
    return this.lock.acquireNowait();
  }

  /** {@link Lock.release} of its lock. */
  release(): void {
    this.lock.release();
  }

  /** {@link Lock.locked} of its lock. */
  locked(): boolean {
    return this.lock.locked();
  }

  /** {@link Lock.hold} of its lock. */
  hold<R>(body: () => R): Operation<Ended<R>> {
    return this.lock.hold(body);
  }

  /**
   * Releases the lock, waits for a notification, and acquires the lock again. The lease of the lock stays good.
   *
   * Between the notification and the moment it has the lock again, others may have changed what it waits for: look again, or use
   * {@link Condition.waitFor}.
   *
   * *Checkpoint*: yes. *On cancel*: acquires the lock again first, however long that takes; a notification that came meanwhile goes to the next
   * waiter. A subscriber that unsubscribes cannot wait: it no longer holds the lock. *Fairness*: first come, first notified.
   *
   * @throws {UsageError} When the task does not hold the lock, or disposed of its lease while it waited.
   * @throws {BrokenResourceError} When a task ended while it held the lock.
   */
  wait(): Operation<void> {
    return new ConditionWait<void>(this.queue, null);
  }

  /**
   * Waits until `predicate()` is truthy, which it looks at now and after each notification, always with the lock held; gives what it returned.
   *
   * *Checkpoint*: yes, also when it need not wait. *On cancel*: as for {@link Condition.wait}.
   *
   * @param predicate - A plain function; one that returns a promise would be truthy at once, and is refused.
   * @throws {TypeError} When `predicate` is no function, or returns a promise.
   * @throws {UsageError} When the task does not hold the lock.
   * @throws {BrokenResourceError} When a task ended while it held the lock.
   */
  waitFor<T>(predicate: () => T): Operation<Truthy<T>> {
    checkedBody(`wait for ${this.queue._title}`, predicate, "() => queue.length > 0");
    return new ConditionWait<Truthy<T>>(this.queue, predicate as () => Truthy<T>);
  }

  /**
   * Notifies the `n` longest waiters. They go on one after the other, once they have the lock.
   *
   * @param n - How many: an integer from 0.
   * @throws {UsageError} When the task does not hold the lock.
   * @throws {TypeError} When `n` is no integer.
   * @throws {RangeError} When it is negative.
   */
  notify(n = 1): void {
    checkedCount("notify a number of waiters that is", n);
    this.lock._checkHeld("notify", this.queue, callerHere());
    let left = n;
    while (left > 0 && this.queue.notifyNext()) left--;
  }

  /**
   * Notifies every waiter.
   *
   * @throws {UsageError} When the task does not hold the lock.
   */
  notifyAll(): void {
    this.notify(this.queue.length);
  }

  /** The condition's figures at this moment, and its lock's. */
  statistics(): ConditionStatistics {
    return Object.freeze({ tasksWaiting: this.queue.length, lockStatistics: this.lock.statistics() });
  }

  /** `Condition "jobs" (2 waiting)`. */
  override toString(): string {
    return line("Condition", this.name, `${String(this.queue.length)} waiting`);
  }
}
