/**
 * Pictures: rows under one another, with the instants above and carets below what differs.
 *
 * @module
 */

import { padded, widthOf } from "./columns.ts";
import { layout, type LayoutOptions, type Row, type Segment } from "./layout.ts";
import { shortTime } from "./wording.ts";

/** A row of a picture. */
export interface LabelledRow {
  readonly label: string;
  readonly row: Row;
  /** What to point at: the marks of an instant, by their index. */
  readonly pointed: ReadonlyMap<number, ReadonlySet<number>>;
}

/** What a picture is drawn with. */
export interface PictureOptions extends Pick<LayoutOptions, "apart" | "zero"> {
  /** The instants to name first. The others that are pointed at are named where there is room. */
  readonly times: readonly number[];
}

/** How wide a picture may be, in columns, without its labels. */
const WIDEST = 100;
/** The longest times that are drawn as dashes, tried in turn until the picture is narrow enough. */
const DASHES = [20, 8, 3] as const;
/** How many columns are kept on either side of what is pointed at, when a picture is cut. */
const AROUND = 14;
const CUT = " … ";

/** The lines of a picture. */
export function picture(rows: readonly LabelledRow[], options: PictureOptions): string[] {
  let sheet: Sheet | undefined;
  for (const dashes of DASHES) {
    sheet = new Sheet(
      rows,
      layout(
        rows.map(({ row }) => row),
        { ...options, dashes },
      ),
      options.times,
    );
    if (sheet.width <= WIDEST) break;
  }
  return sheet!.lines();
}

/** A part of the columns, from one up to another. */
interface Span {
  readonly from: number;
  readonly to: number;
}

class Sheet {
  readonly width: number;
  private readonly rows: readonly LabelledRow[];
  /** Column by column; a wide letter leaves the next one empty. */
  private readonly cells: readonly (readonly string[])[];
  /** Where each segment begins. */
  private readonly starts: readonly number[];
  private readonly pointed = new Set<number>();
  /** Where to name each instant with something to point at. */
  private readonly columnOf = new Map<number, number>();
  private readonly times: readonly number[];

  constructor(rows: readonly LabelledRow[], segments: readonly Segment[], times: readonly number[]) {
    this.rows = rows;
    this.times = times;
    const starts: number[] = [];
    let width = 0;
    for (const segment of segments) {
      starts.push(width);
      this.point(segment, width);
      width += segment.width;
    }
    this.starts = starts;
    this.width = width;
    this.cells = rows.map((_, i) => cellsOf(segments.map(({ pieces }) => pieces[i]!).join("")));
  }

  lines(): string[] {
    const spans = this.width <= WIDEST ? [{ from: 0, to: this.width }] : this.kept();
    const margin = Math.max(...this.rows.map(({ label }) => label.length)) + 2;
    const labelled = (label: string, text: string): string => (padded(label, margin) + text).trimEnd();
    const carets = Array.from({ length: this.width }, (_, i) => (this.pointed.has(i) ? "^" : " "));
    return [
      labelled("t =", this.names(spans)),
      ...this.rows.map(({ label }, i) => labelled(label, this.shown(this.cells[i]!, spans, CUT))),
      labelled("", this.shown(carets, spans, " ".repeat(CUT.length))),
    ].filter((line) => line !== "");
  }

  private point({ time, columns, width }: Segment, start: number): void {
    const here: number[] = [];
    for (const [i, { row, pointed }] of this.rows.entries()) {
      const indices = pointed.get(time);
      if (indices === undefined) continue;
      const marks = row.find((stop) => stop.time === time)!.marks.length;
      // A zero point stands before the marks.
      const first = columns[i]!.length - marks;
      for (const index of indices) here.push(start + columns[i]![first + index]!);
    }
    for (const column of here) this.pointed.add(column);
    // Above a long group the instant is named where it can be seen.
    if (here.length > 0) this.columnOf.set(time, width > AROUND ? Math.min(...here) : start);
  }

  /** The parts that are kept when there are too many columns. */
  private kept(): Span[] {
    const spans: Span[] = [];
    let room = WIDEST;
    for (const column of [...this.pointed].sort((a, b) => a - b)) {
      const last = spans.at(-1);
      const from = this.snapped(column - AROUND, column);
      const to = this.ended(column + AROUND);
      const joins = last !== undefined && from <= last.to + CUT.length;
      const more = joins ? Math.max(0, to - last.to) : to - from + CUT.length;
      if (more > room) break;
      room -= more;
      if (joins) spans[spans.length - 1] = { from: last.from, to: Math.max(last.to, to) };
      else spans.push({ from, to });
    }
    return spans.length > 0 ? spans : [{ from: 0, to: WIDEST }];
  }

  /** The beginning of the segment that has `column`, unless that is far away: no word is cut in two. */
  private snapped(column: number, target: number): number {
    const start = this.starts.findLast((other) => other <= column) ?? 0;
    const next = this.starts.find((other) => other >= column && other <= target);
    return column - start <= AROUND ? Math.max(0, start) : (next ?? Math.max(0, column));
  }

  /** The end of the segment that has `column`, likewise. */
  private ended(column: number): number {
    const end = this.starts.find((other) => other > column) ?? this.width;
    return end - column <= AROUND ? end : Math.min(this.width, column);
  }

  private shown(cells: readonly string[], spans: readonly Span[], gap: string): string {
    const parts = spans.map(({ from, to }) => cells.slice(from, to).join(""));
    const first = spans[0]!.from > 0 ? gap.slice(1) : "";
    const last = spans.at(-1)!.to < this.width ? gap : "";
    return first + parts.join(gap) + last;
  }

  /** The line of the instants: those that matter most first, the others where there is room. */
  private names(spans: readonly Span[]): string {
    const line: string[] = [];
    const others = [...this.columnOf.keys()].filter((time) => !this.times.includes(time));
    for (const time of [...this.times, ...others]) {
      const column = this.shownAt(this.columnOf.get(time) ?? -1, spans);
      if (column < 0) continue;
      const text = shortTime(time);
      while (line.length < column + text.length) line.push(" ");
      if (line.slice(Math.max(0, column - 1), column + text.length + 1).every((cell) => cell === " ")) {
        line.splice(column, text.length, ...Array.from(text));
      }
    }
    return line.join("");
  }

  /** Where a column is shown when only `spans` are; `-1` when it is not. */
  private shownAt(column: number, spans: readonly Span[]): number {
    let shown = spans[0]!.from > 0 ? CUT.length - 1 : 0;
    for (const { from, to } of spans) {
      if (column >= from && column < to) return shown + column - from;
      shown += to - from + CUT.length;
    }
    return -1;
  }
}

function cellsOf(text: string): string[] {
  const cells: string[] = [];
  for (const letter of text) {
    const width = widthOf(letter);
    if (width === 0) cells.push((cells.pop() ?? "") + letter);
    else cells.push(letter, ...Array<string>(width - 1).fill(""));
  }
  return cells;
}
