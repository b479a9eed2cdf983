/**
 * Timelines: who did what when, drawn as marbles.
 *
 * @module
 */

import { currentTime } from "anyrx";
import type { Sign } from "./witness.ts";

interface Mark {
  readonly at: number;
  readonly sign: Sign;
}

/** What each sign means, for people. */
export const LEGEND: readonly string[] = [
  "o  an item is done     =  walks, or reads and counts     -  waits for who is before or after it",
  ".  rests               |  has ended",
];

/** The order of the lanes: downstream. */
const LANES = ["walker", "worker", "collector"];
/** The time that one column stands for, in ms. */
const STEP = 1;
const CUT = " ... ";

/** Collects marks, and draws them. */
export class Timeline {
  private readonly lanes = new Map<string, Mark[]>();

  /** `who` does this from now on. */
  mark(who: string, sign: Sign): void {
    const lane = this.lanes.get(who) ?? [];
    lane.push({ at: currentTime(), sign });
    this.lanes.set(who, lane);
  }

  /** A ruler, and one line for each of them. Where `width` columns are too few for all, the middle is left out: it is more of the same. */
  draw(width: number): string[] {
    const rank = (name: string): number => LANES.findIndex((lane) => name.startsWith(lane));
    const lanes = [...this.lanes].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
    const margin = Math.max(...lanes.map(([name]) => name.length)) + 2;
    const end = Math.max(...lanes.map(([, marks]) => marks.at(-1)?.at ?? 0));
    const columns = Math.floor(end / STEP) + 1;
    const fit = cutter(columns, width - margin);
    return [
      `${"ms".padEnd(margin)}${fit(ruler(columns))}`.trimEnd(),
      ...lanes.map(([name, marks]) => `${name.padEnd(margin)}${fit(drawLane(marks))}`.trimEnd()),
    ];
  }
}

/** Cuts the middle out of a line of `columns` columns, so that `width` are left; the second part begins at a tick of the ruler. */
function cutter(columns: number, width: number): (line: string) => string {
  if (columns <= width) return (line) => line;
  const half = Math.floor((width - CUT.length) / 2);
  const resume = Math.ceil((columns - half) / 10) * 10;
  return (line) => line.slice(0, half) + CUT + line.slice(resume);
}

function ruler(columns: number): string {
  let line = "";
  for (let i = 0; i < columns; i += 10) line += String(i * STEP).padEnd(10);
  return line;
}

/** Until its last mark: whoever has none left has nothing to do any more. */
function drawLane(marks: readonly Mark[]): string {
  let line = "";
  let next = 0;
  let state = " ";
  while (next < marks.length) {
    let drawn = state;
    for (let mark = marks[next]; mark !== undefined && mark.at < (line.length + 1) * STEP; mark = marks[++next]) {
      // Moments show, and so does an end; of the states within a column the last one stays.
      if (mark.sign !== "o") state = mark.sign;
      drawn = mark.sign !== "|" && (mark.sign === "o" || drawn === "o") ? "o" : state;
    }
    line += drawn;
  }
  return line;
}
