/**
 * The engine of a run: the queue of what may go on, between the kernel and a backend.
 *
 * Whatever resumes a task (an item that arrived, a lock that was freed, a timer, a cancellation) puts a job here. The queue is drained in
 * batches, first in first out, each batch started by the backend. A batch ends when its credit is used up, so that timers and I/O get their
 * turn; waits that complete in place use the same credit.
 *
 * @module
 */

import { Deque } from "../base/deque.ts";
import { randomFrom } from "../base/random.ts";
import type { Backend, Job } from "../port/backend.ts";
import type { ContextStore, Ground } from "../port/host.ts";
import { bound } from "./binding.ts";

/** How many waits may complete between two turns of the backend. */
const CREDIT = 64;

/** How a run keeps its scope across `await`. */
export type ContextMode = "store" | "handoff" | "strict";

/** A scope, as far as its engine cares. */
export interface Place {
  readonly name: string;
  /** @internal */
  readonly _engine: Engine;
}

/** What is waited for, as far as its engine cares. */
export interface Waited {
  /** @internal */
  readonly _joins: boolean;
  /** @internal */
  readonly _yields: boolean;
  describe(): string;
}

/** What one run shares: its backend, its queue, its way to keep the context. */
export class Engine implements Job {
  readonly backend: Backend;
  readonly mode: ContextMode;
  /** @internal What is left of this batch. A wait that completes in place takes one, and goes through the queue when none is left. */
  _credit: number = CREDIT;
  /** @internal How many batches have begun. */
  _batches = 0;
  /** @internal Told when the queue is empty. */
  _drained: (() => void) | null = null;
  /** @internal Told of each wait as it begins, before it is asked whether it is cancelled: for tests. */
  _onWait: ((scope: Place, source: Waited) => void) | null = null;
  /** Whether waits are dated: where reading the clock is free, and in development mode. */
  readonly dated: boolean;
  private readonly ready = new Deque<Job>();
  private readonly shuffle: Shuffle | null;
  protected readonly store: ContextStore;
  private scheduled = false;
  /** @internal Where it was made, as a rule by a run that begins: what its tasks enter the store from. `null` where there is no store. */
  readonly _ground: Ground | null;

  /** @param seed - Shuffles the order in which tasks begin that were spawned together; without it that order is kept. */
  constructor(backend: Backend, store: ContextStore, mode: ContextMode, seed?: number) {
    this.backend = backend;
    this.dated = backend.dated === true || bound.development !== null;
    this.shuffle = seed === undefined ? null : new Shuffle(seed);
    this.store = store;
    this.mode = mode;
    this._ground = mode === "store" ? (store.ground?.() ?? null) : null;
  }

  /** Lets `job` go on, after everything that may go on already. */
  wake(job: Job): void {
    this.ready.push(job);
    if (!this.scheduled) {
      this.scheduled = true;
      this.backend.defer(this);
    }
  }

  /** Lets a new task begin, after everything that may go on already. */
  spawn(task: Job): void {
    if (this.shuffle === null) this.wake(task);
    else {
      this.shuffle.pool.push(task);
      this.wake(this.shuffle);
    }
  }

  /** @internal What is about to go on. */
  *_queued(): Generator<Job> {
    yield* this.ready;
    if (this.shuffle !== null) yield* this.shuffle.pool;
  }

  /**
   * @internal Lets `job` go on at once, when nobody stands in the queue before it and there is credit. Only for jobs that run nothing inside the
   * caller but settle a native promise.
   */
  _wakePromptly(job: Job): void {
    if (this.ready.length > 0 || --this._credit < 0) this.wake(job);
    else {
      if (this.dated) this.backend.defer(NOTHING); // Where the clock jumps, the backend must hear that it is no standstill.
      job.run();
    }
  }

  /** @internal Whether anybody is about to go on. */
  get _busy(): boolean {
    return this.scheduled;
  }

  /** Runs one batch. The backend calls it. */
  run(): void {
    // Whoever filled the queue may have done so in some task's context: no other task may inherit that.
    if (this.store.get() === undefined) this.drain();
    else this.store.run(undefined, drain, this);
  }

  /** @internal */
  drain(): void {
    const { ready } = this;
    this._credit = CREDIT;
    this._batches++;
    try {
      while (ready.length > 0 && this._credit-- > 0) {
        (ready.shift() as Job).run();
      }
    } finally {
      // Not before the loop: what these jobs wake joins this batch. And also after a defect of ours: the others go on.
      if (ready.length > 0) this.backend.defer(this);
      else {
        this.scheduled = false;
        this._drained?.();
      }
    }
  }
}

/** Is deferred to be heard of. */
const NOTHING: Job = {
  run: () => undefined,
};

/** Stands in the queue for each new task, and lets any of them begin when it is called. */
class Shuffle implements Job {
  readonly pool: Job[] = [];
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  run(): void {
    const { pool } = this;
    const at = Math.floor(this.random() * pool.length);
    const task = pool[at] as Job;
    pool[at] = pool[pool.length - 1] as Job;
    pool.pop();
    task.run();
  }
}

function drain(engine: Engine): void {
  engine.drain();
}
