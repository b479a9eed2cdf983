/**
 * The progress line: one line of a terminal, drawn over and over.
 *
 * @module
 */

import type { PipelineProgress, StageProgress } from "anyrx/pipeline";
import { PATHS, RESULTS } from "./job.ts";

/** Draws where `out` is a terminal; nothing at all where it is a pipe or a file. */
export class ProgressLine {
  private readonly out: NodeJS.WriteStream;
  private shown = false;

  constructor(out: NodeJS.WriteStream) {
    this.out = out;
  }

  draw(title: string, { stages: [walker, workers, collector] }: PipelineProgress): void {
    if (!this.out.isTTY || walker === undefined || workers === undefined || collector === undefined) return;
    const text = [
      title,
      `${count(walker.out)} walked ${level(walker, PATHS)}`,
      `${count(workers.out)} counted ${level(workers, RESULTS)}`,
      `${count(collector.in)} added`,
    ].join(" ");
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

function count(items: number): string {
  return String(items).padStart(4);
}

/** `[#####---] ~` for five of eight in the buffer, and somebody who waits for room. */
function level({ buffered, waiting }: StageProgress, size: number): string {
  return `[${"#".repeat(buffered).padEnd(size, "-")}] ${"~".repeat(waiting).padEnd(4)}`;
}
