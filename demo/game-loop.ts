/** A backend of our own: a game that ticks by hand. `docs/guide/backends.md` shows it. */

import { type Alarm, type Backend, DeadlineQueue, type Job } from "anyrx/backend";

/** How often what is ready runs before time goes on: two tasks that keep each other busy must not stop the game. */
const TURNS = 16;

/** Time passes in `tick()`, and nowhere else. */
export class GameLoop implements Backend, Alarm {
  readonly name: string = "game";
  protected time = 0;
  protected jobs: Job[] = [];
  private readonly deadlines = new DeadlineQueue(this);
  private ringsAt = Infinity;

  now(): number {
    return this.time;
  }

  defer(job: Job): void {
    this.jobs.push(job);
  }

  arm(deadline: number, job: Job): Disposable {
    return this.deadlines.arm(deadline, job);
  }

  hold(): Disposable {
    return { [Symbol.dispose]: () => undefined }; // Whoever ticks decides what is waited for.
  }

  /** Lets `ms` pass: runs what is ready, and then what falls due, each at its time. */
  tick(ms: number): void {
    const end = this.time + ms;
    this.work();
    while (this.ringsAt <= end) {
      this.time = Math.max(this.time, this.ringsAt);
      this.ringsAt = Infinity;
      this.deadlines.ring();
      this.work();
    }
    this.time = end;
  }

  private work(): void {
    for (let turn = 0; turn < TURNS && this.jobs.length > 0; turn++) {
      for (const job of this.jobs.splice(0)) job.run();
    }
  }

  set(delay: number): void {
    this.ringsAt = this.time + delay;
  }

  need(): void {
    // Of the alarm, as set() is: a loop whose timers cost something takes them down here.
  }
}
