/**
 * Frames: how a generator task is driven.
 *
 * @module
 */

import { UsageError } from "../base/errors.ts";
import type { Continuation } from "./continuation.ts";
import { guestHere, here } from "./here.ts";
import {
  type Driven,
  type Inner,
  Operation,
  type OperationGenerator,
  SUSPENDED,
  type Suspension,
} from "./operation.ts";
import type { Scope } from "./scope.ts";
import { locate } from "./sites.ts";
import { FAILED, IDLE, SETTLED, Waiter } from "./waiter.ts";

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

/** Whether `value` was made by a generator function: each of them has a prototype of its own, and all of these have one in common. */
export function isNativeGenerator(value: object): value is OperationGenerator<unknown> {
  const own: unknown = Object.getPrototypeOf(value);
  return own !== null && Object.getPrototypeOf(own) === GENERATOR_FUNCTION.prototype;
}

/** A generator that stands still for one in a scope of its own, which its frame is in. */
export class Level {
  readonly generator: OperationGenerator<unknown>;
  readonly scope: Scope;
  /** The one that stands still for this one, if any. */
  readonly around: Level | null;
  /** What it waits for. */
  readonly inner: Operation<unknown> & Inner;

  constructor(
    generator: OperationGenerator<unknown>,
    scope: Scope,
    around: Level | null,
    inner: Operation<unknown> & Inner,
  ) {
    this.generator = generator;
    this.scope = scope;
    this.around = around;
    this.inner = inner;
  }
}

/**
 * Drives a generator.
 *
 * It waits for one thing at a time. So it is its own wait record, and also the iterator of whatever it `yield*`s: a wait of a generator
 * allocates nothing but the operation. A generator in a scope of its own is driven by the same frame, on top of the one that waits for it: neither its
 * beginning nor its end goes through the queue, and however many stand on each other, each step enters the topmost alone.
 */
export class Frame extends Waiter implements Driven, Iterator<Suspension, unknown, unknown> {
  /** @internal Where the code that waits goes on. */
  scope: Scope;
  protected generator: OperationGenerator<unknown>;
  private readonly end: Continuation;
  /** Where it goes on once the generator has ended; `null` where that is its own end. */
  private around: Level | null = null;
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

  /** Runs the generator until it waits, or ends, and those that it goes into. */
  step(failed: boolean, value: unknown): void {
    while (this.turn(failed, value)) {
      failed = this._state === FAILED;
      value = this._value;
      this._state = IDLE;
      this._value = undefined;
    }
  }

  /** Runs the generator until it waits, or ends. Whether that leaves another one to run, with what is settled. */
  private turn(failed: boolean, value: unknown): boolean {
    const { scope: scopeBefore, stored: storedBefore, frame: frameBefore, guest: guestBefore } = here;
    here.scope = this.scope;
    here.stored = false;
    here.frame = this;
    here.guest = guestHere();
    let result: IteratorResult<Suspension, unknown>;
    let threw = false;
    try {
      result = this.advance(failed, value);
      // By the value: some engines wrap what `yield*` passes on into a result of their own.
      while (result.done !== true && result.value !== SUSPENDED.value) result = this.refuse(result.value);
    } catch (error) {
      threw = true;
      result = { done: true, value: error };
    } finally {
      here.scope = scopeBefore;
      here.stored = storedBefore;
      here.frame = frameBefore;
      here.guest = guestBefore;
    }
    if (result.done !== true) return this._state === ENTERING && this.descend();
    if (this.around !== null) return this.ascend(this.around, threw, result.value);
    if (threw) this.end._failed(result.value);
    else this.end._succeed(result.value);
    return false;
  }

  /** Goes into the generator that this one waits for. Whether to go on at once. */
  private descend(): boolean {
    const inner = this._source as Operation<unknown> & Inner;
    const { around } = this;
    this._state = IDLE;
    Operation._ran?.(inner);
    try {
      const scope = inner._enter(this.scope);
      this.around = new Level(this.generator, this.scope, around, inner);
      this.scope = scope;
      this.generator = inner._generate(scope);
    } catch (error) {
      if (this.around !== around) return this.ascend(this.around as Level, true, error);
      this._state = FAILED;
      this._value = error;
    }
    return true;
  }

  /** Leaves the generator, which has ended, for the one around it. Whether to go on at once. */
  private ascend(level: Level, threw: boolean, value: unknown): boolean {
    const { inner } = level;
    const failure = inner._leave(this.scope, threw ? { error: value } : undefined);
    this.generator = level.generator;
    this.scope = level.scope;
    this.around = level.around;
    if (failure !== null) locate(failure.error, inner);
    return this.settled(
      inner,
      this.scope,
      failure === null ? SETTLED : FAILED,
      failure === null ? (threw ? undefined : value) : failure.error,
    );
  }

  _descend<T>(source: Operation<T> & Inner): Iterator<never, T, unknown> {
    const iterator = this._iterate(source, null);
    this._state = INVITED;
    return iterator;
  }

  _iterate<T>(source: Operation<T>, scope: Scope | null): Iterator<never, T, unknown> {
    if (this._state !== IDLE && this._state !== ASKED && this._state !== INVITED) {
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
    if (this._state !== ASKED) {
      if (this._state !== INVITED) return { done: true, value };
      this._state = ENTERING;
      return SUSPENDED;
    }
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

  /** Tells the generator that it cannot wait for `value`. */
  private refuse(value: unknown): IteratorResult<Suspension, unknown> {
    const stray = strayYield(value);
    try {
      return this.advance(true, stray);
    } catch (error) {
      // Where what it yields from cannot be told of errors, the engine says that instead.
      throw error instanceof TypeError && /'throw'|\.throw\b/.test(error.message) ? stray : error;
    }
  }

  protected advance(failed: boolean, value: unknown): IteratorResult<Suspension, unknown> {
    return failed ? raise.call(this.generator, value) : next.call(this.generator, value);
  }
}

/** A state of a frame beside those of a waiter: an operation is at hand, and `next` will start it. */
const ASKED = 5;
/** Another one: a generator in a scope of its own is at hand, and `next` will yield, so that the frame can go into it. */
const INVITED = 6;
/** It has yielded. */
const ENTERING = 7;

/** Drives something that behaves like a generator, such as a transpiled one, or one of another realm. */
export class ForeignFrame extends Frame {
  protected override advance(failed: boolean, value: unknown): IteratorResult<Suspension, unknown> {
    return failed ? this.generator.throw(value) : this.generator.next(value);
  }
}

function strayYield(value: unknown): UsageError {
  const [what, wayOut] = strayed(value);
  return new UsageError(`Cannot go on with a generator task: it yielded ${what}; ${wayOut}`);
}

/** What was yielded, and what to do instead. */
function strayed(value: unknown): [what: string, wayOut: string] {
  if (value instanceof Promise) return ["a promise", "yield* abortable(() => promise)"];
  if (value instanceof Operation) return [`an operation (${value.describe()})`, "use yield* with an operation"];
  if (typeof value === "object" && value !== null) {
    if ("~effect/Effect" in value) return ["an effect", 'yield* fromEffect(effect), from "anyrx/effect"'];
    if ("enter" in value && "description" in value) {
      return [
        `an operation of Effection (${String(value.description)})`,
        'yield* fromEffection(operation), from "anyrx/effection"',
      ];
    }
  }
  return [typeof value, "use yield* with an operation"];
}
