/**
 * Bodies: how a function of any style is run in a scope, and how its end is told.
 *
 * A body is an async function, a generator function, a function that returns an Observable or an Operation, or a plain function. It has ended
 * when the promise settles, the generator returns, the Observable completes (its last value counts), the function returns.
 *
 * @module
 */

import { UsageError } from "../base/errors.ts";
import type { Subscribable } from "../base/rx.ts";
import { BodySink, subscribeBody } from "./body-sink.ts";
import { bound } from "./binding.ts";
import type { Continuation } from "./continuation.ts";
import { Frame, ForeignFrame, isGeneratorFunction, isNativeGenerator } from "./frame.ts";
import { enter } from "./here.ts";
import type { Owner } from "./holding.ts";
import { Operation, type OperationGenerator, type Suspension } from "./operation.ts";
import type { Scope } from "./scope.ts";
import { FAILED, Waiter } from "./waiter.ts";

/** What a body may return: the value, or something that ends with it. */
export type Ending<T> = T | PromiseLike<T> | Generator<Suspension, T, unknown> | Subscribable<T>;

/** How many bodies may begin inside each other before the next one is begun on a fresh stack. */
const DEEPEST = 64;
let depth = 0;

/** A function of any style. */
export type AnyBody = (...args: never[]) => unknown;

/** A task, as far as its body cares. */
export interface Performer extends Continuation {
  /** @internal */
  readonly _scope: Scope;
  /** @internal */
  readonly _body: AnyBody;
}

/** What {@link callTask} gives in place of a promise that the task will hear of. */
const FOLLOWED: unique symbol = Symbol("followed");

/**
 * Runs `body(argument)` in `scope`, and tells `end` how it ended.
 *
 * @param task - Whether it is the body of a task, which both `argument` and `end` are.
 */
export function perform<A>(
  scope: Scope,
  body: (argument: A) => unknown,
  argument: A,
  end: Continuation,
  task = false,
): void {
  if (depth >= DEEPEST) {
    performLater(scope, body, argument, end);
    return;
  }
  depth++;
  try {
    const ground = task ? scope._engine._ground : null;
    let result: unknown;
    try {
      // A generator function runs nothing yet, and its steps need the slot only.
      if (isGeneratorFunction(body)) result = body(argument);
      else if (ground === null) result = enter(scope, body, argument);
      else result = ground.enter(scope, callTask, end as Performer);
    } catch (error) {
      end._failed(error);
      return;
    }
    if (result === FOLLOWED) return;
    try {
      follow(scope, result, end);
    } catch (error) {
      end._failed(error); // Even looking at it failed.
    }
  } finally {
    depth--;
  }
}

/** Calls the body of `task`, whose scope the host's store holds meanwhile. A promise is heard of there, too: then no task needs closures of its own. */
function callTask(task: Performer): unknown {
  const result = enter(task._scope, task._body as (task: unknown) => unknown, task, true);
  // One with a `then` of its own, or a class of its own to make another of, may call back anywhere.
  if (!(result instanceof Promise) || result.then !== then || result.constructor !== Promise) return result;
  result.then(placedSucceeded, placedFailed);
  return FOLLOWED;
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- Only looked at.
const { then } = Promise.prototype;

/** The promise of a task has settled: the store says whose it is. */
function placedSucceeded(value: unknown): void {
  placedTask()?._succeed(value);
}

function placedFailed(error: unknown): void {
  placedTask()?._failed(error);
}

/** Nobody, when its run was given up and the store with it. */
function placedTask(): Continuation | undefined {
  return (bound.host.store.get() as Scope | undefined)?._task as (Owner & Continuation) | undefined;
}

/** The same, on a fresh stack. That of a task, too, is then entered and followed as any other. */
function performLater<A>(scope: Scope, body: (argument: A) => unknown, argument: A, end: Continuation): void {
  scope._engine.wake({
    run: () => {
      perform(scope, body, argument, end);
    },
  });
}

/** Tells `end` how `result`, which a body in `scope` returned, ends. */
function follow(scope: Scope, result: unknown, end: Continuation): void {
  if ((typeof result !== "object" && typeof result !== "function") || result === null) end._succeed(result);
  else if (result instanceof Promise) followPromise(result, end);
  else if (isNativeGenerator(result)) new Frame(scope, result, end).step(false, undefined);
  else if ((result as unknown) === end) {
    end._failed(new UsageError("Cannot end a task with its own end: it would wait for ever; return something else"));
  } else if (result instanceof Operation) new Follower(end).begin(result as Operation<unknown>, scope);
  // A thenable may answer twice, or throw: only a native promise is to be trusted.
  else if (isThenable(result)) followPromise(Promise.resolve(result), end);
  else if (isGenerator(result)) new ForeignFrame(scope, result, end).step(false, undefined);
  else if (isSubscribable(result)) enter(scope, subscribeBody, new BodySink(scope, result, end));
  else if (Symbol.asyncIterator in result && "next" in result) {
    end._failed(
      new TypeError(
        "Cannot run an async generator as a body: nobody would consume what it yields; use an async function, or loop over it inside one",
      ),
    );
  } else end._succeed(result);
}

function followPromise(promise: Promise<unknown>, end: Continuation): void {
  promise.then(
    (value) => {
      end._succeed(value);
    },
    (error: unknown) => {
      end._failed(error);
    },
  );
}

function isThenable(value: object): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown }).then === "function";
}

function isGenerator(value: object): value is OperationGenerator<unknown> {
  const { next, throw: raise } = value as { next?: unknown; throw?: unknown };
  return typeof next === "function" && typeof raise === "function" && Symbol.iterator in value;
}

function isSubscribable(value: object): value is Subscribable<unknown> {
  return typeof (value as { subscribe?: unknown }).subscribe === "function";
}

/** Follows an operation that a body returned. */
class Follower extends Waiter {
  private readonly end: Continuation;

  constructor(end: Continuation) {
    super();
    this.end = end;
  }

  begin(operation: Operation<unknown>, scope: Scope): void {
    if (operation._startFor(this, scope)) this._resume();
  }

  override get _loose(): boolean {
    return false;
  }

  _resume(): void {
    if (this._state === FAILED) this.end._failed(this._value);
    else this.end._succeed(this._value);
  }
}
