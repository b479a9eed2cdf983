/**
 * The job: counts the words of a folder. Written once; who calls it chooses how to wait for it, and on which engine.
 *
 *     walker ──paths (8)──▶ worker 1 … 4 ──results (4)──▶ collector         ticker
 *
 * @module
 */

import {
  createMemoryObjectStream,
  currentTime,
  failAfter,
  type Operation,
  operation,
  type OperationGenerator,
  type Task,
  taskGroup,
} from "anyrx";
import { collect } from "./collect.ts";
import { type FileCount, type Sums, Totals } from "./count.ts";
import { Gauge } from "./gauge.ts";
import { tick } from "./tick.ts";
import { walk } from "./walk.ts";
import { nobody, type Witness } from "./witness.ts";
import { work } from "./work.ts";

/** How long the whole job may take, in ms of its backend's clock. */
export const LIMIT = 60_000;
const WORKERS = 4;

/** What came out, and what it took. */
export interface Report {
  readonly sums: Sums;
  /** On the clock of the backend, in ms. */
  readonly elapsed: number;
  readonly paths: Gauge;
  readonly results: Gauge;
  readonly started: number;
  readonly cancelled: number;
}

/** Counts the files below `folder`. */
export const countWords: (folder: string, witness?: Witness) => Operation<Report> = operation(function* (
  folder: string,
  witness: Witness = nobody,
): OperationGenerator<Report> {
  const began = currentTime();
  const totals = new Totals();
  const [paths, results] = [new Gauge(8), new Gauge(4)];
  const tasks: Task[] = [];

  yield* failAfter(LIMIT, () =>
    taskGroup(
      function* (group) {
        const [pathsOut, pathsIn] = createMemoryObjectStream<string>(paths.capacity, { name: "paths" });
        const [resultsOut, resultsIn] = createMemoryObjectStream<FileCount>(results.capacity, { name: "results" });
        const progress = () => ({ files: totals.files, paths: pathsIn.statistics(), results: resultsIn.statistics() });

        const walker = group.startSoon(() => walk(folder, pathsOut, witness), { name: "walker" });
        const collector = group.startSoon(() => collect(resultsIn, totals, results, witness), { name: "collector" });
        const ticker = group.startSoon(() => tick(progress, witness), { name: "ticker" });
        tasks.push(walker, collector, ticker);
        try {
          // A group of their own: its end is the moment when the last result was sent.
          yield* taskGroup(
            (pool) => {
              for (let i = 1; i <= WORKERS; i++) {
                const worker = (): Promise<void> => work(folder, pathsIn, resultsOut, paths, witness);
                tasks.push(pool.startSoon(worker, { name: `worker ${String(i)}` }));
              }
            },
            { name: "workers" },
          );
        } finally {
          pathsIn.close();
          resultsOut.close();
        }
        yield* collector.wait();
        ticker.cancel("the job is done");
      },
      { name: "count words" },
    ),
  );

  const cancelled = tasks.filter((task) => task.status === "cancelled").length;
  return { sums: totals.sums(), elapsed: currentTime() - began, paths, results, started: tasks.length, cancelled };
});
