/**
 * Soon, but fair: jobs run in microtasks, and every so often in a macrotask, so that timers and I/O get their turn.
 *
 * The microtasks are those of one async function that lives as long as the queue, and a macrotask only lets it go on. So all jobs run in the context
 * in which the queue was made, whoever defers them: no task's async context leaks into another's, and none has to be replaced, which is dear on some hosts.
 *
 * @module
 */

interface Job {
  run(): void;
}

/** How many times jobs may run in microtasks before they wait for a macrotask, or before the clock is asked whether they must. */
const STREAK = 16;
/** How long, in ms, jobs may run in microtasks where there is a clock. */
const SLICE = 2;

const settled = Promise.resolve();

/** What a {@link FairQueue} needs of its host. */
export interface FairQueueHost {
  /** Runs a function after the promise reactions that are due, once timers and I/O had their chance. */
  macrotask(job: () => void): void;
  /** A clock, in ms. Without one the turns are counted, so that they are the same in every run. */
  now?(): number;
}

/**
 * First in first out, never inside the caller.
 *
 * @example
 * const queue = new FairQueue({ macrotask: (job) => setImmediate(job), now: () => performance.now() });
 * const log: string[] = [];
 * queue.defer({ run: () => log.push("job") });
 * log.push("caller");
 * await Promise.resolve().then(() => undefined);
 * log; // => ["caller", "job"]
 */
export class FairQueue {
  private readonly host: FairQueueHost;
  private jobs: Job[] = [];
  private streak = 0;
  private sliceEnd = 0;
  /** Lets the microtasks go on; `null` while they are on their way. */
  private open: (() => void) | null = null;
  private readonly remember = (resolve: () => void): void => {
    this.open = resolve;
  };
  private wanted = false;
  private readonly turn = (): void => {
    this.wanted = true;
    const { open } = this;
    this.open = null;
    open?.();
  };

  constructor(host: FairQueueHost) {
    this.host = host;
    void this.pump();
  }

  /** How many jobs wait for their turn. */
  get length(): number {
    return this.jobs.length;
  }

  /** Runs `job` soon. */
  defer(job: Job): void {
    if (this.jobs.push(job) > 1) return;
    if (++this.streak >= STREAK && this.isLongEnough()) {
      this.streak = 0;
      this.host.macrotask(this.turn);
    } else this.turn();
  }

  /** A macrotask has passed: timers and I/O had their chance. */
  breathed(): void {
    this.streak = 0;
  }

  private isLongEnough(): boolean {
    if (this.host.now === undefined) return true;
    const now = this.host.now();
    if (now < this.sliceEnd) {
      this.streak = 0; // Asked again after as many.
      return false;
    }
    this.sliceEnd = now + SLICE;
    return true;
  }

  private async pump(): Promise<void> {
    for (;;) {
      await (this.wanted ? settled : new Promise<void>(this.remember));
      this.wanted = false;
      this.drain();
    }
  }

  private drain(): void {
    const { jobs } = this;
    this.jobs = [];
    for (const job of jobs) {
      try {
        job.run();
      } catch (error) {
        void Promise.reject(error); // A defect of ours: the host tells it, and the others go on.
      }
    }
  }
}
