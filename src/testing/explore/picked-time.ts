/**
 * Picked time: the virtual time of one run of a search.
 *
 * @module
 */

import { isCancelled } from "../../base/errors.ts";
import { bound } from "../../kernel/binding.ts";
import type { ContextMode, Engine } from "../../kernel/engine.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Host } from "../../port/host.ts";
import type { Clock } from "../clock.ts";
import { VirtualTime, type VirtualTimeOptions } from "../virtual-time.ts";
import { PickedClock, type PickedClockOptions, type Picker } from "./picked-clock.ts";
import { PickedEngine } from "./picked-engine.ts";

/** Told of each checkpoint as it is reached, before it is asked whether it is cancelled. */
export type OnCheckpoint = (scope: Scope, what: { describe(): string }) => void;

/** What a run is made with. */
export interface PickedTimeOptions extends VirtualTimeOptions {
  readonly picker: Picker;
  readonly onCheckpoint: OnCheckpoint | null;
}

/** Virtual time in which somebody else picks what happens next. Its globals are captured by the {@link Stage}. */
export class PickedTime extends VirtualTime {
  /** The first error that nobody else could receive; boxed. */
  lateError: { readonly error: unknown } | null = null;
  private readonly onCheckpoint: OnCheckpoint | null;

  constructor(options: PickedTimeOptions) {
    super({ ...options, capture: "none" });
    this.onCheckpoint = options.onCheckpoint;
  }

  protected override makeClock(host: Host, options: PickedClockOptions): Clock {
    return new PickedClock(host, options);
  }

  protected override makeEngine(mode: ContextMode): Engine {
    const engine = new PickedEngine(this._clock, bound.host.store, mode);
    const { onCheckpoint } = this;
    if (onCheckpoint !== null) {
      engine._onWait = (place, source) => {
        if (!source._joins) onCheckpoint(place as Scope, source); // Waiting for work is no checkpoint: what the work waits for is.
      };
    }
    return engine;
  }

  /** Lets happen what is still due when the run has ended. */
  settle(): Promise<void> {
    return (this._clock as PickedClock).settle();
  }

  override _fail(error: unknown): void {
    if (!isCancelled(error)) this.lateError ??= { error };
    super._fail(error);
  }
}
