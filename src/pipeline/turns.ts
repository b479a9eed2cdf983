/**
 * Turns: who goes on is who is next, whoever was ready first.
 *
 * @module
 */

import { Operation } from "../kernel/operation.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";

/** Places from 0, each of which has one turn, in their order. */
export class Turns {
  /** @internal */ _next = 0;
  /** @internal */ readonly _waiting: Map<number, Waiter> = new Map<number, Waiter>();

  /** Waits for the turn of `place`. */
  wait(place: number): Operation<void> {
    return new Turn(this, place);
  }

  /** The turn is over: the next one begins. */
  next(): void {
    const waiter = this._waiting.get(++this._next);
    if (waiter === undefined) return;
    this._waiting.delete(this._next);
    waiter._settle(undefined);
  }
}

class Turn extends Operation<void> {
  private readonly turns: Turns;
  private readonly place: number;

  constructor(turns: Turns, place: number) {
    super();
    this.turns = turns;
    this.place = place;
  }

  describe(): string {
    return `turn ${String(this.place + 1)}, after ${String(this.place - this.turns._next)} others`;
  }

  override _attempt(): undefined | typeof PENDING {
    return this.turns._next === this.place ? undefined : PENDING;
  }

  _park(waiter: Waiter): void {
    this.turns._waiting.set(this.place, waiter);
  }

  override _withdraw(): void {
    this.turns._waiting.delete(this.place);
  }
}
