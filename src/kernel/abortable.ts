/**
 * Foreign promises, made to obey the scope.
 *
 * @module
 */

import { isCancelled } from "../base/errors.ts";
import type { AbortControl, HostAbortSignal } from "../port/host.ts";
import { bound } from "./binding.ts";
import { checkedBody } from "./checks.ts";
import { enter } from "./here.ts";
import { Operation } from "./operation.ts";
import type { Scope, Wave } from "./scope.ts";
import { FAILED, type Waiter } from "./waiter.ts";

/** One call on its way. It outlives its wait when the promise does not care about the signal. */
class Call {
  private waiter: Waiter | null;
  private readonly scope: Scope;
  private readonly control: AbortControl;
  private readonly held: Disposable;

  constructor(waiter: Waiter, scope: Scope) {
    this.waiter = waiter;
    this.scope = scope;
    this.control = bound.host.abortController();
    this.held = scope._engine.backend.hold("abortable()");
  }

  begin(scope: Scope, start: (signal: HostAbortSignal) => unknown): void {
    try {
      Promise.resolve(enter(scope, start, this.control.signal)).then(
        (value) => {
          this.release()?._settle(value);
        },
        (error: unknown) => {
          const waiting = this.release();
          if (waiting !== null) waiting._fail(error);
          // Who was given the signal fails because of the abort, by whatever name. Who was not has failed by itself.
          else if (start.length === 0 && !isAbort(error)) this.scope._crew._fail(error, this.scope._task);
        },
      );
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Gives the promise up. Returns what tells it so: foreign code. */
  abandon(): () => void {
    const waiter = this.release();
    const reason = waiter?._state === FAILED ? waiter._value : undefined;
    return () => {
      this.control.abort(reason);
    };
  }

  private release(): Waiter | null {
    const { waiter } = this;
    this.waiter = null; // From here on it may be used for another wait.
    if (waiter !== null) this.held[Symbol.dispose]();
    return waiter;
  }
}

function isAbort(error: unknown): boolean {
  return isCancelled(error) || (error as { name?: unknown } | null | undefined)?.name === "AbortError";
}

class Abortable<T> extends Operation<T> {
  private readonly start: (signal: HostAbortSignal) => T | PromiseLike<T>;

  constructor(start: (signal: HostAbortSignal) => T | PromiseLike<T>) {
    super();
    this.start = start;
  }

  describe(): string {
    return this.start.name === "" ? "a promise in abortable()" : `the promise of ${this.start.name}()`;
  }

  _park(waiter: Waiter, scope: Scope): void {
    const call = new Call(waiter, scope);
    waiter._value = call; // Before `start` is called: it may cancel the scope.
    call.begin(scope, this.start);
  }

  override _withdraw(_waiter: Waiter, call: unknown, later: Wave["outsiders"]): void {
    later.push((call as Call).abandon());
  }
}

/**
 * Waits for a foreign promise, and stops waiting when the scope is cancelled.
 *
 * A promise cannot be interrupted from outside. So `start` gets an `AbortSignal` to hand on, which is aborted on cancel; the wait ends at once
 * all the same. What the promise comes to later is ignored, since it was told to give up; but when `start` takes no signal, its late error goes
 * to the enclosing group. Until it settles, or is given up, a virtual clock stands still.
 *
 * *Checkpoint*: yes. *On cancel*: aborts the signal, and throws `Cancelled` without waiting for the promise.
 *
 * @param start - Called when the operation is run.
 * @throws {TypeError} When `start` is no function.
 * @example
 * import { abortable } from "anyrx";
 * await abortable(async (signal) => signal.aborted); // => false
 */
export function abortable<T>(start: (signal: HostAbortSignal) => T | PromiseLike<T>): Operation<T> {
  checkedBody("wait for a promise", start, "(signal) => fetch(url, { signal })");
  return new Abortable(start);
}
