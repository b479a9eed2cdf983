/**
 * Clauses: the promises of a contract, and the programs that find out whether they are kept.
 *
 * @module
 */

import { brief } from "../../base/brief.ts";
import { type Cancelled, isCancelled, isTimeoutError } from "../../base/errors.ts";
import type { Subscribable } from "../../base/rx.ts";
import { checkedBody, checkedDelay, shown } from "../../kernel/checks.ts";
import { currentScope } from "../../kernel/current.ts";
import type { OperationGenerator } from "../../kernel/operation.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { operation } from "../../kernel/work.ts";
import { acloseForcefully, type AsyncResource } from "../../stream/resource.ts";
import { failAfter } from "../../time/timeouts.ts";
import { StreamContractError, type StreamClause } from "./contract-error.ts";
import { Finding, Probe } from "./probe.ts";

/** Two ends that belong together: what is sent at the first is received at the second. */
export type Pair<S, R> = readonly [send: S, receive: R];

/**
 * Makes a pair of connected ends, new ones each time: an async function, a generator function, one that returns an Observable or an operation, or a plain
 * one.
 */
export type StreamMaker<S, R> = () =>
  Pair<S, R> | PromiseLike<Pair<S, R>> | OperationGenerator<Pair<S, R>> | Subscribable<Pair<S, R>>;

/** Options of a check. */
export interface StreamCheckOptions {
  /** After how many ms something that should have ended is called stuck: 0 to `Infinity`. Default 2000. */
  readonly limit?: number | undefined;
}

/** One clause: a promise, and how to find out. */
export interface Clause<S, R> extends StreamClause {
  /** Uses a new pair; throws a {@link Finding} when the promise is not kept. */
  check(pair: Pair<S, R>, probe: Probe): OperationGenerator<void>;
}

/** What is checked: pairs of one kind. */
export interface Subject<S, R> {
  /** What messages call it. */
  readonly title: string;
  readonly make: StreamMaker<S, R>;
  readonly limit: number;
}

/** The subject, if its maker and its limit are what they should be. */
export function subjectOf<S, R>(
  title: string,
  make: StreamMaker<S, R>,
  options: StreamCheckOptions | undefined,
): Subject<S, R> {
  checkedBody(`check ${title}`, make, "() => [send, receive]");
  return { title, make, limit: checkedDelay("wait for a stream", options?.limit ?? 2000) };
}

/** Checks clause by clause, each with a pair of its own. Throws a {@link StreamContractError} at the first that is not kept. */
export function* keepsAll<S extends AsyncResource, R extends AsyncResource>(
  subject: Subject<S, R>,
  clauses: readonly Clause<S, R>[],
): OperationGenerator<void> {
  for (const clause of clauses) {
    const failure = yield* breach(subject, clause);
    if (failure !== null) throw failure;
  }
}

/** How `clause` is not kept; `null` when it is. */
function* breach<S extends AsyncResource, R extends AsyncResource>(
  subject: Subject<S, R>,
  clause: Clause<S, R>,
): OperationGenerator<StreamContractError | null> {
  const pair = checkedPair<S, R>(yield* operation(subject.make)(), subject.title);
  let failure: StreamContractError | null = null;
  yield* taskGroup(function* (tg) {
    const probe = new Probe(tg, currentScope()._engine);
    try {
      yield* failAfter(subject.limit, () => clause.check(pair, probe));
    } catch (error) {
      if (isCancelled(error)) throw error;
      const cause = error instanceof Finding ? error.cause : error;
      failure = new StreamContractError(
        subject.title,
        clause,
        found(error, probe),
        cause === undefined ? undefined : { cause },
      );
    } finally {
      tg.cancel("the clause has been checked");
      yield* closeBoth(pair);
    }
  });
  return failure;
}

/** Closes both ends, whatever that throws: other clauses look at it. It wakes who is blocked and does not heed a cancellation. */
function* closeBoth(pair: readonly AsyncResource[]): OperationGenerator<void> {
  let cancelled: Cancelled | null = null;
  for (const end of pair) {
    try {
      yield* acloseForcefully(end);
    } catch (error) {
      if (isCancelled(error)) cancelled = error;
    }
  }
  if (cancelled !== null) throw cancelled;
}

function found(error: unknown, probe: Probe): string {
  if (error instanceof Finding) return error.message;
  if (isTimeoutError(error)) return `${probe.doing} went on waiting`;
  return `it threw ${brief(error)}`;
}

function checkedPair<S, R>(pair: unknown, title: string): Pair<S, R> {
  if (Array.isArray(pair) && pair.length === 2) return pair as unknown as Pair<S, R>;
  throw new TypeError(
    `Cannot check ${title}: its maker gave ${shown(pair)}; return both ends, such as [send, receive]`,
  );
}
