/**
 * The rx backend: any RxJS scheduler.
 *
 * @module
 */

import { LONGEST_DELAY } from "../base/deadline-queue.ts";
import { asapScheduler, asyncScheduler, type SchedulerLike, type Subscription } from "../base/rx.ts";
import type { Backend, Job, RunControl } from "../port/backend.ts";

/** How often, and for how many ms, work may go to `asapScheduler`, which lets no timer run, before it goes to `asyncScheduler`. */
const STREAK = 16;
const SLICE = 4;

/**
 * Runs everything as actions of a scheduler: its clock is the clock, its order the order.
 *
 * For `asyncScheduler`, the default, what is due at once goes to `asapScheduler`, as RxJS itself advises: an action of the former takes a
 * millisecond at least.
 */
export class RxBackend implements Backend {
  readonly name = "rx";
  private readonly scheduler: SchedulerLike;
  private streak = 0;
  private sliceEnd = 0;
  private readonly runs = new Map<RunControl, Subscription>();

  constructor(scheduler: SchedulerLike = asyncScheduler) {
    this.scheduler = scheduler;
  }

  now(): number {
    return this.scheduler.now();
  }

  defer(job: Job): void {
    const soon = this.soon();
    let inside = true;
    soon.schedule(() => {
      // `queueScheduler` would run it inside the caller.
      if (inside)
        void settled.then(() => {
          job.run();
        });
      else job.run();
    });
    inside = false;
  }

  arm(deadline: number, job: Job): Disposable {
    return new Timer(this.scheduler, deadline, job);
  }

  hold(): Disposable {
    return { [Symbol.dispose]: () => undefined }; // Schedulers of RxJS know no such thing.
  }

  /** The process lives as long as a run does, unless its time is virtual. */
  enter(run: RunControl): void {
    if (!("frame" in this.scheduler))
      this.runs.set(
        run,
        asyncScheduler.schedule(() => undefined, LONGEST_DELAY),
      );
  }

  leave(run: RunControl): void {
    this.runs.get(run)?.unsubscribe();
    this.runs.delete(run);
  }

  private soon(): SchedulerLike {
    if (this.scheduler !== asyncScheduler && this.scheduler !== asapScheduler) return this.scheduler;
    if (++this.streak < STREAK) return asapScheduler;
    const now = this.now();
    if (now < this.sliceEnd) return asapScheduler;
    this.streak = 0;
    this.sliceEnd = now + SLICE;
    return asyncScheduler;
  }
}

const settled = Promise.resolve();

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
      this.job.run();
    }
  }

  [Symbol.dispose](): void {
    this.over = true;
    this.action.unsubscribe();
  }
}
