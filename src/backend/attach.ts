/**
 * Guests: a foreign loop drives a run.
 *
 * The loop gives what it has, a clock, a timer and a way to call back soon; {@link attach} makes a {@link Backend} of it, however loosely it keeps
 * its promises.
 *
 * @module
 */

import { type Alarm, DeadlineQueue, LONGEST_DELAY } from "../base/deadline-queue.ts";
import type { Backend, Job, RunControl } from "../port/backend.ts";

/** How to take back what was asked for: a function, or something to dispose of. Nothing, when the loop cannot: what it does then is ignored. */
export type TakeBack = (() => void) | Disposable | undefined;

/** What a loop gives to {@link attach}. The functions are called with the loop as `this`. */
export interface Loop {
  /** What the backend is called. Default `"attached"`. */
  readonly name?: string | undefined;
  /** The clock, in ms from an origin of its own. A reading that is before the last one is taken for the last one. */
  now(): number;
  /**
   * Calls `callback` once, `delay` ms from now: 0 to 2^31 - 1, not always whole. Early or late is both right, and so is a call from
   * inside. All deadlines share one such timer.
   *
   * @returns How to take it back: in a browser `setTimeout` itself will not do, which returns a number.
   */
  arm(delay: number, callback: () => void): TakeBack;
  /** Calls `callback` soon, once. From inside is right as well, and so is `queueMicrotask`, which keeps timers waiting. */
  defer(callback: () => void): void;
  /** Is told that work is going on which the loop cannot see, until that is taken back: a run, or what `what` says. Default: nothing. */
  hold?(what: string): TakeBack;
}

/** How often, and for how many ms of its clock, a loop is asked to call back soon, before it is asked for a timer of 0 ms. */
const STREAK = 16;
const SLICE = 4;
/** How often at most, when its clock stands still meanwhile. */
const MOST = 2 * STREAK;
/** How many promise reactions a callback may need that is no macrotask. */
const DEPTH = 8;

const settled = Promise.resolve();

/**
 * Lets a loop of somebody else drive a run: `run(main, { backend: attach(loop) })`.
 *
 * The run is a guest: it begins at once, goes on whenever the loop calls back, and returns the promise of its outcome; it never blocks the loop and never
 * drives it. Of the loop little is asked. What the port promises is made here: first in first out, never inside of the caller; no timer fires early
 * or is lost beyond 2^31 ms; one timer of the loop for all deadlines, and none is left when the run has ended; no callback harms another. A
 * loop whose `defer` lets no timer fire is asked for a timer every few ms of its clock.
 *
 * A loop that throws ends its runs: each is cancelled and cleans up, on microtasks of the host from then on, and is rejected with that error.
 *
 * @param loop - The loop, or an object of functions.
 * @throws {TypeError} When a function is missing, or the clock reads no finite number.
 * @example
 * const backend = attach({
 *   name: "node",
 *   now: () => performance.now(),
 *   defer: (callback) => setImmediate(callback),
 *   arm: (delay, callback) => {
 *     const timer = setTimeout(callback, delay);
 *     return () => clearTimeout(timer);
 *   },
 * });
 * await run(async () => { await sleep(1); return "a guest"; }, { backend }); // => "a guest"
 * attach({ now: () => 0 } as never); // throws TypeError
 * @source Trio `start_guest_run`. Differs: any number of runs, and there is nothing to wire up for the end: `run` returns a promise.
 */
export function attach(loop: Loop): Backend {
  const given = (typeof loop === "object" || typeof loop === "function" ? loop : null) as Partial<Loop> | null;
  if (given === null) {
    throw new TypeError(
      `Cannot attach ${shown(loop)}: it is no loop; pass an object with the functions now, arm and defer`,
    );
  }
  const missing = (["now", "arm", "defer"] as const).filter((name) => typeof given[name] !== "function");
  if (missing.length > 0) {
    throw new TypeError(
      `Cannot attach the loop: it has no ${missing.join(", no ")}; pass an object with the functions now, arm and defer`,
    );
  }
  if (given.hold !== undefined && typeof given.hold !== "function") {
    throw new TypeError(`Cannot attach the loop: its hold is ${shown(given.hold)}; leave it out, or pass a function`);
  }
  if (given.name !== undefined && typeof given.name !== "string") {
    throw new TypeError(`Cannot attach the loop: its name is ${shown(given.name)}; leave it out, or pass a string`);
  }
  const backend = new AttachedBackend(loop);
  backend.read();
  return backend;
}

class AttachedBackend implements Backend, Alarm {
  readonly name: string;
  private readonly loop: Loop;
  private readonly deadlines: DeadlineQueue = new DeadlineQueue(this);
  private readonly runs = new Map<RunControl, Disposable>();
  private readonly aborted = new WeakSet<RunControl>();
  private jobs: Job[] = [];
  private draining = false;
  private asked = false;
  /** Whether the loop lets others run before it calls back. */
  private breathes = false;
  private streak = 0;
  private sliceEnd = -Infinity;
  private time = -Infinity;
  /** The timer that the loop keeps; what an older one does is ignored. */
  private alarm: { readonly takeBack: TakeBack } | null = null;
  private generation = 0;
  /** What the loop threw. It is asked for nothing any more. */
  private broken: Error | null = null;

  constructor(loop: Loop) {
    this.loop = loop;
    this.name = loop.name ?? "attached";
  }

  now(): number {
    return this.broken === null ? (this.tried(() => this.read()) ?? this.time) : this.time;
  }

  /** Reads the clock of the loop. */
  read(): number {
    const now: unknown = this.loop.now();
    if (typeof now !== "number" || !Number.isFinite(now)) {
      throw new TypeError(
        `Cannot attach the loop: its clock reads ${shown(now)}; let now() return a finite number of milliseconds`,
      );
    }
    if (now > this.time) this.time = now;
    return this.time;
  }

  defer(job: Job): void {
    this.jobs.push(job);
    this.ask();
  }

  arm(deadline: number, job: Job): Disposable {
    return this.deadlines.arm(deadline, job);
  }

  hold(what: string): Disposable {
    if (this.broken !== null) return once(undefined);
    const takeBack = this.tried(() => checked("hold", this.loop.hold?.(what)));
    return once(() => this.tried(() => once(takeBack)[Symbol.dispose]()));
  }

  enter(run: RunControl): void {
    this.runs.set(run, once(undefined));
    this.runs.set(run, this.hold("a run"));
    if (this.broken !== null) this.giveUp(this.broken);
  }

  leave(run: RunControl): void {
    this.runs.get(run)?.[Symbol.dispose]();
    this.runs.delete(run);
  }

  /** Part of {@link Alarm}. */
  set(delay: number): void {
    this.clear();
    if (this.broken !== null) return;
    const generation = ++this.generation;
    const ring = outside(() => {
      if (generation !== this.generation) return;
      this.generation++;
      this.alarm = null;
      this.deadlines.ring();
    });
    const takeBack = this.tried(() => checked("arm", this.loop.arm(Math.min(delay, LONGEST_DELAY), ring.callback)));
    ring.over();
    this.alarm = { takeBack };
  }

  /** Part of {@link Alarm}. */
  need(any: boolean): void {
    if (any || this.alarm === null) return;
    this.clear();
    this.deadlines.rest();
  }

  private clear(): void {
    const { alarm } = this;
    this.alarm = null;
    this.generation++;
    if (alarm !== null) this.tried(() => once(alarm.takeBack)[Symbol.dispose]());
  }

  /** Has the loop call back, unless it will anyway. */
  private ask(): void {
    if (this.asked || this.draining) return;
    this.asked = true;
    if (this.broken === null) {
      let called = false;
      const turn = outside(() => {
        if (called) return;
        called = true;
        this.drain();
      });
      this.tried(() => {
        if (this.isTired()) checked("arm", this.loop.arm(0, turn.callback));
        else this.loop.defer(turn.callback);
      });
      turn.over();
      if (this.streak === 1) void this.probe(() => called);
    } else
      void settled.then(() => {
        this.drain();
      });
  }

  /** Whether a loop that does not breathe has kept others waiting for so long that it is asked for a timer instead. */
  private isTired(): boolean {
    if (this.breathes || ++this.streak % STREAK > 0) return false;
    const now = this.now();
    if (now < this.sliceEnd && this.streak < MOST) return false;
    this.streak = 0;
    this.sliceEnd = now + SLICE;
    return true;
  }

  /** Finds out whether promise reactions run before the loop calls back. */
  private async probe(called: () => boolean): Promise<void> {
    for (let i = 0; i < DEPTH; i++) await settled;
    if (!called()) this.breathes = true;
  }

  /** Runs what waits, and what comes meanwhile in the next turn. */
  private drain(): void {
    if (this.draining || !this.asked) return; // A task let the loop turn: its turn is not over.
    this.asked = false;
    this.draining = true;
    const { jobs } = this;
    this.jobs = [];
    for (const job of jobs) {
      try {
        job.run();
      } catch (error) {
        void Promise.reject(error); // A defect of ours: the host tells it, and the others go on.
      }
    }
    this.draining = false;
    if (this.jobs.length > 0) this.ask();
  }

  /** What `ask` of the loop gives. A loop that throws is given up. */
  private tried<R>(ask: () => R): R | undefined {
    try {
      return ask();
    } catch (error) {
      if (this.broken === null) {
        const cause = error instanceof Error ? error : new Error(`The loop threw ${shown(error)}`, { cause: error });
        this.broken = cause;
        this.giveUp(cause);
      }
      return undefined;
    }
  }

  private giveUp(cause: Error): void {
    // Not inside of a wait that is just being registered.
    void settled.then(() => {
      for (const run of this.runs.keys()) {
        if (this.aborted.has(run)) continue; // A second time would cut its cleanup off.
        this.aborted.add(run);
        run.abort(cause);
      }
      this.drain(); // The loop was asked before, and may never call back.
    });
  }
}

/** A callback that runs on an empty stack: called while it is being handed over, it runs in a microtask. */
function outside(work: () => void): { readonly callback: () => void; over(): void } {
  let inside = true;
  return {
    callback: () => {
      if (inside) void settled.then(work);
      else work();
    },
    over: () => {
      inside = false;
    },
  };
}

function checked(method: "arm" | "hold", takeBack: TakeBack): TakeBack {
  if (takeBack === undefined || typeof takeBack === "function") return takeBack;
  const given = takeBack as Partial<Disposable> | null;
  if (typeof given?.[Symbol.dispose] === "function") return takeBack;
  throw new TypeError(
    `Cannot attach the loop: its ${method}() returned ${shown(takeBack)}; return a function that takes it back, something to dispose of, or nothing`,
  );
}

function once(takeBack: TakeBack): Disposable {
  let left = takeBack;
  return {
    [Symbol.dispose]: () => {
      const back = left;
      left = undefined;
      if (typeof back === "function") back();
      else back?.[Symbol.dispose]();
    },
  };
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
