/**
 * The clock of a test: virtual time that can be watched, limited and led.
 *
 * It is the virtual backend with what a test asks beyond that: an order among the events of one instant, a wait for the moment at which nothing
 * is left to do, a limit that time does not pass, and the report of an endless loop.
 *
 * @module
 */

import { DeadlockError } from "../base/errors.ts";
import { VirtualBackend } from "../backend/virtual.ts";
import type { Job, WaitInfo } from "../port/backend.ts";
import type { Host } from "../port/host.ts";
import { LivelockError } from "./errors.ts";

export { TIMER } from "../backend/virtual.ts";
/** Before all else at its instant: who subscribes or unsubscribes. */
export const SUBSCRIBE = -2;
/** Before the timers of its instant: what a hot observable emits, and `setImmediate`. */
export const HOT = -1;
/** After the timers of its instant. */
export const LAST = 1;

/** Somebody who waits until nothing is left to do before the clock passes a time. */
export interface Watch {
  /** The time, in ms. */
  readonly until: number;
  /** It is so. Called once. */
  quiet(): void;
}

/** Options of a {@link Clock}. */
export interface ClockOptions {
  /** How long, in real ms, a standstill must last to be called a deadlock. */
  readonly deadlockGrace?: number | undefined;
  /** How far time may go, in ms. */
  readonly maxTime?: number | undefined;
  /** How many events may be planned at one instant for the same instant. */
  readonly maxStepsPerInstant?: number | undefined;
}

/** Virtual time, for a test. */
export class Clock extends VirtualBackend {
  /** What time does not pass, in ms: where it is led by hand. */
  limit: number = Infinity;
  /** Whether time passes although no run goes on: timers of the host that were captured may be all there is. */
  led: boolean = false;
  private readonly maxTime: number;
  private readonly maxSteps: number;
  private readonly watches: Watch[] = [];
  private busyAt = 0;
  private steps = 0;

  constructor(host: Host, options: ClockOptions = {}) {
    super(host);
    const { deadlockGrace, maxTime = Infinity, maxStepsPerInstant = 10_000 } = options;
    if (deadlockGrace !== undefined) this.patience = deadlockGrace;
    this.maxTime = maxTime;
    this.maxSteps = maxStepsPerInstant;
  }

  /** What work the clock waits for. */
  get held(): string[] {
    return [...this.holds].map(({ what }) => what);
  }

  /** What is waited for, in every run. */
  get waits(): WaitInfo[] {
    return [...this.runs].flatMap((run) => run.waits());
  }

  /** Has `job` run at `time`, in ms; of what happens at one instant, lower ranks first, then earlier orders. */
  at(time: number, rank: number, job: Job, order: number = this.nextOrder()): Disposable {
    return this.schedule(time, rank, order, job);
  }

  /** The place of a new event among those of its instant and rank. */
  nextOrder(): number {
    return this.order++;
  }

  protected override schedule(deadline: number, rank: number, order: number, job: Job): Disposable {
    if (deadline <= this.time) {
      if (this.busyAt !== this.time) {
        this.busyAt = this.time;
        this.steps = 0;
      }
      this.steps++;
    }
    return super.schedule(deadline, rank, order, job);
  }

  /** Tells `watch` when nothing is left to do before the clock would pass its time. The result forgets it. */
  watch(watch: Watch): () => void {
    this.watches.push(watch);
    this.hop();
    return () => {
      const at = this.watches.indexOf(watch);
      if (at >= 0) this.watches.splice(at, 1);
    };
  }

  /** Moves the clock to `time`, when it is not there yet. Nothing may be planned before that. */
  pass(time: number): void {
    if (time > this.time && time < Infinity) this.time = time;
  }

  /** Ends every run with `error`. */
  fail(error: Error): void {
    this.steps = 0; // What the runs do about it may take some.
    for (const run of [...this.runs]) run.abort(error);
    this.hop();
  }

  protected override step(): void {
    const timer = this.earliest();
    const next = timer === null ? Infinity : timer.deadline;
    if (this.watches.length > 0 && this.tell(next)) return;
    if (this.runs.size === 0 && !this.led) return;
    else if (timer === null) {
      if (this.limit === Infinity) this.standStill();
    } else if (next > this.maxTime) this.fail(new LivelockError(this.time, "maxTime", this.maxTime, this.waits));
    else if (next <= this.time && this.steps > this.maxSteps)
      this.fail(new LivelockError(this.time, "maxStepsPerInstant", this.maxSteps, this.waits));
    else if (next <= this.limit) this.fire(timer);
  }

  /** Tells one of those who wait for the time before `next`, when there is one. */
  private tell(next: number): boolean {
    const at = this.watches.findIndex(({ until }) => next > until || next === Infinity);
    if (at < 0) return false;
    const [watch] = this.watches.splice(at, 1) as [Watch];
    watch.quiet();
    this.hop();
    return true;
  }

  protected override deadlock(): void {
    this.fail(new DeadlockError(this.time, this.waits));
  }
}
