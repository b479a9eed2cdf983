/**
 * The settle-once waiter: one wait, to which exactly one of value, error or cancellation happens.
 *
 *                        settle, fail, _tell
 *     PARKING ──────────────────────────────▶ SETTLED or FAILED ──▶ (the task goes on) ──▶ IDLE
 *        └────▶ WAITING ────────────────────────────▲
 *
 * Whoever settles first wins; every later attempt is told so by `false` and keeps what it wanted to give. That is why no item and no permit
 * can be lost between two tasks. Settling never runs the waiting task: it queues it at the engine.
 *
 * A waiter is its own timer job, too: run while it waits it is the timer that fires, run when settled it is the engine that resumes it.
 *
 * @module
 */

import type { Cancelled } from "../base/errors.ts";
import type { Job } from "../port/backend.ts";
import type { Engine } from "./engine.ts";
import { instruments } from "./instruments.ts";
import { type Crew, Member, type Scope, type Wave } from "./scope.ts";
import { locate } from "./sites.ts";

/** What {@link Source._attempt} returns when the wait cannot complete in place. */
export const PENDING: unique symbol = Symbol("pending");

export const IDLE = 0;
export const PARKING = 1;
export const WAITING = 2;
export const SETTLED = 3;
export const FAILED = 4;

/** What can be waited for: an operation, as far as its waiter cares. */
export interface Source<T> {
  /** @internal Whether it is a wait for work of our own to end. Such a wait is not interrupted itself: the work is. */
  readonly _joins: boolean;
  /** @internal Whether it lets others run even when it is settled while it parks. Such a source never completes an attempt. */
  readonly _yields: boolean;
  /** @internal Whether what it joins is none of our tasks: then the wait itself is all there is to tell. */
  readonly _foreign?: boolean;
  /** @internal Completes in place, at once, or says that it cannot. */
  _attempt(scope: Scope): T | typeof PENDING;
  /** @internal Begins the wait: arranges that `waiter` is settled later. */
  _park(waiter: Waiter, scope: Scope): void;
  /**
   * @internal Forgets a waiter that was cancelled. Drops every reference to it. `note` is what `_park` left with it. Foreign code must not run
   * here but in `later`: the tree is being walked.
   */
  _withdraw(waiter: Waiter, note: unknown, later: Wave["outsiders"]): void;
  /** @internal Takes back a value that was given and that nobody will see. */
  _undo(value: T): void;
  /** What it waits for, for people: `sleep(100)`. */
  describe(): string;
}

/** What `source` waits for, for people. Some of it is foreign code. */
export function described(source: { describe(): string }): string {
  try {
    return source.describe();
  } catch {
    return "something that cannot be described";
  }
}

/** The ends of a queue that waiters are linked into. */
export interface Queue {
  /** @internal Takes `waiter` out, in O(1). */
  _remove(waiter: Waiter): void;
}

/** One wait of one task. */
export abstract class Waiter extends Member implements Job {
  /** @internal */ _state: number = IDLE;
  /** @internal The value or the error, once settled. Until then the source's note: the item to send, the timer to dispose. */
  _value: unknown = undefined;
  /** @internal What is waited for. */ _source: Source<unknown> | null = null;
  /** @internal The queue it stands in. */ _queue: Queue | null = null;
  /** @internal */ _ahead: Waiter | null = null;
  /** @internal */ _behind: Waiter | null = null;
  /** @internal When it began to wait, on backends that date their waits. */ _since = 0;

  /** @internal Whether the code that started this wait may end before the wait does: true of `await` and `subscribe`, never of `yield*`. */
  get _loose(): boolean {
    return true;
  }

  /** @internal Goes on with `_value`, as `_state` says. Called by the engine, on an empty stack. */
  abstract _resume(): void;

  /** @internal It was settled: lets it go on. */
  protected _goOn(engine: Engine): void {
    engine.wake(this);
  }

  /** @internal Starts waiting for `source` in `scope`. `true` when it is settled already and may go on at once. */
  _start(source: Source<unknown>, scope: Scope): boolean {
    const { _onWait: onWait } = scope._engine;
    if (onWait !== null) onWait(scope, source);
    const cancelled = scope._interrupt;
    if (cancelled !== null && !source._joins) {
      cancelled._delivered = true;
      return this.settled(source, scope, FAILED, cancelled);
    }
    try {
      const value = source._attempt(scope);
      return value === PENDING ? this._wait(source, scope) : this.settled(source, scope, SETTLED, value);
    } catch (error) {
      locate(error, source);
      return this.settled(source, scope, FAILED, error);
    }
  }

  /** @internal The same, when an attempt to complete in place was made already, in vain. */
  _wait(source: Source<unknown>, scope: Scope): boolean {
    this._source = source;
    this._state = PARKING;
    this._join(scope);
    try {
      source._park(this, scope);
    } catch (error) {
      locate(error, source);
      this.finish(FAILED, error);
    }
    if (this._state !== PARKING) return this.settled(source, scope, this._state, this._value);
    this._state = WAITING;
    const engine = scope._engine;
    if (engine.dated) this._since = engine.backend.now();
    if (instruments.on !== null) this._blocked(source, scope);
    return false;
  }

  /** It need not wait. Goes on at once while there is credit, else through the engine's queue: what was done stays done. */
  protected settled(source: Source<unknown>, scope: Scope, state: number, value: unknown): boolean {
    this._source = source;
    this._state = state;
    this._value = value;
    const engine = scope._engine;
    if (--engine._credit >= 0 && !source._yields) return true;
    engine.wake(this);
    return false;
  }

  /** @internal Gives it `value`. `false` when it was settled before: the value is still the caller's. */
  _settle(value: unknown): boolean {
    return this.finish(SETTLED, value);
  }

  /** @internal Gives it `error` to throw. `false` when it was settled before. */
  _fail(error: unknown): boolean {
    if (this._home !== null) locate(error, this._source);
    return this.finish(FAILED, error);
  }

  /** @internal The work it waits for ended well. */
  _succeed(value: unknown): void {
    this.workEnded(SETTLED, value);
  }

  /** @internal The work it waits for failed. */
  _failed(error: unknown): void {
    if (this._home !== null) locate(error, this._source);
    this.workEnded(FAILED, error);
  }

  /** @internal Its scope was cancelled. */
  override _tell(cancelled: Cancelled | null, wave: Wave): void {
    const source = this._source;
    if (cancelled === null || source === null || source._joins) return;
    const note = this._value;
    if (this.finish(FAILED, cancelled)) {
      cancelled._delivered = true;
      source._withdraw(this, note, wave.outsiders);
    }
  }

  /** The timer fires, or the engine resumes it. */
  run(): void {
    if (this._state === WAITING) this.finish(SETTLED, undefined);
    else {
      if (instruments.on !== null) instruments.on.resumed(this);
      this._resume();
    }
  }

  /** @internal Tells the instruments. */
  _blocked(source: Source<unknown>, scope: Scope): void {
    instruments.on?.blocked(this, scope._task, described(source));
  }

  private workEnded(state: number, value: unknown): void {
    // Not the crew of its home: the wait may have moved on from where it began.
    const crew = this._loose ? (this._value as Crew) : null;
    this.finish(state, value);
    crew?._end();
  }

  private finish(state: number, value: unknown): boolean {
    const was = this._state;
    const scope = this._home;
    if (scope === null) return false; // Neither parking nor waiting: it was settled before.
    this._state = state;
    this._value = value;
    this._part();
    // While it parks, `_start` sees to it.
    if (was === WAITING) this._goOn(scope._engine);
    return true;
  }
}
