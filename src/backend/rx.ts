/**
 * The rx backend: any RxJS scheduler.
 *
 * @module
 */

import { LONGEST_DELAY } from "../base/deadline-queue.ts";
import { asapScheduler, asyncScheduler, type SchedulerLike, type Subscription } from "../base/rx.ts";
import type { Backend, Job, RunControl } from "../port/backend.ts";
import type { Host, HostTimer } from "../port/host.ts";

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
  private readonly host: Host;
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
  private lifeline: HostTimer | null = null;
  private readonly turn = (): void => {
    this.drain();
  };

  constructor(host: Host, scheduler: SchedulerLike = asyncScheduler) {
    this.host = host;
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
    return new Timer(this.scheduler, deadline, job);
  }

  hold(): Disposable {
    return { [Symbol.dispose]: () => undefined }; // Schedulers of RxJS know no such thing.
  }

  /** The process lives as long as a run does, unless its time is virtual. */
  enter(run: RunControl): void {
    this.runs.add(run);
    if (!this.virtual && this.lifeline === null) this.live();
  }

  leave(run: RunControl): void {
    this.runs.delete(run);
    if (this.runs.size > 0) return;
    this.lifeline?.cancel();
    this.lifeline = null;
  }

  private live(): void {
    this.lifeline = this.host.timer(LONGEST_DELAY, () => {
      this.live();
    });
  }

  private request(): void {
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
  private action: Subscription;
  private over = false;

  constructor(scheduler: SchedulerLike, deadline: number, job: Job) {
    this.scheduler = scheduler;
    this.deadline = deadline;
    this.job = job;
    this.action = this.next();
  }

  private next(): Subscription {
    const left = Math.min(Math.max(this.deadline - this.scheduler.now(), 0), LONGEST_DELAY);
    let inside = true;
    const action = this.scheduler.schedule(() => {
      // `queueScheduler` runs what is due inside the caller.
      if (inside)
        void settled.then(() => {
          this.fire();
        });
      else this.fire();
    }, left);
    inside = false;
    return action;
  }

  private fire(): void {
    if (this.over) return;
    // Host timers count whole milliseconds, and the longest is shorter than some deadlines.
    if (this.scheduler.now() < this.deadline) this.action = this.next();
    else {
      this.over = true;
      runSafely(this.job);
    }
  }

  [Symbol.dispose](): void {
    this.over = true;
    this.action.unsubscribe();
  }
}
