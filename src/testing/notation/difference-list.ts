/**
 * Lists of differences, short enough to be read.
 *
 * @module
 */

import type { MarbleDifference } from "./mismatch.ts";
import { toldTime } from "./wording.ts";

/** How many differences are listed. */
export const MOST_LISTED = 8;
/** How many of one kind in a row are listed one by one. */
const LONGEST_RUN = 4;

const MANY: Readonly<Record<MarbleDifference["kind"], string>> = {
  missing: "are missing",
  unexpected: "were not expected",
  early: "came early",
  late: "came late",
  different: "differ",
  order: "are in another order",
};

/** The lines of a list: the time, then what differs, then where in the value. */
export function differenceList(differences: readonly MarbleDifference[]): string[] {
  const entries = abridged(differences);
  const shown = entries.slice(0, MOST_LISTED);
  const width = Math.max(...shown.map(({ when }) => when.length)) + 2;
  const lines = shown.flatMap(({ when, text, details }) => [
    when.padEnd(width) + text,
    ...details.map((line) => " ".repeat(width + 2) + line),
  ]);
  const more = entries.slice(MOST_LISTED).reduce((sum, { count }) => sum + count, 0);
  return more > 0 ? [...lines, `and ${String(more)} more`] : lines;
}

interface Entry {
  readonly when: string;
  readonly text: string;
  readonly details: readonly string[];
  /** How many differences it stands for. */
  readonly count: number;
}

/** Of many in a row that are late, or missing, the first ones and how many more there are. */
function abridged(differences: readonly MarbleDifference[]): Entry[] {
  const entries: Entry[] = [];
  for (let start = 0; start < differences.length;) {
    const { kind } = differences[start]!;
    let end = start + 1;
    while (kind !== "different" && differences[end]?.kind === kind) end++;
    const run = differences.slice(start, end);
    const shown = run.length > LONGEST_RUN ? run.slice(0, LONGEST_RUN - 1) : run;
    entries.push(...shown.map(({ time, text, details }) => ({ when: toldTime(time), text, details, count: 1 })));
    const rest = run.slice(shown.length);
    if (rest.length > 0) {
      const text = `${String(rest.length)} more ${MANY[kind]}, up to ${toldTime(rest.at(-1)!.time)}`;
      entries.push({ when: toldTime(rest[0]!.time), text, details: [], count: rest.length });
    }
    start = end;
  }
  return entries;
}
