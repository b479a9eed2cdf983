/**
 * The effection backend: the scopes of Effection.
 *
 * Effection has neither a clock nor a queue to plug into. So time is its own `sleep`, one for the earliest deadline, in the scope that was
 * given; and a run is a task there, the keeper, which a halt does not end before the run has.
 *
 *     (no run) ──enter──▶ kept ──(halted)──▶ cancelling ──(the last run leaves)──▶ (no run)
 *                           └──────────(the last run leaves)──────────────────────────▲
 *
 * @module
 */

import {
  type Effect,
  global,
  Ok,
  type Operation,
  type Resolve,
  type Result,
  type Scope,
  sleep,
  type Task,
} from "effection";
import { type Alarm, DeadlineQueue } from "../base/deadline-queue.ts";
import { FairQueue, type FairQueueHost } from "../base/fair-queue.ts";
import { Lifeline } from "../base/lifeline.ts";
import type { Backend, Job, RunControl } from "../port/backend.ts";
import type { HostTimer } from "../port/host.ts";

/** What the backend needs of the host, beside Effection. */
export interface EffectionHost extends FairQueueHost {
  /** The clock that belongs to the host's `setTimeout`, in ms: Effection's `sleep` is that. */
  clock(): number;
  /** A timer that keeps the process alive. */
  timer(delay: number, job: () => void): HostTimer;
}

/** Runs everything in an Effection scope. */
export class EffectionBackend implements Backend, Alarm {
  readonly name = "effection";
  private readonly scope: Scope;
  private readonly host: EffectionHost;
  private readonly queue: FairQueue;
  private readonly deadlines: DeadlineQueue = new DeadlineQueue(this);
  private alarm: AlarmClock | null = null;
  /** Where alarms are set, once somebody has halted one that is still needed: its scope is going away, and those who clean up sleep, too. */
  private refuge: Scope | null = null;
  private keeper: Keeper | null = null;
  private readonly lifeline: Lifeline;

  constructor(scope: Scope, host: EffectionHost) {
    this.scope = scope;
    this.host = host;
    this.lifeline = new Lifeline((delay, job) => host.timer(delay, job));
    this.queue = new FairQueue(host);
  }

  now(): number {
    return this.host.clock();
  }

  defer(job: Job): void {
    this.queue.defer(job);
  }

  arm(deadline: number, job: Job): Disposable {
    return this.deadlines.arm(deadline, job);
  }

  hold(): Disposable {
    return this.lifeline.hold();
  }

  enter(run: RunControl): void {
    if (this.keeper === null) {
      this.keeper = new Keeper(this.hold());
      this.keeper.begin(this.scope);
    }
    this.keeper.add(run);
  }

  leave(run: RunControl): void {
    const { keeper } = this;
    if (keeper === null || !keeper.remove(run)) return;
    this.keeper = null;
    this.takeDown();
    this.deadlines.rest();
    keeper.end();
  }

  /** Calls `start` with the scope in which tasks of Effection belong that a run begins: at once, or when there is one. */
  lodge(start: (scope: Scope) => void): void {
    if (this.keeper === null) start(this.scope);
    else this.keeper.lodge(start);
  }

  set(delay: number): void {
    this.takeDown();
    const alarm = (this.alarm = new AlarmClock(Math.ceil(delay), (early) => {
      if (this.alarm !== alarm) return;
      this.alarm = null;
      if (early) this.refuge = global;
      this.deadlines.ring();
    }));
    if (this.refuge !== null) alarm.begin(this.refuge);
    else {
      this.lodge((scope) => {
        alarm.begin(scope);
      });
    }
  }

  need(any: boolean): void {
    if (any) return;
    this.refuge = null;
    if (this.keeper !== null) return; // Left standing for the next deadline.
    this.takeDown();
    this.deadlines.rest();
  }

  private takeDown(): void {
    const { alarm } = this;
    this.alarm = null;
    alarm?.stop();
  }
}

/** One `sleep` of Effection. */
class AlarmClock {
  private readonly delay: number;
  private readonly ring: (early: boolean) => void;
  private task: Task<void> | null = null;
  private stopped = false;

  /** @param ring - Called at the end, `early` when somebody else has halted it. */
  constructor(delay: number, ring: (early: boolean) => void) {
    this.delay = delay;
    this.ring = ring;
  }

  begin(scope: Scope): void {
    if (this.stopped) return;
    this.task = scope.run(() => this.sleep());
    // Who is halted before it began is told nothing.
    this.task.catch(() => {
      this.ring(true);
    });
  }

  stop(): void {
    this.stopped = true;
    void this.task?.halt().then();
  }

  private *sleep(): Operation<void> {
    let early = true;
    try {
      yield* sleep(this.delay);
      early = false;
    } finally {
      this.ring(early);
    }
  }
}

/** The task of Effection that stands for the runs of a backend. Halted, it cancels them, and stays until they have ended. */
class Keeper implements Effect<void> {
  readonly description = "runs of anyrx";
  private readonly runs = new Set<RunControl>();
  private readonly held: Disposable;
  private place: Scope | null = null;
  private readonly lodgers: ((scope: Scope) => void)[] = [];
  private done: Resolve<Result<void>> | null = null;
  private halted = false;
  private over = false;

  constructor(held: Disposable) {
    this.held = held;
  }

  begin(scope: Scope): void {
    const keep = function* (this: Keeper): Generator<Effect<unknown>, void> {
      yield this;
    };
    const task = scope.run(() => keep.call(this));
    // Halted before it began: nobody can be made to wait, but the runs can be cancelled.
    task.catch(() => {
      if (this.over || this.place !== null) return;
      this.settleIn(scope);
      this.cancel();
    });
  }

  enter(resolve: Resolve<Result<void>>, routine: { readonly scope: Scope }): (exited: Resolve<Result<void>>) => void {
    if (this.over) resolve(Ok());
    else {
      this.done = resolve;
      this.settleIn(routine.scope);
    }
    return (exited) => {
      if (this.over) {
        exited(Ok());
        return;
      }
      this.done = exited;
      this.cancel();
    };
  }

  add(run: RunControl): void {
    this.runs.add(run);
    if (this.halted) run.cancel(HALTED);
  }

  /** Whether `run` was the last one. */
  remove(run: RunControl): boolean {
    this.runs.delete(run);
    return this.runs.size === 0;
  }

  lodge(start: (scope: Scope) => void): void {
    if (this.place === null) this.lodgers.push(start);
    else start(this.place);
  }

  end(): void {
    this.over = true;
    this.held[Symbol.dispose]();
    this.done?.(Ok());
  }

  private settleIn(scope: Scope): void {
    this.place = scope;
    for (const start of this.lodgers.splice(0)) start(scope);
  }

  private cancel(): void {
    if (this.halted) return;
    this.halted = true;
    for (const run of [...this.runs]) run.cancel(HALTED);
  }
}

const HALTED = "its Effection scope was halted";
