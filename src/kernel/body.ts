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
  readonly cancelScope: Scope;
  /** @internal */
  readonly _body: AnyBody;
}

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
    const generates = isGeneratorFunction(body);
    const ground = task && !generates ? scope._engine._ground : null;
    // The store holds the task's scope for all of it, also for hearing of the promise that the body returns.
    if (ground === null) call(scope, body, argument, end, generates, false);
    else ground.enter(scope, callTask, end as Performer);
  } finally {
    depth--;
  }
}

function callTask(task: Performer): void {
  call(task.cancelScope, task._body as (task: unknown) => unknown, task, task, false, true);
}

/** `generates`: it is a generator function. `placed`: it is the body of the task `end`, and the store holds its scope. */
function call<A>(
  scope: Scope,
  body: (argument: A) => unknown,
  argument: A,
  end: Continuation,
  generates: boolean,
  placed: boolean,
): void {
  let result: unknown;
  try {
    // A generator function runs nothing yet, and its steps need the slot only.
    result = generates ? body(argument) : enter(scope, body, argument, placed);
  } catch (error) {
    end._failed(error);
    return;
  }
  try {
    follow(scope, result, end, placed);
  } catch (error) {
    end._failed(error); // Even looking at it failed.
  }
}

/** The same, on a fresh stack. */
function performLater<A>(scope: Scope, body: (argument: A) => unknown, argument: A, end: Continuation): void {
  scope._engine.wake({
    run: () => {
      perform(scope, body, argument, end);
    },
  });
}

/** Tells `end` how `result`, which a body in `scope` returned, ends. `placed`: it is the end of the task whose scope the store holds. */
function follow(scope: Scope, result: unknown, end: Continuation, placed: boolean): void {
  if ((typeof result !== "object" && typeof result !== "function") || result === null) end._succeed(result);
  else if (result instanceof Promise) followPromise(result, end, placed);
  else if (isNativeGenerator(result)) new Frame(scope, result, end).step(false, undefined);
  else if ((result as unknown) === end) {
    end._failed(new UsageError("Cannot end a task with its own end: it would wait for ever; return something else"));
  } else if (result instanceof Operation) new Follower(end).begin(result as Operation<unknown>, scope);
  // A thenable may answer twice, or throw: only a native promise is to be trusted.
  else if (isThenable(result)) followPromise(Promise.resolve(result), end, placed);
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

// eslint-disable-next-line @typescript-eslint/unbound-method -- Only looked at.
const { then } = Promise.prototype;

function followPromise(promise: Promise<unknown>, end: Continuation, placed: boolean): void {
  // One with a `then` of its own may call back anywhere.
  if (placed && promise.then === then) promise.then(placedSucceeded, placedFailed);
  else followByClosures(promise, end);
}

function followByClosures(promise: Promise<unknown>, end: Continuation): void {
  promise.then(
    (value) => {
      end._succeed(value);
    },
    (error: unknown) => {
      end._failed(error);
    },
  );
}

/** The promise of a task whose scope the store held has settled: the store still says whose it is. So no task needs closures of its own. */
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
