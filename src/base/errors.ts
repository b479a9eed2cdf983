/**
 * The conditions that this library reports: one class each, under AnyIO's names.
 *
 * Each takes data in readonly fields and builds its own sentence: *Cannot <action> <subject>: <state>; <way out>*.
 * Guards such as {@link isCancelled} test a brand, so that two copies of the library in one process understand each other.
 *
 * @module
 */

import { brandOf, hasBrand } from "./brand.ts";

const CANCELLED = brandOf("Cancelled");
const TASK_GROUP_ERROR = brandOf("TaskGroupError");
const END_OF_STREAM = brandOf("EndOfStream");

/** The text of an error in a list of errors. Anything can be thrown, also what cannot be printed. */
function brief(error: unknown): string {
  try {
    if (isTaskGroupError(error))
      return `TaskGroupError${error.group === "" ? "" : ` of "${error.group}"`} with ${counted(error.errors.length)}`;
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return Object.prototype.toString.call(error);
  }
}

function counted(errors: number): string {
  return errors === 1 ? "1 error" : `${String(errors)} errors`;
}

/** Gives a class its name, on the prototype as the built-in errors have it. */
function named(errorClass: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(errorClass.prototype, "name", { value: name, writable: true, configurable: true });
}

/**
 * What cancelled a scope: a call of `cancel()`, its deadline, a failure in its group, an `AbortSignal`, a subscriber that unsubscribed, or the end
 * of what it served.
 */
export type CancelSource = "cancel" | "deadline" | "failure" | "signal" | "unsubscribe" | "end";

/** How a scope came to be cancelled. */
export interface CancelDetails {
  /** The name of the scope. */
  readonly scope?: string;
  readonly source?: CancelSource;
  /** Who did it, where that is a task. */
  readonly task?: { readonly id: number; readonly name: string } | null;
  /** Whether to take the stack of the caller. It costs microseconds. */
  readonly traced?: boolean;
}

/**
 * Thrown by every wait in a cancelled scope. Not a failure: let it pass, after cleaning up.
 *
 * One instance serves a whole cancelled scope, so that cancelling 100,000 tasks creates one error. It has no stack; in development mode it has
 * that of who cancelled.
 *
 * @source Trio `Cancelled`. Differs: an `Error`, since JavaScript has no `BaseException`; test with {@link isCancelled}.
 */
export class Cancelled extends Error {
  static {
    named(this, "Cancelled");
    Object.defineProperty(this.prototype, CANCELLED, { value: true });
  }
  /** What was given to `cancel(reason)`, if anything. */
  readonly reason: unknown;
  /** What kind of event it was. */
  readonly source: CancelSource;
  /** The task that called `cancel()`, or whose failure did it; `null` when it was none. */
  readonly task: { readonly id: number; readonly name: string } | null;
  /** @internal Whether any wait has thrown it. */
  declare _delivered: boolean;
  /** @internal Until when, on the backend's clock, it leaves softly shielded scopes alone; `-Infinity` when it does not, or no longer. */
  declare _graceEnd: number;

  constructor(reason?: unknown, { scope = "", source = "cancel", task = null, traced = false }: CancelDetails = {}) {
    const why = reason === undefined ? "" : ` (${brief(reason)})`;
    const what = scope === "" ? "its scope" : `the scope "${scope}"`;
    const who = task === null || source !== "cancel" ? "" : ` by the task "${task.name}"`;
    const limits = Error as unknown as { stackTraceLimit?: number };
    const limit = limits.stackTraceLimit;
    // A stack costs microseconds, and that of the waiter would be as good as any.
    if (!traced) limits.stackTraceLimit = 0;
    super(`Cannot go on waiting: ${what} was cancelled${who}${why}; clean up and let this error pass`, {
      cause: reason,
    });
    if (!traced) {
      if (limit === undefined) delete limits.stackTraceLimit;
      else limits.stackTraceLimit = limit;
    }
    this.reason = reason;
    this.source = source;
    this.task = task;
    Object.defineProperties(this, {
      _delivered: { value: false, writable: true },
      _graceEnd: { value: -Infinity, writable: true },
    });
  }
}

/** Whether `error` is a {@link Cancelled}, of this copy of the library or another. */
export function isCancelled(error: unknown): error is Cancelled {
  return hasBrand(error, CANCELLED);
}

/**
 * Everything that failed in a task group, in the order in which it failed; also when it is a single error.
 *
 * @source Python `ExceptionGroup`. Differs: extends the platform's `AggregateError`.
 */
export class TaskGroupError extends AggregateError {
  static {
    named(this, "TaskGroupError");
    Object.defineProperty(this.prototype, TASK_GROUP_ERROR, { value: true });
  }
  /** The name of the group. */
  readonly group: string;
  /** @internal Whether a {@link Cancelled} is somewhere in it. None of those that a task group throws has one. */
  declare readonly _impure: boolean;

  constructor(errors: Iterable<unknown>, group = "", options?: ErrorOptions) {
    const list = [...errors];
    const what = group === "" ? "the task group" : `the task group "${group}"`;
    super(
      list,
      `Cannot complete ${what}: ${counted(list.length)} (${list.map(brief).join("; ")}); see errors`,
      options,
    );
    this.group = group;
    const impure = list.some((error) => isCancelled(error) || (isTaskGroupError(error) && error._impure));
    Object.defineProperty(this, "_impure", { value: impure });
  }

  /**
   * All errors in it that are not groups themselves, depth first.
   *
   * @example
   * new TaskGroupError([new TaskGroupError([1, 2]), 3]).leaves(); // => [1, 2, 3]
   */
  leaves(): unknown[] {
    // A loop and not a recursion: groups may be nested deeper than a stack is.
    const leaves: unknown[] = [];
    const todo: unknown[] = [this];
    while (todo.length > 0) {
      const error = todo.pop();
      if (isTaskGroupError(error)) for (let i = error.errors.length; i-- > 0;) todo.push(error.errors[i]);
      else leaves.push(error);
    }
    return leaves;
  }

  /**
   * The same tree twice: with the leaves that `predicate` likes, and with the others. `null` stands for an empty tree.
   *
   * @source Python `ExceptionGroup.split`.
   */
  split(predicate: (leaf: unknown) => boolean): [TaskGroupError | null, TaskGroupError | null] {
    return [this.only(predicate), this.only((leaf) => !predicate(leaf))];
  }

  private only(predicate: (leaf: unknown) => boolean): TaskGroupError | null {
    interface Level {
      readonly group: TaskGroupError;
      readonly kept: unknown[];
      next: number;
    }
    const levels: Level[] = [{ group: this, kept: [], next: 0 }];
    for (;;) {
      const level = levels.at(-1) as Level;
      const { group, kept } = level;
      if (level.next < group.errors.length) {
        const error: unknown = group.errors[level.next++];
        if (isTaskGroupError(error)) levels.push({ group: error, kept: [], next: 0 });
        else if (predicate(error)) kept.push(error);
        continue;
      }
      levels.pop();
      const same = kept.length === group.errors.length && kept.every((error, i) => error === group.errors[i]);
      const cause = "cause" in group ? { cause: group.cause } : undefined;
      const part = kept.length === 0 ? null : same ? group : new TaskGroupError(kept, group.group, cause);
      const outer = levels.at(-1);
      if (outer === undefined) return part;
      if (part !== null) outer.kept.push(part);
    }
  }
}

/** Whether `error` is a {@link TaskGroupError}, of this copy of the library or another. */
export function isTaskGroupError(error: unknown): error is TaskGroupError {
  return hasBrand(error, TASK_GROUP_ERROR);
}

/** A `failAfter` or `failAt` ran into its deadline. */
export class TimeoutError extends Error {
  static {
    named(this, "TimeoutError");
  }
  /** The delay that was allowed, in ms; `NaN` when a deadline was given instead. */
  readonly delay: number;

  constructor(delay: number, options?: ErrorOptions) {
    const limit = Number.isNaN(delay) ? "before the deadline" : `within ${String(delay)} ms`;
    super(`Cannot finish ${limit}: the time is up; allow more time, or handle TimeoutError`, options);
    this.delay = delay;
  }
}

/** A `…Nowait` call would have had to wait. */
export class WouldBlock extends Error {
  static {
    named(this, "WouldBlock");
  }
  constructor(action: string, state: string, wayOut: string) {
    super(`Cannot ${action} without waiting: ${state}; ${wayOut}`);
  }
}

/** The other side finished in order, and everything it sent was received. */
export class EndOfStream extends Error {
  static {
    named(this, "EndOfStream");
    Object.defineProperty(this.prototype, END_OF_STREAM, { value: true });
  }
  constructor(subject: string) {
    super(`Cannot receive from ${subject}: every send end is closed and nothing is left; stop receiving`);
  }
}

/** Whether `error` is an {@link EndOfStream}, of this copy of the library or another. */
export function isEndOfStream(error: unknown): error is EndOfStream {
  return hasBrand(error, END_OF_STREAM);
}

/** We closed the resource ourselves. */
export class ClosedResourceError extends Error {
  static {
    named(this, "ClosedResourceError");
  }
  constructor(action: string, subject: string) {
    super(`Cannot ${action} ${subject}: it is closed; clone it before you close it, or close it later`);
  }
}

/** The other side vanished, or failed; its error is the `cause` where there is one. */
export class BrokenResourceError extends Error {
  static {
    named(this, "BrokenResourceError");
  }
  constructor(action: string, subject: string, state: string, options?: ErrorOptions) {
    super(`Cannot ${action} ${subject}: ${state}; make a new one`, options);
  }
}

/** Two tasks use a side of a resource that serves one at a time. */
export class BusyResourceError extends Error {
  static {
    named(this, "BusyResourceError");
  }
  constructor(action: string, subject: string) {
    super(
      `Cannot ${action} ${subject}: another task is doing that already; let one task do it, or take turns with a lock`,
    );
  }
}

/** Awaiting the handle of a task that failed. The task's error is the `cause`; its group throws it as well. */
export class TaskFailed extends Error {
  static {
    named(this, "TaskFailed");
  }
  constructor(task: string, cause: unknown) {
    super(`Cannot give the value of the task "${task}": it failed (${brief(cause)}); see cause`, { cause });
  }
}

/** Awaiting the handle of a task that was cancelled. */
export class TaskCancelled extends Error {
  static {
    named(this, "TaskCancelled");
  }
  constructor(task: string, cause: unknown) {
    super(`Cannot give the value of the task "${task}": it was cancelled; look at its status first`, { cause });
  }
}

/** The backend, host or feature that was asked for is not there. */
export class UnsupportedError extends Error {
  static {
    named(this, "UnsupportedError");
  }
}

/** Something was used in a way that its rules forbid: entered twice, used after its end, started outside of any task. */
export class UsageError extends Error {
  static {
    named(this, "UsageError");
  }
}

/** The scope got lost: a wait began after the `await` of a foreign promise, where the host cannot tell whose code runs. */
export class ContextLostError extends Error {
  static {
    named(this, "ContextLostError");
  }
  constructor(operation: string) {
    super(
      `Cannot tell the scope of ${operation}: it follows the await of a foreign promise; ` +
        "wrap that promise with abortable(), wrap the function with operation(), or name the scope with .in(scope)",
    );
  }
}

/** One wait in a {@link DeadlockError}. */
export interface DeadWait {
  /** The name of the task that waits. */
  readonly task: string;
  /** What it waits for, such as `receive on "jobs" (empty)`. */
  readonly on: string;
  /** The reading of the clock when the wait began, in ms; `NaN` where it is not known. */
  readonly since: number;
}

/** Every task of a run waits, no timer is pending, and no work outside is known: the program would wait for ever. */
export class DeadlockError extends Error {
  static {
    named(this, "DeadlockError");
  }
  /** When, on the virtual clock, in ms. */
  readonly time: number;
  /** Who waits for what since when. */
  readonly waits: readonly DeadWait[];

  constructor(time: number, waits: readonly DeadWait[]) {
    const list = waits.map(
      ({ task, on, since }) =>
        `\n  - ${task}: waits for ${on}${Number.isNaN(since) ? "" : ` since t=${String(since)}`}`,
    );
    const known =
      waits.length === 0
        ? "no wait of anyrx is known, so a foreign promise is awaited"
        : `${waits.length === 1 ? "1 wait is" : `${String(waits.length)} waits are`} known`;
    super(
      `Cannot go on at t=${String(time)} ms: nothing is runnable, no timer is pending, and ${known}; ` +
        `wrap work outside of anyrx with abortable(), or break the circle${list.length === 0 ? "" : `:${list.join("")}`}`,
    );
    this.time = time;
    this.waits = waits;
  }
}

/** How messages call a future. */
function futureCalled(name: string): string {
  return name === "" ? "the future" : `the future "${name}"`;
}

/** Awaiting a future that failed, or reading its value. What it failed with is the `cause`. */
export class FutureFailed extends Error {
  static {
    named(this, "FutureFailed");
  }
  constructor(future: string, cause?: unknown, state = `it failed (${brief(cause)}); see cause`) {
    super(`Cannot use the value of ${futureCalled(future)}: ${state}`, { cause });
  }
}

/** A future that was cancelled was awaited, read, or given a value. */
export class FutureCancelled extends FutureFailed {
  static {
    named(this, "FutureCancelled");
  }
  constructor(future: string) {
    super(future, undefined, "it was cancelled; look at its status first");
  }
}

/** The outcome of a future was read that has none yet. */
export class FutureNotFinished extends Error {
  static {
    named(this, "FutureNotFinished");
  }
  constructor(future: string) {
    super(`Cannot read the outcome of ${futureCalled(future)}: it is pending; await it, or look at its status first`);
  }
}

/** A future was given an outcome for a second time. */
export class FutureAlreadyFinished extends Error {
  static {
    named(this, "FutureAlreadyFinished");
  }
  constructor(future: string) {
    super(`Cannot settle ${futureCalled(future)}: it has its outcome; look at its status first`);
  }
}

/** Something was started in a run that is over. */
export class RunFinishedError extends Error {
  static {
    named(this, "RunFinishedError");
  }
  constructor(action: string) {
    super(`Cannot ${action}: its run has ended; use one that still runs`);
  }
}

/** An object was asked for an extra attribute that it does not have. */
export class TypedAttributeLookupError extends Error {
  static {
    named(this, "TypedAttributeLookupError");
  }
  constructor(attribute: string) {
    const what = attribute === "" ? "an extra attribute" : `the extra attribute "${attribute}"`;
    super(`Cannot look up ${what}: this object does not provide it; pass a default, or ask what it wraps`);
  }
}
