/**
 * Timelines in text: a line of marbles for each task.
 *
 * Everything that happened at one instant stands in the same columns, in all lines; so what came first can be read from left to right. A run that has more
 * instants than the line has columns is drawn in equal slices of time instead, each of one sign or a few.
 *
 * @module
 */

import { durationText, roundStep } from "./duration.ts";
import { type Note, notesOf } from "./notes.ts";
import type { Picture, Run, Stream } from "./picture.ts";
import { columnsOf, fitted } from "./printable.ts";
import { type Column, layColumns, rulerOf } from "./text-columns.ts";
import { lettersOf, STATE_SIGNS, TextLane } from "./text-lane.ts";
import { WAIT_KINDS, WAIT_TITLES } from "./wait-kind.ts";

/** How wide the names may be. */
const NAMES = 28;
/** How far a name is indented at most. */
const DEEPEST = 6;
/** How many signs are written at one instant, at most: where there is room, and where there is less. */
const ROOM = [6, 3] as const;
const SLICED_ROOM = [3, 1] as const;
/** What is kept of a slice in which more happened than it has room for; the last is for two kinds of items. */
const PRECEDENCE = "#!|x^";

const ENDED = /[|!#]$/;

/** Draws `picture` in lines of at most `width` columns. */
export function textTimeline(picture: Picture, width: number): string {
  const letters = lettersOf(picture.streams);
  const used = new Set<string>();
  const blocks = picture.runs.map((run) => drawRun(run, picture.runs.length > 1, letters, width, used));
  if (blocks.length === 0) blocks.push(["nothing was recorded"]);
  if (picture.dropped > 0) {
    const more = picture.dropped === 1 ? "1 more event was" : `${String(picture.dropped)} more events were`;
    blocks.push([`The trace was full: ${more} not recorded.`]);
  }
  const legend = legendOf(used, letters, width);
  if (legend.length > 0) blocks.push(legend);
  return blocks.map((lines) => lines.join("\n")).join("\n\n");
}

function drawRun(
  run: Run,
  several: boolean,
  letters: ReadonlyMap<Stream, string>,
  width: number,
  used: Set<string>,
): string[] {
  const names = run.lanes.map(({ depth, name }) => {
    const indent = " ".repeat(Math.min(depth, DEEPEST));
    return indent + fitted(name, NAMES - indent.length);
  });
  const margin = names.reduce((most, name) => Math.max(most, columnsOf(name)), 2) + 2;
  const lanes = run.lanes.map((lane) => new TextLane(lane, letters));
  const { columns, cells } = lay(run, lanes, Math.max(10, width - margin));
  const end = columns.at(-1)?.time ?? 0;
  return [
    title(run, several),
    "",
    `${"ms".padEnd(margin)}${rulerOf(columns)}`,
    ...lanes.map((lane, i) => {
      const name = names[i] as string;
      const line = drawLane(lane, cells[i] as Map<number, string>, columns, Math.max(end, run.to));
      for (const sign of line) used.add(sign);
      return `${name}${" ".repeat(margin - columnsOf(name))}${line}`.trimEnd();
    }),
    ...drawNotes(notesOf(run)),
  ];
}

function drawNotes(notes: readonly Note[]): string[] {
  const width = Math.max(...notes.map(({ at }) => at.length));
  const lines = notes.map(({ at, text }) => `${at.padStart(width)}  ${text}`);
  return lines.length === 0 ? [] : ["", ...lines];
}

function title({ run, backend, outside, from, to, open }: Run, several: boolean): string {
  const number = several ? `${String(run)}: ` : "";
  if (outside) return `${number}outside of any run, on ${fitted(backend, NAMES)}`;
  const span = from === 0 ? durationText(to) : `${durationText(from)} to ${durationText(to)}`;
  return `${number}run on ${fitted(backend, NAMES)}, ${span}${open ? ", not ended" : ""}`;
}

/** Finds slices of time that fit the line, the finest ones, and what stands in them: for each lane the signs by the number of the column. */
function lay(run: Run, lanes: readonly TextLane[], width: number): { columns: Column[]; cells: Map<number, string>[] } {
  const times = new Set([run.from, run.to]);
  for (const { signs } of lanes) for (const { time } of signs) times.add(time);
  const instants = [...times].sort((a, b) => a - b);
  const span = run.to - run.from;
  const isEven = instants.every((time) => Number.isInteger(time));
  const nearest = instants.reduce(
    (least, time, i) => (i === 0 ? least : Math.min(least, time - instants[i - 1]!)),
    span,
  );
  if (instants.length <= width && (isEven || nearest >= span / width)) {
    for (const room of ROOM) {
      const laid = layCells(instants, (time) => time, lanes, room, width);
      if (laid !== null) return laid;
    }
  }
  for (let slice = roundStep(span / width); ; slice = roundStep(slice * 1.01)) {
    const sliceOf = (time: number): number => Math.floor(time / slice + 1e-9) * slice;
    const slices = [...new Set(instants.map(sliceOf))];
    for (const room of SLICED_ROOM) {
      const laid = layCells(slices, sliceOf, lanes, room, width);
      if (laid !== null) return laid;
    }
  }
}

function layCells(
  instants: readonly number[],
  instantOf: (time: number) => number,
  lanes: readonly TextLane[],
  room: number,
  width: number,
): { columns: Column[]; cells: Map<number, string>[] } | null {
  const numbers = new Map(instants.map((time, i) => [time, i]));
  const widths = instants.map(() => 1);
  const cells = lanes.map(({ signs }) => {
    const cell = new Map<number, string>();
    for (const { time, sign } of signs) {
      const i = numbers.get(instantOf(time)) as number;
      cell.set(i, (cell.get(i) ?? "") + sign);
    }
    for (const [i, all] of cell) {
      const short = shortened(all, room);
      cell.set(i, short);
      widths[i] = Math.max(widths[i] as number, short.length);
    }
    return cell;
  });
  const columns = layColumns(instants, widths, width);
  return columns === null ? null : { columns, cells };
}

/** The signs of one instant without those that tell nothing new, and no more than there is room for. */
function shortened(signs: string, room: number): string {
  let rest = signs.length > 1 ? signs.replaceAll("-", "") || "-" : signs;
  if (rest.endsWith("!")) rest = rest.replace(/x!$/, "!");
  if (rest.length <= room) return rest;
  if (room > 1) {
    const end = ENDED.exec(rest)?.[0] ?? "";
    return `${rest.slice(0, room - 1 - end.length)}+${end}`;
  }
  const first = Array.from(PRECEDENCE).find((sign) => rest.includes(sign));
  if (first !== undefined) return first;
  const items = new Set(rest.replace(/[[\]]/g, ""));
  if (items.size === 0) return rest.slice(-1);
  return items.size === 1 ? [...items][0]! : "*";
}

function drawLane(lane: TextLane, cells: ReadonlyMap<number, string>, columns: readonly Column[], end: number): string {
  let line = "";
  for (const [i, { time, width, gap }] of columns.entries()) {
    const next = columns[i + 1]?.time ?? end;
    const signs = cells.get(i) ?? "";
    const state = ENDED.test(signs) ? " " : lane.stateAt((time + next) / 2);
    line += signs.padEnd(width, state) + state.repeat(gap);
  }
  return line;
}

const SIGN_TITLES: readonly (readonly [sign: string, title: string])[] = [
  ["^", "begins"],
  ["|", "ended"],
  ["!", "ended by its cancellation"],
  ["#", "failed"],
  ["x", "its wait was cancelled"],
  ["[", "enters a scope"],
  ["]", "leaves it"],
  ["~", "gives an item back"],
  ["*", "several items"],
  ["+", "and more"],
];

/** What the signs mean that were used, in lines of at most `width` columns. */
function legendOf(used: ReadonlySet<string>, letters: ReadonlyMap<Stream, string>, width: number): string[] {
  const entries: string[] = [];
  const streams = [...letters];
  for (const [i, [{ name, stream }, letter]] of streams.entries()) {
    const upper = letter.toUpperCase();
    if (i > 25 || !(used.has(letter) || used.has(upper))) continue;
    const what =
      i === 25 && streams.length > 26
        ? "other streams"
        : name === ""
          ? `stream ${String(stream)}`
          : `"${fitted(name, NAMES)}"`;
    if (used.has(letter)) entries.push(`${letter} sends to ${what}`);
    if (used.has(upper)) entries.push(`${upper} receives from ${what}`);
  }
  for (const [sign, title] of SIGN_TITLES) if (used.has(sign)) entries.push(`${sign} ${title}`);
  for (const kind of [...WAIT_KINDS, "joins", "runs"] as const)
    if (used.has(STATE_SIGNS[kind])) entries.push(`${STATE_SIGNS[kind]} ${WAIT_TITLES[kind]}`);
  const lines: string[] = [];
  for (const entry of entries) {
    const last = lines.at(-1);
    if (last === undefined || columnsOf(last) + columnsOf(entry) + 3 > width) lines.push(entry);
    else lines[lines.length - 1] = `${last}   ${entry}`;
  }
  return lines;
}
