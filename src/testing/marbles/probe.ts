/**
 * Probes: lines of time that the test itself writes on.
 *
 * @module
 */

import type { Observer } from "../../base/rx.ts";
import { type ComparableExpectation, Expectation } from "./expectation.ts";
import type { TestStage } from "./watched.ts";

/** A function that notes a value at the instant at which it is called. */
export interface Probe<T> extends Observer<T>, ComparableExpectation {
  /** Notes `value`. */
  (value: T): void;
  /** The same, for `source$.subscribe(sent.observer)`: RxJS takes a function for `next` alone, whatever else it has. */
  readonly observer: Observer<T>;
}

class WatchedProbe extends Expectation {
  private full = false;

  next(value: unknown): void {
    if (!this.full) this.recording.next(value);
  }

  error(error: unknown): void {
    this.recording.error(error);
    this.recording.close();
  }

  complete(): void {
    this.recording.complete();
    this.recording.close();
  }

  protected override stop(): void {
    this.full = true;
    this.recording.close();
  }
}

/** A new probe. What is noted after its end is noted all the same: it is there to show what happens. */
export function probeOn<T>(stage: TestStage, name: string | undefined): Probe<T> {
  const expectation = new WatchedProbe(stage, "probe", name);
  const probe = (value: T): void => {
    expectation.next(value);
  };
  const observer: Observer<T> = {
    next: probe,
    error: (error) => {
      expectation.error(error);
    },
    complete: () => {
      expectation.complete();
    },
  };
  const expected: ComparableExpectation = {
    toBe: (marbles, values, error) => {
      expectation.toBe(marbles, values, error);
    },
    toEqual: (other) => {
      expectation.toEqual(other);
    },
  };
  return Object.assign(probe, observer, expected, { observer });
}
