/**
 * Operations: recipes that three worlds can run.
 *
 * The three doors are three kinds of waiter: `then` makes one that settles a promise, `subscribe` one that feeds a subscriber, and `yield*`
 * uses the generator task's own. What is behind the door, an `_attempt` and a `_park`, is the same for all (see `waiter.ts`, and for the first two
 * `promise-waiter.ts` and `subscriber-waiter.ts`).
 *
 * @module
 */

import { ContextLostError, UsageError } from "../base/errors.ts";
import { endOf, Observable, type Subscriber } from "../base/rx.ts";
import { shown } from "./checks.ts";
import { guestHere, habitatHere, heirOf, here, isLost, plainScope, scopeHere } from "./here.ts";
import { answer, HandingOff, PromiseWaiter } from "./promise-waiter.ts";
import { type Failure, Scope, type Wave } from "./scope.ts";
import { locate } from "./sites.ts";
import { type ScopedSink, sinkOf, SubscriberWaiter } from "./subscriber-waiter.ts";
import { PENDING, type Source, type Waiter } from "./waiter.ts";

/** What a generator task yields, by `yield*`, while it waits. Opaque: only the kernel makes and reads it. */
export interface Suspension {
  readonly suspended: true;
}

/** A generator whose `yield*`s are operations. */
export type OperationGenerator<T> = Generator<Suspension, T, unknown>;

/** The one suspension there is: a generator task is its own wait record, so there is nothing to tell. */
export const SUSPENDED: IteratorYieldResult<Suspension> = { done: false, value: { suspended: true } };

/** The generator task that is being resumed: what `yield*` waits with. */
export interface Driven {
  /** @internal The iterator of a `yield*` of `source`, in `scope`, or else in the task's own. Good for one wait. */
  _iterate<T>(source: Operation<T>, scope: Scope | null): Iterator<never, T, unknown>;
  /** @internal The same where the task need not wait for `source`, a generator in a scope of its own: it goes on there. */
  _descend<T>(source: Operation<T> & Inner): Iterator<never, T, unknown>;
}

/** A generator in a scope of its own, inside of the code of a generator task. */
export interface Inner {
  /** @internal Makes the scope, and opens it as a child of `parent`. */
  _enter(parent: Scope): Scope;
  /** @internal Makes the generator, in `scope`. */
  _generate(scope: Scope): OperationGenerator<unknown>;
  /** @internal The generator has ended: closes the scope. Says what becomes of its error: `null` when there is none to throw. */
  _leave(scope: Scope, failure: Failure | undefined): Failure | null;
}

/**
 * A recipe for one value, lazy and cold like an Observable: nothing happens until it is awaited, subscribed to or `yield*`ed, and each time it
 * runs anew.
 *
 * `await` and `yield*` wait in the scope they are written in. `subscribe` emits the value and completes; unsubscribing cancels, and what the
 * operation still has to clean up is waited for by the nearest enclosing task group.
 *
 * *Checkpoint*: yes, each time, unless its own page says otherwise. *On cancel*: it throws `Cancelled`, or emits it as an error.
 *
 * @example
 * import { firstValueFrom } from "rxjs";
 * import { operation, sleep } from "anyrx";
 * const answer = operation(function* () {
 *   yield* sleep(1);
 *   return 42;
 * });
 * await answer(); // => 42
 * await firstValueFrom(answer()); // => 42
 * @source RxJS `Observable`, Python coroutines, Effection `Operation`.
 */
export abstract class Operation<T> extends Observable<T> implements PromiseLike<T>, Source<T> {
  /** @internal */
  get _joins(): boolean {
    return false;
  }
  /** @internal */
  get _yields(): boolean {
    return false;
  }

  constructor() {
    super();
    if (Operation._made !== null) Operation._made(this);
  }

  /** @internal Told of every new operation, in development mode. */
  static _made: ((operation: Operation<unknown>) => void) | null = null;
  /** @internal Told of every operation that is run, in development mode. */
  static _ran: ((operation: Operation<unknown>) => void) | null = null;

  /** @internal Whether it runs by itself, as a task does, and need not be run. */
  get _hot(): boolean {
    return false;
  }

  /** What it waits for, for people: `sleep(100)`. */
  abstract describe(): string;
  /** @internal */
  abstract _park(waiter: Waiter, scope: Scope): void;
  /** @internal */
  _attempt(_scope: Scope): T | typeof PENDING {
    return PENDING;
  }
  /** @internal */
  _withdraw(waiter: Waiter, _note: unknown, _later: Wave["outsiders"]): void {
    waiter._queue?._remove(waiter);
  }
  /** @internal */
  _undo(_value: T): void {
    // Most values cost nothing.
  }

  /**
   * Runs it, and settles the promise that `await` makes.
   *
   * Made for `await`: called by hand, it may call the handler before it returns, when the operation need not wait.
   *
   * A getter: `await` reads it in the very step in which the async function waits, so the scope that counts is the one of that step. The call
   * comes a microtask later.
   */
  get then(): <A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ) => Promise<A | B> {
    // What the store knows, the call can ask it for: no closure is needed.
    if (here.stored) return thenHere;
    // Another engine knows its code in this very step only.
    const { scope } = here;
    const home = scope !== null && !scope._over ? scope : habitatHere();
    if (home !== null) return thenIn(this, home);
    return isLost() ? thenLost(this) : thenHere;
  }

  /**
   * Runs it as a step of a generator task: `const item = yield* receive.receive()`. Completes in place when it can.
   *
   * Typed to yield nothing, so that RxJS does not take an operation for an iterable of what it yields to the kernel.
   */
  [Symbol.iterator](): Iterator<never, T, unknown> {
    return iterate(this, null);
  }

  /**
   * The same operation, in a scope that is named instead of found: for code that cannot be asked where it is, such as a callback.
   *
   * @example
   * import { currentScope, run, sleep } from "anyrx";
   * await run(async () => {
   *   const scope = currentScope();
   *   return await new Promise((done) => setTimeout(() => void sleep(1).in(scope).then(() => done("slept")), 1));
   * }); // => "slept"
   */
  in(scope: Scope): Operation<T> {
    return new BoundOperation<T>(this, scope);
  }

  /** The same without `then`, for code that looks for a promise first and would never unsubscribe. */
  asObservable(): Observable<T> {
    return new Observable<T>((subscriber) => this.subscribe(subscriber));
  }

  /**
   * @internal `home` is where the awaiting code goes on, `scope` where it waits. `handed`: only the slot knows that code, so the slot must be
   * handed off to it also on a host with a store.
   */
  _thenIn<A, B>(
    home: Scope,
    scope: Scope,
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
    handed = false,
  ): Promise<A | B> {
    Operation._ran?.(this);
    const engine = scope._engine;
    const handsOff = handed || home._engine.mode !== "store";
    // The common case is worth a short cut: what need not wait needs no waiter.
    let value: T | typeof PENDING = PENDING;
    const plain = scope._interrupt === null && engine._credit > 0 && engine._onWait === null && !handsOff;
    if (plain) {
      try {
        value = this._attempt(scope);
      } catch (error) {
        engine._credit--;
        locate(error, this);
        return answer(home, onRejected, error, true);
      }
    }
    if (value !== PENDING) {
      engine._credit--;
      return answer(home, onFulfilled as ((value: unknown) => A | PromiseLike<A>) | null, value, false);
    }
    const waiter = new (handsOff ? HandingOff : PromiseWaiter)<T, A, B>(home, onFulfilled, onRejected);
    if (plain ? waiter._wait(this, scope) : waiter._start(this, scope)) waiter._resume();
    return waiter;
  }

  /** @internal Starts it for a waiter of the kernel's own. */
  _startFor(waiter: Waiter, scope: Scope): boolean {
    Operation._ran?.(this);
    return waiter._start(this, scope);
  }

  /** @internal How RxJS subscribes: found on the prototype, so that an operation is a field shorter. */
  _subscribe(subscriber: Subscriber<T>): () => void {
    return this._subscribeWith(subscriber);
  }

  /** @internal */
  _subscribeWith(subscriber: Subscriber<T>): () => void {
    const sink = sinkOf(subscriber);
    if (sink !== null) return this._subscribeIn(subscriber, sink, sink.origin);
    const scope = plainScope() ?? scopeOf(this);
    return this._subscribeIn(subscriber, null, outsideOf(endOf(subscriber), scope));
  }

  /** @internal */
  _subscribeIn(subscriber: Subscriber<T>, sink: ScopedSink | null, scope: Scope): () => void {
    Operation._ran?.(this);
    const waiter = new SubscriberWaiter<T>(subscriber, sink, scope);
    if (waiter._start(this, scope)) waiter._resume();
    return () => {
      waiter._abandon();
    };
  }
}

/**
 * `scope`, or where the chain that ends with `last` was found, when `scope` is inside of work of that very chain.
 *
 * Work that makes its own chain go on, by emitting on the source of a `switchMap`, is not the parent of what comes next: it is about to be
 * cancelled for it.
 */
function outsideOf(last: object, scope: Scope): Scope {
  let found = scope;
  for (let outer: Scope | null = scope; outer !== null; outer = outer._home) {
    if (outer._chain === last && outer._home !== null) found = outer._home;
  }
  return found;
}

/** The scope of whoever starts `operation`, where a look is not enough. */
function scopeOf(operation: Operation<unknown>): Scope {
  return scopeHere(() => operation.describe());
}

// A function that may make a closure keeps its variables on the heap each time that it is called. So those that do are apart from those that every
// `await` goes through.

/** `then` where the slot is empty: the host's store knows, or nobody does. */
function thenHere<T, A, B>(
  this: Operation<T>,
  onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
  onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
): Promise<A | B> {
  const scope = plainScope();
  return scope === null
    ? thenFound(this, onFulfilled, onRejected)
    : this._thenIn(scope, scope, onFulfilled, onRejected);
}

/** The same, where a look is not enough. */
function thenFound<T, A, B>(
  operation: Operation<T>,
  onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
  onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  site?: ContextLostError,
): Promise<A | B> {
  let scope: Scope;
  try {
    scope = scopeHere(() => operation.describe(), site);
  } catch (error) {
    return Promise.reject<A>(error as Error).then(null, onRejected);
  }
  return operation._thenIn(scope, scope, onFulfilled, onRejected);
}

/** `then` where only the slot, or another engine, knows the code that waits. */
function thenIn<T>(operation: Operation<T>, home: Scope): Operation<T>["then"] {
  return (onFulfilled, onRejected) => operation._thenIn(home, home, onFulfilled, onRejected, true);
}

/** `then` where nobody knows it any more: what is told is where it waits. */
function thenLost<T>(operation: Operation<T>): Operation<T>["then"] {
  const site = new ContextLostError(operation.describe());
  return (onFulfilled, onRejected) => thenFound(operation, onFulfilled, onRejected, site);
}

class BoundOperation<T> extends Operation<T> {
  private readonly inner: Operation<T>;
  private readonly scope: Scope;

  constructor(inner: Operation<T>, scope: Scope) {
    super();
    this.inner = inner;
    if (!(scope instanceof Scope)) {
      throw new TypeError(
        `Cannot run ${inner.describe()} in ${shown(scope)}: it is no scope; pass a CancelScope, such as currentScope()`,
      );
    }
    if (!scope._over && !scope._active) {
      throw new UsageError(
        `Cannot run ${inner.describe()} in the scope${scope.name === "" ? "" : ` "${scope.name}"`}: it was not entered yet; use scope.enter()`,
      );
    }
    this.scope = scope._over ? heirOf(scope, () => inner.describe()) : scope;
    Operation._ran?.(this); // It is the inner one that must be run.
  }

  override get _joins(): boolean {
    return this.inner._joins;
  }

  override get then(): Operation<T>["then"] {
    const { scope, stored } = here;
    return (onFulfilled, onRejected) =>
      this.inner._thenIn(scope ?? this.scope, this.scope, onFulfilled, onRejected, scope !== null && !stored);
  }

  override [Symbol.iterator](): Iterator<never, T, unknown> {
    return iterate(this.inner, this.scope);
  }

  override in(scope: Scope): Operation<T> {
    return this.inner.in(scope);
  }

  describe(): string {
    return this.inner.describe();
  }

  override _subscribeWith(subscriber: Subscriber<T>): () => void {
    return this.inner._subscribeIn(subscriber, sinkOf(subscriber), this.scope);
  }

  override _startFor(waiter: Waiter): boolean {
    return this.inner._startFor(waiter, this.scope);
  }

  override _undo(value: T): void {
    this.inner._undo(value);
  }

  _park(waiter: Waiter): void {
    this.inner._park(waiter, this.scope); // For form: all doors lead to the inner one.
  }
}

/** Makes a `yield*` of an operation fit a generator that another engine runs. */
export type Adopter = <T>(operation: Operation<T>) => Iterator<never, T, unknown> | null;

let adopt: Adopter | null = null;

/** Says who answers a `yield*` in a generator that no task of ours runs. */
export function strangersAreAdoptedBy(by: Adopter): void {
  adopt = by;
}

/** The generator task that runs this code. */
export function driver(): Driven | null {
  // A task may begin code of another engine, which may be a generator as well.
  return here.frame !== null && here.guest === guestHere() ? (here.frame as Driven) : null;
}

/** Asks the generator task that runs this code for an iterator. */
function iterate<T>(source: Operation<T>, scope: Scope | null): Iterator<never, T, unknown> {
  const frame = driver();
  if (frame !== null) return frame._iterate(source, scope);
  const adopted = adopt === null ? null : adopt(scope === null ? source : source.in(scope));
  if (adopted !== null) return adopted;
  throw nobodyDrives(source);
}

/** What a `yield*` of `source` throws in a generator that nobody drives who could wait. */
export function nobodyDrives(source: Operation<unknown>): UsageError {
  return new UsageError(
    `Cannot yield* ${source.describe()} here: no task of anyrx drives this generator; ` +
      'hand the generator function to operation(), taskGroup() or run(), or import "anyrx/effect" or "anyrx/effection" where it is theirs',
  );
}
