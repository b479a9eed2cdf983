/**
 * The effect backend: the clock and the scheduler of an Effect context.
 *
 * @module
 */

import { Clock } from "effect/Clock";
import * as Context from "effect/Context";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { Scheduler } from "effect/Scheduler";
import { type Alarm, DeadlineQueue, LONGEST_DELAY } from "../base/deadline-queue.ts";
import type { Backend, Job, RunControl } from "../port/backend.ts";
import { RunFiber, type Tie } from "./effect/run-fiber.ts";
import { type Turns, turnsOf } from "./effect/turns.ts";

const NANOS = 1_000_000n;
/** What a delay may be off by, in ns, for having been computed. */
const ROUNDING = 1e-3;
const live: Clock = Context.get(Context.empty(), Clock);
/** What each clock's date was when its monotonic reading was 0. */
const origins = new WeakMap<Clock, number>();

/** Tasks resume on the scheduler of a context; deadlines share one fiber that sleeps on its clock. */
export class FiberBackend implements Backend, Alarm {
  readonly name = "effect";
  private services: Context.Context<never>;
  private clock: Clock;
  private scheduler: Scheduler;
  private turns: Turns;
  private deadlines: DeadlineQueue;
  private alarm: Fiber.Fiber<void> | null = null;
  private needed = false;
  private holds = 0;
  private lifeline: Fiber.Fiber<never> | null = null;
  private readonly rest = (): void => {
    if (!this.needed) this.dismiss();
  };
  private readonly bell: Job = {
    run: () => {
      this.deadlines.ring();
    },
  };

  constructor(context: Context.Context<never>) {
    this.services = context;
    this.clock = Context.get(context, Clock);
    this.scheduler = Context.get(context, Scheduler);
    this.turns = turnsOf(this.scheduler, this.clock);
    this.deadlines = new DeadlineQueue(this);
  }

  /** The services of its fiber. */
  get context(): Context.Context<never> {
    return this.services;
  }

  /** Whether it is the engine for code with these services. */
  suits(context: Context.Context<never>): boolean {
    return Context.get(context, Clock) === this.clock && Context.get(context, Scheduler) === this.scheduler;
  }

  now(): number {
    const { clock } = this;
    let origin = origins.get(clock);
    if (origin === undefined) {
      origin = clock.currentTimeMillisUnsafe() - monotonic(clock);
      origins.set(clock, origin);
    }
    return origin + monotonic(clock);
  }

  defer(job: Job): void {
    this.turns.defer(job);
  }

  /** What comes of the event at hand belongs to it: see {@link Turns}. */
  follow(): void {
    this.turns.follow();
  }

  arm(deadline: number, job: Job): Disposable {
    return this.deadlines.arm(deadline, job);
  }

  /** Keeps the process. A `TestClock` does not stand still for work that it cannot see. */
  hold(_what: string): Disposable {
    if (this.holds++ === 0) this.lifeline = Effect.runFork(Effect.forever(Effect.sleep(LONGEST_DELAY)));
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        if (--this.holds > 0) return;
        this.lifeline?.interruptUnsafe();
        this.lifeline = null;
      },
    };
  }

  set(delay: number): void {
    this.alarm?.interruptUnsafe();
    this.alarm = null;
    // A sleep of nothing may return at once, inside the caller.
    if (!(delay > 0)) {
      this.turns.defer(this.bell);
      return;
    }
    // Host timers count whole ms, and a `Duration` whole ns. Never early: what is early has to sleep again.
    const ms = this.clock === live ? Math.ceil(delay) : Math.max(1, Math.ceil(delay * 1e6 - ROUNDING)) / 1e6;
    const ring = Effect.sync(() => {
      this.alarm = null;
      this.turns.defer(this.bell); // Not here: whom a deadline calls is no code of this fiber.
    });
    this.alarm = Effect.runForkWith(this.services)(Effect.andThen(this.clock.sleep(Duration.millis(ms)), ring));
  }

  need(any: boolean): void {
    this.needed = any;
    // Not dismissed at once: the next deadline often follows in the same turn.
    if (!any && this.alarm !== null) this.turns.settle(this.rest);
  }

  /** Works with the services of `context` from now on. Only while it is idle. */
  protected moveTo(context: Context.Context<never>): void {
    const same = this.suits(context);
    this.services = context;
    if (same) return;
    this.dismiss();
    this.clock = Context.get(context, Clock);
    this.scheduler = Context.get(context, Scheduler);
    this.turns = turnsOf(this.scheduler, this.clock);
    this.deadlines = new DeadlineQueue(this);
  }

  /** An alarm that nobody needs would keep the process. */
  private dismiss(): void {
    const { alarm } = this;
    this.alarm = null;
    if (alarm === null) return;
    alarm.interruptUnsafe();
    this.deadlines.rest();
  }
}

function monotonic(clock: Clock): number {
  const nanos = clock.monotonicTimeNanosUnsafe();
  return Number(nanos / NANOS) + Number(nanos % NANOS) / 1e6;
}

/** What {@link RunBackend} is to run with. */
export interface EffectBackendOptions {
  /** The services: the clock and the scheduler that the run uses, and all that `fromEffect` finds in it. Default: those of the running fiber. */
  readonly context?: Context.Context<never> | undefined;
}

/** The same for whole runs: each is a fiber. */
export class RunBackend extends FiberBackend {
  private readonly given: Context.Context<never> | undefined;
  private readonly around: Context.Context<never>;
  private readonly tie: Tie;
  private readonly runs = new Map<RunControl, { readonly fiber: RunFiber; readonly held: Disposable }>();

  /**
   * @param around - The services where it was made, for runs that no fiber begins.
   * @param tie - Asked with each run, where it is begun.
   */
  constructor(
    { context }: EffectBackendOptions = {},
    around: Context.Context<never> = Context.empty(),
    tie: Tie = () => () => undefined,
  ) {
    super(context ?? Fiber.getCurrent()?.context ?? around);
    this.given = context;
    this.around = this.context;
    this.tie = tie;
  }

  /** Those of the runs that go on. */
  get fibers(): readonly Fiber.Fiber<void>[] {
    return [...this.runs.values()].map(({ fiber }) => fiber.fiber);
  }

  enter(run: RunControl): void {
    const parent = Fiber.getCurrent();
    if (this.runs.size === 0) this.moveTo(this.given ?? parent?.context ?? this.around);
    this.runs.set(run, { fiber: new RunFiber(run, this.context, parent, this.tie), held: this.hold("a run") });
    this.follow();
  }

  leave(run: RunControl): void {
    const entered = this.runs.get(run);
    if (entered === undefined) return;
    this.runs.delete(run);
    entered.held[Symbol.dispose]();
    this.defer(entered.fiber);
  }
}
