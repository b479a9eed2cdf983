/**
 * Recorders: observers that note what they are told, and when.
 *
 * @module
 */

import type { Observer } from "../../base/rx.ts";
import { currentScope } from "../../kernel/current.ts";
import type { Moment } from "../notation/moment.ts";

/**
 * Notes what it is told on the clock of the run in which it is made, for `toMatchMarbles`. Times count from then. Diagrams are exact, so that clock had
 * better be a virtual one.
 *
 * @example
 * import { run, sleep } from "anyrx";
 * await run(async () => {
 *   const seen = new MarbleRecorder<string>();
 *   await sleep(2);
 *   seen.next("a");
 *   seen.complete();
 *   return seen.moments;
 * }, { backend: "virtual" }); // => [{ time: 2, kind: "next", value: "a" }, { time: 2, kind: "complete" }]
 */
export class MarbleRecorder<T> implements Observer<T> {
  /** What was noted so far. */
  readonly moments: readonly Moment[] = [];
  readonly #now: () => number;

  constructor() {
    const { backend } = currentScope()._engine;
    const start = backend.now();
    this.#now = () => backend.now() - start;
  }

  // Bound, since they are handed over on their own: `source$.subscribe(recorder.next)`.

  /** Notes a value. */
  readonly next = (value: T): void => {
    this.#note({ time: this.#now(), kind: "next", value });
  };

  /** Notes an end by an error. */
  readonly error = (error: unknown): void => {
    this.#note({ time: this.#now(), kind: "error", error });
  };

  /** Notes an end. */
  readonly complete = (): void => {
    this.#note({ time: this.#now(), kind: "complete" });
  };

  #note(moment: Moment): void {
    (this.moments as Moment[]).push(moment);
  }
}
