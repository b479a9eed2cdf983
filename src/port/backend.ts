/**
 * The backend port: what the kernel asks of an engine.
 *
 * An engine decides when things happen, nothing else. Everything that knows about tasks, scopes and streams is written once, above this
 * page, so whoever can implement these few methods has the whole library on their loop.
 *
 * @module
 */

/** A piece of work that the engine runs later, on an empty stack. An object and not a closure: waits and scopes are their own jobs. */
export interface Job {
  /** Does the work. Never throws. */
  run(): void;
}

/** One wait of a run, as a stuck program reports it. */
export interface WaitInfo {
  /** The name of the task that waits. */
  readonly task: string;
  /** What it waits for, such as `receive on "jobs" (empty)`. */
  readonly on: string;
  /** The reading of the backend's clock when the wait began, in ms; `NaN` on backends that do not date their waits. */
  readonly since: number;
}

/** What a backend may ask of the run that entered it. */
export interface RunControl {
  /** Everything that is waited for now. */
  waits(): WaitInfo[];
  /** Ends the run with `error`: cancels what it does, lets that clean up, then rejects. */
  abort(error: Error): void;
  /** Cancels the run: what it does throws `Cancelled`, cleans up, and the run is rejected with that, unless it has a value all the same. */
  cancel(reason?: unknown): void;
}

/**
 * An engine: a clock, an order, and a way to say that work is going on outside.
 *
 * The kernel promises that it completes no more than a few dozen waits between two calls of {@link Backend.defer}. So an engine over a real
 * event loop that lets timers and I/O run every few `defer`s keeps the whole library fair.
 */
export interface Backend {
  /** What it is called in messages and by {@link currentBackend}. */
  readonly name: string;
  /** Whether waits are dated. Declare it where reading the clock is free, as in virtual time. */
  readonly dated?: boolean;
  /** A reading of the clock, in ms from an origin of its own. Never goes back. */
  now(): number;
  /** Runs `job` soon: first in first out, never inside the caller, with a chance for timers and I/O every few times. */
  defer(job: Job): void;
  /** Runs `job` once the clock reads `deadline` (in ms, any finite number, past ones included), not inside the caller. Disposing forgets it. */
  arm(deadline: number, job: Job): Disposable;
  /** Says that work the engine cannot see is pending, until disposed: a virtual clock must not jump, the process must not exit. */
  hold(what: string): Disposable;
  /** A run begins on this engine. */
  enter?(run: RunControl): void;
  /** The run is over, whatever its outcome. */
  leave?(run: RunControl): void;
}
