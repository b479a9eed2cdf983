/**
 * Witnesses: who looks on while the job runs. They change nothing.
 *
 * @module
 */

import type { PipelineProgress } from "anyrx/pipeline";

/**
 * What somebody is doing from now on, as the timeline draws it: `=` works, `-` waits for a neighbour, `.` rests, `|` has ended. `o` is a moment: an item
 * is done.
 */
export type Sign = "o" | "=" | "-" | "." | "|";

/** Told of things inside the task that does them. */
export interface Witness {
  /** `who` does this from now on. */
  mark(who: string, sign: Sign): void;
  /** `who` was cut short, and has cleaned up. */
  cut(who: string, what: string): void;
  /** Now and then: how far the pipeline is. */
  progress(now: PipelineProgress): void;
}

/** Nobody looks on. */
export const nobody: Witness = {
  mark: () => undefined,
  cut: () => undefined,
  progress: () => undefined,
};
