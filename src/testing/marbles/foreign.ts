/**
 * Waiting for a foreign promise that may itself depend on virtual time: the clock goes on meanwhile.
 *
 * `abortable()` would stop the clock, since what it waits for is outside of it.
 *
 * @module
 */

import { enter } from "../../kernel/here.ts";
import { Operation } from "../../kernel/operation.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Waiter } from "../../kernel/waiter.ts";

/** Whom the promise is to tell. Nobody, once the wait was given up: its waiter may then wait for something else. */
interface Caller {
  waiter: Waiter | null;
}

class Foreign<T> extends Operation<T> {
  private readonly what: string;
  private readonly start: () => PromiseLike<T>;

  constructor(what: string, start: () => PromiseLike<T>) {
    super();
    this.what = what;
    this.start = start;
  }

  describe(): string {
    return this.what;
  }

  _park(waiter: Waiter, scope: Scope): void {
    const caller: Caller = { waiter };
    waiter._value = caller;
    const told = (): Waiter | null => {
      const { waiter } = caller;
      caller.waiter = null;
      return waiter;
    };
    Promise.resolve(enter(scope, this.start, undefined)).then(
      (value) => {
        told()?._settle(value);
      },
      (error: unknown) => {
        told()?._fail(error);
      },
    );
  }

  override _withdraw(_waiter: Waiter, caller: unknown): void {
    (caller as Caller).waiter = null;
  }
}

/** Calls `start` in the scope of whoever waits, and waits for its promise. */
export function foreign<T>(what: string, start: () => PromiseLike<T>): Operation<T> {
  return new Foreign(what, start);
}
