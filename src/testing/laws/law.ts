/**
 * Laws: what every engine must keep, as data.
 *
 * A law is a small program that writes a log, and the log it must have written. It knows neither the engine nor the test framework, so
 * whoever brings a new engine can check it the day it exists.
 *
 * @module
 */

import type { Kit } from "./kit.ts";
import type { Steps } from "./steps.ts";

/** One clause of a law. */
export interface Law {
  /** The law it belongs to, such as `"C1"`. Several clauses may share it. */
  readonly id: string;
  /** The clause, as a sentence. Unique among those of one id. */
  readonly title: string;
  /** The program. It runs as the main task of a run, in each style that a body can have. */
  body(kit: Kit): Steps<unknown>;
  /** What the log must read: `"child:start@20"` for an entry at 20 ms after the start. Without `@` the time is free. */
  readonly expected: readonly string[];
}
