/**
 * Timeouts: scopes with a deadline, and the RxJS operators of the same names.
 *
 * A timeout says "how long", a deadline "until when". Only deadlines compose: nested limits reduce to the earliest one. The functions here take
 * delays and turn them into deadlines when the scope is entered.
 *
 * @module
 */

import { TimeoutError } from "../base/errors.ts";
import { map, type MonoTypeOperatorFunction, type Observable, takeUntil } from "../base/rx.ts";
import { CancelScope, Scoped } from "../kernel/cancel-scope.ts";
import { checkedBody, checkedDeadline, checkedDelay } from "../kernel/checks.ts";
import type { Operation } from "../kernel/operation.ts";
import { keep, moveIn } from "../kernel/resident.ts";
import type { Scope, Shield } from "../kernel/scope.ts";
import type { Ended } from "../kernel/work.ts";
import { sleep, sleepForever, sleepUntil } from "./sleep.ts";

/** Options of a timeout with a body. */
export interface TimeoutOptions {
  /** Whether cancellation from outside stays outside: for cleanup that must wait. Or `"soft"`: for its grace. Default `false`. */
  readonly shield?: Shield | undefined;
  /** A name for messages. */
  readonly name?: string | undefined;
}

type Body<R> = (scope: CancelScope) => R;

/** A body under a deadline. */
class Timed<R> extends Scoped<R> {
  private readonly time: number;
  private readonly relative: boolean;
  private readonly options: TimeoutOptions | undefined;

  constructor(
    time: number,
    relative: boolean,
    limit: number | null,
    body: Body<R>,
    options: TimeoutOptions | undefined,
  ) {
    super(body, limit);
    this.time = time;
    this.relative = relative;
    this.options = options;
  }

  override _enter(parent: Scope): CancelScope {
    const scope = new CancelScope(this.options);
    const now = parent._engine.backend.now();
    scope.deadline = this.relative ? now + this.time : this.time;
    scope._open(parent, now);
    return scope;
  }
}

let settled = false;

/** Two bodies wait under a deadline for ever: see `kernel/resident.ts`. */
function settleResidents(): void {
  if (settled) return;
  settled = true;
  keep(new TimeoutError(0.5));
  for (const limit of [null, 0.5]) {
    const timed = new Timed(Infinity, true, limit, () => sleepForever(), undefined);
    keep(timed, new Timed(0.5, true, limit, sleepForever, undefined));
    moveIn(function* () {
      yield* timed;
    });
  }
}

/**
 * Gives `body` at most `delay` ms, then moves on: the result is `undefined` when the time ran out.
 *
 * Without a body it is an RxJS operator that completes the source after `delay` ms: `takeUntil` with a timer of the backend.
 * *Checkpoint*: where the body waits. *On cancel*: the body cleans up first.
 *
 * @param delay - In ms: 0 to `Infinity`, counted from the moment of entry.
 * @throws {RangeError} When `delay` is negative or `NaN`.
 * @example
 * import { moveOnAfter, sleep } from "anyrx";
 * await moveOnAfter(5, async () => { await sleep(10_000); return "late"; }); // => undefined
 * await moveOnAfter(5, () => "in time"); // => "in time"
 * @source AnyIO, Trio `move_on_after`.
 */
export function moveOnAfter<R>(delay: number, body: Body<R>, options?: TimeoutOptions): Operation<Ended<R> | undefined>;
export function moveOnAfter<T>(delay: number): MonoTypeOperatorFunction<T>;
export function moveOnAfter<R, T>(
  delay: number,
  ...rest: [body?: Body<R>, options?: TimeoutOptions]
): Operation<Ended<R> | undefined> | MonoTypeOperatorFunction<T> {
  checkedDelay("set a timeout", delay);
  settleResidents();
  if (rest.length === 0) return takeUntil(sleep(delay));
  return new Timed(delay, true, null, checkedBody("move on after a delay", rest[0] as Body<R>), rest[1]);
}

/** {@link moveOnAfter} with a reading of the backend's clock, in ms, instead of a delay. */
export function moveOnAt<R>(deadline: number, body: Body<R>, options?: TimeoutOptions): Operation<Ended<R> | undefined>;
export function moveOnAt<T>(deadline: number): MonoTypeOperatorFunction<T>;
export function moveOnAt<R, T>(
  deadline: number,
  ...rest: [body?: Body<R>, options?: TimeoutOptions]
): Operation<Ended<R> | undefined> | MonoTypeOperatorFunction<T> {
  checkedDeadline("move on at", deadline);
  if (rest.length === 0) return takeUntil(sleepUntil(deadline));
  return new Timed(deadline, false, null, checkedBody("move on at a deadline", rest[0] as Body<R>), rest[1]);
}

/**
 * Gives `body` at most `delay` ms, then fails with {@link TimeoutError}.
 *
 * Without a body it is an RxJS operator that lets the source run for `delay` ms, then fails. An error that the body throws while it cleans up wins
 * over the timeout. *Checkpoint*: where the body waits. *On cancel*: the body cleans up first.
 *
 * @param delay - In ms: 0 to `Infinity`, counted from the moment of entry.
 * @throws {RangeError} When `delay` is negative or `NaN`.
 * @throws {TimeoutError} When the time ran out.
 * @example
 * import { failAfter, sleep } from "anyrx";
 * await failAfter(5, () => sleep(10_000)); // throws TimeoutError
 * @source AnyIO, Trio `fail_after`.
 */
export function failAfter<R>(delay: number, body: Body<R>, options?: TimeoutOptions): Operation<Ended<R>>;
export function failAfter<T>(delay: number): MonoTypeOperatorFunction<T>;
export function failAfter<R, T>(
  delay: number,
  ...rest: [body?: Body<R>, options?: TimeoutOptions]
): Operation<Ended<R>> | MonoTypeOperatorFunction<T> {
  checkedDelay("set a timeout", delay);
  settleResidents();
  if (rest.length === 0) return takeUntil(failing(sleep(delay), delay));
  return new Timed(delay, true, delay, checkedBody("fail after a delay", rest[0] as Body<R>), rest[1]) as Operation<
    Ended<R>
  >;
}

/** {@link failAfter} with a reading of the backend's clock, in ms, instead of a delay. */
export function failAt<R>(deadline: number, body: Body<R>, options?: TimeoutOptions): Operation<Ended<R>>;
export function failAt<T>(deadline: number): MonoTypeOperatorFunction<T>;
export function failAt<R, T>(
  deadline: number,
  ...rest: [body?: Body<R>, options?: TimeoutOptions]
): Operation<Ended<R>> | MonoTypeOperatorFunction<T> {
  checkedDeadline("fail at", deadline);
  if (rest.length === 0) return takeUntil(failing(sleepUntil(deadline), NaN));
  return new Timed(deadline, false, NaN, checkedBody("fail at a deadline", rest[0] as Body<R>), rest[1]) as Operation<
    Ended<R>
  >;
}

/** A notifier that fails when the time is up. Piped, so that the timer finds the scope of the chain it guards. */
function failing(timer: Operation<void>, delay: number): Observable<never> {
  return timer.pipe(
    map(() => {
      throw new TimeoutError(delay);
    }),
  );
}
