/**
 * Causes and errors: how a failure of one side is told to the other.
 *
 *     Fail(e)    ⇄  e is thrown
 *     Die(d)     ⇄  d is thrown, and remembered: it is a defect also when it comes back
 *     Interrupt  ⇄  Cancelled
 *     several    ⇄  a TaskGroupError of them, without the interrupts
 *
 * @module
 */

import * as Cause from "effect/Cause";
import { Cancelled, isCancelled, isTaskGroupError, TaskGroupError } from "../base/errors.ts";
import { shown } from "../kernel/checks.ts";

/** A defect that is no object, such as the string of `Effect.die("boom")`. An error of its own, so that it can be told from a failure. */
export class DefectError extends Error {
  /** What the effect died with. */
  readonly defect: unknown;

  constructor(defect: unknown) {
    super(`Cannot go on with an effect: it died with ${shown(defect)}; see defect`, { cause: defect });
    this.name = "DefectError";
    this.defect = defect;
  }
}

/** What came out of effects as more than a failure, and the cause that it was thrown for. */
const causes = new WeakMap<object, Cause.Cause<unknown>>();

/**
 * What to throw for `cause`.
 *
 * @param cancelled - What cancelled the wait, if anything did.
 */
export function errorOf(cause: Cause.Cause<unknown>, cancelled: Cancelled | null): unknown {
  const errors: unknown[] = [];
  for (const reason of cause.reasons) {
    if (Cause.isFailReason(reason)) errors.push(reason.error);
    else if (Cause.isDieReason(reason)) errors.push(defectOf(reason.defect));
  }
  if (errors.length === 0) {
    return cancelled ?? remembered(new Cancelled("an effect was interrupted", { source: "signal" }), cause);
  }
  const error = errors.length === 1 ? errors[0] : new TaskGroupError(errors, "effect");
  // An interrupt that its scope has ordered is that scope's business.
  return remembered(error, cancelled === null ? cause : withoutInterrupts(cause));
}

function withoutInterrupts(cause: Cause.Cause<unknown>): Cause.Cause<unknown> {
  return Cause.fromReasons(cause.reasons.filter((reason) => !Cause.isInterruptReason(reason)));
}

/** The cause that `error`, which an operation threw, is for Effect: what it was, when it came from there. */
export function causeOf<E>(error: unknown, failure: (error: unknown) => E, fiberId: number): Cause.Cause<E> {
  const known = isObject(error) ? causes.get(error) : undefined;
  if (known !== undefined) return Cause.map(known, failure);
  if (isCancelled(error)) return Cause.interrupt(fiberId);
  if (!isTaskGroupError(error)) return Cause.fail(failure(error));
  const [defects, failures] = error.split(isDefect);
  if (defects === null) return Cause.fail(failure(error));
  if (failures === null) return Cause.die(error);
  return Cause.combine(Cause.fail(failure(failures)), Cause.die(defects));
}

function isDefect(error: unknown): boolean {
  const cause = isObject(error) ? causes.get(error) : undefined;
  return cause !== undefined && Cause.hasDies(cause);
}

function defectOf(defect: unknown): object {
  if (!isObject(defect)) return remembered(new DefectError(defect), Cause.die(defect));
  return remembered(defect, Cause.die(defect));
}

/** `error`, known to stand for `cause`. A plain failure needs no memory, and must not be taken for what it once was. */
function remembered<T>(error: T, cause: Cause.Cause<unknown>): T {
  if (!isObject(error)) return error;
  if (cause.reasons.every(Cause.isFailReason) && cause.reasons.length === 1) causes.delete(error);
  else causes.set(error, cause);
  return error;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
