/**
 * The recorder: it is shown what the kernel does, and writes that down as plain data.
 *
 * It holds none of what it is shown: a task, a scope or a stream that is gone otherwise is not kept by the trace of it.
 *
 * @module
 */

import { brief, oneLine } from "../../base/brief.ts";
import { type Cancelled, isCancelled } from "../../base/errors.ts";
import type { Engine } from "../../kernel/engine.ts";
import type { Recorder, TaskOutcome } from "../../kernel/instruments.ts";
import { liveRuns } from "../../kernel/root.ts";
import { type Member, Scope } from "../../kernel/scope.ts";
import { Service } from "../../kernel/service.ts";
import { Task } from "../../kernel/task.ts";
import { TaskGroup } from "../../kernel/task-group.ts";
import { described, FAILED, SETTLED, WAITING, Waiter } from "../../kernel/waiter.ts";
import type { Channel } from "../../stream/memory-channel.ts";
import { itemText } from "./item-text.ts";
import type { ItemWatcher, Passage } from "./recorded-channel.ts";
import type { EnteredEvent, LeftEvent, TracedScopeKind, TraceEvent, WaitOutcome } from "./trace-event.ts";

const LONGEST_NAME = 1000;

/** A run, as far as its clock goes. */
interface Clock {
  readonly run: number;
  readonly engine: Engine;
  readonly origin: number;
  /** What was written last: time does not go back, also on a clock that does. */
  last: number;
}

/** A wait that goes on: when it is over, it knows neither its scope nor its task any more. */
interface Waiting {
  readonly wait: number;
  readonly task: number;
  readonly clock: Clock;
}

/** What an event says besides when and where. */
type Told = TraceEvent extends infer E ? (E extends TraceEvent ? Omit<E, "time" | "run"> : never) : never;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Writes the events of all runs. */
export class TraceRecorder implements Recorder, ItemWatcher {
  readonly events: TraceEvent[] = [];
  dropped = 0;
  private readonly limit: number;
  private readonly clocks = new WeakMap<Engine, Clock>();
  private readonly tasks = new WeakMap<Task, number>();
  /** The same by the number that a task has in the process, until it ends. */
  private readonly numbers = new Map<number, number>();
  /** How messages call the tasks that nobody has named, and how the trace does: by its own number, which is the same each time. Until they end. */
  private readonly nameless = new Map<string, string>();
  /** The task that has ended last, by the number that it has in the process. */
  private leaving = 0;
  private readonly scopes = new WeakMap<Scope, number>();
  /** The scopes around the functions of tasks. */
  private readonly homes = new WeakMap<Scope, Task>();
  private readonly waits = new WeakMap<object, Waiting>();
  private readonly streams = new WeakMap<object, number>();
  private readonly counts = { run: 0, task: 0, scope: 0, wait: 0, stream: 0 };
  /** Completes the last event: some of it is known only when the kernel has gone on. */
  private rest: (() => void) | null = null;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Writes down what is there already. */
  begin(): void {
    for (const root of liveRuns) this.survey(root);
  }

  /** Completes what was written. */
  settle(): void {
    const { rest } = this;
    this.rest = null;
    rest?.();
  }

  spawned(task: Task): void {
    const place = task._place;
    // A main task is made before its engine, and a service before it has its place: they are met when they start.
    if ((place._engine as Engine | null) !== null) this.meet(task, place, false);
  }

  started(task: Task): void {
    const place = task._place;
    this.homes.set(task.cancelScope, task);
    this.tell(this.clockOf(place), { type: "started", task: this.meet(task, place, false) });
  }

  blocked(wait: Waiter, task: Task, on: string): void {
    const { _home: home, _source: source } = wait;
    if (home === null) return;
    const clock = this.clockOf(home);
    const waiting = { wait: ++this.counts.wait, task: this.meet(task, home, true), clock };
    this.waits.set(wait, waiting);
    this.tell(clock, {
      ...{ type: "blocked", task: waiting.task, wait: waiting.wait },
      ...{ on: this.stable(oneLine(on)), joins: source?._joins === true },
    });
  }

  resumed(wait: Waiter): void {
    const waiting = this.waits.get(wait);
    if (waiting === undefined) return;
    this.waits.delete(wait);
    this.tell(waiting.clock, { type: "resumed", task: waiting.task, wait: waiting.wait, outcome: outcomeOf(wait) });
  }

  exited(task: Task, outcome: TaskOutcome): void {
    const place = task._place;
    const number = this.meet(task, place, true);
    const error = outcome === "failed" ? this.stable(brief(task._outcome)) : "";
    this.tell(this.clockOf(place), { type: "exited", task: number, outcome, error });
    // Not yet: the next that is heard may be that its failure has cancelled the others.
    const { leaving } = this;
    this.leaving = task.id;
    this.numbers.delete(leaving);
    this.nameless.delete(quotedNumber(leaving));
  }

  opened(scope: Scope): void {
    if (!this.homes.has(scope)) this.enter(scope, false);
    // It may have been cancelled before it was entered.
    if (scope._own !== null) this.cancelled(scope, scope._own);
  }

  closed(scope: Scope): void {
    if (this.homes.has(scope)) return;
    const clock = this.clockOf(scope);
    const number = this.scopes.get(scope);
    if (scope._home === null) this.tell(clock, { type: "end" });
    else if (number !== undefined) {
      const task = this.meet(scope._task as Task, scope, true);
      const left = this.tell(clock, {
        ...{ type: "left", task, scope: number },
        ...{ deadline: dated(clock, scope.deadline), caught: false },
      }) as Mutable<LeftEvent>;
      this.rest = () => {
        left.caught = scope.cancelledCaught;
      };
    }
  }

  cancelled(scope: Scope, { source, task: by, reason }: Cancelled): void {
    if ((scope._engine as Engine | null) === null) return; // It was not entered yet: told when it is.
    const clock = this.clockOf(scope);
    const home = this.homes.get(scope);
    const number = this.scopes.get(scope);
    const whole = home !== undefined ? "task" : scope._home === null ? "run" : "scope";
    if (whole === "scope" && number === undefined) return;
    this.tell(clock, {
      ...{ type: "cancelled", task: this.meet(home ?? (scope._task as Task), scope, true) },
      ...{ scope: number ?? 0, whole, by: by === null ? 0 : (this.numbers.get(by.id) ?? 0) },
      ...{ source, reason: reason === undefined ? "" : this.stable(brief(reason)) },
    });
  }

  sent(channel: Channel<unknown>, passage: Passage, value: unknown, buffered: boolean): void {
    this.pass(channel, passage, { type: "sent", value: itemText(value), buffered });
  }

  received(channel: Channel<unknown>, passage: Passage): void {
    this.pass(channel, passage, { type: "received" });
  }

  returned(channel: Channel<unknown>, passage: Passage): void {
    this.pass(channel, passage, { type: "returned" });
  }

  private pass(
    channel: Channel<unknown>,
    { scope, known, item }: Passage,
    what: { type: "sent"; value: string; buffered: boolean } | { type: "received" } | { type: "returned" },
  ): void {
    const clock = this.clockOf(scope);
    let stream = this.streams.get(channel);
    if (stream === undefined) {
      this.streams.set(channel, (stream = ++this.counts.stream));
      const { name, capacity } = channel;
      this.tell(clock, {
        type: "stream",
        stream,
        name: nameText(name),
        capacity: capacity === Infinity ? null : capacity,
      });
    }
    const task = known ? this.meet(scope._task as Task, scope, true) : 0;
    this.tell(clock, { ...what, task, stream, item });
  }

  private enter(scope: Scope, early: boolean): void {
    const clock = this.clockOf(scope);
    const { name, _task: task, _home: home } = scope;
    const number = ++this.counts.scope;
    this.scopes.set(scope, number);
    const entered = this.tell(clock, {
      ...{ type: "entered", task: this.meet(task as Task, scope, true), scope: number },
      ...{ parent: home === null ? 0 : (this.scopes.get(home) ?? 0), kind: "scope", name: nameText(name) },
      ...{ deadline: dated(clock, scope.deadline), shield: scope.shield, early },
    }) as Mutable<EnteredEvent>;
    const identify = (): void => {
      entered.kind = kindOf(scope);
      if (scope._crew instanceof TaskGroup && entered.kind === "group") entered.name = nameText(scope._crew.name);
    };
    if (early) identify();
    else this.rest = identify;
  }

  /** The number of a task; that it was spawned is written when it is met for the first time. */
  private meet(task: Task, place: Scope, early: boolean): number {
    const known = this.tasks.get(task);
    if (known !== undefined) return known;
    const clock = this.clockOf(place); // The run comes first.
    const number = ++this.counts.task;
    this.tasks.set(task, number);
    this.numbers.set(task.id, number);
    let name = nameText(task.name);
    if (name === `task ${String(task.id)}`) {
      name = `task ${String(number)}`;
      this.nameless.set(quotedNumber(task.id), quotedNumber(number));
    }
    if (task._nobody) name = "outside of any run";
    this.tell(clock, {
      ...{ type: "spawned", task: number, parent: this.numbers.get(task.parentId) ?? 0 },
      ...{ scope: this.scopes.get(task._place) ?? 0, name, early },
    });
    return number;
  }

  /** `text`, with the trace's own numbers of tasks that nobody has named. */
  private stable(text: string): string {
    return text.replace(/"task \d+"/g, (name) => this.nameless.get(name) ?? name);
  }

  private clockOf(scope: Scope): Clock {
    const engine = scope._engine;
    let clock = this.clocks.get(engine);
    if (clock === undefined) {
      const { backend } = engine;
      let top = scope;
      while (top._home !== null) top = top._home;
      // A virtual clock counts from 0 itself, and others may know its readings.
      const now = backend.now();
      const origin = backend.dated === true ? 0 : now;
      clock = { run: ++this.counts.run, engine, origin, last: -Infinity };
      this.clocks.set(engine, clock);
      this.write(clock, { type: "run", backend: backend.name, origin, outside: top._task._nobody }, now);
    }
    return clock;
  }

  /** Writes an event. One that comes too late is made all the same, and not kept. */
  private tell(clock: Clock, told: Told): TraceEvent {
    return this.write(clock, told, clock.engine.backend.now());
  }

  private write(clock: Clock, told: Told, now: number): TraceEvent {
    this.settle();
    const { run, origin } = clock;
    clock.last = Math.max(clock.last, toMicros(now - origin));
    const event = { time: clock.last, run, ...told } as TraceEvent;
    if (this.events.length < this.limit) this.events.push(event);
    else this.dropped++;
    return event;
  }

  /** Writes down a run that goes on. */
  private survey(root: Scope): void {
    const scopes: Scope[] = [];
    const waits: Waiter[] = [];
    const tasks = new Map<Task, boolean>();
    const todo: Scope[] = [root];
    for (let scope = todo.pop(); scope !== undefined; scope = todo.pop()) {
      const owner = scope._task as Task;
      if (owner._livesIn(scope)) {
        this.homes.set(scope, owner);
        tasks.set(owner, true);
      } else if (scope !== root) scopes.push(scope);
      const inside: Scope[] = [];
      for (let member: Member | null = scope._first; member !== null; member = member._after) {
        if (member instanceof Scope) inside.push(member);
        else if (member instanceof Waiter && member._state === WAITING) waits.push(member);
      }
      todo.push(...inside.reverse());
    }
    for (const job of root._engine._queued()) if (job instanceof Task && !tasks.has(job)) tasks.set(job, false);
    const clock = this.clockOf(root);
    for (const [task, begun] of [...tasks].sort(([a], [b]) => a.id - b.id)) {
      const number = this.meet(task, task._place, true);
      if (begun) this.tell(clock, { type: "started", task: number });
    }
    for (const scope of scopes) this.enter(scope, true);
    for (const wait of waits) {
      if (wait._source !== null && wait._home !== null)
        this.blocked(wait, wait._home._task as Task, described(wait._source));
    }
  }
}

/** How messages call a task that nobody has named. */
function quotedNumber(id: number): string {
  return `"task ${String(id)}"`;
}

/** A name as it is kept: nobody checks what is given as one. */
function nameText(name: unknown): string {
  return typeof name === "string" ? name.slice(0, LONGEST_NAME) : brief(name);
}

function kindOf(scope: Scope): TracedScopeKind {
  const { _crew: crew } = scope;
  if (scope._chain !== null) return "subscription";
  if (crew instanceof TaskGroup && crew.cancelScope === scope) return "group";
  return crew instanceof Service && crew.cancelScope === scope ? "service" : "scope";
}

function outcomeOf({ _state: state, _value: value }: Waiter): WaitOutcome {
  if (state === SETTLED) return "settled";
  return state !== FAILED ? "abandoned" : isCancelled(value) ? "cancelled" : "failed";
}

function dated({ origin }: Clock, deadline: number): number | null {
  return Number.isFinite(deadline) ? toMicros(deadline - origin) : null;
}

function toMicros(time: number): number {
  return Math.round(time * 1000) / 1000;
}
