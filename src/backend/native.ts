/**
 * The native backend: the event loop that is there anyway.
 *
 * @module
 */

import { type Alarm, DeadlineQueue } from "../base/deadline-queue.ts";
import { FairQueue } from "../base/fair-queue.ts";
import { Lifeline } from "../base/lifeline.ts";
import type { Backend, Job, RunControl } from "../port/backend.ts";
import type { Host, HostTimer } from "../port/host.ts";

/** Tasks resume in microtasks and, every few times, in a macrotask; deadlines share one host timer. */
export class NativeBackend implements Backend, Alarm {
  readonly name = "native";
  private readonly host: Host;
  private readonly queue: FairQueue;
  private readonly deadlines: DeadlineQueue = new DeadlineQueue(this);
  private alarm: HostTimer | null = null;
  private needed = false;
  private readonly lifeline: Lifeline;

  constructor(host: Host) {
    this.host = host;
    this.lifeline = new Lifeline((delay, job) => host.timer(delay, job));
    this.queue = new FairQueue({
      macrotask: (job) => {
        host.macrotask(job);
      },
      now: () => host.now(),
    });
  }

  now(): number {
    return this.host.now();
  }

  defer(job: Job): void {
    this.queue.defer(job);
  }

  arm(deadline: number, job: Job): Disposable {
    return this.deadlines.arm(deadline, job);
  }

  hold(): Disposable {
    return this.lifeline.hold();
  }

  private readonly runs = new Map<RunControl, Disposable>();

  /** The process lives as long as a run does, whatever that waits for. */
  enter(run: RunControl): void {
    this.runs.set(run, this.hold());
  }

  leave(run: RunControl): void {
    this.runs.get(run)?.[Symbol.dispose]();
    this.runs.delete(run);
    if (this.runs.size > 0 || this.needed) return;
    // The alarm is left standing for the next deadline, and there may be none.
    this.alarm?.cancel();
    this.alarm = null;
    this.deadlines.rest();
  }

  set(delay: number): void {
    this.alarm?.cancel();
    this.alarm = this.host.timer(Math.ceil(delay), () => {
      this.alarm = null;
      this.deadlines.ring();
    });
    if (!this.needed) this.alarm.keepAlive(false);
  }

  need(any: boolean): void {
    this.needed = any;
    this.alarm?.keepAlive(any);
  }
}
