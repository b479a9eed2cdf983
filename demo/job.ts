/**
 * The job: counts the words of a folder. Written once; who calls it chooses how to wait for it, and on which engine.
 *
 *     walker ──paths (8)──▶ worker 1 … 4 ──results (4)──▶ collector
 *
 * @module
 */

import {
  currentTime,
  failAfter,
  type MemoryObjectSendStream,
  type Operation,
  operation,
  type OperationGenerator,
} from "anyrx";
import { mapConcurrent, pipeline } from "anyrx/pipeline";
import { collect } from "./collect.ts";
import { countFile } from "./count-file.ts";
import type { Sums } from "./count.ts";
import { Gauge } from "./gauge.ts";
import { walk } from "./walk.ts";
import { nobody, type Witness } from "./witness.ts";

/** How long the whole job may take, in ms of its backend's clock. */
export const LIMIT = 60_000;
/** How many files are counted at the same time. */
export const WORKERS = 4;
/** How many paths may wait for a worker. */
export const PATHS = 8;
/** How many results may wait for the collector. */
export const RESULTS = 4;

/** What came out, and what it took. */
export interface Report {
  readonly sums: Sums;
  /** On the clock of the backend, in ms. */
  readonly elapsed: number;
  /** Files that workers had in hand. */
  readonly atWork: Gauge;
  /** Files that were found, and not added up yet. */
  readonly inFlight: Gauge;
}

/** Counts the files below `folder`. */
export const countWords: (folder: string, witness?: Witness) => Operation<Report> = operation(function* (
  folder: string,
  witness: Witness = nobody,
): OperationGenerator<Report> {
  const began = currentTime();
  const [atWork, inFlight] = [new Gauge(), new Gauge()];

  const counting = pipeline(
    (paths: MemoryObjectSendStream<string>) => walk(folder, paths, inFlight, witness),
    mapConcurrent((path) => countFile(folder, path, atWork, witness), {
      concurrency: WORKERS,
      ordered: false,
      name: "worker",
      maxBufferSize: RESULTS,
    }),
    (results) => collect(results, inFlight, witness),
    { name: "count words", maxBufferSize: PATHS },
  );
  counting.progress$.subscribe((now) => witness.progress(now));

  const sums = yield* failAfter(LIMIT, () => counting);
  return { sums, elapsed: currentTime() - began, atWork, inFlight };
});
