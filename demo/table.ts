/**
 * The table: one row per run.
 *
 * @module
 */

import { number } from "./amount.ts";
import type { Outcome } from "./compare.ts";
import type { Gauge } from "./gauge.ts";

interface Column {
  readonly title: string;
  /** Negative where the text stands to the left. */
  readonly width: number;
  readonly cell: (outcome: Outcome) => string;
}

const COLUMNS: readonly Column[] = [
  { title: "backend", width: -7, cell: ({ backend }) => backend },
  { title: "by", width: -9, cell: ({ side }) => side },
  { title: "files", width: 6, cell: ({ report }) => number(report.sums.files) },
  { title: "unreadable", width: 10, cell: ({ report }) => number(report.sums.unreadable.length) },
  { title: "bytes", width: 9, cell: ({ report }) => number(report.sums.bytes) },
  { title: "lines", width: 7, cell: ({ report }) => number(report.sums.lines) },
  { title: "words", width: 9, cell: ({ report }) => number(report.sums.words) },
  { title: "real", width: 6, cell: ({ wall }) => number(wall) },
  { title: "clock", width: 6, cell: ({ report }) => number(report.elapsed) },
  { title: "paths", width: 6, cell: ({ report }) => peak(report.paths) },
  { title: "results", width: 7, cell: ({ report }) => peak(report.results) },
  { title: "tasks", width: 6, cell: ({ report }) => `${String(report.started)} (${String(report.cancelled)})` },
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
  "paths, results   peak of items in the stream/how many it holds, + peak of senders that it blocked",
  "tasks            started (cancelled); the ticker has no end of its own, so it is cancelled",
];

function peak({ buffered, capacity, blocked }: Gauge): string {
  return `${String(buffered)}/${String(capacity)} +${String(blocked)}`;
}

function line(text: (column: Column) => string): string {
  return COLUMNS.map((column) => {
    const { width } = column;
    return width < 0 ? text(column).padEnd(-width) : text(column).padStart(width);
  }).join(" ");
}
