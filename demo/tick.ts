/**
 * The ticker: tells how far the job is, for as long as it is let.
 *
 * @module
 */

import { type OperationGenerator, sleep } from "anyrx";
import type { Progress, Witness } from "./witness.ts";

/** How often, in ms. */
const PERIOD = 25;

/** Ticks until it is cancelled: it has no end of its own. */
export function* tick(progress: () => Progress, witness: Witness): OperationGenerator<never> {
  try {
    for (;;) {
      witness.mark(".");
      yield* sleep(PERIOD);
      witness.tick(progress());
      witness.mark("o");
    }
  } finally {
    witness.mark("x");
  }
}
