/**
 * Playing a diagram to an observer: what cold and hot observables do.
 *
 * @module
 */

import type { Observer } from "../../base/rx.ts";
import type { Moment } from "../notation/moment.ts";

/** What happens at one instant, in order. It is delivered in one step: nothing comes between the parts of a group. */
export interface Instant {
  /** When, in ms from the zero point. */
  readonly time: number;
  readonly moments: readonly Moment[];
}

/** The instants of a diagram, in order. */
export function instantsOf(moments: readonly Moment[]): Instant[] {
  const instants: { time: number; moments: Moment[] }[] = [];
  for (const moment of moments) {
    const last = instants.at(-1);
    if (last?.time === moment.time) last.moments.push(moment);
    else instants.push({ time: moment.time, moments: [moment] });
  }
  return instants;
}

/** Tells `observer` what happened. */
export function tell<T>(observer: Observer<T>, moments: readonly Moment[]): void {
  for (const moment of moments) {
    if (moment.kind === "next") observer.next(moment.value as T);
    else if (moment.kind === "error") observer.error(moment.error);
    else if (moment.kind === "complete") observer.complete();
  }
}
