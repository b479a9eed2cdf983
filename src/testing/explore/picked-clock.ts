/**
 * The picked clock: virtual time in which somebody else picks what happens next.
 *
 * The tasks that could go on, and the timers that are due at this very instant, compete for each step; one of them gets it, and every promise
 * reaction that follows from it runs before the next is picked. What a program may rely on is left alone: a task that waits is never let go on, and
 * no timer fires before its time.
 *
 * @module
 */

import type { Timer } from "../../backend/virtual.ts";
import type { Job } from "../../port/backend.ts";
import type { Host } from "../../port/host.ts";
import { Clock, type ClockOptions, TIMER } from "../clock.ts";
import { LivelockError } from "../errors.ts";

/** Something that could happen next. */
export interface Candidate {
  /** What goes on. */
  readonly job: Job;
  /** Whether it is a timer that is due, and not a task that may go on. */
  readonly timer: boolean;
}

/** Picks what happens next: the place of one of two candidates or more. They stand in the order in which they would happen otherwise. */
export type Picker = (candidates: readonly Candidate[]) => number;

/** Options of a {@link PickedClock}. */
export interface PickedClockOptions extends ClockOptions {
  readonly picker?: Picker | undefined;
}

/** Virtual time, step by step as it is picked. */
export class PickedClock extends Clock {
  private readonly picker: Picker;
  /** What could go on now, in the order in which it was woken. */
  private readonly ready: Job[] = [];
  /** The timers of this instant, out of the heap. */
  private readonly due: Timer[] = [];
  private readonly maxTurns: number;
  private instant = 0;
  private turns = 0;

  constructor(host: Host, options: PickedClockOptions = {}) {
    super(host, options);
    this.maxTurns = options.maxStepsPerInstant ?? 100_000;
    this.picker = options.picker ?? (() => 0);
  }

  override defer(job: Job): void {
    this.ready.push(job);
    this.hop();
  }

  protected override advance(): void {
    const held = this.holds.size > 0;
    if (this.ready.length > 0) this.go(held ? 0 : this.gather());
    else if (!held) this.step();
  }

  protected override earliest(): Timer | null {
    const { due } = this;
    while (due.length > 0 && due[0]?.job === null) due.shift();
    const [first] = due;
    const other = super.earliest();
    if (first === undefined) return other;
    return other !== null && other.deadline <= this.time && other.rank < first.rank ? other : first;
  }

  protected override fire(timer: Timer): void {
    this.pass(timer.deadline);
    if (timer.rank === TIMER) this.go(this.gather());
    else super.fire(timer);
  }

  /** Takes the timers of this instant out of the heap. Says how many there are. */
  private gather(): number {
    const { due } = this;
    let kept = 0;
    for (const timer of due) if (timer.job !== null) due[kept++] = timer;
    due.length = kept;
    for (;;) {
      const timer = super.earliest();
      if (timer === null || timer.deadline > this.time || timer.rank > TIMER) return due.length;
      if (timer.rank < TIMER) return 0; // Such come first, and in their own order.
      this.take();
      due.push(timer);
    }
  }

  /** Lets one of those go on who could. */
  private go(timers: number): void {
    const { ready, due } = this;
    const count = ready.length + timers;
    if (this.time !== this.instant) {
      this.instant = this.time;
      this.turns = 0;
    }
    if (++this.turns > this.maxTurns) {
      this.turns = 0;
      this.fail(new LivelockError(this.time, "maxStepsPerInstant", this.maxTurns, this.waits));
    }
    const candidate = (at: number): Candidate =>
      at < ready.length
        ? { job: ready[at] as Job, timer: false }
        : { job: (due[at - ready.length] as Timer).job as Job, timer: true };
    const at = count === 1 ? 0 : this.picker(Array.from({ length: count }, (_, i) => candidate(i)));
    const { job, timer } = candidate(at);
    if (timer) (due.splice(at - ready.length, 1)[0] as Timer).job = null;
    else ready.splice(at, 1);
    this.letGo(job);
  }
}
