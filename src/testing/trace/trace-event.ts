/**
 * Trace events: what happened in a run, one by one, as plain data.
 *
 * Everything is named by a number that counts up from 1 in the order in which the trace met it: runs, tasks, scopes, waits, streams, and the items of
 * each stream. So a trace of a program in virtual time is the same each time, and survives `JSON.stringify`.
 *
 * @module
 */

import type { TaskOutcome } from "../../kernel/instruments.ts";

/** What all events tell. */
interface Dated {
  /** In ms. On a virtual clock its reading; on all others since the run began, or since the recording did when that came later. To the µs. */
  readonly time: number;
  /** The run that it happened in. */
  readonly run: number;
}

/** A run was met. */
export interface RunEvent extends Dated {
  readonly type: "run";
  /** The name of its backend. */
  readonly backend: string;
  /** What its clock read at time 0, in ms. */
  readonly origin: number;
  /** Whether it is no `run()`, but whatever goes on outside of any. */
  readonly outside: boolean;
}

/** A run has ended. */
export interface EndEvent extends Dated {
  readonly type: "end";
}

/** A task was spawned. */
export interface SpawnedEvent extends Dated {
  readonly type: "spawned";
  readonly task: number;
  /** Who spawned it; 0 when there is nobody, or nobody that the trace knows. */
  readonly parent: number;
  /** The scope that it lives in, that of its group; 0 when the trace does not know it. */
  readonly scope: number;
  readonly name: string;
  /** Whether it was there before the recording began, so that this is not when it was spawned. */
  readonly early: boolean;
}

/** A task has begun. */
export interface StartedEvent extends Dated {
  readonly type: "started";
  readonly task: number;
}

/** A task waits. It may wait for several things at once, as in `Promise.all`. */
export interface BlockedEvent extends Dated {
  readonly type: "blocked";
  readonly task: number;
  readonly wait: number;
  /** What for, such as `sleep(100)`. */
  readonly on: string;
  /** Whether it is for the end of work of its own, such as a group: not a standstill, since the work runs in the same task. */
  readonly joins: boolean;
}

/** How a wait can end; `"abandoned"` is that of a subscriber who unsubscribed. */
export type WaitOutcome = "settled" | "failed" | "cancelled" | "abandoned";

/** A wait is over. */
export interface ResumedEvent extends Dated {
  readonly type: "resumed";
  readonly task: number;
  readonly wait: number;
  readonly outcome: WaitOutcome;
}

/** A task has ended. */
export interface ExitedEvent extends Dated {
  readonly type: "exited";
  readonly task: number;
  readonly outcome: TaskOutcome;
  /** What it failed with, in one line; empty for all else. */
  readonly error: string;
}

/** What a scope is for: a cancel scope, a task group, a service of a group, a subscription to work. */
export type TracedScopeKind = "scope" | "group" | "service" | "subscription";

/** A task entered a scope. */
export interface EnteredEvent extends Dated {
  readonly type: "entered";
  readonly task: number;
  readonly scope: number;
  /** The scope around it; 0 when that is the task itself. */
  readonly parent: number;
  readonly kind: TracedScopeKind;
  readonly name: string;
  /** When it cancels itself, as a {@link Dated.time}; `null` is never. */
  readonly deadline: number | null;
  readonly shield: boolean | "soft";
  /** Whether it was open before the recording began, so that this is not when it was entered. */
  readonly early: boolean;
}

/** A task left a scope. */
export interface LeftEvent extends Dated {
  readonly type: "left";
  readonly task: number;
  readonly scope: number;
  /** The deadline that it had in the end. */
  readonly deadline: number | null;
  /** Whether the scope's own cancellation ended its body. */
  readonly caught: boolean;
}

/** A scope was cancelled, or a task by its handle, or a run. */
export interface CancelledEvent extends Dated {
  readonly type: "cancelled";
  /** The task whose code runs in the scope. */
  readonly task: number;
  /** The scope; 0 when it is that of the task itself, or of the whole run. */
  readonly scope: number;
  readonly whole: "scope" | "task" | "run";
  /** The task that did it; 0 when that was no task, or one that the trace does not know. */
  readonly by: number;
  /** What did it: `"deadline"`, `"cancel"`, `"failure"`, … */
  readonly source: string;
  /** Why, in one line. */
  readonly reason: string;
}

/** A stream was met. */
export interface StreamEvent extends Dated {
  readonly type: "stream";
  readonly stream: number;
  readonly name: string;
  /** How many items it holds; `null` is any number. */
  readonly capacity: number | null;
}

/** An item was taken from its sender. */
export interface SentEvent extends Dated {
  readonly type: "sent";
  /** Who sent it; 0 for code outside of any task, and where the host cannot tell. */
  readonly task: number;
  readonly stream: number;
  readonly item: number;
  /** The item, in a few words. */
  readonly value: string;
  /** Whether it went into the buffer; otherwise a receiver got it from hand to hand. */
  readonly buffered: boolean;
}

/** An item was given to its receiver. */
export interface ReceivedEvent extends Dated {
  readonly type: "received";
  /** Who received it; 0 as for {@link SentEvent}. */
  readonly task: number;
  readonly stream: number;
  readonly item: number;
}

/** A receiver that was cancelled gave an item back: it is the next one of its stream again. */
export interface ReturnedEvent extends Dated {
  readonly type: "returned";
  readonly task: number;
  readonly stream: number;
  readonly item: number;
}

/** One thing that happened. */
export type TraceEvent =
  | RunEvent
  | EndEvent
  | SpawnedEvent
  | StartedEvent
  | BlockedEvent
  | ResumedEvent
  | ExitedEvent
  | EnteredEvent
  | LeftEvent
  | CancelledEvent
  | StreamEvent
  | SentEvent
  | ReceivedEvent
  | ReturnedEvent;

/** A trace, as `JSON.stringify` writes it. */
export interface TraceData {
  /** Of this format. */
  readonly version: 1;
  /** In the order in which they happened; of one run, also in the order of time. */
  readonly events: readonly TraceEvent[];
  /** How many more there were than the trace was to hold: nothing is known of what happened after the last one. */
  readonly dropped: number;
}
