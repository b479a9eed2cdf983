/**
 * Holdings: what a task owns, and must not take with it when it ends.
 *
 * @module
 */

import type { TaskInfo } from "./task-info.ts";

/** The task that a scope belongs to, as far as scopes care. */
export interface Owner {
  readonly name: string;
  /** @internal Whether it stands for all code outside of any run: nobody in particular, who owns nothing. */
  readonly _nobody: boolean;
  /** @internal What it owns: the last it took, first of a list. */
  _held: Holding | null;
  /** What others are told of it. */
  info(): TaskInfo;
}

/** Something that at most one task owns at a time, such as a lock: a link of its owner's list. */
export abstract class Holding {
  /** @internal Whose it is. */
  _owner: Owner | null = null;
  private before: Holding | null = null;
  private after: Holding | null = null;

  /** @internal The owner ended without giving it up. It is nobody's by now. */
  abstract _abandoned(by: Owner): void;

  /** @internal Gives it to `task`. O(1). */
  _own(task: Owner): void {
    const first = task._held;
    this._owner = task;
    this.after = first;
    if (first !== null) first.before = this;
    task._held = this;
  }

  /** @internal Takes it from its owner. O(1). */
  _disown(): void {
    const { before, after } = this;
    if (before === null) (this._owner as Owner)._held = after;
    else before.after = after;
    if (after !== null) after.before = before;
    this._owner = this.before = this.after = null;
  }
}

/** Takes from `task`, which has ended, what it still holds: the last it took first. */
export function abandonAll(task: Owner): void {
  for (let held = task._held; held !== null; held = task._held) {
    held._disown();
    held._abandoned(task);
  }
}
