/**
 * A lane as signs: what happened to a task, as characters at times.
 *
 * @module
 */

import type { Box, Lane, Stream, Stretch } from "./picture.ts";
import { stretchesOf } from "./stretches.ts";
import type { WaitKind } from "./wait-kind.ts";

/** A sign at a time. */
export interface Sign {
  readonly time: number;
  readonly sign: string;
}

/** The sign of each thing a task may do for a while. */
export const STATE_SIGNS: Readonly<Record<WaitKind | "joins" | "runs", string>> = {
  sleep: ".",
  receive: "<",
  send: ">",
  acquire: ":",
  end: ";",
  other: "_",
  joins: "=",
  runs: "-",
};

const ENDS = { finished: "|", cancelled: "!", failed: "#" } as const;

/** The letter of each stream, in the order in which they were met; all behind the 25th share the last. */
export function lettersOf(streams: readonly Stream[]): Map<Stream, string> {
  return new Map(streams.map((stream, i) => [stream, String.fromCharCode(97 + Math.min(i, 25))]));
}

/** A lane that is ready to be written. */
export class TextLane {
  readonly lane: Lane;
  /** In the order in which they happened. */
  readonly signs: readonly Sign[];
  private readonly stretches: readonly Stretch[];
  private next = 0;

  constructor(lane: Lane, letters: ReadonlyMap<Stream, string>) {
    this.lane = lane;
    this.signs = signsOf(lane, letters);
    this.stretches = stretchesOf(lane);
  }

  /** What it did at `time`; asked for later and later times. */
  stateAt(time: number): string {
    while (this.next < this.stretches.length && (this.stretches[this.next] as Stretch).to < time) this.next++;
    const stretch = this.stretches[this.next];
    return stretch === undefined || stretch.from > time ? " " : STATE_SIGNS[stretch.kind];
  }
}

function signsOf(lane: Lane, letters: ReadonlyMap<Stream, string>): Sign[] {
  const found: (Sign & { readonly place: number })[] = [];
  if (lane.started !== null && !lane.early && lane.task !== 0)
    found.push({ time: lane.started, place: lane.begins, sign: "^" });
  for (const { time, place, what, stream } of lane.marks) {
    const letter = letters.get(stream) as string;
    found.push({ time, place, sign: what === "sent" ? letter : what === "received" ? letter.toUpperCase() : "~" });
  }
  for (const { time, place, outcome } of lane.turns)
    found.push({ time, place, sign: outcome === "cancelled" ? "x" : "-" });
  for (const box of lane.boxes) {
    if (!isTold(box)) continue;
    found.push({ time: box.from, place: box.begins, sign: "[" });
    if (!box.open) found.push({ time: box.to, place: box.ends, sign: "]" });
  }
  if (lane.outcome !== null) found.push({ time: lane.to, place: lane.ends, sign: ENDS[lane.outcome] });
  return found.sort((a, b) => a.place - b.place);
}

/** Whether a scope is worth its brackets: somebody gave it a name or a deadline, or cancelled it. */
function isTold(box: Box): boolean {
  return box.name !== "" || box.deadline !== null || box.cancelled !== null;
}
