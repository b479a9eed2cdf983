/**
 * The layout of a run on paper: where its axis is, its lanes, and what is in them.
 *
 * @module
 */

import type { Box, Lane, Run } from "./picture.ts";
import { columnsOf, fitted } from "./printable.ts";
import { Scale } from "./svg-scale.ts";

/** From how many lanes on they are drawn small. */
const MANY = 60;
/** How far a name is indented at most. */
const DEEPEST = 8;
const NAMES = 30;
/** How many rows of boxes a lane has at most; what is nested deeper shares the last. */
const MOST_ROWS = 8;

/** The sizes of one kind of drawing. */
export interface Sizes {
  readonly small: boolean;
  /** Of the line that stands for a task. */
  readonly bar: number;
  /** Of the head of a box. */
  readonly row: number;
  /** Above and below a lane. */
  readonly pad: number;
  /** How wide a character of a name is. */
  readonly letter: number;
  readonly indent: number;
}

const LARGE: Sizes = { small: false, bar: 14, row: 14, pad: 5, letter: 7.3, indent: 10 };
/** With room between the lanes for arrows. */
const WIDE: Sizes = { ...LARGE, pad: 9 };
const SMALL: Sizes = { small: true, bar: 7, row: 3, pad: 2, letter: 5.5, indent: 6 };

/** A lane with its place. */
export interface PlacedLane {
  readonly lane: Lane;
  readonly name: string;
  readonly nameX: number;
  /** The whole of it. */
  readonly top: number;
  readonly height: number;
  /** Its line. */
  readonly bar: number;
  readonly rows: number;
}

/** A run with its place. */
export class Layout {
  readonly run: Run;
  readonly sizes: Sizes;
  readonly scale: Scale;
  readonly lanes: readonly PlacedLane[];
  /** Where the time begins and ends, from left to right. */
  readonly left: number;
  readonly right: number;
  /** Where the lanes begin and end, from top to bottom. */
  readonly top: number;
  readonly bottom: number;
  private readonly places = new Map<Lane, PlacedLane>();

  /** @param from - Where the axis begins; its labels are above. */
  constructor(run: Run, times: readonly number[], from: number, left: number, right: number) {
    this.run = run;
    this.sizes = run.lanes.length > MANY ? SMALL : run.hops.length > 0 ? WIDE : LARGE;
    this.top = from;
    const { letter, indent, pad, bar, row } = this.sizes;
    const names = run.lanes.map(({ name, depth }) => {
      const shift = Math.min(depth, DEEPEST) * indent;
      const shown = fitted(name, NAMES);
      return { shown, shift, width: shift + columnsOf(shown) * letter };
    });
    this.left = Math.round(left + names.reduce((most, { width }) => Math.max(most, width), 40) + 12);
    this.right = right;
    this.scale = new Scale(times, run.from, run.to, this.left, right);
    let top = from;
    this.lanes = run.lanes.map((lane, i) => {
      const rows = Math.min(
        MOST_ROWS,
        lane.boxes.reduce((most, box) => Math.max(most, box.row + 1), 0),
      );
      const height = 2 * pad + rows * row + bar + (rows > 0 ? 2 : 0);
      const { shown, shift } = names[i]!;
      const placed = { lane, name: shown, nameX: left + shift, top, height, bar: top + pad + rows * row, rows };
      this.places.set(lane, placed);
      top += height;
      return placed;
    });
    this.bottom = top;
  }

  /** Where `lane` is, when it is of this run. */
  placeOf(lane: Lane): PlacedLane | undefined {
    return this.places.get(lane);
  }

  /** The edges of `box`: it holds the rows below its own, and the line of the task. */
  edgesOf({ top, bar, rows }: PlacedLane, box: Box): { x: number; y: number; width: number; height: number } {
    const { pad, row, bar: thickness } = this.sizes;
    const own = Math.min(box.row, rows - 1);
    const x = this.scale.x(box.from);
    const y = top + pad + own * row;
    const below = Math.max(1, 3 - own); // Those outside are seen around those inside.
    return { x, y, width: Math.max(1, this.scale.x(box.to) - x), height: bar + thickness + below - y };
  }
}
