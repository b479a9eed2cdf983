/**
 * The conditions that this library reports: one class each, under AnyIO's names.
 *
 * Each takes data in readonly fields and builds its own sentence: *Cannot <action> <subject>: <state>; <way out>*.
 * Guards such as {@link isTimeoutError} test a brand, so that two copies of the library in one process understand each other; a guard is `true` of
 * subclasses, too. The two errors that have more to them, `Cancelled` and `TaskGroupError`, have files of their own.
 *
 * @module
 */

import { branded, type Guard, guardOf } from "./brand.ts";
import { brief } from "./brief.ts";

export { type CancelDetails, Cancelled, type CancelSource, isCancelled } from "./cancelled.ts";
export { isTaskGroupError, TaskGroupError } from "./task-group-error.ts";

/** A `failAfter` or `failAt` ran into its deadline. */
export class TimeoutError extends Error {
  static {
    branded(this, "TimeoutError");
  }
  /** The delay that was allowed, in ms; `NaN` when a deadline was given instead. */
  readonly delay: number;

  constructor(delay: number, options?: ErrorOptions) {
    const limit = Number.isNaN(delay) ? "before the deadline" : `within ${String(delay)} ms`;
    super(`Cannot finish ${limit}: the time is up; allow more time, or handle TimeoutError`, options);
    this.delay = delay;
  }
}

/** Whether `error` is a {@link TimeoutError}. */
export const isTimeoutError: Guard<TimeoutError> = /* @__PURE__ */ guardOf<TimeoutError>("TimeoutError");

/** A `…Nowait` call would have had to wait. */
export class WouldBlock extends Error {
  static {
    branded(this, "WouldBlock");
  }
  constructor(action: string, state: string, wayOut: string) {
    super(`Cannot ${action} without waiting: ${state}; ${wayOut}`);
  }
}

/** Whether `error` is a {@link WouldBlock}. */
export const isWouldBlock: Guard<WouldBlock> = /* @__PURE__ */ guardOf<WouldBlock>("WouldBlock");

/** The other side finished in order, and everything it sent was received. */
export class EndOfStream extends Error {
  static {
    branded(this, "EndOfStream");
  }
  constructor(subject: string) {
    super(`Cannot receive from ${subject}: every send end is closed and nothing is left; stop receiving`);
  }
}

/** Whether `error` is an {@link EndOfStream}. */
export const isEndOfStream: Guard<EndOfStream> = /* @__PURE__ */ guardOf<EndOfStream>("EndOfStream");

/** We closed the resource ourselves. */
export class ClosedResourceError extends Error {
  static {
    branded(this, "ClosedResourceError");
  }
  constructor(action: string, subject: string) {
    super(`Cannot ${action} ${subject}: it is closed; clone it before you close it, or close it later`);
  }
}

/** Whether `error` is a {@link ClosedResourceError}. */
export const isClosedResourceError: Guard<ClosedResourceError> =
  /* @__PURE__ */ guardOf<ClosedResourceError>("ClosedResourceError");

/** The other side vanished, or failed; its error is the `cause` where there is one. */
export class BrokenResourceError extends Error {
  static {
    branded(this, "BrokenResourceError");
  }
  constructor(action: string, subject: string, state: string, options?: ErrorOptions) {
    super(`Cannot ${action} ${subject}: ${state}; make a new one`, options);
  }
}

/** Whether `error` is a {@link BrokenResourceError}. */
export const isBrokenResourceError: Guard<BrokenResourceError> =
  /* @__PURE__ */ guardOf<BrokenResourceError>("BrokenResourceError");

/** Two tasks use a side of a resource that serves one at a time. */
export class BusyResourceError extends Error {
  static {
    branded(this, "BusyResourceError");
  }
  constructor(action: string, subject: string) {
    super(
      `Cannot ${action} ${subject}: another task is doing that already; let one task do it, or take turns with a lock`,
    );
  }
}

/** Whether `error` is a {@link BusyResourceError}. */
export const isBusyResourceError: Guard<BusyResourceError> =
  /* @__PURE__ */ guardOf<BusyResourceError>("BusyResourceError");

/** Awaiting the handle of a task that failed, or was cancelled. The task's error is the `cause`; its group throws it as well. */
export class TaskFailed extends Error {
  static {
    branded(this, "TaskFailed");
  }
  constructor(task: string, cause: unknown, state = `it failed (${brief(cause)}); see cause`) {
    super(`Cannot give the value of the task "${task}": ${state}`, { cause });
  }
}

/** Whether `error` is a {@link TaskFailed}; also {@link TaskCancelled}. */
export const isTaskFailed: Guard<TaskFailed> = /* @__PURE__ */ guardOf<TaskFailed>("TaskFailed");

/** Awaiting the handle of a task that was cancelled. */
export class TaskCancelled extends TaskFailed {
  static {
    branded(this, "TaskCancelled");
  }
  constructor(task: string, cause: unknown) {
    super(task, cause, "it was cancelled; look at its status first");
  }
}

/** Whether `error` is a {@link TaskCancelled}. */
export const isTaskCancelled: Guard<TaskCancelled> = /* @__PURE__ */ guardOf<TaskCancelled>("TaskCancelled");

/** The outcome of a task was read that still runs. */
export class TaskNotFinished extends Error {
  static {
    branded(this, "TaskNotFinished");
  }
  constructor(task: string) {
    super(`Cannot read the outcome of the task "${task}": it still runs; await it, or look at its status first`);
  }
}

/** Whether `error` is a {@link TaskNotFinished}. */
export const isTaskNotFinished: Guard<TaskNotFinished> = /* @__PURE__ */ guardOf<TaskNotFinished>("TaskNotFinished");

/** Awaiting a future that failed, or was cancelled, or reading its value. What it failed with is the `cause`. */
export class FutureFailed extends Error {
  static {
    branded(this, "FutureFailed");
  }
  constructor(future: string, cause?: unknown, state = `it failed (${brief(cause)}); see cause`) {
    super(`Cannot use the value of ${futureCalled(future)}: ${state}`, cause === undefined ? undefined : { cause });
  }
}

/** Whether `error` is a {@link FutureFailed}; also {@link FutureCancelled}. */
export const isFutureFailed: Guard<FutureFailed> = /* @__PURE__ */ guardOf<FutureFailed>("FutureFailed");

/** A future that was cancelled was awaited, read, or given a value. */
export class FutureCancelled extends FutureFailed {
  static {
    branded(this, "FutureCancelled");
  }
  constructor(future: string) {
    super(future, undefined, "it was cancelled; look at its status first");
  }
}

/** Whether `error` is a {@link FutureCancelled}. */
export const isFutureCancelled: Guard<FutureCancelled> = /* @__PURE__ */ guardOf<FutureCancelled>("FutureCancelled");

/** The outcome of a future was read that has none yet. */
export class FutureNotFinished extends Error {
  static {
    branded(this, "FutureNotFinished");
  }
  constructor(future: string) {
    super(`Cannot read the outcome of ${futureCalled(future)}: it is pending; await it, or look at its status first`);
  }
}

/** Whether `error` is a {@link FutureNotFinished}. */
export const isFutureNotFinished: Guard<FutureNotFinished> =
  /* @__PURE__ */ guardOf<FutureNotFinished>("FutureNotFinished");

/** A future was given an outcome for a second time. */
export class FutureAlreadyFinished extends Error {
  static {
    branded(this, "FutureAlreadyFinished");
  }
  constructor(future: string) {
    super(`Cannot settle ${futureCalled(future)}: it has its outcome; look at its status first`);
  }
}

/** Whether `error` is a {@link FutureAlreadyFinished}. */
export const isFutureAlreadyFinished: Guard<FutureAlreadyFinished> =
  /* @__PURE__ */ guardOf<FutureAlreadyFinished>("FutureAlreadyFinished");

function futureCalled(name: string): string {
  return name === "" ? "the future" : `the future "${name}"`;
}

/** Something was started in a run that is over. */
export class RunFinishedError extends Error {
  static {
    branded(this, "RunFinishedError");
  }
  constructor(action: string) {
    super(`Cannot ${action}: its run has ended; use one that still runs`);
  }
}

/** Whether `error` is a {@link RunFinishedError}. */
export const isRunFinishedError: Guard<RunFinishedError> =
  /* @__PURE__ */ guardOf<RunFinishedError>("RunFinishedError");

/** An object was asked for an extra attribute that it does not have. */
export class TypedAttributeLookupError extends Error {
  static {
    branded(this, "TypedAttributeLookupError");
  }
  constructor(attribute: string) {
    const what = attribute === "" ? "an extra attribute" : `the extra attribute "${attribute}"`;
    super(`Cannot look up ${what}: this object does not provide it; pass a default, or ask what it wraps`);
  }
}

/** Whether `error` is a {@link TypedAttributeLookupError}. */
export const isTypedAttributeLookupError: Guard<TypedAttributeLookupError> =
  /* @__PURE__ */ guardOf<TypedAttributeLookupError>("TypedAttributeLookupError");

/** The backend, host or feature that was asked for is not there. */
export class UnsupportedError extends Error {
  static {
    branded(this, "UnsupportedError");
  }
}

/** Whether `error` is a {@link UnsupportedError}. */
export const isUnsupportedError: Guard<UnsupportedError> =
  /* @__PURE__ */ guardOf<UnsupportedError>("UnsupportedError");

/** Something was used in a way that its rules forbid: entered twice, used after its end, started outside of any task. */
export class UsageError extends Error {
  static {
    branded(this, "UsageError");
  }
}

/** Whether `error` is a {@link UsageError}. */
export const isUsageError: Guard<UsageError> = /* @__PURE__ */ guardOf<UsageError>("UsageError");

/** The scope got lost: a wait began after the `await` of a foreign promise, where the host cannot tell whose code runs. */
export class ContextLostError extends Error {
  static {
    branded(this, "ContextLostError");
  }
  constructor(operation: string) {
    super(
      `Cannot tell the scope of ${operation}: it follows the await of a foreign promise; ` +
        "wrap that promise with abortable(), wrap the function with operation(), or name the scope with .in(scope)",
    );
  }
}

/** Whether `error` is a {@link ContextLostError}. */
export const isContextLostError: Guard<ContextLostError> =
  /* @__PURE__ */ guardOf<ContextLostError>("ContextLostError");

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
    branded(this, "DeadlockError");
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
        `wrap work outside of anyrx with abortable(), in a test with real(), or break the circle${list.length === 0 ? "" : `:${list.join("")}`}`,
    );
    this.time = time;
    this.waits = waits;
  }
}

/** Whether `error` is a {@link DeadlockError}. */
export const isDeadlockError: Guard<DeadlockError> = /* @__PURE__ */ guardOf<DeadlockError>("DeadlockError");
