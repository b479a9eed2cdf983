/**
 * Soon, but fair: jobs run in microtasks, and every so often in a macrotask, so that timers and I/O get their turn.
 *
 * @module
 */

interface Job {
  run(): void;
}

/** How many times jobs may run in microtasks before they wait for a macrotask. */
const STREAK = 16;

const settled = Promise.resolve();

/** First in first out, never inside the caller. */
export class FairQueue {
  private readonly macrotask: (job: () => void) => void;
  private jobs: Job[] = [];
  private streak = 0;
  private readonly drain = (): void => {
    const { jobs } = this;
    this.jobs = [];
    for (const job of jobs) job.run();
  };
  private readonly turn = (): void => {
    this.streak = 0;
    this.drain();
  };

  /** @param macrotask - Runs a function after the promise reactions that are due, once timers and I/O had their chance. */
  constructor(macrotask: (job: () => void) => void) {
    this.macrotask = macrotask;
  }

  /** How many jobs wait for their turn. */
  get length(): number {
    return this.jobs.length;
  }

  /** Runs `job` soon. */
  defer(job: Job): void {
    if (this.jobs.push(job) > 1) return;
    if (++this.streak < STREAK) void settled.then(this.drain);
    else this.macrotask(this.turn);
  }
}
