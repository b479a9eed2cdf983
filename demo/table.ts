/**
 * The table: one row per run.
 *
 * @module
 */

import { number } from "./amount.ts";
import type { Outcome } from "./compare.ts";
import { PATHS, RESULTS, WORKERS } from "./job.ts";

interface Column {
  readonly title: string;
  /** Negative where the text stands to the left. */
  readonly width: number;
  readonly cell: (outcome: Outcome) => string;
}

const COLUMNS: readonly Column[] = [
  { title: "backend", width: -9, cell: ({ backend }) => backend },
  { title: "by", width: -9, cell: ({ side }) => side },
  { title: "files", width: 6, cell: ({ report }) => number(report.sums.files) },
  { title: "unreadable", width: 10, cell: ({ report }) => number(report.sums.unreadable.length) },
  { title: "bytes", width: 9, cell: ({ report }) => number(report.sums.bytes) },
  { title: "lines", width: 7, cell: ({ report }) => number(report.sums.lines) },
  { title: "words", width: 9, cell: ({ report }) => number(report.sums.words) },
  { title: "real", width: 6, cell: ({ wall }) => number(wall) },
  { title: "clock", width: 6, cell: ({ report }) => number(report.elapsed) },
  { title: "at work", width: 8, cell: ({ report }) => number(report.atWork.peak) },
  { title: "in flight", width: 10, cell: ({ report }) => number(report.inFlight.peak) },
];

/** The titles, over a rule. */
export function header(): string[] {
  const titles = line((column) => column.title);
  return [titles, "-".repeat(titles.length)];
}

/** One run, as one line. */
export function row(outcome: Outcome): string {
  return line((column) => column.cell(outcome));
}

/** What the titles do not say. */
export const NOTES: readonly string[] = [
  "unreadable       one path is planted, so that there is a failure to handle",
  "real, clock      ms on the wall, and on the clock of the backend",
  `at work          most files that were in hand at once, of ${String(WORKERS)} workers`,
  `in flight        most files that were found and not added up yet; the streams hold ${String(PATHS)} and ${String(RESULTS)}`,
];

function line(text: (column: Column) => string): string {
  return COLUMNS.map((column) => {
    const { width } = column;
    return width < 0 ? text(column).padEnd(-width) : text(column).padStart(width);
  }).join(" ");
}
