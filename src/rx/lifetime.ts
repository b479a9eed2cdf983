/**
 * Lifetimes: bridges end with the scope that they were made in.
 *
 * @module
 */

import { BrokenResourceError, type Cancelled } from "../base/errors.ts";
import { shown } from "../kernel/checks.ts";
import { scopeHere } from "../kernel/here.ts";
import { Member, Scope, type Wave } from "../kernel/scope.ts";
import { TaskGroup } from "../kernel/task-group.ts";

/** Where a bridge lives. */
export interface LivingOptions {
  /** The scope, or the group, that it ends with. Default: the current scope. */
  readonly in?: Scope | TaskGroup | undefined;
}

/** The scope that a bridge is to live in. */
export function placeOf(what: string, options: LivingOptions | undefined): Scope {
  const place = options?.in;
  const scope = place instanceof TaskGroup ? place.cancelScope : place;
  if (scope === undefined) return scopeHere(() => what);
  if (!(scope instanceof Scope) || scope._over || !scope._active) {
    const state = scope instanceof Scope ? (scope._over ? "it has ended" : "it was not entered yet") : "it is no scope";
    throw new TypeError(
      `Cannot keep ${what} in ${scope instanceof Scope ? String(scope) : shown(scope)}: ${state}; pass the scope or the task group that it is to end with`,
    );
  }
  return scope;
}

/** One stay in a scope: told once, when the scope is cancelled, or has ended. */
export class Lifetime extends Member {
  private readonly scope: Scope;
  private readonly over: (cancelled: Cancelled | null) => void;

  constructor(scope: Scope, over: (cancelled: Cancelled | null) => void) {
    super();
    this.scope = scope;
    this.over = over;
    this._join(scope);
  }

  /** It ended before its scope did. */
  end(): void {
    this._part();
  }

  override _tell(cancelled: Cancelled | null, wave: Wave): void {
    if (cancelled === null) return;
    // What it ends is foreign code: not while the tree is walked.
    wave.outsiders.push(() => {
      this.finish(cancelled);
    });
  }

  override _inherit(): void {
    this.finish(null);
  }

  private finish(cancelled: Cancelled | null): void {
    if (this._home === null) return;
    this._part();
    try {
      this.over(cancelled);
    } catch (error) {
      report(this.scope, error);
    }
  }
}

/** An error that nobody waits for goes to the nearest group of `scope` that has not ended. */
export function report(scope: Scope, error: unknown): void {
  let heir: Scope | null = scope;
  while (heir?._over === true) heir = heir._home;
  (heir ?? scope)._crew._fail(error, scope._task);
}

/** What a stream that outlived its scope is broken by. */
export function brokenBy(cancelled: Cancelled | null, action: string, title: string): BrokenResourceError {
  return cancelled === null
    ? new BrokenResourceError(action, title, "the scope that it was made in has ended")
    : new BrokenResourceError(action, title, "the scope that it was made in was cancelled", { cause: cancelled });
}

/** A source let a cancellation pass that its stream knows nothing of: to whoever receives that is no cancellation. */
export function strayCancel(cancelled: Cancelled, title: string): BrokenResourceError {
  return new BrokenResourceError("receive from", title, "its source was cancelled", { cause: cancelled });
}
