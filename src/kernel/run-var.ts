/**
 * Run variables: values of which every run has its own.
 *
 * @module
 */

import { UsageError } from "../base/errors.ts";
import type { Engine } from "./engine.ts";
import { whoseHere } from "./here.ts";

interface Held<T> {
  readonly value: T;
}

/** What {@link RunVar.set} returns: what the variable was before. Disposing it puts that back, so `using` works with it. */
export class RunVarToken<T> implements Disposable {
  /** @internal */
  readonly _variable: RunVar<T>;
  /** @internal */
  readonly _engine: Engine;
  /** @internal */
  readonly _before: Held<T> | undefined;
  /** @internal */
  _used = false;

  /** @internal Use {@link RunVar.set}. */
  constructor(variable: RunVar<T>, engine: Engine, before: Held<T> | undefined) {
    this._variable = variable;
    this._engine = engine;
    this._before = before;
  }

  [Symbol.dispose](): void {
    if (!this._used) this._variable.reset(this);
  }
}

/**
 * A variable of which every run has its own: all tasks of a run see the same value, and no other run sees it. What runs outside of any run
 * shares one, too.
 *
 * Its twin {@link ContextVar} has a value in each task.
 *
 * @example
 * import { run, RunVar } from "anyrx";
 * const requests = new RunVar("requests", 0);
 * const main = () => requests.set(requests.get() + 1);
 * await run(main);
 * await run(() => requests.get()); // => 0
 * @source AnyIO `lowlevel.RunVar`.
 */
export class RunVar<T> {
  /** What it is called in messages. */
  readonly name: string;
  private readonly initial: Held<T> | null;
  private readonly values = new WeakMap<Engine, Held<T>>();

  /**
   * @param name - For messages.
   * @param initial - The value where it was not set. Without it, `get` throws there.
   */
  constructor(name: string, ...initial: [initial?: T]) {
    this.name = name;
    this.initial = initial.length === 0 ? null : { value: initial[0] as T };
  }

  /**
   * Its value in the current run; where it was not set, `fallback` if there is one, else its initial value.
   *
   * @throws {UsageError} When it was never set in this run, and there is neither a fallback nor an initial value.
   */
  get(): T;
  get<D>(fallback: D): T | D;
  get(...fallback: unknown[]): unknown {
    const held = this.values.get(this.here());
    if (held !== undefined) return held.value;
    if (fallback.length > 0) return fallback[0];
    if (this.initial !== null) return this.initial.value;
    throw new UsageError(
      `Cannot read the run variable "${this.name}": it is not set in this run; set it, or give it an initial value`,
    );
  }

  /**
   * Sets it for the current run.
   *
   * @example
   * import { RunVar } from "anyrx";
   * const depth = new RunVar("depth", 0);
   * function descend() {
   *   using _token = depth.set(depth.get() + 1);
   *   return depth.get();
   * }
   * descend(); // => 1
   * depth.get(); // => 0
   */
  set(value: T): RunVarToken<T> {
    const engine = this.here();
    const token = new RunVarToken(this, engine, this.values.get(engine));
    this.values.set(engine, { value });
    return token;
  }

  /**
   * Puts back what it was before the `set` that returned `token`, in the run in which that was: the caller may be anywhere.
   *
   * @throws {UsageError} When the token is another variable's, or was used before.
   */
  reset(token: RunVarToken<T>): void {
    if (token._variable !== this) {
      throw new UsageError(
        `Cannot reset the run variable "${this.name}": the token is of "${token._variable.name}"; keep each token with its variable`,
      );
    }
    if (token._used) {
      throw new UsageError(
        `Cannot reset the run variable "${this.name}": the token was used before; use each token once`,
      );
    }
    token._used = true;
    if (token._before === undefined) this.values.delete(token._engine);
    else this.values.set(token._engine, token._before);
  }

  private here(): Engine {
    return whoseHere(() => `the run variable "${this.name}"`)._engine;
  }
}
