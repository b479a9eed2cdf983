/**
 * Scales: where on the paper a time lies.
 *
 * In proportion, but for what nothing happens in: when nearly all of the time is one or two such gaps, each is cut to the width of a finger.
 *
 * @module
 */

import { roundStep, timeText } from "./duration.ts";

/** How wide a cut is. */
const CUT = 30;
/** How many gaps may be cut at once, and how much of the time they must be. */
const MOST_CUTS = 2;
const NEARLY_ALL = 0.95;
/** What must be left, in ms: with less there is nothing to look at. */
const LEAST = 0.001;
/** How far apart the ticks are at least. */
const APART = 64;

/** A gap that is drawn narrower than it is. */
export interface Cut {
  readonly from: number;
  readonly to: number;
  readonly x: number;
  readonly width: number;
}

/** A time that is written on the axis. */
export interface Tick {
  readonly x: number;
  readonly label: string;
}

/** Times from `from` to `to` on a paper from `left` to `right`. */
export class Scale {
  readonly cuts: readonly Cut[];
  private readonly from: number;
  private readonly to: number;
  private readonly left: number;
  private readonly perMs: number;

  /** @param times - When something happens, in order. */
  constructor(times: readonly number[], from: number, to: number, left: number, right: number) {
    this.from = from;
    this.to = to;
    this.left = left;
    const gaps = gapsOf([from, ...times, to]);
    const cut = longOnes(gaps, to - from);
    const rest = to - from - cut.reduce((sum, gap) => sum + gap.to - gap.from, 0);
    this.perMs = rest > 0 ? (right - left - cut.length * CUT) / rest : 0;
    const cuts: Cut[] = [];
    for (const gap of cut) cuts.push({ ...gap, x: left + this.along(gap.from, cuts), width: CUT });
    this.cuts = cuts;
  }

  /** Where `time` lies. */
  x(time: number): number {
    return this.left + this.along(Math.min(Math.max(time, this.from), this.to), this.cuts);
  }

  /** Round times, far enough from each other, and those between which time was cut. */
  ticks(): Tick[] {
    const step = this.perMs > 0 ? roundStep(APART / this.perMs) : Infinity;
    const ticks: Tick[] = [];
    const mark = (time: number): void => {
      const x = this.x(time);
      const before = ticks.at(-1);
      if (before !== undefined && x - before.x < APART / 2) return;
      ticks.push({ x, label: timeText(time) });
    };
    if (step === Infinity) mark(this.from);
    else {
      let start = this.from;
      for (const end of [...this.cuts, null]) {
        for (let i = Math.ceil(start / step - 1e-9); i * step <= (end?.from ?? this.to) + step * 1e-9; i++)
          mark(i * step);
        if (end === null) break;
        mark(end.to);
        start = end.to;
      }
    }
    return ticks;
  }

  private along(time: number, cuts: readonly Cut[]): number {
    let skipped = 0;
    let fingers = 0;
    for (const { from, to, width } of cuts) {
      if (time <= from) break;
      const part = Math.min(time, to) - from;
      skipped += part;
      fingers += (width * part) / (to - from);
    }
    return (time - this.from - skipped) * this.perMs + fingers;
  }
}

interface Gap {
  readonly from: number;
  readonly to: number;
}

function gapsOf(times: readonly number[]): Gap[] {
  const gaps: Gap[] = [];
  for (let i = 1; i < times.length; i++) {
    const from = times[i - 1] as number;
    const to = times[i] as number;
    if (to > from) gaps.push({ from, to });
  }
  return gaps;
}

/** The few gaps that are nearly all of `span`; of what is left without them, again. In the order of time. */
function longOnes(gaps: readonly Gap[], span: number): Gap[] {
  const sorted = [...gaps].sort((a, b) => b.to - b.from - (a.to - a.from));
  const found: Gap[] = [];
  let rest = span;
  for (let round = 0; round < 3; round++) {
    const longest = sorted[found.length];
    if (longest === undefined) break;
    const least = (longest.to - longest.from) / 2;
    const alike = sorted.slice(found.length).filter(({ from, to }) => to - from >= least);
    const sum = alike.reduce((total, { from, to }) => total + to - from, 0);
    if (alike.length > MOST_CUTS || sum < NEARLY_ALL * rest || rest - sum < LEAST) break;
    found.push(...alike);
    rest -= sum;
  }
  return found.sort((a, b) => a.from - b.from);
}
