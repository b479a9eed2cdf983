/**
 * Many deadlines over one alarm.
 *
 * A host timer costs more than a heap node, and almost every deadline is forgotten before it comes: a timeout that does not fire. So the
 * deadlines live in a heap, the host keeps one alarm for the earliest, and a forgotten deadline is only marked. The alarm is left standing
 * when its deadline is forgotten: it fires early, finds nothing due, and is set again. That is cheaper than moving it each time.
 *
 * @module
 */

import { Heap } from "./heap.ts";

/**
 * The longest delay that hosts keep: beyond 2^31 - 1 ms they fire at once.
 *
 * @example
 * LONGEST_DELAY; // => 2147483647
 */
export const LONGEST_DELAY: number = 2 ** 31 - 1;

/** A job that a queue of deadlines runs. */
interface Job {
  run(): void;
}

/** The one alarm that a {@link DeadlineQueue} sets. */
export interface Alarm {
  /** The clock, in ms. */
  now(): number;
  /** Calls the queue's `ring` after `delay` ms (0 to {@link LONGEST_DELAY}). Replaces the alarm that was set before. */
  set(delay: number): void;
  /** Says whether any deadline is left: an alarm for nothing must not keep the process alive. */
  need(any: boolean): void;
}

class Entry implements Disposable {
  readonly deadline: number;
  readonly order: number;
  job: Job | null;
  /** The queue, while it is in the heap. */
  queue: DeadlineQueue | null;

  constructor(queue: DeadlineQueue, deadline: number, order: number, job: Job) {
    this.queue = queue;
    this.deadline = deadline;
    this.order = order;
    this.job = job;
  }

  [Symbol.dispose](): void {
    if (this.job === null) return;
    this.job = null;
    this.queue?.forgot();
  }
}

/** One stays for ever, so that V8 does not forget the shape: see `kernel/resident.ts`. */
let resident: Entry | null = null;

/**
 * A heap of deadlines, due in the order of time and then of arming.
 *
 * The engine's part is an {@link Alarm}: it calls `ring()` when the alarm goes off, too early or too late as it may be.
 *
 * @example
 * let time = 0;
 * const set: number[] = [];
 * const log: string[] = [];
 * const queue = new DeadlineQueue({ now: () => time, set: (delay) => set.push(delay), need: () => undefined });
 * queue.arm(30, { run: () => log.push("thirty") });
 * const ten = queue.arm(10, { run: () => log.push("ten") });
 * ten[Symbol.dispose]();
 * time = 30;
 * queue.ring();
 * log; // => ["thirty"]
 * set; // => [30, 10]
 */
export class DeadlineQueue {
  private readonly alarm: Alarm;
  private readonly heap = new Heap<Entry>(
    (a, b) => a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order),
  );
  private order = 0;
  private dead = 0;
  private setFor = Infinity;
  private readonly ringing: Entry[] = [];

  constructor(alarm: Alarm) {
    this.alarm = alarm;
    resident ??= new Entry(this, 0.5, 0, { run: () => undefined });
  }

  /** Runs `job` once the clock reads `deadline`. */
  arm(deadline: number, job: Job): Disposable {
    const entry = new Entry(this, deadline, this.order++, job);
    if (this.live === 0) this.alarm.need(true);
    this.heap.push(entry);
    if (deadline < this.setFor) this.reset(deadline);
    return entry;
  }

  /** The alarm was taken down. Only when nothing is needed. */
  rest(): void {
    this.setFor = Infinity;
  }

  /** The alarm went off: runs what is due, and sets the alarm for what is not. */
  ring(): void {
    this.setFor = Infinity;
    const now = this.alarm.now();
    // Collected first: a job that arms a deadline of "now" gets the next ring, or it could ring for ever.
    for (let top = this.heap.peek(); top !== undefined && top.deadline <= now; top = this.heap.peek()) {
      this.heap.pop();
      top.queue = null;
      if (top.job === null) this.dead--;
      else this.ringing.push(top);
    }
    for (const entry of this.ringing) {
      const { job } = entry;
      entry.job = null; // Disposing it from here on is too late and counts nothing.
      try {
        job?.run();
      } catch (error) {
        void Promise.reject(error); // A defect of ours: the host tells it, and the others go on.
      }
    }
    this.ringing.length = 0;
    this.drop();
    const next = this.heap.peek();
    if (next === undefined) this.alarm.need(false);
    else if (next.deadline < this.setFor) this.reset(next.deadline);
  }

  /** @internal An entry in the heap was disposed. */
  forgot(): void {
    this.dead++;
    if (this.dead > 64 && this.dead * 2 > this.heap.size) {
      this.heap.filter((entry) => entry.job !== null);
      this.dead = 0;
    }
    if (this.live === 0) {
      this.drop();
      this.alarm.need(false);
    }
  }

  private get live(): number {
    return this.heap.size - this.dead;
  }

  /** Takes forgotten deadlines off the top. */
  private drop(): void {
    for (let top = this.heap.peek(); top !== undefined && top.job === null; top = this.heap.peek()) {
      this.heap.pop();
      this.dead--;
    }
  }

  private reset(deadline: number): void {
    this.setFor = deadline;
    this.alarm.set(Math.min(Math.max(deadline - this.alarm.now(), 0), LONGEST_DELAY));
  }
}
