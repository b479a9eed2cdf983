/**
 * The fair wait queue: who waits for the same thing, longest first.
 *
 * Every primitive of the library (streams, locks, events, handles) is written over this one queue. The waiters are the links, so a cancelled
 * one leaves from the middle in O(1).
 *
 * @module
 */

import type { Scope } from "./scope.ts";
import type { Queue, Source, Waiter } from "./waiter.ts";

/** Waiters in the order in which they came. */
export class WaitQueue implements Queue {
  private first: Waiter | null = null;
  private last: Waiter | null = null;
  private size = 0;

  /** How many wait. */
  get length(): number {
    return this.size;
  }

  /** Puts `waiter` at the end. */
  push(waiter: Waiter): void {
    waiter._queue = this;
    waiter._ahead = this.last;
    if (this.last === null) this.first = waiter;
    else this.last._behind = waiter;
    this.last = waiter;
    this.size++;
  }

  /** Takes out who waits longest. */
  shift(): Waiter | null {
    const { first } = this;
    if (first !== null) this._remove(first);
    return first;
  }

  /** The scopes that the waiters are in. */
  homes(): Scope[] {
    const homes: Scope[] = [];
    for (let waiter = this.first; waiter !== null; waiter = waiter._behind)
      if (waiter._home !== null) homes.push(waiter._home);
    return homes;
  }

  /** Fails every waiter, each with an error of its own. */
  failAll(error: () => unknown): void {
    for (let waiter = this.shift(); waiter !== null; waiter = this.shift()) waiter._fail(error());
  }

  /** Fails those waiters whose source `matches`, in O(n). */
  failWhere(matches: (source: Source<unknown> | null) => boolean, error: () => unknown): void {
    const matching: Waiter[] = [];
    for (let waiter = this.first; waiter !== null; waiter = waiter._behind) {
      if (matches(waiter._source)) matching.push(waiter);
    }
    // Failing one may take others out: other arms of its select, or what foreign code cancels meanwhile.
    for (const waiter of matching) {
      if (waiter._queue !== this) continue;
      this._remove(waiter);
      waiter._fail(error());
    }
  }

  /** @internal */
  _remove(waiter: Waiter): void {
    const { _ahead: ahead, _behind: behind } = waiter;
    if (ahead === null) this.first = behind;
    else ahead._behind = behind;
    if (behind === null) this.last = ahead;
    else behind._ahead = ahead;
    waiter._queue = waiter._ahead = waiter._behind = null;
    this.size--;
  }
}
