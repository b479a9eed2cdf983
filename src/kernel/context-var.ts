/**
 * Context variables: values that a task hands to the tasks it spawns.
 *
 * @module
 */

import { UsageError } from "../base/errors.ts";
import { whoseHere } from "./here.ts";

/** The variables of a task. Never changed in place: a spawned task shares its parent's until one of them writes. */
export type Variables = ReadonlyMap<ContextVar<unknown>, unknown>;

interface Bearer {
  _variables: Variables | null;
}

/** What {@link ContextVar.set} returns: what the variable was before. */
export interface ContextToken<T> {
  /** @internal */
  readonly _variable: ContextVar<T>;
  /** @internal */
  readonly _before: { readonly value: T } | null;
}

/**
 * A variable of which every task has its own: it starts with the spawner's value, and what it sets is seen by the tasks it spawns from then
 * on, never by its siblings.
 *
 * @example
 * import { ContextVar, run, taskGroup } from "anyrx";
 * const user = new ContextVar("user", "nobody");
 * await run(async () => {
 *   user.set("ann");
 *   return await taskGroup((tg) => tg.startSoon(() => user.get()));
 * }); // => "ann"
 * @source Python `contextvars.ContextVar`.
 */
export class ContextVar<T> {
  /** What it is called in messages. */
  readonly name: string;
  private readonly initial: { readonly value: T } | null;

  /**
   * @param name - For messages.
   * @param initial - The value where no task has set one. Without it, `get` throws there.
   */
  constructor(name: string, ...initial: [initial?: T]) {
    this.name = name;
    this.initial = initial.length === 0 ? null : { value: initial[0] as T };
  }

  /**
   * Its value in the current task.
   *
   * @throws {UsageError} When it was never set and has no initial value.
   */
  get(): T {
    const { _variables } = this.bearer();
    if (_variables?.has(this) === true) return _variables.get(this) as T;
    if (this.initial === null) {
      throw new UsageError(
        `Cannot read the context variable "${this.name}": it is not set in this task; set it, or give it an initial value`,
      );
    }
    return this.initial.value;
  }

  /** Sets it for the current task, and for those it spawns from now on. Returns a token for {@link ContextVar.reset}. */
  set(value: T): ContextToken<T> {
    const bearer = this.bearer();
    const before = bearer._variables;
    const key = this as ContextVar<unknown>;
    bearer._variables = new Map(before).set(key, value);
    return { _variable: this, _before: before?.has(key) === true ? { value: before.get(key) as T } : null };
  }

  /** Puts back what it was before the `set` that returned `token`. */
  reset(token: ContextToken<T>): void {
    if (token._variable !== this) {
      throw new UsageError(
        `Cannot reset the context variable "${this.name}": the token is of "${token._variable.name}"; keep each token with its variable`,
      );
    }
    const bearer = this.bearer();
    const variables = new Map(bearer._variables);
    if (token._before === null) variables.delete(this);
    else variables.set(this, token._before.value);
    bearer._variables = variables;
  }

  private bearer(): Bearer {
    return whoseHere(() => `the context variable "${this.name}"`)._task as unknown as Bearer;
  }
}
