/**
 * The picture of a trace: its events put together to runs, lanes, waits, boxes and hops, which is what every drawing starts from.
 *
 * A span knows the places of its ends in the list of events as well as their times: in virtual time much happens at one instant, and only the place
 * tells what came first.
 *
 * @module
 */

import type { TaskOutcome } from "../../kernel/instruments.ts";
import type { CancelledEvent, TracedScopeKind, WaitOutcome } from "./trace-event.ts";
import type { WaitKind } from "./wait-kind.ts";

/** From when to when. What had not ended when the trace did is open, and ends with it. */
export interface Span {
  readonly from: number;
  readonly begins: number;
  to: number;
  ends: number;
  open: boolean;
}

/** A cancellation. */
export interface Cancellation extends CancelledEvent {
  readonly place: number;
}

/** A wait of a task. */
export interface Wait extends Span {
  readonly on: string;
  readonly joins: boolean;
  outcome: WaitOutcome | null;
}

/** A scope that a task was in. */
export interface Box extends Span {
  readonly scope: number;
  readonly kind: TracedScopeKind;
  readonly name: string;
  readonly parent: Box | null;
  readonly shield: boolean | "soft";
  /** The last that is known. */
  deadline: number | null;
  cancelled: Cancellation | null;
  caught: boolean;
  /** The row that it needs in its lane, from 0: below its parent, and with no other of that time in it. */
  row: number;
}

/** Something that happened to a lane, at one moment. */
export interface Mark {
  readonly time: number;
  readonly place: number;
  readonly what: "sent" | "received" | "returned";
  readonly stream: Stream;
  readonly item: number;
}

/** The end of a wait. */
export interface Turn {
  readonly time: number;
  readonly place: number;
  readonly outcome: WaitOutcome;
}

/** What a lane does during a part of its time. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** A kind of wait; work of its own that it waits for, when there is nothing else; or neither. */
  readonly kind: WaitKind | "joins" | "runs";
  /** What it waits for: the first few. */
  readonly waits: readonly Wait[];
  /** How many more there are. */
  readonly more: number;
}

/** A task. */
export interface Lane extends Span {
  readonly run: number;
  /** 0 is code outside of any task. */
  readonly task: number;
  readonly name: string;
  readonly parent: Lane | null;
  readonly depth: number;
  /** Whether it was there before the recording began. */
  readonly early: boolean;
  /** When its function was called; `null` while it was not. */
  started: number | null;
  outcome: TaskOutcome | null;
  error: string;
  /** When it was cancelled by its handle. */
  cancelled: Cancellation | null;
  readonly waits: Wait[];
  readonly boxes: Box[];
  readonly marks: Mark[];
  /** When one of its waits ended, which is when it ran. */
  readonly turns: Turn[];
}

/** A stream. */
export interface Stream {
  readonly stream: number;
  readonly name: string;
  readonly capacity: number | null;
}

/** An item on its way. */
export interface Hop {
  readonly stream: Stream;
  readonly item: number;
  readonly value: string;
  readonly buffered: boolean;
  readonly from: Lane;
  readonly sent: number;
  readonly leaves: number;
  to: Lane | null;
  received: number;
  arrives: number;
}

/** A run. */
export interface Run extends Span {
  readonly run: number;
  readonly backend: string;
  readonly outside: boolean;
  readonly origin: number;
  /** In the order of a tree: who was spawned comes after who did that, in the order of spawning. */
  lanes: Lane[];
  readonly hops: Hop[];
  /** What cancelled it as a whole. */
  cancelled: Cancellation | null;
}

/** All of it. */
export interface Picture {
  readonly runs: readonly Run[];
  readonly streams: readonly Stream[];
  readonly dropped: number;
}
