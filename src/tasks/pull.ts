/**
 * Pulling: one item after another out of an async iterable.
 *
 *     idle ──next()──▶ pulling ──(an item)──▶ idle          closed with `return()`, which is waited for
 *                         ├─────(the end, an error)──▶ over   not closed: the iterator has ended by itself
 *                         └─────(given up)──▶ given up        told to close; nobody knows when it will
 *
 * A cancellation reaches the operations that the iterable itself waits for, as it reaches those of any other body; then the pull is waited for. One
 * in which no operation of ours waits cannot be told, and is given up: an idle socket must not keep a program from ending. It is asked a turn of the
 * host later, so that an item that is on its way still arrives.
 *
 * @module
 */

import { type Cancelled, isCancelled } from "../base/errors.ts";
import type { Job } from "../port/backend.ts";
import { bound } from "../kernel/binding.ts";
import type { Continuation } from "../kernel/continuation.ts";
import { currentScope } from "../kernel/current.ts";
import { enter, handOff, newScope } from "../kernel/here.ts";
import type { Operation } from "../kernel/operation.ts";
import { Member, type Scope } from "../kernel/scope.ts";
import { operation, Work } from "../kernel/work.ts";

type Step<T> = IteratorResult<T, unknown>;

/** An async iterator that is pulled by one task. */
export class Puller<T> {
  /** @internal */ readonly _iterator: AsyncIterator<T, unknown>;
  /** @internal */ _state: "idle" | "pulling" | "over" | "given up" = "idle";

  constructor(iterator: AsyncIterator<T, unknown>) {
    this._iterator = iterator;
  }

  /** Pulls the next item. */
  next(): Operation<Step<T>> {
    return new Pull(this);
  }

  /** Closes the iterator, unless it has ended. Waits for that, unless it was given up. */
  close(): Operation<void> {
    return closing(this);
  }

  /** @internal Whether a pull that is given up can be told so. */
  get _closes(): boolean {
    return typeof this._iterator.return === "function";
  }
}

const closing = /* @__PURE__ */ operation(async (puller: Puller<unknown>): Promise<void> => {
  const { _iterator: iterator, _state: state } = puller;
  puller._state = "over";
  if (state === "over" || !puller._closes) return;
  const scope = currentScope();
  const closed = closeIn(scope, iterator);
  if (state === "idle") await closed;
  else {
    closed.then(undefined, (error: unknown) => {
      tell(scope, error);
    });
  }
});

/** Closes `iterator` with the slot handed off: an async generator comes to its `finally` by an `await` of its own, after which nobody knows its scope. */
function closeIn(scope: Scope, iterator: AsyncIterator<unknown, unknown>): Promise<unknown> {
  if (scope._engine.mode === "store") return end(iterator);
  return new Promise((resolve) => {
    handOff(scope, () => {
      resolve(end(iterator));
    });
  });
}

/** Calls `return()` here and now. Never throws: who hands the slot off must come to its end. */
async function end(iterator: AsyncIterator<unknown, unknown>): Promise<unknown> {
  return await iterator.return?.();
}

/** An error that comes when nobody waits any more goes to the nearest group that has not ended. An abort is what was asked for. */
function tell(scope: Scope, error: unknown): void {
  if (isCancelled(error) || (error as { name?: unknown } | null | undefined)?.name === "AbortError") return;
  let heir: Scope | null = scope;
  while (heir?._over === true) heir = heir._home;
  (heir ?? scope)._crew._fail(error);
}

class Pull<T> extends Work<Step<T>> {
  private readonly puller: Puller<T>;

  constructor(puller: Puller<T>) {
    super();
    this.puller = puller;
  }

  describe(): string {
    return "the next item of an async iterable";
  }

  _begin(scope: Scope, end: Continuation): void {
    new Pulling(scope, end, this.puller).begin();
  }
}

/** One pull on its way: told when its scope is cancelled. */
class Pulling<T> extends Member implements Job {
  private readonly scope: Scope;
  /** Where the code of the iterable runs: what waits in there can be told. */
  private readonly inside: Scope = newScope();
  private readonly puller: Puller<T>;
  private end: Continuation | null;

  constructor(scope: Scope, end: Continuation, puller: Puller<T>) {
    super();
    this.scope = scope;
    this.end = end;
    this.puller = puller;
  }

  begin(): void {
    const { puller, inside } = this;
    puller._state = "pulling";
    // A member before the scope inside: it is asked while the waits in there are still waits.
    this._join(this.scope);
    inside._open(this.scope);
    let pulled: Promise<Step<T>>;
    try {
      pulled = Promise.resolve(enter(inside, next, puller._iterator));
    } catch (error) {
      this.failed(error);
      return;
    }
    pulled.then(
      (step) => {
        this.arrived(step);
      },
      (error: unknown) => {
        this.failed(error);
      },
    );
    this.giveUpIfDeaf(); // It may have begun in a cancelled scope.
  }

  override _tell(cancelled: Cancelled | null): void {
    if (cancelled !== null) this.giveUpIfDeaf();
  }

  /** Whatever had been settled inside has gone on; now its promises get their turn. */
  run(): void {
    const held = this.scope._engine.backend.hold("an item on its way");
    bound.host.macrotask(() => {
      held[Symbol.dispose]();
      const cancelled = this.scope._interrupt;
      if (cancelled === null || !this.deaf) return;
      cancelled._delivered = true;
      this.puller._state = "given up";
      this.leave()?._failed(cancelled);
    });
  }

  /** Whether it waits for something that no cancellation reaches. */
  private get deaf(): boolean {
    return this.end !== null && this.inside._first === null;
  }

  private giveUpIfDeaf(): void {
    if (this.scope._interrupt !== null && this.deaf) this.scope._engine.wake(this);
  }

  private arrived(step: Step<T>): void {
    if (this.end === null) return;
    if ((typeof step !== "object" && typeof step !== "function") || step === null) {
      this.failed(new TypeError("Cannot pull the next item: next() gave no object; give { done, value }"));
      return;
    }
    this.puller._state = step.done === true ? "over" : "idle";
    this.leave()?._succeed(step);
  }

  private failed(error: unknown): void {
    if (this.end === null) {
      // Who was told to close fails because of that, by whatever name. Who cannot be told has failed by itself.
      if (!this.puller._closes) tell(this.scope, error);
      return;
    }
    this.puller._state = "over";
    this.leave()?._failed(error);
  }

  private leave(): Continuation | null {
    const { end } = this;
    this.end = null;
    this._part();
    this.inside._close(undefined);
    return end;
  }
}

function next<T>(iterator: AsyncIterator<T, unknown>): Promise<Step<T>> {
  return iterator.next();
}
