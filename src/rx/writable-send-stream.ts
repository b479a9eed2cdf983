/**
 * Send streams into writable streams of the web or of Node.
 *
 *     open ──close(), aclose(), the scope ends──▶ closing ──▶ closed       what was sent is written first
 *       └────error(e), the scope is cancelled──▶ closed                    aborted; what waits to be written is dropped
 *
 * @module
 */

import { type Cancelled, ClosedResourceError, isCancelled, WouldBlock } from "../base/errors.ts";
import type { Observer } from "../base/rx.ts";
import { abortable } from "../kernel/abortable.ts";
import type { Operation, OperationGenerator } from "../kernel/operation.ts";
import type { Failure, Scope } from "../kernel/scope.ts";
import { operation } from "../kernel/work.ts";
import type { AsyncResource } from "../stream/resource.ts";
import { sleepForever } from "../time/sleep.ts";
import { cleanedUp } from "./foreign.ts";
import { Stay } from "./stay.ts";
import type { Target } from "./writable-target.ts";
import { Write, WriteQueue } from "./write-queue.ts";

/**
 * The send end of a writable stream of the web or of Node. Made by {@link fromWritable}.
 *
 * It is an RxJS `Observer` too, as every send end is.
 */
export class WritableSendStream<T> implements Observer<T>, AsyncResource, Disposable {
  private readonly name: string;
  private readonly keep: boolean;
  private readonly target: Target;
  private readonly stay: Stay;
  private readonly queue = new WriteQueue();
  private isClosed = false;
  /** What the target failed with, by itself. */
  private failure: Failure | null = null;
  /** What the target shall fail with. */
  private order: Failure | null = null;
  /** How many wait for it to be closed; and what they are to be told of that. */
  private closers = 0;
  private closeFailure: Failure | null = null;

  /** @internal Use {@link fromWritable}. */
  constructor(scope: Scope, name: string, keep: boolean, target: Target) {
    this.name = name;
    this.keep = keep;
    this.target = target;
    this.stay = new Stay(scope, name === "" ? "fromWritable()" : name, {
      _work: sleepForever,
      _leave: (_failure, why) => this.leave(why),
      _over: () => {
        this.shut();
      },
    });
    target.tells({
      room: () => {
        this.pump();
      },
      failed: (error) => {
        this.failed(error);
      },
    });
  }

  /**
   * Writes `item`, once there is room for it: what the target's `highWaterMark` says. One that has no room at all takes one item at a time.
   *
   * *Checkpoint*: yes. *On cancel*: nothing is written. *Fairness*: first come, first served.
   *
   * @throws {ClosedResourceError} When this end is closed, also while waiting.
   * @throws {BrokenResourceError} When the target was closed. When it failed, its own error is thrown instead.
   */
  send(item: T): Operation<void> {
    return new Write(this, this.queue, item);
  }

  /**
   * Writes `item` now or not at all.
   *
   * @throws {WouldBlock} When there is no room.
   * @throws {ClosedResourceError} When this end is closed.
   */
  sendNowait(item: T): void {
    if (!this._offer(item)) throw new WouldBlock(`send to ${this._title}`, "it has no room", "use send()");
  }

  /** Closes the target, once what was sent is written. Errors of that go to the task group. Closing again does nothing. */
  close(): void {
    if (this.shut()) this.stay.end();
  }

  /**
   * Closes the target, once what was sent is written, and waits for that.
   *
   * *Checkpoint*: yes, the first time. *On cancel*: the target is aborted instead.
   *
   * @throws The target's own error, when it fails on the way.
   */
  aclose(): Operation<void> {
    return closing(this);
  }

  /** `sendNowait`, for RxJS. */
  next(item: T): void {
    this.sendNowait(item);
  }

  /** Aborts the target with `error`: it fails with that, and what was not written yet is dropped. */
  error(error: unknown): void {
    if (!this.shut()) return;
    this.order = { error };
    this.stay.end();
  }

  /** `close`, for RxJS. */
  complete(): void {
    this.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Operation<void> {
    return this.aclose();
  }

  /** @internal */
  get _title(): string {
    return this.name === "" ? "the writable stream" : `the writable stream "${this.name}"`;
  }

  /** @internal Writes `item` if there is room. */
  _offer(item: unknown): boolean {
    if (this.isClosed) throw new ClosedResourceError("send to", this._title);
    if (this.failure !== null) throw this.failure.error;
    if (this.queue.length > 0 || !this.target.room) return false;
    this.target.write(item);
    return true;
  }

  /** @internal Closes, and waits for that. */
  *_close(): OperationGenerator<void> {
    this.close();
    const ended = this.stay.ended();
    if (ended === null) return;
    this.closers++;
    try {
      yield* ended;
    } catch (error) {
      this.stay.hurry("closing was cancelled");
      throw error;
    } finally {
      this.closers--;
    }
    if (this.closeFailure !== null) throw this.closeFailure.error;
  }

  private *leave(why: Cancelled | undefined): OperationGenerator<void> {
    const { target } = this;
    try {
      if (this.failure !== null) return; // It was thrown.
      if (why === undefined && this.order === null) yield* this.finish();
      else yield* cleanedUp(target.abort(this.order, why));
    } catch (error) {
      if (isCancelled(error) || this.closers === 0) throw error;
      this.closeFailure = { error };
    } finally {
      const released = target.release();
      if (released !== undefined) yield* cleanedUp(released);
    }
  }

  private *finish(): OperationGenerator<void> {
    const { target } = this;
    const done = target.end(this.keep);
    try {
      yield* abortable((_signal) => done);
    } catch (error) {
      if (isCancelled(error)) {
        done.catch(ignore); // It was told to stop.
        yield* cleanedUp(target.abort(null, error));
      }
      throw error;
    }
  }

  /** Lets those write for whom there is room. */
  private pump(): void {
    const { target } = this;
    this.queue.pump(
      () => this.failure === null && target.room,
      (item) => {
        target.write(item);
      },
    );
  }

  /** Whether this is what closes it. */
  private shut(): boolean {
    if (this.isClosed) return false;
    this.isClosed = true;
    this.queue.refuse(() => new ClosedResourceError("send to", this._title));
    return true;
  }

  private failed(error: unknown): void {
    if (this.failure !== null || this.isClosed) return;
    this.failure = { error };
    this.queue.refuse(() => error);
    this.stay.end();
  }
}

const closing: (stream: { _close(): OperationGenerator<void> }) => Operation<void> = /* @__PURE__ */ operation(
  function* (stream: { _close(): OperationGenerator<void> }) {
    yield* stream._close();
  },
);

function ignore(): void {
  // On purpose.
}
