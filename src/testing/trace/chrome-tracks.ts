/**
 * Tracks: what a task did, dealt out to lines on which everything lies beside or within each other, and nothing across.
 *
 * That is what the trace-event format knows. A task that does two things at once, as in `Promise.all`, needs more than one of them.
 *
 * @module
 */

import type { Box, Lane, Span, Wait } from "./picture.ts";

/** Something that lasts. */
export interface Slice {
  readonly span: Span;
  readonly name: string;
  readonly cat: "task" | "scope" | "wait";
  readonly args: Readonly<Record<string, unknown>>;
}

/** Deals the life of a task, its scopes and its waits out. The first track holds its life. */
export function tracksOf(lane: Lane): Slice[][] {
  const life: Slice = {
    ...{ span: lane, name: lane.name, cat: "task" },
    args: {
      task: lane.task,
      outcome: lane.outcome ?? "not ended",
      ...(lane.error === "" ? {} : { error: lane.error }),
    },
  };
  const inner = [...lane.boxes.map(sliceOfBox), ...lane.waits.filter((wait) => !wait.joins).map(sliceOfWait)];
  inner.sort((a, b) => a.span.begins - b.span.begins);
  const tracks: Slice[][] = [[life]];
  const open: Slice[][] = [[life]];
  for (const slice of inner) {
    let at = open.findIndex((stack) => holds(stack, slice));
    if (at < 0) {
      at = open.length;
      open.push([]);
      tracks.push([]);
    }
    open[at]!.push(slice);
    tracks[at]!.push(slice);
  }
  return tracks;
}

/** Whether `slice` may lie on what is open: within all of that, and not within a wait, which is nothing that could hold it. */
function holds(stack: Slice[], { span }: Slice): boolean {
  for (let top = stack.at(-1); top !== undefined && top.span.ends <= span.begins; top = stack.at(-1)) stack.pop();
  const top = stack.at(-1);
  return top === undefined || (top.cat !== "wait" && top.span.ends >= span.ends);
}

function sliceOfBox(box: Box): Slice {
  const { name, kind, deadline, shield, cancelled } = box;
  return {
    ...{ span: box, name: name === "" ? kind : name, cat: "scope" },
    args: {
      kind,
      ...(deadline === null ? {} : { deadline }),
      ...(shield === false ? {} : { shield }),
      ...(cancelled === null ? {} : { cancelled: cancelled.reason === "" ? cancelled.source : cancelled.reason }),
    },
  };
}

function sliceOfWait(wait: Wait): Slice {
  return { span: wait, name: wait.on, cat: "wait", args: { outcome: wait.outcome ?? "not over" } };
}
