/**
 * Witnesses: who looks on while the job runs. They change nothing.
 *
 * @module
 */

import type { MemoryObjectStreamStatistics } from "anyrx";

/**
 * What a task is doing from now on, as the timeline draws it: `=` works, `~` is blocked by a full stream, `-` waits for an item, `.` sleeps,
 * `|` has ended, `x` was cancelled. `o` is a moment: it has just passed an item on.
 */
export type Sign = "o" | "=" | "~" | "-" | "." | "|" | "x";

/** How far the job is. */
export interface Progress {
  readonly files: number;
  readonly paths: MemoryObjectStreamStatistics;
  readonly results: MemoryObjectStreamStatistics;
}

/** Told of things inside the task that does them, so `currentTask()` and `currentTime()` say whose and when. */
export interface Witness {
  /** The running task does this from now on. */
  mark(sign: Sign): void;
  /** The running task was cut short, and has cleaned up. */
  cut(what: string): void;
  /** Now and then: how far the job is. */
  tick(progress: Progress): void;
}

/** Nobody looks on. */
export const nobody: Witness = {
  mark: () => undefined,
  cut: () => undefined,
  tick: () => undefined,
};
