/**
 * Locks: one task at a time.
 *
 *     free ──acquire──▶ held ──release, somebody waits──▶ held, by the longest waiter
 *       ▲                │ └──its task ends──▶ broken, for ever
 *       └──release, nobody waits
 *
 * Whose it is, is said twice. The *lease* is the proof: the lock is held while there is a current one, and a lease that is not the current one
 * releases nothing. The *owner* is the task that the lock was given to, for `release()`, for messages, and for the day that task ends; code
 * outside of any run is nobody in particular, and owns nothing.
 *
 * @module
 */

import { BrokenResourceError, UsageError, WouldBlock } from "../base/errors.ts";
import { shownByItsString } from "../base/shown-as.ts";
import { census } from "../kernel/census.ts";
import { Holding, type Owner } from "../kernel/holding.ts";
import { Operation } from "../kernel/operation.ts";
import { keep, moveIn } from "../kernel/resident.ts";
import type { Scope } from "../kernel/scope.ts";
import type { TaskInfo } from "../kernel/task-info.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";
import type { Ended } from "../kernel/work.ts";
import { callerHere, titleOf } from "./caller.ts";
import { hold } from "./hold.ts";
import { Lease } from "./lease.ts";
import { line, title } from "./title.ts";

/** Options of a lock. */
export interface LockOptions {
  /** What it is called in messages. */
  readonly name?: string | undefined;
}

/** What a lock looks like from outside, at one moment. */
export interface LockStatistics {
  /** Whether it is held, or broken. */
  readonly locked: boolean;
  /** The task that holds it, or that broke it; `null` when there is none, also when code outside of any run holds it. */
  readonly owner: TaskInfo | null;
  /** Tasks blocked in `acquire`, and those that a condition has notified and that wait to have the lock back. */
  readonly tasksWaiting: number;
}

/** The lease of a lock: good while it is the lock's current one. */
export class LockLease extends Lease {
  /** @internal Whether it was disposed of. */
  _disposed = false;
  private readonly lock: Lock;

  /** @internal */
  constructor(lock: Lock) {
    super();
    this.lock = lock;
  }

  [Symbol.dispose](): void {
    this._disposed = true;
    if (this.lock._lease === this) this.lock._pass();
  }
}

/** Whose waits end when a lock breaks, though they do not stand in its queue. */
export interface Dependent {
  /** @internal The lock broke. */
  _broken(): void;
}

/**
 * A lock that one task holds at a time, and that only this task releases. Released, it belongs at once to the longest waiter.
 *
 * It is not re-entrant: a task that acquires it again is told so, instead of waiting for itself. A task that ends while it holds the lock breaks
 * it, since nobody knows in which state it left what the lock guards. Outside of any run nobody in particular calls: there a second acquire
 * waits, and anybody may release.
 *
 * There is no `fastAcquire`: an acquire that need not wait completes in place, and lets others run when the budget of such waits is used up.
 *
 * @example
 * import { Lock, run, sleep, taskGroup } from "anyrx";
 * const lock = new Lock();
 * const log: string[] = [];
 * const work = async (name: string) => {
 *   using _held = await lock.acquire();
 *   log.push(`${name} begins`);
 *   await sleep(1);
 *   log.push(`${name} ends`);
 * };
 * await run(() => taskGroup((tg) => {
 *   tg.startSoon(() => work("a"));
 *   tg.startSoon(() => work("b"));
 * }));
 * log; // => ["a begins", "a ends", "b begins", "b ends"]
 * @source AnyIO, Trio `Lock`. Differs: `acquire` gives a lease, and a task that ends breaks it on every backend.
 */
export class Lock extends Holding {
  /** What it is called in messages. */
  readonly name: string;
  /** @internal */
  readonly _waiters: WaitQueue = new WaitQueue();
  /** @internal The proof that it is held; `null` when it is free, and then nobody waits. */
  _lease: LockLease | null = null;
  /** The task that ended while it held the lock. */
  private breaker: TaskInfo | null = null;
  private dependents: Set<Dependent> | null = null;
  private recipe: Operation<Lease> | null = null;

  constructor(options?: LockOptions) {
    super();
    this.name = options?.name ?? "";
    census.on?.(this);
    settleResidents();
  }

  /**
   * Acquires the lock, or waits for it.
   *
   * *Checkpoint*: yes. *On cancel*: only the wait ends; whoever was given the lock already has it, and the cancellation hits at the next wait.
   * *Fairness*: first come, first served.
   *
   * @returns The lease: dispose of it, or call {@link Lock.release}.
   * @throws {UsageError} When the task holds the lock already.
   * @throws {BrokenResourceError} When a task ended while it held the lock, also while waiting.
   */
  acquire(): Operation<Lease> {
    // One recipe serves every call; in development mode each is watched on its own.
    return Operation._made === null ? (this.recipe ??= new Acquire(this)) : new Acquire(this);
  }

  /**
   * Acquires the lock now or not at all.
   *
   * @throws {WouldBlock} When it is held.
   * @throws {UsageError} When the task holds it already.
   * @throws {BrokenResourceError} When a task ended while it held the lock.
   * @example
   * import { Lock } from "anyrx";
   * const lock = new Lock();
   * lock.acquireNowait();
   * lock.acquireNowait(); // throws WouldBlock
   */
  acquireNowait(): Lease {
    const lease = this._take(callerHere());
    if (lease === PENDING) throw new WouldBlock(`acquire ${this._title}`, `${this.holder()} holds it`, "use acquire()");
    return lease;
  }

  /**
   * Releases the lock, which the current task must hold. It belongs at once to the longest waiter, if there is one.
   *
   * @throws {UsageError} When it is not held, or another task holds it.
   * @throws {BrokenResourceError} When a task ended while it held the lock.
   */
  release(): void {
    const owner = this._owner;
    // The check itself only where it may fail.
    if (owner === null || owner !== callerHere()) this._checkHeld("release", this, callerHere());
    this._pass();
  }

  /** Whether it is held; also when it is broken, since nobody can acquire it then. */
  locked(): boolean {
    return this._lease !== null || this.breaker !== null;
  }

  /**
   * Acquires the lock, runs `body` and releases it, whatever happened; gives the value of the body.
   *
   * *Checkpoint*: yes, in front of the body. *On cancel*: the body cleans up first.
   *
   * @param body - An async function, a generator function, one that returns an Observable, or a plain one.
   * @throws {TypeError} When `body` is no function.
   * @throws {UsageError} When the task holds the lock already.
   * @throws {BrokenResourceError} When a task ended while it held the lock.
   * @example
   * import { Lock } from "anyrx";
   * const lock = new Lock();
   * await lock.hold(() => lock.locked()); // => true
   * lock.locked(); // => false
   */
  hold<R>(body: () => R): Operation<Ended<R>> {
    return hold(this, body);
  }

  /** The lock's figures at this moment. */
  statistics(): LockStatistics {
    return Object.freeze({
      locked: this.locked(),
      owner: this._owner?.info() ?? this.breaker,
      tasksWaiting: this._waiters.length,
    });
  }

  /** `Lock "db" (held by "a", 2 waiting)`. */
  override toString(): string {
    return line("Lock", this.name, this._state);
  }

  /** @internal How messages call it. */
  get _title(): string {
    return title("lock", this.name);
  }

  /** @internal */
  get _state(): string {
    if (this.breaker !== null) return `broken by "${this.breaker.name}"`;
    if (this._lease === null) return "free";
    const owner = this._owner === null ? "held" : `held by "${this._owner.name}"`;
    return this._waiters.length === 0 ? owner : `${owner}, ${String(this._waiters.length)} waiting`;
  }

  /** @internal Gives it to `task` when it is free; with the lease that was parted with, if there is one. */
  _take(task: Owner | null, parted?: LockLease): LockLease | typeof PENDING {
    if (this._lease === null) {
      if (this.breaker !== null) throw this._brokenFor("acquire", this);
      return this.give(task, parted ?? new LockLease(this));
    }
    if (this._owner !== null && this._owner === task) {
      throw new UsageError(
        `Cannot acquire ${this._title} for ${titleOf(task)}: ${this.holder()} holds it already, and would wait for itself; ` +
          "release it first, work in a task of its own, or use a Semaphore, which has no owner",
      );
    }
    return PENDING;
  }

  /** @internal It is held no more: gives it to the longest waiter. */
  _pass(): void {
    if (this._owner !== null) this._disown();
    this._lease = null;
    for (let waiter = this._waiters.shift(); waiter !== null; waiter = this._waiters.shift()) {
      const { _home: home, _value: note } = waiter;
      const lease = (note as LockLease | undefined) ?? new LockLease(this);
      // Who waits to have it back, but has let go of the lease meanwhile, is told at once, and somebody else gets it.
      if (home === null || !waiter._settle(lease) || lease._disposed) continue;
      this.give(home._task, lease);
      return;
    }
  }

  /**
   * @internal Throws when `task` does not hold it: then it cannot do what `action` says, with the lock itself or with something that depends on
   * it. `null`, a task that is not known, may be anybody.
   */
  _checkHeld(action: string, what: { readonly _title: string }, task: Owner | null): void {
    const owner = this._owner;
    if (this._lease !== null && (owner === null || owner === task || task === null)) return;
    if (this.breaker !== null) throw this._brokenFor(action, what);
    const it = what === this ? "it" : "its lock";
    if (this._lease === null) {
      throw new UsageError(`Cannot ${action} ${what._title}: nobody holds ${it}; acquire it first`);
    }
    throw new UsageError(
      `Cannot ${action} ${what._title}: ${titleOf(task as Owner)} does not hold ${it}, ${this.holder()} does; ` +
        "do it in the task that acquired it",
    );
  }

  /** @internal While it is there, `dependent` is told when the lock breaks. */
  _addDependent(dependent: Dependent): void {
    (this.dependents ??= new Set()).add(dependent);
  }

  /** @internal */
  _removeDependent(dependent: Dependent): void {
    this.dependents?.delete(dependent);
  }

  /** @internal What somebody is told who wants the lock, or depends on it, when it is broken. */
  _brokenFor(action: string, what: { readonly _title: string }): BrokenResourceError {
    const it = what === this ? "it" : "its lock";
    return new BrokenResourceError(
      action,
      what._title,
      `the task "${this.breaker?.name ?? ""}" ended while it held ${it}`,
    );
  }

  /** @internal */
  override _abandoned(by: Owner): void {
    const { dependents } = this;
    this._lease = this.dependents = null;
    this.breaker = by.info();
    this._waiters.failAll(() => this._brokenFor("acquire", this));
    for (const dependent of dependents ?? []) dependent._broken();
  }

  private give(task: Owner | null, lease: LockLease): LockLease {
    this._lease = lease;
    if (task !== null && !task._nobody) this._own(task);
    return lease;
  }

  private holder(): string {
    return this._owner === null ? "code outside of any run" : titleOf(this._owner);
  }
}

class Acquire extends Operation<Lease> {
  private readonly lock: Lock;

  constructor(lock: Lock) {
    super();
    this.lock = lock;
  }

  describe(): string {
    return `acquire ${this.lock._title} (${this.lock._state})`;
  }

  override _attempt(scope: Scope): Lease | typeof PENDING {
    return this.lock._take(scope._task);
  }

  _park(waiter: Waiter): void {
    this.lock._waiters.push(waiter);
  }

  override _undo(lease: Lease): void {
    lease[Symbol.dispose]();
  }
}

let settled = false;

/** One acquire that waits, and one lease, stay for ever: see `kernel/resident.ts`. */
function settleResidents(): void {
  if (settled) return;
  settled = true;
  shownByItsString(Lock.prototype); // Not in a static block: see `Shown`.
  const lock = new Lock({ name: "resident" });
  keep(lock._take(null));
  moveIn(function* () {
    yield* lock.acquire();
  });
}
