/**
 * Capacity limiters: tokens that are borrowed, and by whom.
 *
 * One noun, with the two waits on it; long for its docs.
 *
 * @module
 */

import { UsageError, WouldBlock } from "../base/errors.ts";
import { census } from "../kernel/census.ts";
import { shown } from "../kernel/checks.ts";
import type { Owner } from "../kernel/holding.ts";
import { Operation } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { Task } from "../kernel/task.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";
import type { Ended } from "../kernel/work.ts";
import { callerHere, titleOf } from "./caller.ts";
import { checkedCount } from "./count.ts";
import { hold } from "./hold.ts";
import { Lease } from "./lease.ts";
import { Shown } from "./shown.ts";
import { line, title } from "./title.ts";

/** Options of a capacity limiter. */
export interface CapacityLimiterOptions {
  /** What it is called in messages. */
  readonly name?: string | undefined;
}

/** What a capacity limiter looks like from outside, at one moment. */
export interface CapacityLimiterStatistics {
  /** Tokens that are borrowed. */
  readonly borrowedTokens: number;
  /** Tokens that there are: 0 to `Infinity`. */
  readonly totalTokens: number;
  /** Who borrowed them, the first first: tasks, or what was given to `acquireOnBehalfOf`. */
  readonly borrowers: readonly unknown[];
  /** Tasks blocked in `acquire` or `acquireOnBehalfOf`. */
  readonly tasksWaiting: number;
}

/**
 * A number of tokens, of which each borrower has one at most; a freed one belongs at once to the longest waiter. How many there are can be
 * changed at any time.
 *
 * The borrower is the current task, or what is named. Outside of any run there is no task to borrow: each acquire stands for itself there, and
 * only its lease gives the token back.
 *
 * @example
 * import { CapacityLimiter, run, sleep, taskGroup } from "anyrx";
 * const limiter = new CapacityLimiter(2);
 * let most = 0;
 * await run(() => taskGroup((tg) => {
 *   for (let i = 0; i < 5; i++) {
 *     tg.startSoon(() => limiter.hold(async () => {
 *       most = Math.max(most, limiter.borrowedTokens);
 *       await sleep(1);
 *     }));
 *   }
 * }));
 * most; // => 2
 * @source AnyIO, Trio `CapacityLimiter`. Differs: `acquire` gives a lease.
 */
export class CapacityLimiter extends Shown {
  /** What it is called in messages. */
  readonly name: string;
  private total: number;
  /** Who has a token, with the lease that stands for it. */
  private readonly borrowers = new Map<unknown, LimiterLease>();
  /** Who waits for one. */
  private readonly pending = new Set<unknown>();
  private readonly waiters = new WaitQueue();

  /**
   * @param totalTokens - How many tokens there are: an integer from 0, or `Infinity`.
   * @throws {TypeError} When `totalTokens` is no integer.
   * @throws {RangeError} When it is negative.
   */
  constructor(totalTokens: number, options?: CapacityLimiterOptions) {
    super();
    this.name = options?.name ?? "";
    this.total = checkedCount("make a capacity limiter with the total tokens", totalTokens, true);
    census.on?.(this);
  }

  /**
   * How many tokens there are: an integer from 0, or `Infinity`.
   *
   * Raised, the new tokens belong at once to the longest waiters. Lowered below what is borrowed, nobody loses a token; those that are given
   * back are gone until there is room again.
   *
   * @throws {TypeError} When assigned what is no integer.
   * @throws {RangeError} When assigned a negative one.
   * @example
   * import { CapacityLimiter } from "anyrx";
   * const limiter = new CapacityLimiter(1);
   * limiter.totalTokens = 3;
   * limiter.availableTokens; // => 3
   */
  get totalTokens(): number {
    return this.total;
  }

  set totalTokens(totalTokens: number) {
    this.total = checkedCount(`set the total tokens of ${this._title} to`, totalTokens, true);
    this.lend();
  }

  /** How many tokens are borrowed. May be more than there are, after {@link CapacityLimiter.totalTokens} was lowered. */
  get borrowedTokens(): number {
    return this.borrowers.size;
  }

  /** How many tokens there are to borrow; negative while more are borrowed than there are. */
  get availableTokens(): number {
    return this.total - this.borrowers.size;
  }

  /**
   * Borrows a token for the current task, or waits for one.
   *
   * *Checkpoint*: yes. *On cancel*: only the wait ends; whoever was given a token already has it, and the cancellation hits at the next wait.
   * *Fairness*: first come, first served.
   *
   * @returns The lease: dispose of it, or call {@link CapacityLimiter.release}.
   * @throws {UsageError} When the task has a token already, or waits for one.
   */
  acquire(): Operation<Lease> {
    return new Acquire(this, undefined);
  }

  /**
   * {@link CapacityLimiter.acquire}, now or not at all.
   *
   * @throws {WouldBlock} When no token is available.
   * @throws {UsageError} When the task has a token already, or waits for one.
   */
  acquireNowait(): Lease {
    return this.takeNow(callerHere(), undefined);
  }

  /**
   * Borrows a token for `borrower`, or waits for one; otherwise like {@link CapacityLimiter.acquire}.
   *
   * @param borrower - Anything but `null` and `undefined`. Compared as the keys of a `Map` are.
   * @returns The lease: dispose of it, or call {@link CapacityLimiter.releaseOnBehalfOf}.
   * @throws {TypeError} When `borrower` is `null` or `undefined`.
   * @throws {UsageError} When the borrower has a token already, or waits for one.
   */
  acquireOnBehalfOf(borrower: unknown): Operation<Lease> {
    return new Acquire(this, this.checkedBorrower("acquire", borrower));
  }

  /**
   * {@link CapacityLimiter.acquireOnBehalfOf}, now or not at all.
   *
   * @throws {TypeError} When `borrower` is `null` or `undefined`.
   * @throws {WouldBlock} When no token is available.
   * @throws {UsageError} When the borrower has a token already, or waits for one.
   * @example
   * import { CapacityLimiter } from "anyrx";
   * const limiter = new CapacityLimiter(1);
   * limiter.acquireOnBehalfOfNowait("a");
   * limiter.acquireOnBehalfOfNowait("b"); // throws WouldBlock
   */
  acquireOnBehalfOfNowait(borrower: unknown): Lease {
    return this.takeNow(null, this.checkedBorrower("acquire", borrower));
  }

  /**
   * Gives the current task's token back. It belongs at once to the longest waiter, if there is one.
   *
   * @throws {UsageError} When the task has none.
   */
  release(): void {
    const task = callerHere();
    if (task === null || task._nobody) {
      const state =
        task === null ? "the task that calls is not known here" : "code outside of any run has no token of its own";
      throw new UsageError(`Cannot release ${this._title}: ${state}; dispose of the lease`);
    }
    this.giveBack(task);
  }

  /**
   * Gives the token of `borrower` back.
   *
   * @throws {TypeError} When `borrower` is `null` or `undefined`.
   * @throws {UsageError} When it has none.
   */
  releaseOnBehalfOf(borrower: unknown): void {
    this.giveBack(this.checkedBorrower("release", borrower));
  }

  /**
   * Borrows a token for the current task, runs `body` and gives the token back, whatever happened; gives the value of the body.
   *
   * *Checkpoint*: yes, in front of the body. *On cancel*: the body cleans up first.
   *
   * @param body - An async function, a generator function, one that returns an Observable, or a plain one.
   * @throws {TypeError} When `body` is no function.
   * @throws {UsageError} When the task has a token already, or waits for one.
   */
  hold<R>(body: () => R): Operation<Ended<R>> {
    return hold(this, body);
  }

  /** The limiter's figures at this moment. */
  statistics(): CapacityLimiterStatistics {
    return Object.freeze({
      borrowedTokens: this.borrowers.size,
      totalTokens: this.total,
      borrowers: Object.freeze([...this.borrowers.keys()]),
      tasksWaiting: this.waiters.length,
    });
  }

  /** `CapacityLimiter "threads" (4 of 4 borrowed, 2 waiting)`. */
  override toString(): string {
    return line("CapacityLimiter", this.name, this._state);
  }

  /** @internal How messages call it. */
  get _title(): string {
    return title("capacity limiter", this.name);
  }

  /** @internal */
  get _state(): string {
    const borrowed = `${String(this.borrowers.size)} of ${String(this.total)} borrowed`;
    return this.waiters.length === 0 ? borrowed : `${borrowed}, ${String(this.waiters.length)} waiting`;
  }

  /** @internal A lease for who asks: `borrower`, else `task`, else the lease itself. Refuses who has a token, or waits for one. */
  _lease(task: Owner | null, borrower: unknown): LimiterLease {
    const lease = new LimiterLease(this, borrower ?? (task?._nobody === true ? undefined : task));
    const known = this.borrowers.has(lease.borrower)
      ? "has a token"
      : this.pending.has(lease.borrower)
        ? "waits"
        : null;
    if (known === null) return lease;
    throw new UsageError(
      `Cannot acquire ${this._title} for ${named(lease.borrower)}: it ${known} already; ` +
        "work in a task of its own, acquire on behalf of something else, or use a Semaphore, which has no borrowers",
    );
  }

  /** @internal Lends a token to the borrower of `lease`. `false` when there is none. */
  _lend(lease: LimiterLease): boolean {
    if (this.borrowers.size >= this.total) return false;
    this.borrowers.set(lease.borrower, lease);
    return true;
  }

  /** @internal */
  _push(waiter: Waiter, lease: LimiterLease): void {
    waiter._value = lease;
    this.pending.add(lease.borrower);
    this.waiters.push(waiter);
  }

  /** @internal */
  _remove(waiter: Waiter, lease: LimiterLease): void {
    this.pending.delete(lease.borrower);
    this.waiters._remove(waiter);
  }

  /** @internal The lease is disposed of. */
  _end(lease: LimiterLease): void {
    if (this.borrowers.get(lease.borrower) === lease) this.giveBack(lease.borrower);
  }

  private takeNow(task: Owner | null, borrower: unknown): Lease {
    const lease = this._lease(task, borrower);
    if (this._lend(lease)) return lease;
    throw new WouldBlock(
      `acquire ${this._title}`,
      `all of its ${String(this.total)} tokens are borrowed`,
      `use ${borrower === undefined ? "acquire()" : "acquireOnBehalfOf()"}`,
    );
  }

  private giveBack(borrower: unknown): void {
    if (!this.borrowers.delete(borrower)) {
      throw new UsageError(
        `Cannot release ${this._title} for ${named(borrower)}: it has no token; release once for each acquire`,
      );
    }
    this.lend();
  }

  /** Lends what there is to those who wait. */
  private lend(): void {
    while (this.borrowers.size < this.total) {
      const waiter = this.waiters.shift();
      if (waiter === null) return;
      const lease = waiter._value as LimiterLease;
      this.pending.delete(lease.borrower);
      if (waiter._settle(lease)) this.borrowers.set(lease.borrower, lease);
    }
  }

  private checkedBorrower(action: string, borrower: unknown): unknown {
    if (borrower !== undefined && borrower !== null) return borrower;
    throw new TypeError(
      `Cannot ${action} ${this._title} for ${shown(borrower)}: that is nobody; pass who has the token`,
    );
  }
}

class LimiterLease extends Lease {
  /** @internal */
  readonly borrower: unknown;
  private readonly limiter: CapacityLimiter;

  constructor(limiter: CapacityLimiter, borrower: unknown) {
    super();
    this.limiter = limiter;
    this.borrower = borrower ?? this; // Nobody in particular.
  }

  [Symbol.dispose](): void {
    this.limiter._end(this);
  }
}

class Acquire extends Operation<Lease> {
  private readonly limiter: CapacityLimiter;
  private readonly borrower: unknown;

  constructor(limiter: CapacityLimiter, borrower: unknown) {
    super();
    this.limiter = limiter;
    this.borrower = borrower;
  }

  describe(): string {
    return `acquire ${this.limiter._title} (${this.limiter._state})`;
  }

  override _attempt(scope: Scope): Lease | typeof PENDING {
    const lease = this.limiter._lease(scope._task, this.borrower);
    return this.limiter._lend(lease) ? lease : PENDING;
  }

  _park(waiter: Waiter, scope: Scope): void {
    this.limiter._push(waiter, this.limiter._lease(scope._task, this.borrower));
  }

  override _withdraw(waiter: Waiter, lease: unknown): void {
    this.limiter._remove(waiter, lease as LimiterLease);
  }

  override _undo(lease: Lease): void {
    lease[Symbol.dispose]();
  }
}

function named(borrower: unknown): string {
  return borrower instanceof Task ? titleOf(borrower) : `the borrower ${shown(borrower)}`;
}
