/**
 * The collector: takes the results, and adds them up. The sink of the pipeline, and the slow one.
 *
 * @module
 */

import { isCancelled, type MemoryObjectReceiveStream, sleep } from "anyrx";
import { amount } from "./amount.ts";
import { type FileCount, type Sums, Totals } from "./count.ts";
import type { Gauge } from "./gauge.ts";
import type { Witness } from "./witness.ts";

/** After so many results … */
const BATCH = 8;
/** … it rests so long, in ms: long enough for the workers to fill the stream before it, and for the walker to fill the one before them. */
const REST = 10;

/** Adds up results until there are no more. */
export async function collect(
  results: MemoryObjectReceiveStream<FileCount>,
  inFlight: Gauge,
  witness: Witness,
): Promise<Sums> {
  const totals = new Totals();
  try {
    witness.mark("collector", "-");
    for await (const result of results) {
      totals.add(result);
      inFlight.down();
      witness.mark("collector", "o");
      if (totals.results % BATCH === 0) {
        witness.mark("collector", ".");
        await sleep(REST);
      }
      witness.mark("collector", "-");
    }
    witness.mark("collector", "|");
    return totals.sums();
  } catch (error) {
    if (isCancelled(error)) witness.cut("collector", `kept ${amount(totals.results, "result")}`);
    throw error;
  }
}
