/**
 * A round: the program run once, in one order, with one fault or none.
 *
 * @module
 */

import {
  type DeadWait,
  isBrokenResourceError,
  isCancelled,
  isDeadlockError,
  isEndOfStream,
  isFutureCancelled,
  isTaskFailed,
  isTaskGroupError,
  isTimeoutError,
} from "../../base/errors.ts";
import { bound } from "../../kernel/binding.ts";
import type { CancelScope } from "../../kernel/cancel-scope.ts";
import { plainScope } from "../../kernel/here.ts";
import type { Operation } from "../../kernel/operation.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Task } from "../../kernel/task.ts";
import { operation } from "../../kernel/work.ts";
import { failAt } from "../../time/timeouts.ts";
import type { VirtualTime, VirtualTimeOptions } from "../virtual-time.ts";
import { named } from "./actors.ts";
import type { Chooser } from "./chooser.ts";
import { type Leak, Ledger } from "./ledger.ts";
import type { Candidate, Picker } from "./picked-clock.ts";
import { PickedTime } from "./picked-time.ts";
import type { Recorder } from "./recorder.ts";
import type { Fault, Strike } from "./replay.ts";
import type { Stage } from "./stage.ts";

/** The program, in any style. It is called once for each run. */
export type ExploredBody = (time: VirtualTime) => unknown;

/** What all rounds of a search have in common. */
export interface Program {
  readonly body: ExploredBody;
  readonly after: (() => unknown) | null;
  /** Whether checkpoints are counted, and leaks looked for. */
  readonly watched: boolean;
  readonly time: VirtualTimeOptions;
}

/** What one round differs in. */
export interface Part {
  readonly choose: Chooser;
  readonly fault?: Fault | null;
  readonly recorder?: Recorder | null;
  /** How long, in real ms, a standstill must last; that of the program when left out. */
  readonly grace?: number;
}

/** One choice that was made. */
export interface Choice {
  readonly at: number;
  /** Of how many. */
  readonly of: number;
}

/** What came of a round. */
export interface Outcome {
  readonly choices: readonly Choice[];
  readonly steps: number;
  /** How many checkpoints were reached; 0 when nobody counted. */
  readonly checkpoints: number;
  /** Where the fault struck; `null` when it did not. */
  readonly struck: Strike | null;
  /** What went wrong, boxed; `null` when nothing did. */
  readonly failure: { readonly error: unknown } | null;
  readonly leaks: readonly Leak[];
}

/** How many turns somebody may stand by for each of those who could go on, before it is its turn. */
const PATIENCE = 32;

/** One run. */
export class Round implements Picker {
  private readonly program: Program;
  private readonly part: Part;
  private readonly choices: Choice[] = [];
  private readonly time: PickedTime;
  private readonly control = bound.host.abortController();
  private steps = 0;
  private checkpoints = 0;
  private struck: Strike | null = null;
  private bomb: CancelScope | null = null;
  private left: readonly DeadWait[] = [];
  private refused: Error | null = null;

  constructor(program: Program, part: Part) {
    this.program = program;
    this.part = part;
    const { grace = program.time.deadlockGrace } = part;
    this.time = new PickedTime({
      ...program.time,
      deadlockGrace: grace,
      picker: this,
      onCheckpoint: program.watched || part.fault != null ? this.reached.bind(this) : null,
    });
  }

  /** Runs it, to the end of everything that it left behind. */
  async play(stage: Stage): Promise<Outcome> {
    const { time, program } = this;
    using ledger = program.watched ? new Ledger(time.backend) : null;
    stage.enter(time);
    let failure: Outcome["failure"] = null;
    try {
      await time.run(() => this.whole(), { signal: this.control.signal });
    } catch (error) {
      failure = { error };
    }
    await time.settle();
    if (this.refused !== null) throw this.refused;
    const leaks = ledger === null ? [] : this.leaks(ledger, failure);
    if (failure !== null && this.struck !== null && isExpected(failure.error)) failure = null;
    failure ??= time.lateError;
    try {
      if (failure === null && leaks.length === 0) await program.after?.();
    } catch (error) {
      failure = { error };
    }
    const { choices, steps, checkpoints, struck } = this;
    return { choices, steps, checkpoints, struck, failure, leaks };
  }

  pick(candidates: readonly Candidate[], turn: number): number {
    this.steps++;
    const at = candidates.length === 1 ? 0 : this.choose(candidates, turn);
    this.part.recorder?.stepped(this.time.now, candidates, at);
    return at;
  }

  private choose(candidates: readonly Candidate[], turn: number): number {
    // Nobody stands by for ever: an order in which a task that polls keeps all others from going on is no order of a real program.
    const longest = candidates.reduce((best, { since }, i) => (since < (candidates[best]?.since ?? 0) ? i : best), 0);
    if (turn - (candidates[longest]?.since ?? 0) > PATIENCE * candidates.length) return longest;
    const of = candidates.length;
    let at = 0;
    try {
      if (this.refused === null) at = this.part.choose(candidates);
    } catch (error) {
      this.refuse(error as Error);
    }
    this.choices.push({ at, of });
    return at;
  }

  /** The round is worth nothing: it ends. */
  private refuse(error: Error): void {
    this.refused = error;
    this.control.abort(error);
  }

  private reached(scope: Scope, what: { describe(): string }): void {
    const { fault = null, recorder } = this.part;
    if (++this.checkpoints !== fault?.at) return;
    const task = recorder?.cast.nameOf(scope._task) ?? scope._task.name;
    this.struck = { fault, task, on: named(what), time: this.time.now };
    recorder?.struck(this.struck);
    const reason = `a fault was injected at checkpoint ${String(fault.at)}`;
    if (fault.kind === "cancel") this.control.abort(reason);
    else if (fault.kind === "timeout") {
      if (this.bomb !== null) this.bomb.deadline = this.time.now;
    } else (scope._task as Task).cancel(reason);
  }

  /** The body, in its main task; sees whether it leaves anything running behind. */
  private whole(): unknown {
    const { recorder } = this.part;
    const { body, watched } = this.program;
    const { time } = this;
    recorder?.begins((plainScope() as Scope)._task);
    if (!watched) return body(time);
    const ended = (): void => {
      recorder?.stop();
      this.left = time._clock.waits;
    };
    const inner = operation(body);
    return failAt(Infinity, (scope) => {
      this.bomb = scope;
      return watching(inner(time), ended);
    });
  }

  private leaks(ledger: Ledger, failure: Outcome["failure"]): Leak[] {
    // A standstill that no fault caused has a name of its own.
    const dead = failure !== null && isDeadlockError(failure.error) && this.struck !== null ? failure.error.waits : [];
    const waits = dead.length > 0 ? dead : this.left;
    const held = failure !== null && isDeadlockError(failure.error) && dead.length === 0 ? [] : ledger.leaks();
    const leak = (kind: Leak["kind"], what: string): Leak => ({
      kind,
      what: this.part.recorder?.cast.renamed(what) ?? what,
    });
    const last = waits.filter(({ since }) => !Number.isNaN(since)); // Not the groups that wait for them.
    return [
      ...(last.length > 0 ? last : waits).map(({ task, on, since }): Leak => {
        const when = Number.isNaN(since) ? "" : ` since t=${String(since)}`;
        const how = dead.length > 0 ? "for ever" : "after the end of the body";
        return leak("task", `"${task}" waits for ${on}${when}, ${how}`);
      }),
      ...held.map(({ kind, what }) => leak(kind, what)),
    ];
  }
}

const watching = operation(function* (work: Operation<unknown>, ended: () => void) {
  try {
    return yield* work;
  } finally {
    ended();
  }
});

/** Whether it is what a program may say when a part of it was cancelled: that it was, or that somebody is gone. */
function isExpected(error: unknown): boolean {
  if (isTaskGroupError(error)) return error.errors.every(isExpected);
  if (isTaskFailed(error)) return isCancelled(error.cause) || isExpected(error.cause);
  const known = [isCancelled, isTimeoutError, isFutureCancelled, isBrokenResourceError, isEndOfStream];
  return known.some((is) => is(error));
}
