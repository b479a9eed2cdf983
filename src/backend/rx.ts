/**
 * The rx backend: any RxJS scheduler.
 *
 * @module
 */

import { LONGEST_DELAY } from "../base/deadline-queue.ts";
import { Lifeline } from "../base/lifeline.ts";
import { asapScheduler, asyncScheduler, type SchedulerLike } from "../base/rx.ts";
import type { Backend, Job, RunControl } from "../port/backend.ts";
import type { Host } from "../port/host.ts";

/** How often, and for how many ms, work may go to a scheduler that lets no timer run, before it waits for a timer itself. */
const STREAK = 16;
const SLICE = 4;

const settled = Promise.resolve();

/**
 * Runs everything as actions of a scheduler: its clock is the clock, its order the order.
 *
 * For `asyncScheduler`, the default, what is due at once goes to `asapScheduler`, as RxJS itself advises: an action of the former takes a
 * millisecond at least.
 */
export class RxBackend implements Backend {
  readonly name = "rx";
  private readonly scheduler: SchedulerLike;
  private readonly soon: SchedulerLike;
  /** Its time passes in a `flush()`, for which no process has to live. */
  private readonly virtual: boolean;
  private jobs: Job[] = [];
  /** Work that is due at once keeps timers of the host from firing. Of other schedulers that is found out. */
  private tireless: boolean;
  private streak = 0;
  private sliceEnd = 0;
  private readonly runs = new Set<RunControl>();
  private readonly lifeline: Lifeline;
  private held: Disposable | null = null;
  /** What the scheduler threw. Whatever it does from then on, runs end without it. */
  private broken: Error | null = null;
  private readonly turn = (): void => {
    this.drain();
  };

  constructor(host: Host, scheduler: SchedulerLike = asyncScheduler) {
    this.lifeline = new Lifeline((delay, job) => host.timer(delay, job));
    this.scheduler = scheduler;
    this.virtual = "frame" in scheduler;
    this.tireless = scheduler === asyncScheduler || scheduler === asapScheduler;
    this.soon = this.tireless ? asapScheduler : scheduler;
  }

  now(): number {
    return this.scheduler.now();
  }

  defer(job: Job): void {
    if (this.jobs.push(job) === 1) this.request();
  }

  arm(deadline: number, job: Job): Disposable {
    return new Timer(this.scheduler, deadline, job, (error) => {
      this.giveUp(error);
    });
  }

  hold(): Disposable {
    return { [Symbol.dispose]: () => undefined }; // Schedulers of RxJS know no such thing.
  }

  /** The process lives as long as a run does, unless its time is virtual. */
  enter(run: RunControl): void {
    this.runs.add(run);
    if (this.broken !== null) this.abort(run, this.broken);
    if (!this.virtual) this.held ??= this.lifeline.hold();
  }

  leave(run: RunControl): void {
    this.runs.delete(run);
    if (this.runs.size > 0) return;
    this.held?.[Symbol.dispose]();
    this.held = null;
  }

  private request(): void {
    if (this.broken !== null) void settled.then(this.turn);
    else {
      try {
        this.ask();
      } catch (error) {
        this.giveUp(error);
      }
    }
  }

  private ask(): void {
    if (this.tireless && ++this.streak >= STREAK && this.isLongEnough()) {
      this.scheduler.schedule(this.turn, 1);
      return;
    }
    let inside = true;
    this.soon.schedule(() => {
      if (inside) {
        // As `queueScheduler` does: inside of the caller.
        this.tireless = true;
        void settled.then(this.turn);
      } else this.drain();
    });
    inside = false;
  }

  /** The scheduler threw: its runs are cancelled, and clean up without it. */
  private giveUp(error: unknown): void {
    if (this.broken !== null) return;
    this.broken = error instanceof Error ? error : new Error("The scheduler threw what is no error", { cause: error });
    for (const run of this.runs) this.abort(run, this.broken);
    void settled.then(this.turn); // What it was asked to do may never be done.
  }

  private abort(run: RunControl, cause: Error): void {
    // Not inside of a wait that is just being registered.
    void settled.then(() => {
      if (this.runs.has(run)) run.abort(cause);
    });
  }

  private isLongEnough(): boolean {
    const now = this.now();
    if (now < this.sliceEnd) return false;
    this.streak = 0;
    this.sliceEnd = now + SLICE;
    return true;
  }

  private drain(): void {
    const { jobs } = this;
    this.jobs = [];
    for (const job of jobs) runSafely(job);
  }
}

/** A scheduler takes back everything that is scheduled when one action throws. */
function runSafely(job: Job): void {
  try {
    job.run();
  } catch (error) {
    void Promise.reject(error); // A defect of ours: the host tells it, and the others go on.
  }
}

class Timer implements Disposable {
  private readonly scheduler: SchedulerLike;
  private readonly deadline: number;
  private readonly job: Job;
  private readonly broke: (error: unknown) => void;
  private action: { unsubscribe(): void } | null = null;
  private over = false;

  /** @param broke - Told what the scheduler throws. */
  constructor(scheduler: SchedulerLike, deadline: number, job: Job, broke: (error: unknown) => void) {
    this.scheduler = scheduler;
    this.deadline = deadline;
    this.job = job;
    this.broke = broke;
    this.next();
  }

  private next(): void {
    let inside = true;
    try {
      const left = Math.min(Math.max(this.deadline - this.scheduler.now(), 0), LONGEST_DELAY);
      this.action = this.scheduler.schedule(() => {
        // `queueScheduler` runs what is due inside the caller.
        if (inside)
          void settled.then(() => {
            this.fire();
          });
        else this.fire();
      }, left);
    } catch (error) {
      this.broke(error);
    }
    inside = false;
  }

  private fire(): void {
    if (this.over) return;
    // Host timers count whole milliseconds, and the longest is shorter than some deadlines.
    if (this.isEarly()) this.next();
    else {
      this.over = true;
      runSafely(this.job);
    }
  }

  private isEarly(): boolean {
    try {
      return this.scheduler.now() < this.deadline;
    } catch {
      return true; // It throws again when the timer is set, and is given up there.
    }
  }

  [Symbol.dispose](): void {
    this.over = true;
    this.action?.unsubscribe();
  }
}
