/**
 * Traces: what the tasks of this process did, as plain data.
 *
 * @module
 */

import { shown } from "../../kernel/checks.ts";
import { record } from "../../kernel/instruments.ts";
import { watchItems } from "./recorded-channel.ts";
import { TraceRecorder } from "./recorder.ts";
import type { TraceData, TraceEvent } from "./trace-event.ts";

const LIMIT = 100_000;

/** Options of a trace. */
export interface TraceOptions {
  /** How many events it holds: an integer from 0, or `Infinity`. What comes later is only counted: {@link Trace.dropped}. Default 100,000. */
  readonly limit?: number | undefined;
}

/**
 * What the tasks of this process do, from the moment in which it was made until it is stopped. Made by {@link recordTrace}, drawn by
 * {@link renderTimeline}.
 *
 * It is data: `JSON.stringify(trace)` gives what {@link renderTimeline} draws as well, later and elsewhere.
 */
export class Trace implements TraceData, Disposable {
  /** Of the format of its events. */
  readonly version = 1;
  private readonly recorder: TraceRecorder;
  private sources: readonly Disposable[];

  /** @internal Use {@link recordTrace}. */
  constructor(limit: number) {
    const recorder = new TraceRecorder(limit);
    recorder.begin();
    this.recorder = recorder;
    this.sources = [record(recorder), watchItems(recorder)];
  }

  /** What happened so far, in that order. */
  get events(): readonly TraceEvent[] {
    this.recorder.settle();
    return this.recorder.events;
  }

  /** How many events came after it was full, and are lost. */
  get dropped(): number {
    return this.recorder.dropped;
  }

  /** Whether it still records. */
  get recording(): boolean {
    return this.sources.length > 0;
  }

  /** Records no more. Stopping again does nothing. */
  stop(): void {
    this.recorder.settle();
    for (const source of this.sources) source[Symbol.dispose]();
    this.sources = [];
  }

  /** {@link Trace.stop}, for `using`. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /** The data alone. */
  toJSON(): TraceData {
    return { version: this.version, events: this.events, dropped: this.dropped };
  }
}

/**
 * Records what the tasks of this process do, in all runs, from now on: when they begin, wait, go on and end, which scopes they enter and leave, what is
 * cancelled, and which items go from whom to whom.
 *
 * Made before the run it sees all of it, and inside a run what is left of that. Items are seen of those memory object streams that were made while
 * somebody recorded. No task is slowed down by it but by the writing, and no virtual time passes.
 *
 * @returns The trace, which grows. Stop it with `using`, or with {@link Trace.stop}.
 * @throws {TypeError} When `limit` is no number.
 * @throws {RangeError} When it is negative, or no integer.
 * @example
 * import { run, sleep } from "anyrx";
 * import { recordTrace } from "anyrx/testing";
 * using trace = recordTrace();
 * await run(() => sleep(5), { backend: "virtual" });
 * trace.events.map(({ time, type }) => `${type}@${time}`).join(" "); // => "run@0 spawned@0 started@0 blocked@0 resumed@5 exited@5 end@5"
 * @source Trio's instruments, Go's `runtime/trace`.
 */
export function recordTrace(options?: TraceOptions): Trace {
  const limit = options?.limit ?? LIMIT;
  if (typeof limit !== "number") {
    throw new TypeError(
      `Cannot record a trace of ${shown(limit)} events: it is no number; pass an integer from 0, or Infinity`,
    );
  }
  if (!(limit >= 0) || (limit !== Infinity && !Number.isInteger(limit))) {
    throw new RangeError(
      `Cannot record a trace of ${String(limit)} events: it is no count; pass an integer from 0, or Infinity`,
    );
  }
  return new Trace(limit);
}
