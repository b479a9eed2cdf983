/**
 * The progress line: one line of a terminal, drawn over and over.
 *
 * @module
 */

import type { MemoryObjectStreamStatistics } from "anyrx";
import type { Progress } from "./witness.ts";

/** Draws where `out` is a terminal; nothing at all where it is a pipe or a file. */
export class ProgressLine {
  private readonly out: NodeJS.WriteStream;
  private shown = false;

  constructor(out: NodeJS.WriteStream) {
    this.out = out;
  }

  draw(title: string, { files, paths, results }: Progress): void {
    if (!this.out.isTTY) return;
    const text = `${title}  ${String(files).padStart(5)} files   paths ${level(paths)}   results ${level(results)}`;
    // Never wider than the terminal: a line that wraps cannot be taken back.
    this.out.write(`\r\x1b[K${text.slice(0, (this.out.columns || 80) - 1)}`);
    this.shown = true;
  }

  /** Takes the line back, so that something else can be written. */
  clear(): void {
    if (this.shown) this.out.write("\r\x1b[K");
    this.shown = false;
  }
}

/** `[#####---] ~` for five of eight in the buffer, and somebody blocked. */
function level({
  currentBufferUsed: used,
  maxBufferSize: size,
  tasksWaitingSend: blocked,
}: MemoryObjectStreamStatistics): string {
  return `[${"#".repeat(used)}${"-".repeat(Math.max(size - used, 0))}] ${"~".repeat(blocked).padEnd(4)}`;
}
