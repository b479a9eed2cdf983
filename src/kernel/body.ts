/**
 * Bodies: how a function of any style is run in a scope, and how its end is told.
 *
 * A body is an async function, a generator function, a function that returns an Observable or an Operation, or a plain function. It has ended
 * when the promise settles, the generator returns, the Observable completes (its last value counts), the function returns.
 *
 * @module
 */

import { type Cancelled, UsageError } from "../base/errors.ts";
import { Sink, type Subscribable } from "../base/rx.ts";
import type { Job } from "../port/backend.ts";
import { enter, here } from "./here.ts";
import { type Driven, Operation, type ScopedSink, SUSPENDED, type Suspension } from "./operation.ts";
import { Member, type Scope } from "./scope.ts";
import { FAILED, IDLE, Waiter } from "./waiter.ts";

/** What a body may return: the value, or something that ends with it. */
export type Ending<T> = T | PromiseLike<T> | Generator<Suspension, T, unknown> | Subscribable<T>;

/** A generator whose `yield*`s are operations. */
export type OperationGenerator<T> = Generator<Suspension, T, unknown>;

/** Who is told how a body ended: exactly one call, once. */
export interface Continuation {
  /** @internal */
  _succeed(value: unknown): void;
  /** @internal */
  _failed(error: unknown): void;
}

/** How many bodies may begin inside each other before the next one is begun on a fresh stack. */
const DEEPEST = 64;
let depth = 0;

/** A function of any style. */
export type AnyBody = (...args: never[]) => unknown;

/** Runs `body(argument)` in `scope`, and tells `end` how it ended. */
export function perform<A>(scope: Scope, body: (argument: A) => unknown, argument: A, end: Continuation): void {
  if (depth >= DEEPEST) {
    scope._engine.wake({
      run: () => {
        perform(scope, body, argument, end);
      },
    });
    return;
  }
  depth++;
  try {
    // A generator function runs nothing yet, and its steps need the slot only.
    const generates = isGeneratorFunction(body);
    let result: unknown;
    try {
      result = generates ? body(argument) : enter(scope, body, argument);
    } catch (error) {
      end._failed(error);
      return;
    }
    if (generates) new Frame(scope, result as OperationGenerator<unknown>, end).step(false, undefined);
    else {
      try {
        follow(scope, result, end);
      } catch (error) {
        end._failed(error); // Even looking at it failed.
      }
    }
  } finally {
    depth--;
  }
}

const GENERATOR_FUNCTION = Object.getPrototypeOf(function* () {
  // Only its prototype is wanted.
}) as { readonly prototype: OperationGenerator<unknown> };
// The methods themselves, called with `call`: each generator function has a prototype object of its own, so looking them up defeats every cache.
// eslint-disable-next-line @typescript-eslint/unbound-method
const { next, throw: raise } = GENERATOR_FUNCTION.prototype;

/** Whether `body` is a generator function, which runs nothing when it is called. */
export function isGeneratorFunction(body: object): boolean {
  return Object.getPrototypeOf(body) === GENERATOR_FUNCTION;
}

/** Tells `end` how `result`, which a body in `scope` returned, ends. */
function follow(scope: Scope, result: unknown, end: Continuation): void {
  if ((typeof result !== "object" && typeof result !== "function") || result === null) end._succeed(result);
  else if ((result as unknown) === end) {
    end._failed(new UsageError("Cannot end a task with its own end: it would wait for ever; return something else"));
  } else if (result instanceof Operation) new Follower(end).begin(result as Operation<unknown>, scope);
  else if (isPromiseLike(result)) {
    // A thenable may answer twice, or throw: only a native promise is to be trusted.
    (result instanceof Promise ? result : Promise.resolve(result)).then(
      (value) => {
        end._succeed(value);
      },
      (error: unknown) => {
        end._failed(error);
      },
    );
  } else if (isGenerator(result)) {
    const native = Object.prototype.toString.call(result) === "[object Generator]";
    new (native ? Frame : ForeignFrame)(scope, result, end).step(false, undefined);
  } else if (isSubscribable(result)) enter(scope, subscribeBody, new BodySink(scope, result, end));
  else if (Symbol.asyncIterator in result && "next" in result) {
    end._failed(
      new TypeError(
        "Cannot run an async generator as a body: nobody would consume what it yields; use an async function, or loop over it inside one",
      ),
    );
  } else end._succeed(result);
}

function isPromiseLike(value: object): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof (value as { then?: unknown }).then === "function";
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

/**
 * Drives a generator.
 *
 * It waits for one thing at a time. So it is its own wait record, and also the iterator of whatever it `yield*`s: a wait of a generator
 * allocates nothing but the operation.
 */
class Frame extends Waiter implements Driven, Iterator<Suspension, unknown, unknown> {
  private readonly scope: Scope;
  protected readonly generator: OperationGenerator<unknown>;
  private readonly end: Continuation;
  /** Where the operation at hand waits, when that is not the task's own scope. */
  private elsewhere: Scope | null = null;

  constructor(scope: Scope, generator: OperationGenerator<unknown>, end: Continuation) {
    super();
    this.scope = scope;
    this.generator = generator;
    this.end = end;
  }

  override get _loose(): boolean {
    return false;
  }

  _resume(): void {
    const failed = this._state === FAILED;
    const value = this._value;
    this._state = IDLE;
    this._value = undefined;
    this.step(failed, value);
  }

  /** Runs the generator until it waits, or ends. */
  step(failed: boolean, value: unknown): void {
    const { scope: scopeBefore, stored: storedBefore, frame: frameBefore } = here;
    here.scope = this.scope;
    here.stored = false;
    here.frame = this;
    let result: IteratorResult<Suspension, unknown>;
    let threw = false;
    try {
      result = this.advance(failed, value);
      // By the value: some engines wrap what `yield*` passes on into a result of their own.
      while (result.done !== true && result.value !== SUSPENDED.value)
        result = this.advance(true, strayYield(result.value));
    } catch (error) {
      threw = true;
      result = { done: true, value: error };
    } finally {
      here.scope = scopeBefore;
      here.stored = storedBefore;
      here.frame = frameBefore;
    }
    if (result.done !== true) return;
    if (threw) this.end._failed(result.value);
    else this.end._succeed(result.value);
  }

  _iterate<T>(source: Operation<T>, scope: Scope | null): Iterator<never, T, unknown> {
    if (this._state !== IDLE && this._state !== ASKED) {
      throw new UsageError(
        `Cannot yield* ${source.describe()} here: its task waits already; use yield* for one operation at a time`,
      );
    }
    this._state = ASKED;
    this._source = source;
    this.elsewhere = scope;
    return this as Iterator<unknown, unknown, unknown> as Iterator<never, never, unknown>;
  }

  /** The `yield*` begins, or goes on with what it waited for. */
  next(value: unknown): IteratorResult<Suspension, unknown> {
    if (this._state !== ASKED) return { done: true, value };
    const source = this._source as Operation<unknown>;
    this._state = IDLE;
    Operation._ran?.(source);
    if (!this._start(source, this.elsewhere ?? this.scope)) return SUSPENDED;
    const failed = this._state === FAILED;
    const result = this._value;
    this._state = IDLE;
    this._value = undefined;
    if (failed) throw result;
    return { done: true, value: result };
  }

  /** The `yield*` goes on with what its wait failed with. */
  throw(error: unknown): never {
    throw error;
  }

  protected advance(failed: boolean, value: unknown): IteratorResult<Suspension, unknown> {
    return failed ? raise.call(this.generator, value) : next.call(this.generator, value);
  }
}

/** A state of a frame beside those of a waiter: an operation is at hand, and `next` will start it. */
const ASKED = 5;

/** Drives something that only behaves like a generator, such as a transpiled one. */
class ForeignFrame extends Frame {
  protected override advance(failed: boolean, value: unknown): IteratorResult<Suspension, unknown> {
    return failed ? this.generator.throw(value) : this.generator.next(value);
  }
}

function strayYield(value: unknown): UsageError {
  const what =
    value instanceof Promise
      ? "a promise"
      : value instanceof Operation
        ? `an operation (${value.describe()})`
        : typeof value;
  const wayOut = value instanceof Promise ? "yield* abortable(() => promise)" : "use yield* with an operation";
  return new UsageError(`Cannot go on with a generator task: it yielded ${what}; ${wayOut}`);
}

/** How many cancellations a chain may answer by waiting again. `retry()` would do so for ever. */
const PATIENCE = 100;

/**
 * Consumes an Observable that a body returned.
 *
 * When its scope is cancelled, the operations that wait inside the chain fail with `Cancelled`, so that `catchError` and `finalize` see it as
 * any other body would. A chain in which none of ours waits cannot be told, and is unsubscribed.
 */
class BodySink extends Sink<unknown> implements ScopedSink, Job {
  readonly origin: Scope;
  _waits = 0;
  _told = 0;
  readonly source: Subscribable<unknown>;
  private readonly end: Continuation;
  private readonly link: SinkLink;
  private last: unknown = undefined;
  private ended = false;

  constructor(scope: Scope, source: Subscribable<unknown>, end: Continuation) {
    super();
    this.origin = scope;
    this.source = source;
    this.end = end;
    this.link = new SinkLink(this);
    this.link._join(scope);
  }

  protected override _next(value: unknown): void {
    this.last = value;
  }

  protected override _error(error: unknown): void {
    this.finish(true, error);
  }

  protected override _complete(): void {
    this.finish(false, this.last);
  }

  _waited(): void {
    if (this.ended || this.origin._interrupt === null) return;
    if (this._waits === 0 || this._told > PATIENCE) this.origin._engine.wake(this);
  }

  /** The scope is cancelled, and has had its say inside the chain. */
  run(): void {
    const cancelled = this.origin._interrupt;
    if (this.ended || cancelled === null || (this._waits > 0 && this._told <= PATIENCE)) return;
    cancelled._delivered = true;
    this.finish(true, cancelled);
  }

  private finish(failed: boolean, value: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.link._part();
    this.unsubscribe();
    if (failed) this.end._failed(value);
    else this.end._succeed(value);
  }
}

/** Tells a sink that its scope is cancelled. */
class SinkLink extends Member {
  private readonly sink: BodySink;

  constructor(sink: BodySink) {
    super();
    this.sink = sink;
  }

  override _tell(cancelled: Cancelled | null): void {
    if (cancelled !== null) this.sink._waited();
  }
}

function subscribeBody(sink: BodySink): void {
  try {
    sink.source.subscribe(sink);
  } catch (error) {
    sink.error(error);
  }
  sink._waited(); // It may have begun in a cancelled scope.
}
