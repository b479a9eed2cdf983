/**
 * Layout: rows of marks drawn so that equal instants stand under one another.
 *
 * Every row is a diagram of its own that reads back to its marks. Spaces mean nothing in a diagram, so they fill a row where another one needs more room.
 *
 *     a(bc)  d|    a at 0, b and c at 1, d at 5
 *     ab-  x-d     and here x at 3
 *
 * @module
 */

import { padded, widthOf } from "./columns.ts";
import { spelledNumber } from "./spelled-number.ts";

/** The marks of a row at one instant. */
export interface Stop {
  readonly time: number;
  readonly marks: readonly string[];
}

/** Marks of one line of time, in order, one stop for each instant. */
export type Row = readonly Stop[];

/** A piece of the drawing, from one instant up to the next. */
export interface Segment {
  readonly time: number;
  /** What each row shows; all of one width. */
  readonly pieces: readonly string[];
  readonly width: number;
  /** For each row, the column of each of its marks in this segment. */
  readonly columns: readonly (readonly number[])[];
}

/** How to draw. */
export interface LayoutOptions {
  /** The longest time that is drawn as dashes, in ms. */
  readonly dashes: number;
  /** Whether letters are kept apart, since they could be read as a time word otherwise. */
  readonly apart: boolean;
  /** Whether a drawing with negative times gets a zero point `^`; without, it begins with an instant. */
  readonly zero: boolean;
}

/** Past these a row has ended. */
const ENDS: ReadonlySet<string> = new Set(["|", "#", "!"]);

/** Draws `rows` under one another. */
export function layout(rows: readonly Row[], options: LayoutOptions): Segment[] {
  const start = Math.min(0, ...rows.map((row) => row[0]?.time ?? 0));
  const zero = options.zero && start < 0;
  const pens = rows.map((row) => new Pen(zero ? withZero(row) : row, start, options));
  const times = [...new Set([start, ...pens.flatMap((pen) => pen.times)])].sort((a, b) => a - b);
  const segments: Segment[] = [];
  // A drawing that begins before its zero point says when, unless counting its columns gives the same.
  if (start < 0 && !(zero && pens.every((pen) => pen.countsTo(0)))) {
    const text = ` @${spelledNumber(start)}ms `;
    segments.push({ time: start, pieces: rows.map(() => text), width: text.length, columns: rows.map(() => []) });
  }
  for (const [i, time] of times.entries()) {
    const columns = pens.map((pen) => pen.mark(time));
    const next = times[i + 1];
    if (next !== undefined) draw(pens, time, next, options.dashes);
    const pieces = pens.map((pen) => pen.lift());
    const width = Math.max(...pieces.map(widthOf));
    segments.push({ time, pieces: pieces.map((piece) => padded(piece, width)), width, columns });
  }
  return segments;
}

/** Takes every pen from one instant to the next. */
function draw(pens: readonly Pen[], time: number, next: number, dashes: number): void {
  const going = pens.filter((pen) => pen.isGoing(time));
  const behind = going.filter((pen) => pen.clock < next);
  // Rows that skip the same time show the same word, after as many columns.
  const lead = Math.max(...behind.map((pen) => pen.clock));
  for (const pen of behind) pen.advance(next - lead > dashes ? lead : next, next);
  for (const pen of going) if (pen.clock > next && pen.has(next)) pen.jump(next);
}

/** What draws one row. */
class Pen {
  /** The time that is reached with what was drawn. */
  clock: number;
  private readonly row: Row;
  private readonly stops: ReadonlyMap<number, readonly string[]>;
  private readonly last: Stop | undefined;
  private readonly apart: boolean;
  private text = "";
  private fresh = true;

  constructor(row: Row, start: number, { apart }: LayoutOptions) {
    this.row = row;
    this.clock = start;
    this.stops = new Map(row.map(({ time, marks }) => [time, marks]));
    this.last = row.at(-1);
    this.apart = apart;
  }

  /** Whether every instant up to `end` is reached by whole columns. */
  countsTo(end: number): boolean {
    return this.row.every(({ time, marks }, i) => {
      const next = this.row[i + 1];
      if (time >= end || next === undefined) return true;
      return Number.isInteger(time) && next.time - time >= room(marks);
    });
  }

  get times(): readonly number[] {
    return this.row.map(({ time }) => time);
  }

  has(time: number): boolean {
    return this.stops.has(time);
  }

  /** Whether there is something to draw after `time`: more marks, or, in a row that has not ended, that time passes. */
  isGoing(time: number): boolean {
    const { last } = this;
    return last === undefined || last.time > time || !last.marks.some((mark) => ENDS.has(mark));
  }

  /** Draws what happens at `time`, and gives the columns of the marks. */
  mark(time: number): number[] {
    const marks = this.stops.get(time);
    if (marks === undefined) return [];
    const columns: number[] = [];
    const gap = this.apart ? " " : "";
    if (marks.length > 1) this.text += "(";
    for (const [i, mark] of marks.entries()) {
      if (i > 0) this.text += gap;
      columns.push(widthOf(this.text));
      this.text += mark;
    }
    this.text += marks.length > 1 ? ")" : gap;
    this.clock = later(time, room(marks));
    return columns;
  }

  /** Draws that time passes: with dashes up to `lead`, from there on with a word, up to `next`. */
  advance(lead: number, next: number): void {
    const count = lead - this.clock;
    if (Number.isInteger(count) && later(this.clock, count) === lead) {
      this.text += "-".repeat(count);
      this.clock = lead;
    }
    if (this.clock === next) return;
    const rest = next - this.clock;
    const word = `${spelledNumber(rest)}ms`;
    // A sum of fractions may miss the instant, and a long fraction says less than the instant.
    const short = Number.isInteger(rest) || word.length <= "12345.678ms".length;
    if (short && this.clock + rest === next) this.word(word);
    else this.jump(next);
    this.clock = next;
  }

  /** Draws that it is now `time`. */
  jump(time: number): void {
    this.word(`@${spelledNumber(time)}ms`);
    this.clock = time;
  }

  /** What was drawn since the last time. */
  lift(): string {
    const { text } = this;
    this.text = "";
    this.fresh = false;
    return text;
  }

  private word(word: string): void {
    this.text += this.fresh && this.text === "" ? `${word} ` : ` ${word} `;
  }
}

/** `row` with a zero point. */
function withZero(row: Row): Row {
  const zero = row.find(({ time }) => time === 0);
  const others = row.filter((stop) => stop !== zero);
  return [...others, { time: 0, marks: ["^", ...(zero?.marks ?? [])] }].sort((a, b) => a.time - b.time);
}

/** `time` and `columns` more, added up as who reads the drawing does: one by one. With fractions that is not the same as at once. */
function later(time: number, columns: number): number {
  let clock = time;
  for (let i = 0; i < columns; i++) clock++;
  return clock;
}

/** How long marks take. */
function room(marks: readonly string[]): number {
  return marks.length === 1 ? 1 : marks.length + 2;
}
