/**
 * Targets: writable streams of any kind, as a send stream of ours sees them.
 *
 * @module
 */

import type { Cancelled } from "../base/errors.ts";
import type { Failure } from "../kernel/scope.ts";

/** A writable stream that is ours to write to. */
export interface Target {
  /** Begins to tell `told` what happens. */
  tells(told: Told): void;
  /** Whether a write now would be within its bounds. */
  readonly room: boolean;
  /** Writes. May throw, when the item is one that it cannot take. */
  write(item: unknown): void;
  /** Waits for what was written; and closes it, unless it is to stay open. Settles once that is done. */
  end(keep: boolean): Promise<unknown>;
  /** Drops what was not written, and settles once it has cleaned up. `order` is what it shall fail with, if it shall. */
  abort(order: Failure | null, cancelled: Cancelled | undefined): Promise<unknown>;
  /** Lets go of it. A promise, when that takes time. */
  release(): Promise<void> | void;
}

/** What the foreign side tells. */
export interface Told {
  /** There may be room again. */
  room(): void;
  failed(error: unknown): void;
}
