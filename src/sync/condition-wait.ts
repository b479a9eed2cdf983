/**
 * The wait for a condition: giving the lock up, standing in line, and having the lock back.
 *
 *     lock held ──wait──▶ in the condition's queue ──notify──▶ in the lock's queue ──its turn──▶ lock held
 *                              │ cancelled                          │ cancelled: the next one is notified instead
 *                              └────────────────────────────────────┴──▶ acquires it anew, shielded ──▶ lock held, throws Cancelled
 *
 * One wait record stands in both queues, so nothing can be lost between them. What is parted with, and given back, is the lease.
 *
 * @module
 */

import { BrokenResourceError, UsageError } from "../base/errors.ts";
import { perform } from "../kernel/body.ts";
import { CancelScope } from "../kernel/cancel-scope.ts";
import { checkpointIfCancelled } from "../kernel/checkpoint.ts";
import type { Continuation } from "../kernel/continuation.ts";
import { Operation, type OperationGenerator } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import type { PENDING, Waiter } from "../kernel/waiter.ts";
import { Work } from "../kernel/work.ts";
import type { Dependent, Lock, LockLease } from "./lock.ts";
import { title } from "./title.ts";

/** Who waits for a notification. */
export class ConditionQueue implements Dependent {
  readonly lock: Lock;
  readonly name: string;
  private readonly waiters = new WaitQueue();

  constructor(lock: Lock, name: string) {
    this.lock = lock;
    this.name = name;
  }

  get length(): number {
    return this.waiters.length;
  }

  get _title(): string {
    return title("condition", this.name);
  }

  add(waiter: Waiter): void {
    this.waiters.push(waiter);
    this.lock._addDependent(this);
  }

  remove(waiter: Waiter): void {
    this.waiters._remove(waiter);
    if (this.waiters.length === 0) this.lock._removeDependent(this);
  }

  /** Moves the longest waiter to the queue of the lock, which must be held. `false` when nobody waits. */
  notifyNext(): boolean {
    const waiter = this.waiters.shift();
    if (waiter === null) return false;
    if (this.waiters.length === 0) this.lock._removeDependent(this);
    this.lock._waiters.push(waiter);
    return true;
  }

  _broken(): void {
    this.waiters.failAll(() => this.lock._brokenFor("wait for", this));
  }
}

/** Gives the lock up, and waits for a notification and for the lock. */
class Part extends Operation<unknown> {
  /** What it parted with; `null` when it has not. */
  lease: LockLease | null = null;
  private readonly queue: ConditionQueue;
  private waiter: Waiter | null = null;

  constructor(queue: ConditionQueue) {
    super();
    this.queue = queue;
  }

  describe(): string {
    const { lock, _title } = this.queue;
    return this.waiter?._queue === lock._waiters
      ? `acquire ${lock._title} again (${lock._state})`
      : `a notification of ${_title}`;
  }

  _park(waiter: Waiter, scope: Scope): void {
    const { lock } = this.queue;
    lock._checkHeld("wait for", this.queue, scope._task);
    this.waiter = waiter;
    this.lease = lock._lease;
    waiter._value = this.lease;
    this.queue.add(waiter);
    lock._pass();
  }

  override _withdraw(waiter: Waiter): void {
    const { lock } = this.queue;
    if (waiter._queue !== lock._waiters) this.queue.remove(waiter);
    else {
      lock._waiters._remove(waiter);
      this.queue.notifyNext();
    }
  }
}

/** Waits for the lock, to go on with the lease that was parted with. */
class Regain extends Operation<unknown> {
  private readonly lock: Lock;
  private readonly lease: LockLease;

  constructor(lock: Lock, lease: LockLease) {
    super();
    this.lock = lock;
    this.lease = lease;
  }

  describe(): string {
    return `acquire ${this.lock._title} again (${this.lock._state})`;
  }

  override _attempt(scope: Scope): LockLease | typeof PENDING {
    return this.lock._take(scope._task, this.lease);
  }

  _park(waiter: Waiter): void {
    waiter._value = this.lease;
    this.lock._waiters.push(waiter);
  }
}

/** Waits once, or until `predicate` is truthy. Work, not a mere wait: after a cancellation there is something left to do. */
export class ConditionWait<T> extends Work<T> {
  readonly queue: ConditionQueue;
  readonly predicate: (() => T) | null;

  constructor(queue: ConditionQueue, predicate: (() => T) | null) {
    super();
    this.queue = queue;
    this.predicate = predicate;
  }

  describe(): string {
    return this.queue._title;
  }

  _begin(place: Scope, end: Continuation): void {
    perform(place, steps, { wait: this, place }, end);
  }

  override _withdraw(_waiter: Waiter, place: unknown): void {
    (place as Scope)._cancelFor(UNSUBSCRIBED, "unsubscribe");
  }
}

/** Why the place of a wait is cancelled whose subscriber has gone: nobody is left to hold the lock. */
const UNSUBSCRIBED = "its subscriber unsubscribed from the condition";

interface Run<T> {
  readonly wait: ConditionWait<T>;
  readonly place: Scope;
}

function* steps<T>({ wait: { queue, predicate }, place }: Run<T>): OperationGenerator<T> {
  if (predicate === null) return (yield* waitOnce(queue, place)) as T;
  yield* checkpointIfCancelled();
  queue.lock._checkHeld("wait for", queue, place._task);
  for (;;) {
    const value = predicate();
    if (typeof (value as { then?: unknown } | null | undefined)?.then === "function") {
      throw new TypeError(
        `Cannot wait for ${queue._title}: its predicate returned a promise, which is always truthy; pass a plain function`,
      );
    }
    if (value) return value;
    yield* waitOnce(queue, place);
  }
}

function* waitOnce(queue: ConditionQueue, place: Scope): OperationGenerator<void> {
  const { lock } = queue;
  const part = new Part(queue);
  try {
    yield* part;
  } catch (error) {
    const { lease } = part;
    const unsubscribed = (): boolean => place.cancelReason === UNSUBSCRIBED;
    // Of a broken lock there is nothing to have back.
    const gone = error instanceof BrokenResourceError || lease === null || lease._disposed;
    if (gone || unsubscribed()) throw error;
    yield* new CancelScope({ shield: true }).enter(() => new Regain(lock, lease));
    if (unsubscribed() && lock._lease === lease) lock._pass();
    throw error;
  }
  if (part.lease?._disposed === true) {
    throw new UsageError(
      `Cannot go on after waiting for ${queue._title}: its lock was let go of meanwhile; wait in the block that holds it, and dispose of the lease after that`,
    );
  }
}
