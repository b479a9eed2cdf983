/**
 * Checkpoints: the points at which a task lets others run, and learns that it was cancelled.
 *
 * @module
 */

import { Operation } from "./operation.ts";
import { PENDING, type Waiter } from "./waiter.ts";

/** A checkpoint, or one half of it: where others may run (`_yields`), or where a cancellation is thrown (unless it is shielded). */
export class Checkpoint extends Operation<void> {
  private readonly shielded: boolean;
  private readonly yields: boolean;

  constructor(shielded: boolean, yields: boolean) {
    super();
    this.shielded = shielded;
    this.yields = yields;
  }

  // Like a wait for work of our own: a cancellation does not reach it.
  override get _joins(): boolean {
    return this.shielded;
  }

  override get _yields(): boolean {
    return this.yields;
  }

  describe(): string {
    return "checkpoint()";
  }

  override _attempt(): undefined | typeof PENDING {
    return this.yields ? PENDING : undefined;
  }

  _park(waiter: Waiter): void {
    waiter._settle(undefined); // Settled already, but not gone on: that is what `_yields` sees to.
  }
}

let plain: Checkpoint | null = null;

/** Lets other tasks run, and throws `Cancelled` when the scope is cancelled. */
export function checkpoint(): Operation<void> {
  // One recipe serves every call; in development mode each is watched on its own.
  return Operation._made === null ? (plain ??= new Checkpoint(false, true)) : new Checkpoint(false, true);
}

/** Throws `Cancelled` when the scope is cancelled; else goes on at once. */
export function checkpointIfCancelled(): Operation<void> {
  return new Checkpoint(false, false);
}

/** Lets other tasks run, and takes no notice of a cancellation. */
export function cancelShieldedCheckpoint(): Operation<void> {
  return new Checkpoint(true, true);
}
