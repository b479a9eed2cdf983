/**
 * Futures: values that somebody else will give.
 *
 *     pending ──▶ finished      by `returnValue = …`
 *        │  └───▶ failed        by `exception = …`
 *        └──────▶ cancelled     by `cancel()`
 *
 * @module
 */

import { FutureAlreadyFinished, FutureCancelled, FutureFailed, FutureNotFinished } from "../base/errors.ts";
import { shownByItsString } from "../base/shown-as.ts";
import { Operation } from "../kernel/operation.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";

/** What became of a future. */
export type FutureState = "pending" | "finished" | "failed" | "cancelled";

/** Options of a future. */
export interface FutureOptions {
  /** What it is called in messages. */
  readonly name?: string | undefined;
}

let isShown = false;

/**
 * A value that is not there yet. Some give it, from a task or from a plain callback; others wait for it.
 *
 * Hot, as a task is: awaiting it twice gives the same value. It belongs to no run. Setting it runs nobody inside the caller.
 *
 * *Checkpoint*: yes. *On cancel*: only the wait ends, not the future. *Fairness*: who waits longest goes on first.
 *
 * @throws {FutureFailed} On await, when it was given an error, which is the `cause`.
 * @throws {FutureCancelled} On await, when it was cancelled.
 * @example
 * import { Future, run, taskGroup } from "anyrx";
 * await run(() => taskGroup(async (tg) => {
 *   const port = new Future<number>({ name: "port" });
 *   tg.startSoon(() => { port.returnValue = 8080; });
 *   return await port;
 * })); // => 8080
 * @source AnyIO `Future`.
 */
export class Future<T> extends Operation<T> {
  /** What it is called in messages. */
  readonly name: string;
  private state: FutureState = "pending";
  private outcome: unknown = undefined;
  private readonly waiters = new WaitQueue();

  constructor(options?: FutureOptions) {
    super();
    if (!isShown) {
      // Not in a static block: that would keep the class in every bundle.
      isShown = true;
      shownByItsString(Future.prototype);
    }
    this.name = options?.name ?? "";
  }

  /** What became of it. */
  get status(): FutureState {
    return this.state;
  }

  /**
   * The value it was given.
   *
   * @throws {FutureNotFinished} When read while it is pending.
   * @throws {FutureFailed} When read after it was given an error, which is the `cause`.
   * @throws {FutureCancelled} When read or set after it was cancelled.
   * @throws {FutureAlreadyFinished} When set a second time, or after an error.
   */
  get returnValue(): T {
    if (this.state === "pending") throw new FutureNotFinished(this.name);
    if (this.state === "finished") return this.outcome as T;
    throw this.failure();
  }

  set returnValue(value: T) {
    this.checkPending();
    this.settle("finished", value);
  }

  /**
   * The error it was given; `undefined` when it was given a value instead.
   *
   * @throws {FutureNotFinished} When read while it is pending.
   * @throws {FutureCancelled} When read or set after it was cancelled.
   * @throws {FutureAlreadyFinished} When set a second time, or after a value.
   */
  get exception(): unknown {
    if (this.state === "pending") throw new FutureNotFinished(this.name);
    if (this.state === "cancelled") throw this.failure();
    return this.state === "failed" ? this.outcome : undefined;
  }

  set exception(error: unknown) {
    this.checkPending();
    this.settle("failed", error);
  }

  /** Takes back the promise of a value: who waits gets {@link FutureCancelled}. Does nothing when it has an outcome. */
  cancel(): void {
    if (this.state === "pending") this.settle("cancelled", undefined);
  }

  /**
   * Waits until it has an outcome, whatever that is. *Checkpoint*: yes. *On cancel*: only the wait ends.
   *
   * @example
   * import { Future } from "anyrx";
   * const answer = new Future<number>();
   * setTimeout(() => { answer.exception = new Error("no answer"); }, 1);
   * await answer.wait();
   * answer.status; // => "failed"
   */
  wait(): Operation<void> {
    return new FutureEnd(this);
  }

  /** `Future "port" (pending)`. */
  override toString(): string {
    return `Future${this.name === "" ? "" : ` "${this.name}"`} (${this.state})`;
  }

  describe(): string {
    return this.name === "" ? "a future" : `the future "${this.name}"`;
  }

  /** @internal */
  override get _hot(): boolean {
    return true;
  }

  /** @internal */
  override _attempt(): T | typeof PENDING {
    return this.state === "pending" ? PENDING : this.returnValue;
  }

  /** @internal */
  _park(waiter: Waiter): void {
    this.waiters.push(waiter);
  }

  private checkPending(): void {
    if (this.state === "cancelled") throw this.failure();
    if (this.state !== "pending") throw new FutureAlreadyFinished(this.name);
  }

  private settle(state: FutureState, outcome: unknown): void {
    this.state = state;
    this.outcome = outcome;
    for (let waiter = this.waiters.shift(); waiter !== null; waiter = this.waiters.shift()) {
      if (waiter._source instanceof FutureEnd) waiter._settle(undefined);
      else if (state === "finished") waiter._settle(outcome);
      else waiter._fail(this.failure());
    }
  }

  private failure(): Error {
    return this.state === "cancelled" ? new FutureCancelled(this.name) : new FutureFailed(this.name, this.outcome);
  }
}

/** Waits for a future to have an outcome. */
class FutureEnd extends Operation<void> {
  private readonly future: Future<unknown>;

  constructor(future: Future<unknown>) {
    super();
    this.future = future;
  }

  describe(): string {
    return this.future.describe();
  }

  override _attempt(): undefined | typeof PENDING {
    return this.future.status === "pending" ? PENDING : undefined;
  }

  _park(waiter: Waiter): void {
    this.future._park(waiter);
  }
}
