/**
 * The clock and the scheduler of a backend, as services of Effect's.
 *
 * An effect that is run in a task waits on the task's clock: in virtual time, its sleeps take none.
 *
 * @module
 */

import { Clock } from "effect/Clock";
import * as Context from "effect/Context";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import type { Fiber } from "effect/Fiber";
import { Scheduler, type SchedulerDispatcher } from "effect/Scheduler";
import { Heap } from "../base/heap.ts";
import type { Backend, Job } from "../port/backend.ts";

const made = new WeakMap<Backend, Context.Context<never>>();

/** A clock and a scheduler that are those of `backend`. */
export function servicesOf(backend: Backend): Context.Context<never> {
  let services = made.get(backend);
  if (services === undefined) {
    const scheduler: Scheduler = new BackendScheduler(backend);
    services = Context.make(Clock, new BackendClock(backend)).pipe(Context.add(Scheduler, scheduler));
    made.set(backend, services);
  }
  return services;
}

/** The backend whose clock these services have; `null` when the clock is none of ours. */
export function backendIn(services: Context.Context<never>): Backend | null {
  const clock = Context.get(services, Clock);
  return clock instanceof BackendClock ? clock.backend : null;
}

class BackendClock implements Clock {
  readonly backend: Backend;
  /** The date when the backend's clock read 0. A clock that is free to read leads its own life, and begins with it. */
  private readonly origin: number;
  readonly currentTimeMillis: Effect.Effect<number> = Effect.sync(() => this.currentTimeMillisUnsafe());
  readonly currentTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.currentTimeNanosUnsafe());
  readonly monotonicTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.monotonicTimeNanosUnsafe());

  constructor(backend: Backend) {
    this.backend = backend;
    this.origin = backend.dated === true ? 0 : Date.now() - backend.now();
  }

  currentTimeMillisUnsafe(): number {
    const date = this.origin + this.backend.now();
    return this.backend.dated === true ? date : Math.floor(date);
  }

  currentTimeNanosUnsafe(): bigint {
    return nanos(this.origin + this.backend.now());
  }

  monotonicTimeNanosUnsafe(): bigint {
    return nanos(this.backend.now());
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const delay = Duration.toMillis(duration);
    if (delay <= 0) return Effect.yieldNow;
    if (delay === Infinity) return Effect.never;
    return Effect.callback((resume) => {
      const wake: Job = {
        run: () => {
          resume(Effect.void);
        },
      };
      const timer = this.backend.arm(this.backend.now() + delay, wake);
      return Effect.sync(() => {
        timer[Symbol.dispose]();
      });
    });
  }
}

function nanos(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
}

class BackendScheduler implements Scheduler {
  readonly executionMode = "async";
  private readonly backend: Backend;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  shouldYield(fiber: Fiber<unknown, unknown>): boolean {
    return fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield;
  }

  makeDispatcher(): SchedulerDispatcher {
    return new Dispatcher(this.backend);
  }
}

interface Entry {
  readonly task: () => void;
  readonly priority: number;
  readonly order: number;
}

/** The tasks of one fiber: the lowest priority number first, then first in first out. */
class Dispatcher implements SchedulerDispatcher, Job {
  private readonly backend: Backend;
  private readonly entries = new Heap<Entry>(
    (a, b) => a.priority < b.priority || (a.priority === b.priority && a.order < b.order),
  );
  private order = 0;
  private scheduled = false;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  scheduleTask(task: () => void, priority: number): void {
    this.entries.push({ task, priority, order: this.order++ });
    if (this.scheduled) return;
    this.scheduled = true;
    this.backend.defer(this);
  }

  run(): void {
    this.scheduled = false;
    const batch: Entry[] = [];
    for (let entry = this.entries.pop(); entry !== undefined; entry = this.entries.pop()) batch.push(entry);
    for (const { task } of batch) task();
  }

  flush(): void {
    while (this.entries.size > 0) this.run();
  }
}
