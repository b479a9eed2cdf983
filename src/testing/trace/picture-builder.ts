/**
 * The builder of a picture: it goes through the events of a trace once.
 *
 * @module
 */

import type { Box, Cancellation, Hop, Lane, Picture, Run, Span, Stream, Wait } from "./picture.ts";
import type { EnteredEvent, ReceivedEvent, ReturnedEvent, SentEvent, TraceData, TraceEvent } from "./trace-event.ts";

/** Where boxes stop to get out of each other's way: a task may enter thousands at once. */
const MOST_ROWS = 64;

/** What happens to an item. */
type ItemEvent = SentEvent | ReceivedEvent | ReturnedEvent;

/** Puts `trace` together. Events of things that it never met, as in a trace that somebody has cut, are left out. */
export function pictureOf(trace: TraceData): Picture {
  const builder = new Builder();
  // A time that is none, as in data from elsewhere, would be drawn for ever.
  for (const [place, event] of trace.events.entries()) if (Number.isFinite(event.time)) builder.add(event, place);
  return { runs: builder.finish(trace.events.length), streams: [...builder.streams.values()], dropped: trace.dropped };
}

class Builder {
  readonly streams = new Map<number, Stream>();
  private readonly runs = new Map<number, Run>();
  private readonly lanes = new Map<number, Lane>();
  private readonly waits = new Map<number, Wait>();
  private readonly boxes = new Map<number, Box>();
  private readonly hops = new Map<string, Hop>();
  /** Where code outside of any task is drawn, by run. */
  private readonly nobodies = new Map<number, Lane>();

  add(event: TraceEvent, place: number): void {
    const run = event.type === "run" ? newRun(event, place) : this.runs.get(event.run);
    if (run === undefined) return;
    run.to = Math.max(run.to, event.time);
    if (event.type === "run") this.runs.set(event.run, run);
    else if (event.type === "end") close(run, event.time, place);
    else if (event.type === "stream") this.streams.set(event.stream, event);
    else if (event.type === "spawned") {
      this.lanes.set(event.task, this.spawn(run, event, place));
    } else if (event.type === "sent" || event.type === "received" || event.type === "returned") {
      this.pass(run, event, place);
    } else this.happen(run, event, place);
  }

  /** The runs, when all is told. `end` is the place behind the last event. */
  finish(end: number): Run[] {
    for (const run of this.runs.values()) {
      stop(run, run.to, end);
      for (const lane of run.lanes) {
        if (lane.task === 0) lane.open = false;
        // What a task has left behind goes on without it.
        for (const span of [lane, ...lane.waits, ...lane.boxes]) stop(span, run.to, end);
        giveRows(lane.boxes);
      }
      run.lanes = inTree(run.lanes);
    }
    return [...this.runs.values()];
  }

  private spawn(
    run: Run,
    task: {
      readonly task: number;
      readonly name: string;
      readonly parent: number;
      readonly early: boolean;
      time: number;
    },
    place: number,
  ): Lane {
    const spawner = this.lanes.get(task.parent);
    const parent = spawner?.run === run.run ? spawner : null;
    const lane: Lane = {
      ...spanFrom(task.time, place),
      ...{ run: run.run, task: task.task, name: task.name, parent, depth: parent === null ? 0 : parent.depth + 1 },
      ...{ early: task.early, started: null, outcome: null, error: "", cancelled: null },
      ...{ waits: [], boxes: [], marks: [], turns: [] },
    };
    run.lanes.push(lane);
    return lane;
  }

  private happen(
    run: Run,
    event: Exclude<TraceEvent, ItemEvent | { type: "run" | "end" | "stream" | "spawned" }>,
    place: number,
  ): void {
    const lane = this.lanes.get(event.task);
    if (lane === undefined) return;
    const { time } = event;
    switch (event.type) {
      case "started":
        lane.started = time;
        return;
      case "blocked": {
        const wait: Wait = { ...spanFrom(time, place), on: event.on, joins: event.joins, outcome: null };
        lane.waits.push(wait);
        this.waits.set(event.wait, wait);
        return;
      }
      case "resumed": {
        const wait = this.waits.get(event.wait);
        if (wait === undefined) return;
        close(wait, time, place);
        wait.outcome = event.outcome;
        lane.turns.push({ time, place, outcome: event.outcome });
        return;
      }
      case "exited":
        close(lane, time, place);
        lane.outcome = event.outcome;
        lane.error = event.error;
        return;
      case "entered": {
        const box = this.newBox(event, place);
        if (!isHidden(box)) lane.boxes.push(box);
        this.boxes.set(event.scope, box);
        return;
      }
      case "left": {
        const box = this.boxes.get(event.scope);
        if (box === undefined) return;
        close(box, time, place);
        box.deadline = event.deadline;
        box.caught = event.caught;
        return;
      }
      case "cancelled":
        this.cancel(run, lane, { ...event, place });
    }
  }

  private newBox({ scope, parent, kind, name, shield, deadline, time }: EnteredEvent, place: number): Box {
    let outer = this.boxes.get(parent) ?? null;
    while (outer !== null && isHidden(outer)) outer = outer.parent;
    return {
      ...spanFrom(time, place),
      ...{ scope, kind, name, parent: outer, shield, deadline },
      ...{ cancelled: null, caught: false, row: 0 },
    };
  }

  private cancel(run: Run, lane: Lane, event: Cancellation): void {
    if (event.whole === "run") run.cancelled ??= event;
    else if (event.whole === "task") lane.cancelled ??= event;
    else {
      const box = this.boxes.get(event.scope);
      if (box !== undefined) box.cancelled ??= event;
    }
  }

  private pass(run: Run, event: ItemEvent, place: number): void {
    const { item, time } = event;
    const stream = this.streams.get(event.stream);
    const lane = event.task === 0 ? this.nobody(run, time, place) : this.lanes.get(event.task);
    if (stream === undefined || lane === undefined) return;
    lane.marks.push({ time, place, what: event.type, stream, item });
    const key = `${String(event.stream)} ${String(item)}`;
    if (event.type === "sent") {
      const { value, buffered } = event;
      const hop: Hop = {
        ...{ stream, item, value, buffered, from: lane, sent: time, leaves: place },
        ...{ to: null, received: NaN, arrives: NaN },
      };
      run.hops.push(hop);
      this.hops.set(key, hop);
      return;
    }
    const hop = this.hops.get(key);
    if (hop === undefined) return;
    hop.to = event.type === "received" ? lane : null;
    hop.received = time;
    hop.arrives = place;
  }

  private nobody(run: Run, time: number, place: number): Lane {
    let lane = this.nobodies.get(run.run);
    if (lane === undefined) {
      const nobody = { task: 0, name: "outside of any task", parent: 0, early: false, time };
      this.nobodies.set(run.run, (lane = this.spawn(run, nobody, place)));
      lane.started = time;
    }
    lane.to = time;
    lane.ends = place;
    return lane;
  }
}

/** Whether it is of no interest: nobody wrote it, it came with a service or a subscription. */
function isHidden({ kind }: Box): boolean {
  return kind === "service" || kind === "subscription";
}

function newRun({ run, backend, outside, origin, time }: Extract<TraceEvent, { type: "run" }>, place: number): Run {
  return { ...spanFrom(time, place), ...{ run, backend, outside, origin, lanes: [], hops: [], cancelled: null } };
}

function spanFrom(from: number, begins: number): Span {
  return { from, begins, to: from, ends: begins, open: true };
}

function close(span: Span, to: number, ends: number): void {
  span.to = to;
  span.ends = ends;
  span.open = false;
}

/** Lets a span that nothing has ended last until the end. */
function stop(span: Span, to: number, ends: number): void {
  if (!span.open) return;
  span.to = to;
  span.ends = ends;
}

/** Puts each box below its parent, and where no other is at that time. They come in the order in which they were entered. */
function giveRows(boxes: readonly Box[]): void {
  const ends: number[] = [];
  for (const box of boxes) {
    let row = box.parent === null ? 0 : box.parent.row + 1;
    while (row < MOST_ROWS && (ends[row] ?? -1) > box.begins) row++;
    box.row = row;
    for (let i = ends.length; i <= row; i++) ends[i] ??= -1;
    ends[row] = box.ends;
  }
}

/** Each lane behind the one that spawned it, and behind what that has spawned before. */
function inTree(lanes: readonly Lane[]): Lane[] {
  const children = new Map<Lane | null, Lane[]>();
  for (const lane of lanes) {
    const siblings = children.get(lane.parent);
    if (siblings === undefined) children.set(lane.parent, [lane]);
    else siblings.push(lane);
  }
  const ordered: Lane[] = [];
  const todo: Lane[] = [];
  const add = (siblings: readonly Lane[] = []): void => {
    for (let i = siblings.length; i-- > 0;) todo.push(siblings[i] as Lane);
  };
  add(children.get(null));
  for (let lane = todo.pop(); lane !== undefined; lane = todo.pop()) {
    ordered.push(lane);
    add(children.get(lane));
  }
  return ordered;
}
