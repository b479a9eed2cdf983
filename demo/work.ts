/**
 * The worker: takes paths, reads and counts the files, sends the results.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import {
  abortable,
  isCancelled,
  type MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
  type Operation,
  operation,
  sleep,
} from "anyrx";
import { amount } from "./amount.ts";
import { countText, type FileCount } from "./count.ts";
import type { Gauge } from "./gauge.ts";
import { systemError } from "./system-error.ts";
import type { Witness } from "./witness.ts";

/** How much a worker gets done, in bytes per ms of its backend's clock: the work has a duration in virtual time too. */
const PACE = 1024;

/** Reads and counts one file. That it cannot be read is a result, and no reason to stop the others. */
const countFile: (folder: string, path: string) => Operation<FileCount> = operation(
  async (folder: string, path: string): Promise<FileCount> => {
    const name = relative(folder, path);
    // On cancel the signal is aborted, and the file system closes the file.
    const text = await abortable((signal) => readFile(path, { encoding: "utf8", signal }).catch(systemError));
    if (text instanceof Error) return { path: name, unreadable: text.code };
    const count = countText(text);
    await sleep(count.bytes / PACE);
    return { path: name, ...count };
  },
);

/** Counts files until there are no more paths. Several of these share the two streams: each path goes to one of them. */
export async function work(
  folder: string,
  paths: MemoryObjectReceiveStream<string>,
  results: MemoryObjectSendStream<FileCount>,
  gauge: Gauge,
  witness: Witness,
): Promise<void> {
  let passed = 0;
  let at: string | null = null;
  try {
    witness.mark("-");
    for await (const path of paths) {
      at = relative(folder, path);
      witness.mark("=");
      const count = await countFile(folder, path);
      witness.mark("~");
      await results.send(count); // Backpressure again: waits here while the collector is behind.
      at = null;
      passed++;
      witness.mark("o");
      gauge.see(paths.statistics());
      witness.mark("-");
    }
    witness.mark("|");
  } catch (error) {
    if (isCancelled(error)) witness.cut(`let go of ${at ?? "nothing"} after ${amount(passed, "result")}`);
    throw error;
  }
}
