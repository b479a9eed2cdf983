/**
 * What a test watches, whatever it is.
 *
 * @module
 */

import type { Subject } from "../notation/mismatch.ts";
import type { Moment } from "../notation/moment.ts";
import type { Finding } from "./claim.ts";
import type { Expected, Stage } from "./stage.ts";

/** Something that is watched, and that something is expected of. */
export interface Watched extends Expected {
  readonly subject: Subject;
  /** What happened. */
  readonly moments: readonly Moment[];
  /** What is wrong with it, after all. */
  findings(): Finding[];
  /** What was wrong with it already at the instant `now`, as far as that had come. */
  findingsSoFar(now: number): Finding[];
}

/** The stage of a test, with what it watches. */
export type TestStage = Stage<Watched>;
