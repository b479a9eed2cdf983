/**
 * Columns of a timeline in text: which instants there are, and where each stands in the line.
 *
 * An instant gets as many columns as its busiest lane has signs; then come, in proportion, columns for the time until the next. Where
 * very much time passes in which nothing happens, a few columns stand for it, and the ruler says so.
 *
 * @module
 */

import { roundStep, timeText } from "./duration.ts";

/** How many columns stand for a time that was cut. */
const CUT = 5;
/** How much longer than usual a time without events must be to be cut. */
const LONG = 12;

/** One instant: some signs, and the time behind it. */
export interface Column {
  readonly time: number;
  /** Where it begins. */
  readonly at: number;
  /** For its signs. */
  readonly width: number;
  /** For the time behind it. */
  readonly gap: number;
  /** Whether that time is cut. */
  readonly cut: boolean;
}

/** Lays out instants, in order, in at most `width` columns; `null` when there are too many. `widths` are those of their signs. */
export function layColumns(instants: readonly number[], widths: readonly number[], width: number): Column[] | null {
  const least = widths.reduce((sum, one) => sum + one, 0);
  if (least > width) return null;
  const gaps = instants.slice(1).map((time, i) => time - (instants[i] as number));
  const usual = medianOf(gaps);
  for (let step = roundStep(usual / 6); ; step = roundStep(step * 1.01)) {
    let at = 0;
    const columns: Column[] = [];
    for (const [i, time] of instants.entries()) {
      const gap = gaps[i] ?? 0;
      const own = widths[i] as number;
      const wanted = Math.max(0, Math.round(gap / step) - own);
      const cut = wanted > 2 * CUT && gap > LONG * usual;
      columns.push({ time, at, width: own, gap: cut ? CUT : wanted, cut });
      at += own + (cut ? CUT : wanted);
    }
    if (at <= width) return columns;
  }
}

function medianOf(gaps: readonly number[]): number {
  return [...gaps].sort((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)] ?? 0;
}

/** The ruler over the columns: the times of as many instants as can be written, the round ones first, and waves where time was cut. */
export function rulerOf(columns: readonly Column[]): string {
  const last = columns.at(-1);
  if (last === undefined) return "";
  const line: string[] = Array.from({ length: last.at + last.width }, () => " ");
  for (const { at, width, gap, cut } of columns) if (cut) line.fill("~", at + width, at + width + gap);
  const byRoundness = [...columns].sort((a, b) => roundness(b.time) - roundness(a.time) || a.at - b.at);
  for (const { time, at } of [columns[0] as Column, last, ...byRoundness]) {
    const text = timeText(time);
    const free = line.slice(Math.max(0, at - 2), at + text.length + 2);
    if (free.every((sign) => sign === " " || sign === "~")) line.splice(at, text.length, ...Array.from(text));
  }
  return line.join("").trimEnd();
}

/** How many zeros and halves a time ends with. */
function roundness(time: number): number {
  for (let power = 1e9, score = 24; power >= 0.001; power /= 10, score -= 2) {
    if (isMultiple(time, power)) return score + 1;
    if (isMultiple(time, power / 2)) return score;
  }
  return 0;
}

function isMultiple(time: number, of: number): boolean {
  return Math.abs(time / of - Math.round(time / of)) < 1e-6;
}
