/**
 * The collector: takes the results, and adds them up. It is the slow one.
 *
 * @module
 */

import { isCancelled, type MemoryObjectReceiveStream, moveOnAfter, sleep } from "anyrx";
import { amount } from "./amount.ts";
import type { FileCount, Totals } from "./count.ts";
import type { Gauge } from "./gauge.ts";
import type { Witness } from "./witness.ts";

/** After so many results … */
const BATCH = 8;
/** … it rests so long, in ms: long enough for the workers to fill the stream, and for the walker behind them to fill the other. */
const REST = 10;

/** Adds up results until there are no more. */
export async function collect(
  results: MemoryObjectReceiveStream<FileCount>,
  totals: Totals,
  gauge: Gauge,
  witness: Witness,
): Promise<void> {
  using _closed = results;
  let taken = 0;
  try {
    witness.mark("-");
    for await (const result of results) {
      totals.add(result);
      witness.mark("o");
      if (++taken % BATCH === 0) {
        witness.mark(".");
        await sleep(REST);
      }
      gauge.see(results.statistics());
      witness.mark("-");
    }
    witness.mark("|");
  } catch (error) {
    if (isCancelled(error)) {
      // Cleanup that must wait needs a shield: results that the workers had sent when the job was cancelled still count.
      const drain = async (): Promise<void> => {
        for await (const result of results) totals.add(result);
      };
      await moveOnAfter(250, drain, { shield: true });
      witness.cut(`took in what was sent: ${amount(totals.results, "result")} so far`);
    }
    throw error;
  }
}
