/**
 * Probes: how the clauses of a contract use a stream, and see what comes of it.
 *
 * Whatever is asked of the stream is asked in a task of its own, an {@link Attempt}. So a clause never hangs with the stream: it waits for what the attempt
 * comes to, and that wait can be given up.
 *
 * @module
 */

import {
  isBrokenResourceError,
  isBusyResourceError,
  isCancelled,
  isClosedResourceError,
  isEndOfStream,
} from "../../base/errors.ts";
import { brief } from "../../base/brief.ts";
import { CancelScope } from "../../kernel/cancel-scope.ts";
import type { Engine } from "../../kernel/engine.ts";
import { waitAllTasksBlocked } from "../../kernel/idle.ts";
import type { Operation, OperationGenerator } from "../../kernel/operation.ts";
import type { TaskGroup } from "../../kernel/task-group.ts";
import { operation } from "../../kernel/work.ts";
import { Event } from "../../sync/event.ts";
import { WaitWatch } from "../wait-watch.ts";

/** What was seen that must not be; the `cause` is what the stream threw. The runner of the clause makes a sentence of it. */
export class Finding extends Error {}

/** A kind of error, and how it is told. */
export type Kind = readonly [name: string, is: (error: unknown) => boolean];

export const CLOSED: Kind = ["ClosedResourceError", isClosedResourceError];
export const BROKEN: Kind = ["BrokenResourceError", isBrokenResourceError];
export const BUSY: Kind = ["BusyResourceError", isBusyResourceError];
export const END: Kind = ["EndOfStream", isEndOfStream];
export const CANCELLED: Kind = ["Cancelled", isCancelled];
export const UNFIT: Kind = ["RangeError", (error) => error instanceof RangeError || error instanceof TypeError];

/** What an attempt came to. */
export type Outcome<T> =
  { readonly threw: false; readonly value: T } | { readonly threw: true; readonly error: unknown };

/** What a clause asks with. */
export class Probe {
  /** What is waited for, for the message when that takes too long. */
  doing = "the stream";
  private readonly group: TaskGroup;
  private readonly engine: Engine;

  constructor(group: TaskGroup, engine: Engine) {
    this.group = group;
    this.engine = engine;
  }

  /** Begins to do `call`, called `action`, in a task of its own. */
  begin<T>(action: string, call: () => Operation<T>, cancelled = false): Attempt<T> {
    const attempt = new Attempt<T>(this, action);
    if (cancelled) attempt.cancel();
    this.group.startSoon(() => attempt.run(call, this.engine), { name: action });
    return attempt;
  }

  /** Waits until every attempt has come as far as it can. */
  blocked(): Operation<void> {
    return waitAllTasksBlocked();
  }

  /** What `call` gives. */
  *value<T>(action: string, call: () => Operation<T>): OperationGenerator<T> {
    return yield* this.begin(action, call).value();
  }

  /** Sees to it that `call` throws one of `kinds`. */
  *refused(action: string, call: () => Operation<unknown>, ...kinds: readonly Kind[]): OperationGenerator<void> {
    yield* this.begin(action, call).refused(...kinds);
  }

  /** Does `call` in a scope that is cancelled already: all is well if it throws that, or was so quick that it need not. */
  *cancelled(action: string, call: () => Operation<unknown>): OperationGenerator<void> {
    const outcome = yield* this.begin(action, call, true).end();
    if (outcome.threw && !isCancelled(outcome.error))
      throw new Finding(`${action} in a cancelled scope ${told(outcome)}`);
  }

  /** Sees to it that `object` has all of these methods. */
  has(subject: string, object: unknown, ...methods: readonly (string | symbol)[]): void {
    for (const method of methods) {
      if (typeof (object as Record<string | symbol, unknown> | null | undefined)?.[method] === "function") continue;
      throw new Finding(
        `${subject} has no ${typeof method === "symbol" ? `[${String(method.description)}]` : method}()`,
      );
    }
  }
}

/** One thing that is asked of a stream. */
export class Attempt<T> {
  readonly action: string;
  /** Whether it had a checkpoint. */
  checkpoint = false;
  private readonly probe: Probe;
  private readonly scope = new CancelScope();
  private readonly ended = new Event();
  private outcome: Outcome<T> | null = null;

  constructor(probe: Probe, action: string) {
    this.probe = probe;
    this.action = action;
  }

  /** Whether it has come to something. */
  get done(): boolean {
    return this.outcome !== null;
  }

  cancel(): void {
    this.scope.cancel("to see what the stream does then");
  }

  /** Waits for what it comes to. */
  *end(): OperationGenerator<Outcome<T>> {
    this.probe.doing = this.action;
    yield* this.ended.wait();
    return this.outcome as Outcome<T>;
  }

  /** The value it comes to. */
  *value(): OperationGenerator<T> {
    const outcome = yield* this.end();
    if (outcome.threw) throw new Finding(`${this.action} ${told(outcome)}`, { cause: outcome.error });
    return outcome.value;
  }

  /** Sees to it that it throws one of `kinds`. */
  *refused(...kinds: readonly Kind[]): OperationGenerator<void> {
    const outcome = yield* this.end();
    if (outcome.threw && kinds.some(([, is]) => is(outcome.error))) return;
    const wanted = kinds.map(([name]) => name).join(" or ");
    throw new Finding(
      `${this.action} ${told(outcome)} instead of ${outcome.threw ? "" : "throwing "}${wanted}`,
      outcome.threw ? { cause: outcome.error } : undefined,
    );
  }

  /** @internal Does it. */
  *run(call: () => Operation<T>, engine: Engine): OperationGenerator<void> {
    yield* this.scope.enter(() => this.steps(call, new WaitWatch(engine, this.scope)));
  }

  private *steps(call: () => Operation<T>, watch: WaitWatch): OperationGenerator<void> {
    try {
      const value = yield* operation(call)();
      this.outcome = { threw: false, value };
    } catch (error) {
      this.outcome = { threw: true, error };
      if (isCancelled(error)) throw error;
    } finally {
      this.checkpoint = watch.cancelPoint !== null && watch.schedulePoint !== null;
      watch[Symbol.dispose]();
      this.ended.set();
    }
  }
}

/** `gave 3 bytes (61 62 63)`; `threw EndOfStream`. */
export function told(outcome: Outcome<unknown>): string {
  if (!outcome.threw) return `gave ${shownValue(outcome.value)}`;
  const { error } = outcome;
  const known = [CLOSED, BROKEN, BUSY, END, CANCELLED].find(([, is]) => is(error));
  return `threw ${known === undefined ? brief(error) : known[0]}`;
}

/** A value of a stream, in a few words. */
export function shownValue(value: unknown): string {
  if (value instanceof Uint8Array) {
    const some = Array.from(value.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return `${String(value.length)} bytes${value.length === 0 ? "" : ` (${some}${value.length > 8 ? " …" : ""})`}`;
  }
  return brief(value);
}
