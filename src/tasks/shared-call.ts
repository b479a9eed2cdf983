/**
 * Shared calls: one execution that several callers wait for.
 *
 *     running ──(it ends)──▶ told to every caller
 *        └──(the last caller leaves)──▶ cancelled, and waited for by the run
 *
 * It lives at the top of the run, behind a shield: what keeps it going is its callers, wherever they are, and nothing else ends it. So a caller's
 * timeout is that caller's only; and when the whole run is cancelled, it goes with the last of those that wait for it.
 *
 * @module
 */

import { type Cancelled, TaskCancelled } from "../base/errors.ts";
import type { AnyBody } from "../kernel/body.ts";
import type { Scope } from "../kernel/scope.ts";
import { Task, type TaskHome } from "../kernel/task.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import type { Waiter } from "../kernel/waiter.ts";

/** What a shared call tells whoever began it. */
export interface SharedCallOwner<T> {
  /** @internal It returned `value`, of its own accord. */
  _returned(value: T): void;
  /** @internal Nobody may join it any more. May be called twice. */
  _closed(): void;
}

/** An execution, and who waits for it. */
export class SharedCall<T> extends Task<T> {
  private readonly callers = new WaitQueue();
  private readonly owner: SharedCallOwner<T>;

  private constructor(home: TaskHome, name: string, body: AnyBody, caller: Task, owner: SharedCallOwner<T>) {
    super(home, name, body, caller);
    this.owner = owner;
    this.cancelScope.shield = true;
  }

  /** Begins one, soon, for a caller in `scope`, whose context variables it gets. */
  static begin<T>(name: string, body: AnyBody, scope: Scope, owner: SharedCallOwner<T>): SharedCall<T> {
    let top = scope;
    while (top._home !== null) top = top._home;
    const call = new SharedCall<T>(top._crew as TaskHome, name, body, scope._task as Task, owner);
    top._crew._begin();
    top._engine.wake(call);
    return call;
  }

  /** `caller` waits for it, too. */
  join(caller: Waiter): void {
    this.callers.push(caller);
  }

  /** A caller has left. */
  left(): void {
    if (this.callers.length > 0 || this._ended) return;
    this.owner._closed();
    this.cancel("nobody waits for it any more");
  }

  /** Whether code in `scope` is part of it, or of a call that it waits for, however indirectly: so that it would wait for itself. */
  contains(scope: Scope): boolean {
    const seen = new Set<SharedCall<unknown>>();
    const waiting = [scope];
    for (const place of waiting) {
      for (let outer: Scope | null = place; outer !== null; outer = outer._home) {
        const call: unknown = outer._task;
        if (!(call instanceof SharedCall) || !call._livesIn(outer) || seen.has(call)) continue;
        if (call === this) return true;
        seen.add(call);
        waiting.push(...call.callers.homes());
      }
    }
    return false;
  }

  /** An error that no caller is left to see is the run's. */
  protected override _reports(error: unknown): boolean {
    return !this.tell((caller) => caller._fail(error));
  }

  protected override _passes(cancelled: Cancelled): boolean {
    this.tell((caller) => caller._fail(cancelled));
    return false;
  }

  protected override _finished(): void {
    this.owner._closed();
    if (this.status === "finished") {
      const value = this.returnValue;
      // One that was given up may have returned anything.
      if (!this.cancelScope.cancelCalled) this.owner._returned(value);
      this.tell((caller) => caller._settle(value));
    } else this.tell((caller) => caller._fail(new TaskCancelled(this.name, undefined))); // By itself: it has its own handle.
  }

  /** Whether anyone was there to be told. */
  private tell(outcome: (caller: Waiter) => boolean): boolean {
    let told = false;
    for (let caller = this.callers.shift(); caller !== null; caller = this.callers.shift())
      told = outcome(caller) || told;
    return told;
  }
}
