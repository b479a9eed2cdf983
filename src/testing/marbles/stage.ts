/**
 * The stage: what everything in one marble test shares.
 *
 * @module
 */

import { UsageError } from "../../base/errors.ts";
import { CancelScope } from "../../kernel/cancel-scope.ts";
import { plainScope } from "../../kernel/here.ts";
import type { OperationGenerator } from "../../kernel/operation.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { TaskGroup } from "../../kernel/task-group.ts";
import { callIn } from "../../rx/living.ts";
import type { Subject } from "../notation/mismatch.ts";
import type { VirtualTime } from "../virtual-time.ts";

/** How far time goes on past the longest diagram, in ms, when there is no end of things to do. */
const BEYOND = 60_000;

/** An expectation, as far as the stage cares. */
export interface Expected {
  /** Whether more may come. */
  readonly open: boolean;
  /** Where the longest of its diagrams ends, in ms; `Infinity` when that is not drawn. */
  readonly end: number;
}

/** The clock of a test, its scope, its expectations, and what must be cleared away at its end. */
export class Stage<E extends Expected = Expected> {
  readonly clock: VirtualTime;
  readonly expectations: E[] = [];
  private readonly maxTime: number;
  private readonly left = new Set<Disposable>();
  private readonly counts = new Map<string, number>();
  private readonly logs = new WeakMap<object, string>();
  private group: TaskGroup | null = null;
  private waiting: CancelScope | null = null;
  private bodyEnd = 0;
  private over = false;
  /** The time, in virtual ms from the start. */
  readonly now = (): number => this.clock.now;

  constructor(clock: VirtualTime, maxTime: number) {
    this.clock = clock;
    this.maxTime = maxTime;
  }

  /** The test begins. What is watched is watched from inside `group`. */
  open(group: TaskGroup): void {
    this.group = group;
  }

  /** The test has ended: clears away what is left of it. */
  close(): void {
    if (this.over) return;
    this.over = true;
    for (const thing of [...this.left].reverse()) {
      try {
        thing[Symbol.dispose]();
      } catch (error) {
        this.clock._fail(error); // What foreign code does when it is told to stop.
      }
    }
    this.left.clear();
    this.group?.cancel("the test has ended");
  }

  /** Whether the test has ended, or is being ended: what happens now is no part of it. */
  get isOver(): boolean {
    return this.over || this.group?.cancelScope._interrupt != null;
  }

  /** The scope of what the test itself does: it watches from there. */
  get scope(): Scope {
    return this.tasks.cancelScope;
  }

  /** The tasks that watch. */
  get tasks(): TaskGroup {
    this.check();
    return this.group as TaskGroup;
  }

  /** Refuses to go on when the test has ended. */
  check(): void {
    if (this.group !== null && !this.over) return;
    throw new UsageError("Cannot use what marbles() gave: its test has ended; use it while the body runs");
  }

  /** The scope of whoever calls; the test's own when that is not known. */
  caller(): Scope {
    const { scope } = this;
    const caller = plainScope();
    return caller?._engine === scope._engine ? caller : scope;
  }

  /** Has `job` run at `time`, in `scope`. See `clock.ts` for the ranks. */
  at(time: number, rank: number, scope: Scope, job: () => void): Disposable {
    let timer: Disposable | null = null;
    const planned = {
      [Symbol.dispose]: () => {
        this.left.delete(planned);
        timer?.[Symbol.dispose]();
      },
    };
    this.left.add(planned);
    timer = this.clock._at(time, rank, () => {
      this.left.delete(planned);
      callIn(scope, call, job);
    });
    return planned;
  }

  /** Has `thing` disposed when the test ends. */
  keep(thing: Disposable): void {
    this.left.add(thing);
  }

  /** No longer. */
  drop(thing: Disposable): void {
    this.left.delete(thing);
  }

  /** How the next `what` is called: by the given name, or by its number. */
  subject(what: string, name: string | undefined): Subject {
    this.check();
    const number = (this.counts.get(what) ?? 0) + 1;
    this.counts.set(what, number);
    return { what, name: name ?? String(number) };
  }

  /** Gives the next `what` a number, by which its log is called. */
  nameLog(log: object, what: string): void {
    const { name } = this.subject(what, undefined);
    this.logs.set(log, `${what} ${name}`);
  }

  /** What a log is called. */
  nameOf(log: object): string | undefined {
    return this.logs.get(log);
  }

  /** An expectation is no longer open. */
  closed(): void {
    if (!this.isOpen) this.waiting?.cancel("every expectation is closed");
  }

  /** Lets time go on until no expectation is open, or nothing is left to do; not for ever past the longest diagram. */
  *settle(): OperationGenerator<void> {
    this.bodyEnd = this.now();
    for (let until = -1; this.isOpen && until < this.horizon;) {
      until = this.horizon;
      const time = until;
      this.waiting = new CancelScope({ name: "the end of the test" });
      yield* this.waiting.enter(() => this.clock._idle(time));
    }
  }

  /** Whether the body has ended, and time goes on for what is expected. */
  get isSettling(): boolean {
    return this.waiting !== null;
  }

  private get isOpen(): boolean {
    return this.expectations.some(({ open }) => open);
  }

  private get horizon(): number {
    const drawn = this.expectations.map(({ end }) => end).filter((end) => end < Infinity);
    return Math.min(Math.max(this.bodyEnd, ...drawn) + BEYOND, this.maxTime);
  }
}

function call(job: () => void): void {
  job();
}
