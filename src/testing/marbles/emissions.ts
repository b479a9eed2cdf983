/**
 * What an inner observable emitted: how Observables that are emitted as values are compared.
 *
 * @module
 */

import { draw } from "../notation/draw.ts";
import type { Diagram, Moment } from "../notation/moment.ts";
import { SHOWN } from "../notation/shown-value.ts";
import { ColdObservable } from "./cold-observable.ts";

/** A line of time that is a value on another one. Its times count from when it was emitted. */
export class Emissions {
  static {
    Object.defineProperty(this.prototype, SHOWN, {
      value(this: Emissions): string {
        return `an observable that emits '${draw(this.moments)}'`;
      },
    });
  }
  /** What it emitted. */
  readonly moments: readonly Moment[];
  readonly #source: unknown;

  /** @param source - The Observable that emitted it. */
  constructor(source: unknown, moments: readonly Moment[]) {
    this.#source = source;
    this.moments = moments;
  }

  /** `moments`, with `expected`'s own Observables in them where those were emitted: what is the same object need not be compared. */
  static named(moments: readonly Moment[], expected: readonly Moment[]): readonly Moment[] {
    const same = new Set(expected.flatMap((moment) => (moment.kind === "next" ? [moment.value] : [])));
    return moments.map((moment) =>
      moment.kind === "next" && moment.value instanceof Emissions && same.has(moment.value.#source)
        ? { ...moment, value: moment.value.#source }
        : moment,
    );
  }

  /** Where `diagram` ends, in ms, with all that cold observables in it will emit. */
  static end({ length, moments, origin }: Diagram): number {
    let end = length - origin;
    for (const moment of moments) {
      if (moment.kind === "next" && moment.value instanceof ColdObservable)
        end = Math.max(end, moment.time + Emissions.end(moment.value._diagram));
    }
    return end;
  }

  /** `moments`, with what cold observables among the values will emit. */
  static expected(moments: readonly Moment[]): readonly Moment[] {
    return moments.map((moment) =>
      moment.kind === "next" && moment.value instanceof ColdObservable
        ? { ...moment, value: new Emissions(moment.value, Emissions.expected(moment.value._diagram.moments)) }
        : moment,
    );
  }
}
