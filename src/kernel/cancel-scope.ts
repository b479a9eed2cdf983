/**
 * Cancel scopes, as users meet them: how a scope is entered, and how others are told of its cancellation.
 *
 * @module
 */

import { type Cancelled, TimeoutError } from "../base/errors.ts";
import { Observable, type Subscriber } from "../base/rx.ts";
import { lowerStackLimit, restoreStackLimit } from "../base/stack-limit.ts";
import type { HostAbortSignal } from "../port/host.ts";
import type { Continuation } from "./continuation.ts";
import { perform } from "./body.ts";
import { checkedBody, checkedDelay, checkedSignal } from "./checks.ts";
import { isGeneratorFunction } from "./frame.ts";
import { plainScope, whoseHere, within } from "./here.ts";
import { type CancelScopeOptions, type Failure, type GracefulCancel, Member, Scope, type Wave } from "./scope.ts";
import { type Ended, Work } from "./work.ts";
import { driver, type Inner, type Operation, type OperationGenerator } from "./operation.ts";

/**
 * A part of the program that can be cancelled as a whole.
 *
 * On cancel each wait inside throws `Cancelled`, again and again (level-triggered), until the scope's body has ended. The scope that was
 * cancelled swallows that error at its end. A shielded scope hears of its own cancellation only. A scope is used once.
 *
 * @example
 * import { CancelScope, sleep } from "anyrx";
 * const scope = new CancelScope();
 * scope.cancel("not needed");
 * await scope.enter(() => sleep(1000)); // => undefined
 * scope.cancelledCaught; // => true
 * @source AnyIO, Trio `CancelScope`. Differs: entered with a body, since `using` is not told whether its block threw.
 */
export class CancelScope extends Scope {
  /**
   * A scope that is cancelled when `signal` is aborted, with the signal's reason. Listens only while it is entered.
   *
   * @example
   * import { CancelScope, sleep } from "anyrx";
   * await CancelScope.from(AbortSignal.abort("stop")).enter(() => sleep(1000)); // => undefined
   */
  static from(signal: HostAbortSignal, options?: CancelScopeOptions): CancelScope {
    return new SignalScope(signal, options);
  }

  /**
   * Cancels everything in the scope. May be called from anywhere: before the scope is entered (its first wait throws), inside, from a plain
   * callback. A second call changes nothing, and the first reason stays.
   *
   * With a grace, scopes inside that have the shield `"soft"` are left alone for that long, while all other waits throw at once: a server stops to
   * accept, and finishes the requests at hand. A second call can cut the grace short, and never extends it.
   *
   * @param reason - Why; found again as {@link Cancelled.reason}. Or {@link GracefulCancel}.
   * @throws {RangeError} When `grace` is negative or `NaN`.
   * @example
   * import { CancelScope, run, sleep, taskGroup } from "anyrx";
   * const answered: string[] = [];
   * await run(() => taskGroup(async (tg) => {
   *   tg.startSoon(() => new CancelScope({ shield: "soft" }).enter(async () => {
   *     await sleep(100);
   *     answered.push("the request at hand");
   *   }));
   *   await sleep(10);
   *   tg.cancel({ reason: "shutting down", grace: 500 });
   * }), { backend: "virtual" }); // => undefined
   * answered; // => ["the request at hand"]
   */
  cancel(reason?: unknown): void {
    const order = isGraceful(reason) ? reason : { reason };
    const grace = checkedDelay("grant a grace", order.grace ?? 0);
    this._cancelFor(order.reason, "cancel", plainScope()?._task, grace);
  }

  /**
   * Emits the {@link Cancelled} once the scope is effectively cancelled, by itself or from outside, and completes; completes without a value
   * when the scope ends uncancelled. Made for `takeUntil`.
   *
   * @example
   * import { Subject, takeUntil } from "rxjs";
   * import { CancelScope } from "anyrx";
   * const scope = new CancelScope();
   * const ticks = new Subject<number>();
   * const seen: number[] = [];
   * ticks.pipe(takeUntil(scope.cancelled$)).subscribe((n) => seen.push(n));
   * ticks.next(1);
   * scope.cancel();
   * ticks.next(2);
   * seen; // => [1]
   */
  get cancelled$(): Observable<Cancelled> {
    return new Observable((subscriber) => {
      if (this._interrupt !== null) subscriber.next(this._interrupt);
      if (this._interrupt !== null || this._over) {
        subscriber.complete();
        return undefined;
      }
      const listener = new Listener(subscriber);
      listener._join(this);
      return () => {
        listener._part();
      };
    });
  }

  /**
   * Runs `body` inside the scope, and gives its value; `undefined` when the scope's own cancellation cut it short.
   *
   * *Checkpoint*: where the body waits. *On cancel*: the body cleans up first.
   *
   * @throws {UsageError} When the scope was entered before.
   */
  enter<R>(body: (scope: this) => R): Operation<Ended<R> | undefined> {
    checkedBody("enter a cancel scope", body);
    return new Entered(this, body as (scope: CancelScope) => R);
  }
}

/** Whether what was given to `cancel` is an order and not a reason: a plain object of these two keys, and no others. */
function isGraceful(reason: unknown): reason is GracefulCancel {
  if (typeof reason !== "object" || reason === null) return false;
  const prototype: unknown = Object.getPrototypeOf(reason);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const keys = Object.keys(reason);
  return keys.length > 0 && keys.every((key) => key === "reason" || key === "grace");
}

class SignalScope extends CancelScope {
  private readonly source: HostAbortSignal;
  private readonly listener = (): void => {
    this._cancelFor(this.source.reason, "signal");
  };

  constructor(signal: HostAbortSignal, options?: CancelScopeOptions) {
    super(options);
    this.source = checkedSignal("make a cancel scope", signal);
    if (signal.aborted) this.listener();
  }

  override _open(parent: Scope, now?: number): void {
    super._open(parent, now);
    if (this.source.aborted) this.listener();
    else this.source.addEventListener("abort", this.listener);
  }

  override _close(failure: Parameters<Scope["_close"]>[0]): ReturnType<Scope["_close"]> {
    this.source.removeEventListener("abort", this.listener);
    return super._close(failure);
  }
}

/** A subscriber of `cancelled$`. */
class Listener extends Member {
  private readonly subscriber: Subscriber<Cancelled>;
  private readonly scope: Scope;

  constructor(subscriber: Subscriber<Cancelled>) {
    super();
    this.subscriber = subscriber;
    this.scope = whoseHere(() => "a subscription to cancelled$"); // It is called in the scope that it subscribed in.
  }

  override _tell(cancelled: Cancelled | null, wave: Wave): void {
    if (cancelled === null) return;
    wave.outsiders.push(() => {
      within(
        this.scope,
        (value) => {
          this.subscriber.next(value);
          this.subscriber.complete();
        },
        cancelled,
      );
    });
  }

  override _inherit(): void {
    this._part();
    this.subscriber.complete();
  }
}

/** A body in a scope of its own, which is made when it is entered. */
export abstract class Scoped<R> extends Work<Ended<R> | undefined> implements Inner {
  private readonly body: (scope: CancelScope) => R;
  private readonly limit: number | null;

  /** @param limit - The delay to name in the `TimeoutError` when the scope's deadline cut the body short; `null` for none. */
  constructor(body: (scope: CancelScope) => R, limit: number | null) {
    super();
    this.body = body;
    this.limit = limit;
  }

  /** @internal Makes the scope, and opens it as a child of `parent`. */
  abstract _enter(parent: Scope): CancelScope;

  describe(): string {
    return "the end of a cancel scope";
  }

  override [Symbol.iterator](): Iterator<never, Ended<R> | undefined, unknown> {
    // In a generator task a generator body is just more of the same task.
    const frame = isGeneratorFunction(this.body) ? driver() : null;
    return frame === null ? super[Symbol.iterator]() : frame._descend(this);
  }

  /** @internal */
  _generate(scope: Scope): OperationGenerator<unknown> {
    return this.body(scope as CancelScope) as OperationGenerator<unknown>;
  }

  /** @internal */
  _leave(scope: Scope, failure: Failure | undefined): Failure | null {
    const rest = scope._close(failure);
    if (rest !== null || failure === undefined || this.limit === null || !scope._expired) return rest;
    return { error: timedOut(this.limit, failure.error) };
  }

  _begin(parent: Scope, end: Continuation): void {
    const scope = this._enter(parent);
    perform(scope, this.body, scope, new ScopeEnd(scope, end, this));
  }
}

/** A body in a scope that somebody made. */
class Entered<R> extends Scoped<R> {
  private readonly scope: CancelScope;

  constructor(scope: CancelScope, body: (scope: CancelScope) => R) {
    super(body, null);
    this.scope = scope;
  }

  override _enter(parent: Scope): CancelScope {
    this.scope._open(parent);
    return this.scope;
  }
}

class ScopeEnd implements Continuation {
  private readonly scope: Scope;
  private readonly end: Continuation;
  private readonly inner: Inner;

  constructor(scope: Scope, end: Continuation, inner: Inner) {
    this.scope = scope;
    this.end = end;
    this.inner = inner;
  }

  _succeed(value: unknown): void {
    this.inner._leave(this.scope, undefined);
    this.end._succeed(value);
  }

  _failed(error: unknown): void {
    const failure = this.inner._leave(this.scope, { error });
    if (failure === null) this.end._succeed(undefined);
    else this.end._failed(failure.error);
  }
}

/** What a body ends with that its deadline cut short. Its stack would be that of a timer, and cost more than all else about a timeout. */
function timedOut(limit: number, cause: unknown): TimeoutError {
  const frames = lowerStackLimit(0);
  const error = new TimeoutError(limit, { cause });
  restoreStackLimit(frames);
  return error;
}
