/**
 * Work: operations that run a body and wait for its end.
 *
 * Waiting for work is not interrupted by a cancellation: the work is, since it runs in the same scope, and its end is then told. So nothing
 * is left running behind the back of the code that waits. A subscriber can still walk away; then the work is cancelled in a scope of its own,
 * and the nearest group waits for its cleanup and takes its errors.
 *
 * @module
 */

import { isCancelled } from "../base/errors.ts";
import { endOf, type Observable, type Subscriber } from "../base/rx.ts";
import { type AnyBody, perform } from "./body.ts";
import type { Continuation } from "./continuation.ts";
import { isGeneratorFunction } from "./frame.ts";
import { newScope } from "./here.ts";
import { checkedBody } from "./checks.ts";
import { Operation, type OperationGenerator } from "./operation.ts";
import { SubscriberWaiter } from "./subscriber-waiter.ts";
import type { Crew, Scope } from "./scope.ts";
import type { Waiter } from "./waiter.ts";

/** An operation that runs a body. Not a checkpoint itself: what the body waits for is. */
export abstract class Work<T> extends Operation<T> {
  override get _joins(): boolean {
    return true;
  }

  /** @internal Begins the work in `scope`. */
  abstract _begin(scope: Scope, end: Continuation): void;

  override _park(waiter: Waiter, scope: Scope): void {
    // Whoever may walk away leaves the work to the nearest group. The waiter tells it of the end.
    if (waiter._loose) {
      scope._crew._begin();
      waiter._value = scope._crew;
    }
    let end: Continuation = waiter;
    let place = scope;
    if (waiter instanceof SubscriberWaiter) {
      place = newScope();
      place._serve(endOf(waiter.subscriber as Subscriber<unknown>));
      place._open(scope);
      waiter._value = place;
      end = new SubscribedEnd(waiter, place, scope._crew);
    }
    try {
      this._begin(place, end);
    } catch (error) {
      end._failed(error);
    }
  }

  override _withdraw(_waiter: Waiter, own: unknown): void {
    (own as Scope)._cancelFor("its subscriber unsubscribed", "unsubscribe");
  }
}

/** The end of work whose subscriber may be gone. */
class SubscribedEnd implements Continuation {
  private readonly waiter: SubscriberWaiter<unknown>;
  private readonly scope: Scope;
  private readonly crew: Crew;

  constructor(waiter: SubscriberWaiter<unknown>, scope: Scope, crew: Crew) {
    this.waiter = waiter;
    this.scope = scope;
    this.crew = crew;
  }

  _succeed(value: unknown): void {
    this.scope._close(undefined);
    if (this.waiter._settle(value)) this.waiter._owe(this.crew);
    else {
      this.waiter._source?._undo(value);
      this.crew._end();
    }
  }

  _failed(error: unknown): void {
    const failure = this.scope._close({ error });
    if (failure !== null && this.waiter._fail(failure.error)) this.waiter._owe(this.crew);
    else {
      if (failure !== null && !isCancelled(failure.error)) this.crew._fail(failure.error, this.scope._task);
      this.crew._end();
    }
  }
}

class Call<T> extends Work<T> {
  readonly body: AnyBody;
  readonly args: readonly unknown[];

  constructor(body: AnyBody, args: readonly unknown[]) {
    super();
    this.body = body;
    this.args = args;
  }

  describe(): string {
    return `the end of ${this.body.name === "" ? "an operation" : `${this.body.name}()`}`;
  }

  override [Symbol.iterator](): Iterator<never, T, unknown> {
    // In a generator task a generator body is just more of the same generator.
    if (!isGeneratorFunction(this.body)) return super[Symbol.iterator]();
    Operation._ran?.(this);
    return this.body(...(this.args as never[])) as Iterator<never, T, unknown>;
  }

  _begin(scope: Scope, end: Continuation): void {
    if (isGeneratorFunction(this.body)) perform(scope, invokeGenerator, this, end);
    else perform(scope, invoke, this, end);
  }
}

function invoke(call: Call<unknown>): unknown {
  return call.body(...(call.args as never[]));
}

function* invokeGenerator(call: Call<unknown>): OperationGenerator<unknown> {
  return yield* invoke(call) as OperationGenerator<unknown>;
}

/** The value that a body of any style ends with. */
export type Ended<R> =
  R extends Generator<unknown, infer T>
    ? T
    : R extends PromiseLike<infer T>
      ? T
      : R extends Observable<infer T>
        ? T
        : R extends { subscribe(observer: { next(value: infer T): void }): unknown }
          ? T
          : R;

/**
 * Makes a portable function out of an async function, a generator function, a function that returns an Observable, or a plain one.
 *
 * What it returns can be awaited, subscribed to and `yield*`ed, and is cancelled alike from all three: every wait inside throws `Cancelled`.
 * Each consumption calls the function anew. *Checkpoint*: where the body waits. *On cancel*: the body cleans up first, and is waited for.
 *
 * @param body - The function. Its arguments and `this`-less call are kept.
 * @returns A function of the same parameters that returns an {@link Operation}.
 * @throws {TypeError} When `body` is no function.
 * @example
 * import { operation, sleep } from "anyrx";
 * const double = operation(async (n: number) => {
 *   await sleep(1);
 *   return n * 2;
 * });
 * await double(21); // => 42
 * @source Effection's operations, AnyIO's coroutine functions.
 */
export function operation<A extends unknown[], R>(body: (...args: A) => R): (...args: A) => Operation<Ended<R>> {
  checkedBody("make an operation", body);
  return (...args) => new Call<Ended<R>>(body, args);
}
