/**
 * Logs: what a law wrote, compared with what it must have written.
 *
 * @module
 */

/** One entry: what happened, and when. */
export interface Entry {
  readonly text: string;
  /** In ms of the law's time. */
  readonly time: number;
}

/** How far the time of an entry may lie from the expected one, in ms. */
export interface Tolerance {
  readonly early: number;
  readonly late: number;
}

/** Whether `entries` are the `expected` ones, in that order. */
export function matches(entries: readonly Entry[], expected: readonly string[], tolerance: Tolerance): boolean {
  return entries.length === expected.length && entries.every((entry, i) => fits(entry, expected[i], tolerance));
}

/** Both logs side by side, a mark before each line that differs. */
export function sideBySide(entries: readonly Entry[], expected: readonly string[], tolerance: Tolerance): string {
  const width = Math.max("expected".length, ...expected.map((text) => text.length));
  const lines = [`    ${"expected".padEnd(width)}  actual`];
  for (let i = 0; i < Math.max(entries.length, expected.length); i++) {
    const entry = entries[i];
    const wanted = expected[i];
    const mark = entry !== undefined && fits(entry, wanted, tolerance) ? " " : ">";
    lines.push(`  ${mark} ${(wanted ?? "").padEnd(width)}  ${entry === undefined ? "" : written(entry)}`.trimEnd());
  }
  return lines.join("\n");
}

function written({ text, time }: Entry): string {
  return `${text}@${String(Math.round(time * 10) / 10)}`;
}

function fits({ text, time }: Entry, wanted: string | undefined, tolerance: Tolerance): boolean {
  if (wanted === undefined) return false;
  const at = wanted.lastIndexOf("@");
  if (at < 0) return text === wanted;
  const due = Number(wanted.slice(at + 1));
  return text === wanted.slice(0, at) && time >= due - tolerance.early && time <= due + tolerance.late;
}
