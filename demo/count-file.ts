/**
 * The work: reads and counts one file. The stage of the pipeline; several workers do it at the same time.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { abortable, currentTask, isCancelled, sleep } from "anyrx";
import { countText, type FileCount } from "./count.ts";
import type { Gauge } from "./gauge.ts";
import { systemError } from "./system-error.ts";
import type { Witness } from "./witness.ts";

/** How much a worker gets done, in bytes per ms of its backend's clock: the work has a duration in virtual time too. */
const PACE = 1024;

/** Counts the file at `path`. That it cannot be read is a result, and no reason to stop the others. */
export async function countFile(folder: string, path: string, atWork: Gauge, witness: Witness): Promise<FileCount> {
  const worker = currentTask().name;
  const name = relative(folder, path);
  atWork.up();
  witness.mark(worker, "=");
  try {
    // On cancel the signal is aborted, and the file system closes the file.
    const text = await abortable((signal) => readFile(path, { encoding: "utf8", signal }).catch(systemError));
    if (text instanceof Error) return { path: name, unreadable: text.code };
    const count = countText(text);
    await sleep(count.bytes / PACE);
    return { path: name, ...count };
  } catch (error) {
    if (isCancelled(error)) witness.cut(worker, `let go of ${name}`);
    throw error;
  } finally {
    atWork.down();
    witness.mark(worker, "o");
    witness.mark(worker, "-");
  }
}
