/**
 * The neighborhood: generators of Effection that `yield*` operations of ours.
 *
 * @module
 */

import type { Effect } from "effection";
import { besides, type Neighbor, welcome } from "../kernel/neighbor.ts";
import { nobodyDrives, type Operation } from "../kernel/operation.ts";
import { groundOf } from "./ground.ts";
import { Instruction } from "./instruction.ts";
import { runningIn, runningInside, watchAll } from "./routines.ts";

/** The iterator of a `yield*` in a generator that Effection is taken to drive. */
class Guest<T> implements Iterator<Effect<unknown>, T, unknown> {
  private readonly operation: Operation<T>;
  private instruction: Instruction<T> | null = null;

  constructor(operation: Operation<T>) {
    this.operation = operation;
  }

  next(value: unknown): IteratorResult<Effect<unknown>, T> {
    if (this.instruction === null) return { done: false, value: (this.instruction = new Instruction(this.operation)) };
    if (!this.instruction.entered) throw nobodyDrives(this.operation); // It was another who took it, for whatever it takes.
    return { done: true, value: value as T };
  }

  throw(error: unknown): never {
    throw error;
  }

  return(value: T): IteratorResult<never, T> {
    this.instruction?.forgo();
    return { done: true, value };
  }
}

const neighbor: Neighbor = {
  running: runningIn,
  entered: runningInside,
  scope() {
    const scope = runningIn();
    return scope === null ? null : groundOf(scope);
  },
  iterate: guest,
  guess: guest,
};

/** From now on Effection's code is known as such. */
export function settleIn(): void {
  watchAll(() => besides(neighbor));
  welcome(neighbor);
}

function guest<T>(operation: Operation<T>): Iterator<never, T, unknown> {
  return new Guest(operation) as unknown as Iterator<never, T, unknown>;
}
