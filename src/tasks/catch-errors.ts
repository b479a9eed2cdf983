/**
 * Catching errors by what they are, out of a group of them.
 *
 * @module
 */

import { type Cancelled, isCancelled } from "../base/cancelled.ts";
import { type ErrorCondition, predicateOf } from "../base/error-condition.ts";
import { failureOf, isTaskGroupError, type TaskGroupError } from "../base/task-group-error.ts";
import { checkedBody, shown } from "../kernel/checks.ts";
import type { Operation, OperationGenerator } from "../kernel/operation.ts";
import { type Ended, operation } from "../kernel/work.ts";

/** Which errors, and what is done about them. */
export type ErrorClause = readonly [condition: ErrorCondition, handler: (errors: TaskGroupError) => unknown];

/**
 * Runs `body`, and hands each error that it fails with to the first clause that means it.
 *
 * The body may fail with a group, in which every leaf goes its own way, or with a single error, which is treated as a group of one. Each handler is
 * called at most once, one after the other in the order of the clauses, with the part of the group that is its own: same structure, same names.
 * What no clause means is thrown on: a group with its structure, a single error as it came. What a handler throws is added to it; a
 * handler that throws what it was given has not handled it.
 *
 * A `Cancelled` is never caught, whatever a clause says.
 *
 * *Checkpoint*: where the body and the handlers wait. *On cancel*: both clean up first. Handlers wait in the caller's scope.
 *
 * @param body - A function of any style.
 * @param clauses - Pairs of a class of errors, an array of classes, or a predicate, and a handler of any style.
 * @returns The body's value; `undefined` when its errors were handled.
 * @throws {TypeError} When `body` or a handler is no function, or a condition means nothing.
 * @throws {TaskGroupError} With what was not handled, and what the handlers threw.
 * @example
 * import { catchErrors, isTimeoutError, run, taskGroup } from "anyrx";
 * const log: string[] = [];
 * const work = () => taskGroup((tg) => {
 *   tg.startSoon(() => { throw new RangeError("no user 7"); });
 *   tg.startSoon(() => { throw new TypeError("bad row"); });
 * });
 * await run(() => catchErrors(work, [
 *   [[RangeError, SyntaxError], (group) => void log.push(...group.leaves().map(String))],
 *   [isTimeoutError, () => void log.push("too slow")],
 * ])); // throws TaskGroupError
 * log; // => ["RangeError: no user 7"]
 * @source Python `except*`, `exceptiongroup.catch`. Differs: a handler may wait, and a single error that nobody handles stays single.
 */
export function catchErrors<R>(body: () => R, clauses: Iterable<ErrorClause>): Operation<Ended<R> | undefined> {
  checkedBody("catch errors", body);
  return caught(body, checkedClauses(clauses)) as Operation<Ended<R> | undefined>;
}

interface Clause {
  readonly likes: (error: unknown) => boolean;
  readonly handler: (errors: TaskGroupError) => unknown;
}

const NONE = -1;

const caught = /* @__PURE__ */ operation(function* catchErrors(body: () => unknown, clauses: readonly Clause[]) {
  try {
    return yield* operation(body)();
  } catch (error) {
    if (isCancelled(error)) throw error;
    return yield* new Sorting(error, clauses).handled();
  }
});

/** The errors of one failure, on their ways. */
class Sorting {
  private readonly thrown: unknown;
  private readonly group: TaskGroupError;
  private readonly clauses: readonly Clause[];
  /** The clause of each leaf, by its number. By place and not by value: the same error may be in a group twice. */
  private ways: readonly number[];
  private readonly failures: unknown[] = [];
  private cancelled: Cancelled | null = null;

  constructor(thrown: unknown, clauses: readonly Clause[]) {
    this.thrown = thrown;
    this.group = isTaskGroupError(thrown) ? thrown : failureOf("", [{ error: thrown, task: undefined }]);
    this.clauses = clauses;
    this.ways = this.group.leaves().map((leaf) => this.wayOf(leaf));
  }

  *handled(): OperationGenerator<undefined> {
    for (const [i, { handler }] of this.clauses.entries()) {
      const part = this.part(i);
      if (part === null) continue;
      try {
        yield* operation(handler)(part);
      } catch (error) {
        if (error === part) this.ways = this.ways.map((way) => (way === i ? NONE : way));
        else if (isCancelled(error)) this.cancelled ??= error;
        else this.failures.push(error);
      }
    }
    this.throwRest();
    return undefined;
  }

  private wayOf(leaf: unknown): number {
    if (isCancelled(leaf)) return NONE;
    try {
      return this.clauses.findIndex(({ likes }) => likes(leaf));
    } catch (error) {
      this.failures.push(error);
      return NONE;
    }
  }

  private part(way: number): TaskGroupError | null {
    let leaf = 0;
    return this.group.split(() => this.ways[leaf++] === way)[0];
  }

  private throwRest(): void {
    const { failures, group } = this;
    const rest = this.ways.length === 0 ? group : this.part(NONE); // A group of nothing is nobody's.
    if (failures.length > 0) {
      const tasks = rest?.tasks; // An older copy of the library has none.
      const unhandled = (rest?.errors ?? []).map((error: unknown, i) => ({ error, task: tasks?.[i] }));
      const thrown = failures.map((error) => ({ error, task: undefined }));
      throw failureOf(group.group, [...unhandled, ...thrown], "cause" in group ? { cause: group.cause } : {});
    }
    if (rest !== null) throw rest === group ? this.thrown : rest;
    if (this.cancelled !== null) throw this.cancelled;
  }
}

function checkedClauses(clauses: Iterable<ErrorClause>): Clause[] {
  if (typeof (clauses as Partial<Iterable<ErrorClause>> | null)?.[Symbol.iterator] !== "function") {
    throw new TypeError(
      `Cannot catch errors by ${shown(clauses)}: it is no list; pass pairs such as [[RangeError, (group) => handle(group)]]`,
    );
  }
  return Array.from(clauses, (clause: unknown) => {
    if (!Array.isArray(clause)) {
      throw new TypeError(
        `Cannot catch errors by ${shown(clause)}: it is no pair; pass one such as [RangeError, (group) => handle(group)]`,
      );
    }
    const [condition, handler] = clause as unknown as ErrorClause;
    return {
      likes: predicateOf("catch errors", condition),
      handler: checkedBody("catch errors", handler, "(group) => handle(group)"),
    };
  });
}
