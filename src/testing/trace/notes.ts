/**
 * Notes: the cancellations and failures of a run, in words.
 *
 * @module
 */

import { durationText } from "./duration.ts";
import type { Box, Cancellation, Lane, Run } from "./picture.ts";
import { fitted, printable } from "./printable.ts";

/** How many are written. */
const MOST = 12;
const LONGEST = 40;

/** One of them. */
export interface Note {
  /** When, with its unit; empty for one about the others. */
  readonly at: string;
  readonly text: string;
}

/** What was cancelled and what failed, in the order of time; no more than a dozen of them. */
export function notesOf(run: Run): Note[] {
  const found: { readonly time: number; readonly order: number; readonly text: string }[] = [];
  const names = new Map(run.lanes.map((lane) => [lane.task, lane.name]));
  const note = (time: number, order: number, text: string): void => void found.push({ time, order, text });
  // When its main task fails, or when it ends, a run cancels what is left of it: that is no news.
  if (run.cancelled !== null && run.cancelled.source !== "failure" && run.cancelled.source !== "end")
    note(run.cancelled.time, 0, `the run was cancelled${why(run.cancelled, names)}`);
  for (const lane of run.lanes) {
    if (lane.cancelled !== null)
      note(lane.cancelled.time, 1, `${called(lane)} was cancelled${why(lane.cancelled, names)}`);
    for (const box of lane.boxes)
      if (box.cancelled !== null)
        note(box.cancelled.time, 1, `${boxTitle(box)} of ${called(lane)} was cancelled${why(box.cancelled, names)}`);
    if (lane.outcome === "failed") note(lane.to, 0, `${called(lane)} failed: ${printable(lane.error)}`);
  }
  found.sort((a, b) => a.time - b.time || a.order - b.order);
  const notes = found.slice(0, MOST).map(({ time, text }) => ({ at: durationText(time), text }));
  if (found.length > MOST) notes.push({ at: "", text: `… and ${String(found.length - MOST)} more` });
  return notes;
}

/** What a scope is called: `the scope "fetch"`, `a group`, `a scope`. */
export function boxTitle({ kind, name }: Box): string {
  return name === "" ? `a ${kind}` : `the ${kind} "${fitted(name, LONGEST)}"`;
}

/** By whom it was cancelled, or why, as far as that is known. */
export function why({ source, reason, by }: Cancellation, names: ReadonlyMap<number, string>): string {
  const task = names.get(by);
  const who = task === undefined || source === "deadline" ? "" : ` by "${fitted(task, LONGEST)}"`;
  return `${who}${reason === "" ? "" : `: ${printable(reason)}`}`;
}

function called({ name }: Lane): string {
  return `"${fitted(name, LONGEST)}"`;
}
