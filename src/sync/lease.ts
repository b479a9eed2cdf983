/**
 * Leases: what acquiring gives, and what gives it back.
 *
 * @module
 */

import { Operation } from "../kernel/operation.ts";
import type { Waiter } from "../kernel/waiter.ts";

/**
 * The proof that something was acquired. Disposing of it releases that, once: a second time does nothing.
 *
 * Made for `using lease = await lock.acquire()`, which releases at the end of the block, whatever happened there. Unlike `release()` it does not
 * ask who calls: whoever has the lease may end it, from wherever.
 *
 * @source Differs: AnyIO's primitives are their own context managers.
 */
export abstract class Lease implements Disposable, AsyncDisposable {
  /** Releases what it stands for. No checkpoint. */
  abstract [Symbol.dispose](): void;

  /** The same at once, for `await using`: nothing is left to wait for. */
  [Symbol.asyncDispose](): Operation<void> {
    this[Symbol.dispose]();
    return DISPOSED;
  }
}

/** An operation and no promise: where the host has no async context, it is the `await` of an operation that keeps the scope. */
class Disposed extends Operation<void> {
  // A cancellation does not reach it: there is nothing to interrupt.
  override get _joins(): boolean {
    return true;
  }

  describe(): string {
    return "the end of a lease";
  }

  override _attempt(): undefined {
    return undefined;
  }

  _park(waiter: Waiter): void {
    waiter._settle(undefined);
  }
}

const DISPOSED = /* @__PURE__ */ new Disposed();
