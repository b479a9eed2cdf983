/**
 * The conditions that a test in virtual time reports beside those of the library: one class each.
 *
 * @module
 */

import { branded, type Guard, guardOf } from "../base/brand.ts";
import type { DeadWait } from "../base/errors.ts";

/** Which limit of a run in virtual time was passed. */
export type VirtualLimit = "maxStepsPerInstant" | "maxTime";

/** A run in virtual time goes on for ever: at one instant, or past the time that it was given. */
export class LivelockError extends Error {
  static {
    branded(this, "LivelockError");
  }
  /** When, on the virtual clock, in ms. */
  readonly time: number;
  /** The limit that was passed. */
  readonly limit: VirtualLimit;
  /** Its value: a number of events, or a time in ms. */
  readonly allowed: number;
  /** Who waited for what since when, at that moment. */
  readonly waits: readonly DeadWait[];

  constructor(time: number, limit: VirtualLimit, allowed: number, waits: readonly DeadWait[]) {
    const what =
      limit === "maxTime"
        ? `go on past t=${String(allowed)} ms: it is not done, and its next event lies beyond maxTime; look for a timer that repeats for ever, or allow more time`
        : `go on at t=${String(time)} ms: more than ${String(allowed)} events followed one another there, and time does not pass; ` +
          "look for an endless loop, such as one with a delay of 0, or allow more with maxStepsPerInstant";
    super(`Cannot ${what}${listed(waits)}`);
    this.time = time;
    this.limit = limit;
    this.allowed = allowed;
    this.waits = waits;
  }
}

/** Whether `error` is a {@link LivelockError}. */
export const isLivelockError: Guard<LivelockError> = /* @__PURE__ */ guardOf<LivelockError>("LivelockError");

/** A run in virtual time takes longer, in real time, than it may. */
export class RealTimeoutError extends Error {
  static {
    branded(this, "RealTimeoutError");
  }
  /** When, on the virtual clock, in ms. */
  readonly time: number;
  /** How long it was allowed to take, in real ms. */
  readonly allowed: number;
  /** The work outside that the virtual clock waited for. */
  readonly holds: readonly string[];
  /** Who waited for what since when, at that moment. */
  readonly waits: readonly DeadWait[];

  constructor(time: number, allowed: number, holds: readonly string[], waits: readonly DeadWait[]) {
    const state =
      holds.length === 0
        ? "it is still busy, and no work outside is known; look for a timer that repeats for ever"
        : `the clock waits for work outside (${holds.join(", ")}); see why that does not end`;
    super(
      `Cannot finish within ${String(allowed)} ms of real time: at t=${String(time)} ms ${state}, or allow more with realTimeout${listed(waits)}`,
    );
    this.time = time;
    this.allowed = allowed;
    this.holds = holds;
    this.waits = waits;
  }
}

/** Whether `error` is a {@link RealTimeoutError}. */
export const isRealTimeoutError: Guard<RealTimeoutError> =
  /* @__PURE__ */ guardOf<RealTimeoutError>("RealTimeoutError");

/** How many waits a message lists. */
const MOST = 20;

function listed(waits: readonly DeadWait[]): string {
  if (waits.length === 0) return "";
  const lines = waits
    .slice(0, MOST)
    .map(
      ({ task, on, since }) =>
        `\n  - ${task}: waits for ${on}${Number.isNaN(since) ? "" : ` since t=${String(since)}`}`,
    );
  const more = waits.length > MOST ? `\n  - and ${String(waits.length - MOST)} more` : "";
  return `:${lines.join("")}${more}`;
}
