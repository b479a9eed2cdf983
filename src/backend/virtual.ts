/**
 * The virtual backend: a clock that jumps.
 *
 * When nothing is left to do at this instant, the clock reads the time of the earliest timer, and that timer runs. What "nothing left" means is
 * the whole art: promise reactions cannot be counted, so between any two events the loop takes one real macrotask hop, after which every
 * reaction that was due has run, however long the chain. One timer runs per hop, so that microtasks run between timers of the same instant.
 *
 *     idle ──defer, arm, hold released──▶ hopping ──▶ one timer ──▶ hopping ──▶ … ──▶ idle
 *                                            └──(nothing at all is left: grace, then the deadlock is told)
 *
 * @module
 */

import { DeadlockError } from "../base/errors.ts";
import { FairQueue } from "../base/fair-queue.ts";
import { Heap } from "../base/heap.ts";
import type { Backend, Job, RunControl } from "../port/backend.ts";
import type { Host, HostTimer } from "../port/host.ts";

/** How long, in real ms, a standstill must last to be called a deadlock: foreign work that it cannot see may still end. */
const GRACE = 20;

/** The rank of a timer among those of the same instant: lower ones first. Only a test has other ranks than this one. */
export const TIMER = 0;

/** What is to happen at a time. Disposing forgets it. */
export class Timer implements Disposable {
  readonly deadline: number;
  readonly rank: number;
  readonly order: number;
  job: Job | null;
  private readonly clock: VirtualBackend;

  constructor(clock: VirtualBackend, deadline: number, rank: number, order: number, job: Job) {
    this.clock = clock;
    this.deadline = deadline;
    this.rank = rank;
    this.order = order;
    this.job = job;
  }

  [Symbol.dispose](): void {
    if (this.job === null) return;
    this.job = null;
    this.clock._forgot();
  }
}

/** Work outside that goes on. */
export interface Held {
  readonly what: string;
}

function isBefore(a: Timer, b: Timer): boolean {
  if (a.deadline !== b.deadline) return a.deadline < b.deadline;
  return a.rank < b.rank || (a.rank === b.rank && a.order < b.order);
}

/** Virtual time from 0, in ms. Real work is waited for while a {@link VirtualBackend.hold} says so. */
export class VirtualBackend implements Backend {
  readonly name = "virtual";
  readonly dated = true;
  protected readonly host: Host;
  private readonly queue: FairQueue;
  private readonly timers = new Heap<Timer>(isBefore);
  protected readonly runs: Set<RunControl> = new Set<RunControl>();
  protected readonly holds: Set<Held> = new Set<Held>();
  protected time = 0;
  protected order = 0;
  private forgotten = 0;
  private hopping = false;
  private grace: HostTimer | null = null;
  /** How long it waits, in real ms, before it calls a standstill a deadlock. */
  protected patience: number = GRACE;
  /** Those who go on as soon as the timer that fires has told them so; `null` while none fires. */
  private woken: Job[] | null = null;
  private readonly hopped = (): void => {
    this.hopping = false;
    this.queue.breathed();
    this.advance();
  };

  constructor(host: Host) {
    this.host = host;
    this.queue = new FairQueue({
      macrotask: (job) => {
        host.macrotask(job);
      },
    });
  }

  now(): number {
    return this.time;
  }

  defer(job: Job): void {
    if (this.woken === null) {
      this.queue.defer(job);
      this.hop();
    } else this.woken.push(job);
  }

  arm(deadline: number, job: Job): Disposable {
    return this.schedule(deadline, TIMER, this.order++, job);
  }

  protected schedule(deadline: number, rank: number, order: number, job: Job): Disposable {
    const timer = new Timer(this, Math.max(deadline, this.time), rank, order, job);
    this.timers.push(timer);
    this.hop();
    return timer;
  }

  hold(what: string): Disposable {
    const held = { what };
    this.holds.add(held);
    return {
      [Symbol.dispose]: () => {
        if (this.holds.delete(held)) this.hop();
      },
    };
  }

  enter(run: RunControl): void {
    this.runs.add(run);
    this.hop();
  }

  leave(run: RunControl): void {
    this.runs.delete(run);
    if (this.runs.size === 0) this.stopGrace();
  }

  /** Comes back when every reaction that is due has run. */
  protected hop(): void {
    this.stopGrace();
    if (this.hopping) return;
    this.hopping = true;
    this.host.macrotask(this.hopped);
  }

  protected advance(): void {
    if (this.queue.length > 0) {
      this.hop(); // A fair queue waits for a macrotask now and then: it is not empty yet.
      return;
    }
    if (this.holds.size === 0) this.step();
  }

  /** Every reaction that was due has run, and nothing is held: time may pass. */
  protected step(): void {
    if (this.runs.size === 0) return;
    const timer = this.earliest();
    if (timer === null) this.standStill();
    else this.fire(timer);
  }

  /** The next timer, still in the heap. */
  protected earliest(): Timer | null {
    for (let timer = this.timers.peek(); timer !== undefined; timer = this.timers.peek()) {
      if (timer.job !== null) return timer;
      this.timers.pop();
      this.forgotten--;
    }
    return null;
  }

  /** Takes the earliest timer out of the heap. */
  protected take(): void {
    this.timers.pop();
  }

  /** Lets the {@link earliest} timer fire. */
  protected fire(timer: Timer): void {
    this.take();
    this.time = timer.deadline;
    const { job } = timer;
    timer.job = null;
    if (job !== null) this.letGo(job);
  }

  /** Lets `job` go on, and with it whoever it wakes: the stack is empty here, so they need not wait for a microtask. */
  protected letGo(job: Job): void {
    const woken: Job[] = (this.woken = []);
    this.hopping = true; // One hop for all of them.
    try {
      job.run();
      this.woken = null;
      for (const next of woken) next.run();
    } finally {
      this.woken = null;
      this.host.macrotask(this.hopped);
    }
  }

  /** Nothing is left to do. Foreign work that nobody sees may still end. */
  protected standStill(): void {
    this.grace = this.host.timer(this.patience, () => {
      this.grace = null;
      this.deadlock();
    });
  }

  /** @internal A timer was disposed that is still in the heap. When most are, they go. */
  _forgot(): void {
    if (++this.forgotten < 64 || this.forgotten * 2 < this.timers.size) return;
    this.timers.filter((timer) => timer.job !== null);
    this.forgotten = 0;
  }

  protected deadlock(): void {
    for (const run of [...this.runs]) run.abort(new DeadlockError(this.time, run.waits()));
    this.hop(); // What the runs do about it may come to a standstill again.
  }

  private stopGrace(): void {
    this.grace?.cancel();
    this.grace = null;
  }
}
