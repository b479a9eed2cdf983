/**
 * Turns: jobs on a scheduler of Effect's, first in first out.
 *
 * A turn runs what was deferred, and asks for the turn after it, until one finds nothing to do. So a chain of turns ends when everything that
 * one event has set off is done, promise reactions included: there is a turn of the host between two of them. That matters to a `TestClock`:
 * while it adjusts, it moves on when all tasks have run that were scheduled in the course of the event, however indirectly. It knows by the
 * stack. So who defers inside of a fiber begins a chain, also when one is on its way: that one may be nobody's business.
 *
 * @module
 */

import * as Fiber from "effect/Fiber";
import type { Clock } from "effect/Clock";
import type { Scheduler, SchedulerDispatcher } from "effect/Scheduler";
import type { Job } from "../../port/backend.ts";

/** How many chains there may be. The oldest ends when there are more. */
const CHAINS = 3;

interface Chain {
  /** How many batches had been run when it last looked. */
  seen: number;
}

const shared = new WeakMap<Scheduler, WeakMap<Clock, Turns>>();

/** The turns of all fibers with that scheduler and that clock: what one of them sets off may be another's. */
export function turnsOf(scheduler: Scheduler, clock: Clock): Turns {
  let byClock = shared.get(scheduler);
  if (byClock === undefined) shared.set(scheduler, (byClock = new WeakMap()));
  let turns = byClock.get(clock);
  if (turns === undefined) byClock.set(clock, (turns = new Turns(scheduler.makeDispatcher())));
  return turns;
}

/** Runs jobs soon, on a scheduler, never inside the caller. */
export class Turns {
  private readonly dispatcher: SchedulerDispatcher;
  /** Called when nothing is left to do. */
  private readonly settling = new Set<() => void>();
  private jobs: Job[] = [];
  private readonly chains: Chain[] = [];
  private batches = 0;
  private running = false;

  constructor(dispatcher: SchedulerDispatcher) {
    this.dispatcher = dispatcher;
  }

  /** Runs `job` in the next turn. */
  defer(job: Job): void {
    this.jobs.push(job);
    if (!this.running && (this.chains.length === 0 || Fiber.getCurrent() !== undefined)) this.follow();
  }

  /** Begins a chain, also when there is nothing to do yet: for whatever comes of the event at hand. */
  follow(): void {
    const chain: Chain = { seen: this.batches };
    if (this.chains.push(chain) > CHAINS) this.chains.shift();
    this.schedule(chain);
  }

  /** Calls `idle` once nothing is left to do. */
  settle(idle: () => void): void {
    this.settling.add(idle);
    if (this.chains.length === 0) this.follow();
  }

  private schedule(chain: Chain): void {
    this.dispatcher.scheduleTask(() => {
      this.turn(chain);
    }, 0);
  }

  private turn(chain: Chain): void {
    const { jobs, chains } = this;
    if (jobs.length > 0) this.run(jobs);
    const at = chains.indexOf(chain);
    if (at >= 0 && chain.seen !== this.batches) {
      chain.seen = this.batches;
      this.schedule(chain);
      return;
    }
    if (at >= 0) chains.splice(at, 1);
    if (chains.length > 0) return;
    if (this.jobs.length > 0) this.follow();
    else {
      const idle = [...this.settling];
      this.settling.clear();
      for (const call of idle) call();
    }
  }

  private run(jobs: readonly Job[]): void {
    this.jobs = [];
    this.batches++;
    this.running = true;
    for (const job of jobs) {
      try {
        job.run();
      } catch (error) {
        void Promise.reject(error); // A defect of ours: the host tells it, and the others go on.
      }
    }
    this.running = false;
  }
}
