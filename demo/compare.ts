/**
 * The comparison: the same job on every backend, consumed from every side, one run after the other.
 *
 * @module
 */

import { availableBackends, type BackendName } from "anyrx";
import "anyrx/effect";
import "anyrx/effection";
import { countWords, type Report } from "./job.ts";
import { sides } from "./sides.ts";
import type { Witness } from "./witness.ts";

/** One run. */
export interface Run {
  readonly backend: BackendName;
  readonly side: keyof typeof sides;
}

/** One run, and what came out. */
export interface Outcome extends Run {
  readonly report: Report;
  /** Real time, in ms. */
  readonly wall: number;
}

/** Every run that {@link compare} makes, in order. */
export const RUNS: readonly Run[] = availableBackends().flatMap((backend) =>
  (Object.keys(sides) as (keyof typeof sides)[]).map((side) => ({ backend, side })),
);

/**
 * Counts `folder` once per run.
 *
 * @param signal - Cancels the run that is on its way, and with it the comparison.
 * @param watch - Gives each run its witness.
 */
export async function* compare(
  folder: string,
  signal: AbortSignal,
  watch: (run: Run) => Witness,
): AsyncGenerator<Outcome, void> {
  for (const { backend, side } of RUNS) {
    const witness = watch({ backend, side });
    const began = performance.now();
    const report = await sides[side](() => countWords(folder, witness), { backend, signal });
    yield { backend, side, report, wall: performance.now() - began };
  }
}
