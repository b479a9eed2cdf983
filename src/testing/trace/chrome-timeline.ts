/**
 * Timelines in the trace-event format: what Perfetto and `chrome://tracing` open.
 *
 * A run is a process and a task a thread, with a second one where it does two things at once. Scopes and waits are slices, items are flows, cancellations
 * are instants. Times are in µs there.
 *
 * @module
 */

import { tracksOf } from "./chrome-tracks.ts";
import type { Cancellation, Lane, Picture, Run } from "./picture.ts";

/** An event of the format. */
interface ChromeEvent {
  readonly ph: "M" | "B" | "E" | "s" | "f" | "i";
  readonly name?: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly [more: string]: unknown;
}

/** An event, and where it stands among those of the trace. */
interface Placed {
  readonly place: number;
  readonly event: ChromeEvent;
}

/** Writes `picture` as JSON. */
export function chromeTimeline(picture: Picture): string {
  const writer = new Writer();
  for (const run of picture.runs) writer.addRun(run);
  const { dropped } = picture;
  return JSON.stringify({
    traceEvents: writer.finish(),
    displayTimeUnit: "ms",
    otherData: { producer: "anyrx", ...(dropped > 0 ? { dropped } : {}) },
  });
}

class Writer {
  private readonly names: ChromeEvent[] = [];
  private readonly placed: Placed[] = [];
  private threads = 0;
  private flows = 0;

  addRun(run: Run): void {
    const pid = run.run;
    const title = run.outside ? `outside of any run (${run.backend})` : `run ${String(pid)} (${run.backend})`;
    this.label(pid, 0, "process_name", { name: title });
    this.label(pid, 0, "process_sort_index", { sort_index: pid });
    const threads = new Map<Lane, number>();
    for (const lane of run.lanes) threads.set(lane, this.addLane(pid, lane));
    for (const lane of run.lanes) {
      const tid = threads.get(lane) as number;
      for (const cancelled of [lane.cancelled, ...lane.boxes.map((box) => box.cancelled)])
        if (cancelled !== null) this.cancel(pid, tid, cancelled);
    }
    const [first] = threads.values();
    if (run.cancelled !== null && first !== undefined) this.cancel(pid, first, run.cancelled);
    for (const { stream, item, value, from, to, sent, received, leaves, arrives } of run.hops) {
      const [sender, receiver] = [threads.get(from), to === null ? undefined : threads.get(to)];
      if (sender === undefined || receiver === undefined) continue; // On its way, or in another run with another clock.
      const what = {
        ...{
          name: stream.name === "" ? `stream ${String(stream.stream)}` : stream.name,
          cat: "item",
          id: ++this.flows,
          pid,
        },
        args: { item, value },
      };
      this.put(leaves, { ph: "s", ...what, tid: sender, ts: micros(sent) });
      this.put(arrives, { ph: "f", bp: "e", ...what, tid: receiver, ts: micros(received) });
    }
  }

  /** All events: names first, then what happened, in its order. */
  finish(): ChromeEvent[] {
    // Stable: what has one place comes in the order in which it was put.
    this.placed.sort((a, b) => a.place - b.place);
    return [...this.names, ...this.placed.map(({ event }) => event)];
  }

  /** Writes a lane; gives the number of its first thread. */
  private addLane(pid: number, lane: Lane): number {
    const first = this.threads + 1;
    for (const [i, track] of tracksOf(lane).entries()) {
      const tid = ++this.threads;
      this.label(pid, tid, "thread_name", { name: i === 0 ? lane.name : `${lane.name} (${String(i + 1)})` });
      this.label(pid, tid, "thread_sort_index", { sort_index: tid });
      for (const { span, ...slice } of track)
        this.put(span.begins, { ph: "B", ...slice, pid, tid, ts: micros(span.from) });
      // Those that are open at the end of the trace end at one place: the inner ones first. Each says what it ends: some readers ask for it.
      for (const { span, ...slice } of [...track].reverse()) {
        const place = Math.max(span.ends, span.begins + 0.5);
        this.put(place, { ph: "E", ...slice, pid, tid, ts: micros(span.to) });
      }
    }
    return first;
  }

  private cancel(pid: number, tid: number, { time, place, source, reason, whole }: Cancellation): void {
    const name = `the ${whole} was cancelled`;
    const args = { source, ...(reason === "" ? {} : { reason }) };
    this.put(place, { ph: "i", s: "t", name, cat: "cancel", pid, tid, ts: micros(time), args });
  }

  private label(pid: number, tid: number, name: string, args: Readonly<Record<string, unknown>>): void {
    this.names.push({ ph: "M", name, pid, tid, ts: 0, args });
  }

  private put(place: number, event: ChromeEvent): void {
    this.placed.push({ place, event });
  }
}

/** A time of the trace in µs. */
function micros(time: number): number {
  return Math.round(time * 1000);
}
