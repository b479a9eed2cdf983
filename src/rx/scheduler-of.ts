/**
 * RxJS schedulers that follow the clock of a backend.
 *
 * The operators of RxJS take a scheduler where they take time: `delay(10, schedulerOf())` waits on the clock of the run, virtual or real, as
 * `sleep(10)` does. Nothing of RxJS is patched for it.
 *
 * @module
 */

import { type SchedulerAction, type SchedulerLike, Subscription } from "../base/rx.ts";
import { bound } from "../kernel/binding.ts";
import { shown } from "../kernel/checks.ts";
import { plainScope, scopeHere } from "../kernel/here.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Backend, Job } from "../port/backend.ts";
import { callIn, living } from "./living.ts";

type Work<T> = (this: SchedulerAction<T>, state?: T) => void;

class BackendScheduler implements SchedulerLike {
  readonly backend: Backend;
  private readonly origin: Scope | null;

  constructor(backend: Backend, origin: Scope | null) {
    this.backend = backend;
    this.origin = origin;
  }

  now(): number {
    return this.backend.now();
  }

  schedule<T>(work: Work<T>, delay = 0, state?: T): Subscription {
    return new Action(this, work).schedule(state, delay);
  }

  /** On whose behalf something is scheduled: whoever calls, if it runs on this backend, else whoever made the scheduler. */
  owner(): Scope | null {
    const caller = plainScope();
    return caller !== null && caller._engine.backend === this.backend ? caller : living(this.origin);
  }
}

/** What is scheduled. It is its own subscription, and its own timer job. */
class Action<T> extends Subscription implements SchedulerAction<T>, Job {
  private readonly scheduler: BackendScheduler;
  private readonly work: Work<T>;
  private state: T | undefined;
  private owner: Scope | null = null;
  private timer: Disposable | null = null;

  constructor(scheduler: BackendScheduler, work: Work<T>) {
    super();
    this.scheduler = scheduler;
    this.work = work;
  }

  /** Schedules it once more. What it was scheduled for before is forgotten. */
  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this;
    const { backend } = this.scheduler;
    this.disarm();
    this.state = state;
    this.owner = this.scheduler.owner();
    // Operators pass on what they are given: a delay that is negative or no number is none. One that is infinite never ends.
    const wait = delay > 0 ? delay : 0;
    if (wait < Infinity) this.timer = backend.arm(backend.now() + wait, this);
    return this;
  }

  override unsubscribe(): void {
    this.disarm();
    super.unsubscribe();
  }

  /** Its time has come. */
  run(): void {
    this.timer = null;
    if (this.closed) return;
    try {
      callIn(this.owner, perform, this);
    } catch (error) {
      const owner = living(this.owner);
      this.unsubscribe();
      if (owner === null) bound.host.report(error);
      else owner._crew._fail(error, owner._task);
    }
  }

  /** @internal */
  _perform(): void {
    this.work(this.state);
  }

  private disarm(): void {
    this.timer?.[Symbol.dispose]();
    this.timer = null;
  }
}

function perform(action: { _perform(): void }): void {
  action._perform();
}

/**
 * An RxJS scheduler that follows the clock of `backend`: `now()` reads it, and what is scheduled runs when it says so.
 *
 * Made inside a run and without an argument, it follows that run; outside of any run, the native clock. Work that is due runs in the scope that
 * scheduled it, never inside the caller, in the order in which it was scheduled. Its actions can schedule themselves anew, as those of RxJS can. What one
 * throws goes to the task group of that scope. Times are those of the backend's clock, not of the calendar: an operator that is given a `Date` does
 * not fit.
 *
 * @param backend - Whose clock. Default: that of the current run.
 * @throws {TypeError} When `backend` is no {@link Backend}.
 * @example
 * import { delay, lastValueFrom, of } from "rxjs";
 * import { currentTime, run, schedulerOf } from "anyrx";
 * await run(async () => {
 *   await lastValueFrom(of("tea").pipe(delay(180_000, schedulerOf())));
 *   return currentTime();
 * }, { backend: "virtual" }); // => 180000
 * @source RxJS `VirtualTimeScheduler`. Differs: it has no clock of its own.
 */
export function schedulerOf(backend?: Backend): SchedulerLike {
  if (backend === undefined) {
    const scope = scopeHere(() => "schedulerOf()");
    return new BackendScheduler(scope._engine.backend, scope);
  }
  const given = backend as Partial<Backend> | null;
  if (typeof given?.now !== "function" || typeof given.arm !== "function") {
    throw new TypeError(
      `Cannot make a scheduler that follows ${shown(backend)}: it is no Backend; pass one, or nothing for that of the run`,
    );
  }
  const caller = plainScope();
  return new BackendScheduler(backend, caller !== null && caller._engine.backend === backend ? caller : null);
}
