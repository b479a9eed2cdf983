/**
 * The walker: finds the files of a folder, and sends their paths. The source of the pipeline.
 *
 * @module
 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { abortable, isCancelled, type MemoryObjectSendStream, type OperationGenerator } from "anyrx";
import { amount } from "./amount.ts";
import type { Gauge } from "./gauge.ts";
import { systemError } from "./system-error.ts";
import type { Witness } from "./witness.ts";

/** Sent with the others though no such file exists, so that each run has a failure to handle. */
export const PLANTED = "missing on purpose";

/**
 * Sends the path of every file below `folder`, in order. Leaves out links, `node_modules` and what begins with a dot.
 *
 * A generator: it walks in place, without a promise, as long as nobody makes it wait.
 */
export function* walk(
  folder: string,
  paths: MemoryObjectSendStream<string>,
  inFlight: Gauge,
  witness: Witness,
): OperationGenerator<void> {
  let found = 0;

  function* send(path: string): OperationGenerator<void> {
    found++;
    inFlight.up();
    witness.mark("walker", "-");
    yield* paths.send(path); // Backpressure: waits here while there is no room.
    witness.mark("walker", "o");
  }

  function* enter(path: string): OperationGenerator<void> {
    witness.mark("walker", "=");
    // abortable() makes a promise obey the scope, and a virtual clock stand still meanwhile.
    const entries = yield* abortable(() => readdir(path, { withFileTypes: true }).catch(systemError));
    if (entries instanceof Error) {
      yield* send(path); // A folder that cannot be listed cannot be read either: whoever tries will tell why.
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      if (entry.isDirectory()) yield* enter(join(path, entry.name));
      else if (entry.isFile()) yield* send(join(path, entry.name));
    }
  }

  try {
    yield* send(join(folder, PLANTED));
    yield* enter(folder);
    witness.mark("walker", "|");
  } catch (error) {
    if (isCancelled(error)) witness.cut("walker", `stopped after ${amount(found, "path")}`);
    throw error;
  }
}
