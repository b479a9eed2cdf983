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
  /** In which turn of the clock it came to stand here. */
  readonly since: number;
}

/** Picks what happens next. */
export interface Picker {
  /**
   * The place of the one that gets the next step. Called for each step, also when there is no choice. The candidates stand in the order in which
   * they would happen otherwise: the tasks, longest first, then the timers.
   */
  pick(candidates: readonly Candidate[], turn: number): number;
}

/** Options of a {@link PickedClock}. */
export interface PickedClockOptions extends ClockOptions {
  readonly picker?: Picker | undefined;
}

/** Virtual time, step by step as it is picked. */
export class PickedClock extends Clock {
  private readonly picker: Picker | null;
  /** What could go on now, in the order in which it was woken. */
  private readonly ready: Candidate[] = [];
  /** The timers of this instant, out of the heap, and what they stand for. */
  private readonly due: { readonly timer: Timer; readonly since: number }[] = [];
  private readonly maxTurns: number;
  private instant = 0;
  private turn = 0;
  private turns = 0;
  /** Whether the runs were told to end: what they do about it is nobody's choice. */
  private failing = false;
  private left: (() => void) | null = null;

  constructor(host: Host, options: PickedClockOptions = {}) {
    super(host, options);
    this.maxTurns = options.maxStepsPerInstant ?? 10_000;
    this.picker = options.picker ?? null;
  }

  override defer(job: Job): void {
    this.ready.push({ job, timer: false, since: this.turn });
    this.hop();
  }

  /**
   * Every run has ended: what is still due at this instant happens, in order. RxJS, for one, tells of an error that nobody handles in a timer of its
   * own. Timers that set each other for ever are left.
   */
  settle(): Promise<void> {
    this.failing = true;
    this.led = true;
    this.limit = this.time;
    this.turns = 0;
    this.holds.clear(); // Real work that nobody waits for any more.
    return new Promise((resolve) => {
      this.left = () => {
        this.led = false;
        this.ready.length = 0;
        resolve();
      };
      this.watch({ until: this.time, quiet: this.left });
    });
  }

  override fail(error: Error): void {
    this.failing = true;
    if (this.runs.size === 0) this.left?.();
    super.fail(error);
  }

  protected override advance(): void {
    const held = this.holds.size > 0;
    if (this.ready.length > 0) this.go(held ? 0 : this.gather());
    else if (!held) this.step();
  }

  protected override earliest(): Timer | null {
    const { due } = this;
    while (due.length > 0 && due[0]?.timer.job === null) due.shift();
    const first = due[0]?.timer;
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
    for (const one of due) if (one.timer.job !== null) due[kept++] = one;
    due.length = kept;
    for (;;) {
      const timer = super.earliest();
      if (timer === null || timer.deadline > this.time || timer.rank > TIMER) return due.length;
      if (timer.rank < TIMER) return 0; // Such come first, and in their own order.
      this.take();
      due.push({ timer, since: this.turn });
    }
  }

  /** Lets one of those go on who could. */
  private go(timers: number): void {
    const { ready, due } = this;
    if (this.time !== this.instant) {
      this.instant = this.time;
      this.turns = 0;
    }
    this.turn++;
    if (++this.turns > this.maxTurns) {
      this.turns = 0;
      this.fail(new LivelockError(this.time, "maxStepsPerInstant", this.maxTurns, this.waits));
    }
    if (ready.length + timers === 0) return; // Given up.
    const candidates: Candidate[] = ready.slice();
    for (let i = 0; i < timers; i++) {
      const { timer, since } = due[i] as (typeof due)[number];
      candidates.push({ job: timer.job as Job, timer: true, since });
    }
    const at = this.picker === null || this.failing ? 0 : this.picker.pick(candidates, this.turn);
    const { job, timer } = candidates[at] as Candidate;
    if (timer) (due.splice(at - ready.length, 1)[0] as (typeof due)[number]).timer.job = null;
    else ready.splice(at, 1);
    this.letGo(job);
  }
}
