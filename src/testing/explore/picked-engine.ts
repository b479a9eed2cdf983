/**
 * The picked engine: each task that may go on is handed to the backend alone.
 *
 * No wait completes in place, so each of them is a point at which somebody else may be picked.
 *
 * @module
 */

import { Engine } from "../../kernel/engine.ts";
import type { Job } from "../../port/backend.ts";

/** The turn of one job. */
export class Turn implements Job {
  /** What goes on. */
  readonly job: Job;
  private readonly engine: PickedEngine;

  constructor(engine: PickedEngine, job: Job) {
    this.engine = engine;
    this.job = job;
  }

  run(): void {
    this.engine._turn(this);
  }
}

/** An engine whose backend picks who goes on. */
export class PickedEngine extends Engine {
  override _credit = 0;
  private readonly turns: Set<Turn> = new Set<Turn>();

  override wake(job: Job): void {
    const turn = new Turn(this, job);
    this.turns.add(turn);
    this.backend.defer(turn);
  }

  override spawn(task: Job): void {
    this.wake(task);
  }

  override _wakePromptly(job: Job): void {
    this.wake(job);
  }

  override get _busy(): boolean {
    return this.turns.size > 0;
  }

  override *_queued(): Generator<Job> {
    for (const { job } of this.turns) yield job;
  }

  /** @internal */
  _turn(turn: Turn): void {
    this.turns.delete(turn);
    this._batches++;
    const { store } = this;
    if (store.get() === undefined) turn.job.run();
    else store.run(undefined, runJob, turn.job);
    if (this.turns.size === 0) this._drained?.();
  }
}

function runJob(job: Job): void {
  job.run();
}
