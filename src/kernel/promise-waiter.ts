/**
 * The wait of an `await`.
 *
 * `then` is called by the engine behind an `await` far more often than by a person, and that engine looks at nothing it returns. So no promise is
 * made until somebody looks.
 *
 * @module
 */

import { isCancelled } from "../base/errors.ts";
import { handOff, within } from "./here.ts";
import type { Scope } from "./scope.ts";
import { FAILED, IDLE, Waiter } from "./waiter.ts";

/** What a person, or the engine behind an `await`, hands to `then`. */
export type Handler<A> = ((value: unknown) => A | PromiseLike<A>) | null | undefined;

/** Calls the handler that fits the outcome, and returns the promise that its `then` is to return. */
export function answer<A>(home: Scope, handler: Handler<A>, value: unknown, failed: boolean): Promise<A> {
  if (typeof handler !== "function") {
    if (!failed) return Promise.resolve(value as A);
    const refused = Promise.reject<A>(value);
    if (isCancelled(value)) refused.catch(ignore); // No failure: whoever looks sees it, and nobody has to.
    return refused;
  }
  try {
    const result = within(home, handler, value);
    return result === undefined ? (NOTHING as Promise<A>) : Promise.resolve(result);
  } catch (error) {
    return Promise.reject<A>(error); // The host tells, if nobody ever looks.
  }
}

function ignore(): void {
  // On purpose.
}

const NOTHING: Promise<unknown> = Promise.resolve();

/** The wait of an `await`, which is also the promise that `then` returns: it becomes a real one when somebody looks. */
export class PromiseWaiter<T, A, B> extends Waiter implements Promise<A | B> {
  /** @internal Where the code that waits goes on. */
  readonly scope: Scope;
  private readonly onFulfilled: ((value: T) => A | PromiseLike<A>) | null | undefined;
  private readonly onRejected: ((error: unknown) => B | PromiseLike<B>) | null | undefined;
  /** What somebody looked at, or what there is to see: the outcome, or a promise for it. */
  private seen: Promise<A | B> | Deferred<A | B> | null = null;

  constructor(
    scope: Scope,
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ) {
    super();
    this.scope = scope;
    this.onFulfilled = onFulfilled;
    this.onRejected = onRejected;
  }

  get [Symbol.toStringTag](): string {
    return "Promise";
  }

  _resume(): void {
    const failed = this._state === FAILED;
    const value = this._value;
    this._state = IDLE;
    this._value = undefined;
    this.goesOn(failed, value);
  }

  then<C = A | B, D = never>(
    onFulfilled?: ((value: A | B) => C | PromiseLike<C>) | null,
    onRejected?: ((error: unknown) => D | PromiseLike<D>) | null,
  ): Promise<C | D> {
    return this.real().then(onFulfilled, onRejected);
  }

  catch<D = never>(onRejected?: ((error: unknown) => D | PromiseLike<D>) | null): Promise<A | B | D> {
    return this.real().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<A | B> {
    return this.real().finally(onFinally);
  }

  private real(): Promise<A | B> {
    const seen = (this.seen ??= new Deferred());
    return seen instanceof Deferred ? seen.promise : seen;
  }

  protected goesOn(failed: boolean, value: unknown): void {
    const handler: Handler<A | B> = failed ? this.onRejected : (this.onFulfilled as Handler<A>);
    const outcome = answer(this.scope, handler, value, failed);
    if (this.seen instanceof Deferred) this.seen.resolve(outcome);
    else this.seen = outcome;
  }
}

/** The same where the slot has to be handed off. */
export class HandingOff<T, A, B> extends PromiseWaiter<T, A, B> {
  protected override goesOn(failed: boolean, value: unknown): void {
    handOff(this.scope, () => {
      super.goesOn(failed, value);
    });
  }
}

/** A promise, and the way to settle it. */
class Deferred<T> {
  resolve!: (value: PromiseLike<T>) => void;
  readonly promise = new Promise<T>((resolve) => {
    this.resolve = resolve;
  });
}
