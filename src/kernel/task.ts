/**
 * Tasks: functions that run at the same time as others, each in a group that waits for it.
 *
 *     pending ──▶ finished           by returning, even after it was cancelled
 *        │  └───▶ failed             by throwing
 *        ▼
 *     cancelling ──▶ cancelled       by letting its cancellation pass; or finished, or failed
 *
 * @module
 */

import { type Cancelled, isCancelled, TaskCancelled, TaskFailed, TaskNotFinished, UsageError } from "../base/errors.ts";
import { shownByItsString } from "../base/shown-as.ts";
import { type AnyBody, perform } from "./body.ts";
import { CancelScope } from "./cancel-scope.ts";
import type { Variables } from "./context-var.ts";
import { instruments } from "./instruments.ts";
import { Operation } from "./operation.ts";
import { plainScope } from "./here.ts";
import { type Crew, Scope } from "./scope.ts";
import { abandonAll, type Holding } from "./holding.ts";
import { TaskInfo } from "./task-info.ts";
import { WaitQueue } from "./wait-queue.ts";
import { PENDING, type Waiter } from "./waiter.ts";

/** What a task is doing. */
export type TaskState = "pending" | "cancelling" | "finished" | "cancelled" | "failed";

/** The group that a task runs in, as far as the task cares. */
export interface TaskHome extends Crew {
  /** The scope that its tasks run in. */
  readonly cancelScope: Scope;
  /** @internal A task let a cancellation pass that was not its own. */
  _passed(cancelled: Cancelled): void;
}

/** A body with a name of its own. */
interface Named {
  readonly name: string;
  readonly body: AnyBody;
}

let lastId = 0;

/**
 * A running task, and the handle by which others wait for it or cancel it.
 *
 * Hot, unlike other operations: awaiting it twice gives the same value. *Checkpoint*: yes. *On cancel*: only the wait ends, not the task.
 *
 * @throws {TaskFailed} On await, when the task failed; its error is the `cause`. The group throws that error as well.
 * @throws {TaskCancelled} On await, when the task was cancelled.
 * @source AnyIO `TaskHandle`.
 */
export class Task<T = unknown> extends Operation<T> {
  static {
    shownByItsString(this.prototype);
  }
  /** Counts up from 1 in the order of spawning. */
  readonly id: number = ++lastId;
  /** The {@link Task.id} of the task that spawned it; 0 for the main task of a run. Not the task: a chain of them would live as long as its end. */
  readonly parentId: number;
  /** @internal Its context variables; the map is shared until somebody writes. */
  _variables: Variables | null;
  /** @internal What it must give up before it ends. */
  _held: Holding | null = null;
  private readonly group: TaskHome;
  /**
   * What it is cancelled by. Made when it begins, or when somebody asks: 100,000 tasks that wait for their turn need none. Dropped at the end, when there
   * is nothing to tell of it: a task that is old for the garbage collector would keep it alive.
   */
  private scope: CancelScope | null = null;
  /** What it runs, with the name it was given, if any. */
  private readonly body: AnyBody | Named;
  private state: "pending" | "finished" | "cancelled" | "failed" = "pending";
  /** What it ended with. Until then the queue of those who wait for that, if there are any. */
  private outcome: unknown = undefined;

  /** @internal Use `startSoon`. */
  constructor(group: TaskHome, name: string, body: AnyBody, spawner: Task | null) {
    super();
    this.group = group;
    this.body = name === "" ? body : { name, body };
    this.parentId = spawner === null ? 0 : spawner.id;
    this._variables = spawner === null ? null : spawner._variables;
    if (instruments.on !== null) instruments.on.spawned(this);
  }

  /** What it is called in messages: the name that was given, else that of its function, else its number. */
  get name(): string {
    return this.body.name || `task ${String(this.id)}`;
  }

  /** @internal */
  get _nobody(): boolean {
    return false;
  }

  /** @internal */
  get _pendingCancellation(): boolean {
    const scope = this.innermost();
    return this.state === "pending" && scope._interrupt !== null;
  }

  /** Who it is, for statistics and messages. */
  info(): TaskInfo {
    return new TaskInfo(this);
  }

  /** `Task "crawl" (pending)`. */
  override toString(): string {
    return `Task "${this.name}" (${this.status})`;
  }

  /** What it is doing. A cancelled task that returns all the same is `"finished"`. */
  get status(): TaskState {
    if (this.state !== "pending") return this.state;
    const cancelled = this.scope?._interrupt ?? (this.scope?._active === true ? null : this._place._interrupt);
    return cancelled === null ? "pending" : "cancelling";
  }

  /**
   * The value it returned.
   *
   * @throws {TaskNotFinished} When it has not ended.
   * @throws {TaskCancelled} When it was cancelled, or is being cancelled.
   * @throws {TaskFailed} When it failed.
   */
  get returnValue(): T {
    if (this.state === "finished") return this.outcome as T;
    if (this.state === "failed") throw this.failure();
    throw this.noOutcome();
  }

  /**
   * The error that it failed with; `undefined` when it finished.
   *
   * @throws {TaskNotFinished} When it has not ended.
   * @throws {TaskCancelled} When it was cancelled, or is being cancelled.
   */
  get exception(): unknown {
    if (this.state === "finished") return undefined;
    if (this.state === "failed") return this.outcome;
    throw this.noOutcome();
  }

  /** @internal What it ended with: its value, or what it threw. */
  get _outcome(): unknown {
    return this.outcome;
  }

  /**
   * What it called `started()` with.
   *
   * @throws {UsageError} When it was not started by `start()`.
   */
  get startValue(): unknown {
    throw new UsageError(
      `Cannot give what the task "${this.name}" started with: nobody waited for that; start it with start()`,
    );
  }

  /** The scope around the task's function. Cancelling it is what {@link Task.cancel} does. */
  get cancelScope(): CancelScope {
    const scope = this._scope;
    scope._shown = true;
    if (this._ended && !scope._over) scope._end(this._place);
    return scope;
  }

  /** @internal The same, for those that keep no hold of it. */
  get _scope(): CancelScope {
    return (this.scope ??= new CancelScope());
  }

  /** Cancels the task: every wait in it throws, until it has ended. Touches no sibling. See {@link CancelScope.cancel}; before it has begun there is nothing that a grace could spare. */
  cancel(reason?: unknown): void {
    if (this.state === "pending") this.cancelScope.cancel(reason);
  }

  /**
   * Waits until the task has ended, however it ended. May be repeated. *Checkpoint*: yes. *On cancel*: only the wait ends.
   *
   * @example
   * import { run, sleepForever, taskGroup } from "anyrx";
   * await run(() => taskGroup(async (tg) => {
   *   const task = tg.startSoon(() => sleepForever());
   *   task.cancel();
   *   await task.wait();
   *   return task.status;
   * })); // => "cancelled"
   */
  wait(): Operation<void> {
    return new TaskEnd(this);
  }

  /** @internal */
  override get _hot(): boolean {
    return true;
  }

  describe(): string {
    return `the end of the task "${this.name}"`;
  }

  /** @internal Its turn has come. */
  run(): void {
    if (instruments.on !== null) instruments.on.started(this);
    const scope = this._scope;
    scope._open(this._place);
    scope._task = this;
    scope._crew = this.group;
    perform(scope, this._body as (task: unknown) => unknown, this, this, true);
  }

  /** @internal */
  get _body(): AnyBody {
    const { body } = this;
    return typeof body === "function" ? body : body.body;
  }

  /** @internal Where its scope is opened when it begins. */
  get _place(): Scope {
    return this.group.cancelScope;
  }

  /** @internal Whether `scope` is the one around its function. */
  _livesIn(scope: Scope): boolean {
    return this.scope === scope;
  }

  /** @internal */
  get _ended(): boolean {
    return this.state !== "pending";
  }

  /** @internal */
  override _attempt(): T | typeof PENDING {
    if (this.state === "pending") return PENDING;
    if (this.state === "finished") return this.outcome as T;
    throw this.failure();
  }

  /** @internal */
  _park(waiter: Waiter): void {
    const waiters = (this.outcome ??= new WaitQueue()) as WaitQueue;
    waiters.push(waiter);
  }

  /** @internal */
  _succeed(value: unknown): void {
    this._scope._close(undefined);
    this.end("finished", value);
  }

  /** @internal */
  _failed(error: unknown): void {
    const failure = this._scope._close({ error });
    if (failure === null) this.end("cancelled", error);
    else if (isCancelled(failure.error)) {
      this.end("cancelled", failure.error, this._passes(failure.error) ? failure.error : undefined);
    } else {
      this.end("failed", failure.error, undefined, this._reports(failure.error));
    }
  }

  /** @internal Whether `error` is the group's business. */
  protected _reports(_error: unknown): boolean {
    return true;
  }

  /** @internal Whether a cancellation that is not the task's own is the group's business. */
  protected _passes(_cancelled: Cancelled): boolean {
    return true;
  }

  /** @internal */
  protected _finished(): void {
    // For those that have more to tell.
  }

  private end(state: "finished" | "cancelled" | "failed", outcome: unknown, passed?: Cancelled, reports = false): void {
    const waiters = this.outcome as WaitQueue | undefined;
    this.state = state;
    this.outcome = outcome;
    if (this.scope?._plain === true) this.scope = null;
    if (instruments.on !== null) instruments.on.exited(this, state);
    if (this._held !== null) abandonAll(this);
    if (reports) this.group._fail(outcome, this);
    if (waiters !== undefined) {
      for (let waiter = waiters.shift(); waiter !== null; waiter = waiters.shift()) {
        if (waiter._source instanceof TaskEnd) waiter._settle(undefined);
        else if (state === "finished") waiter._settle(outcome);
        else waiter._fail(this.failure());
      }
    }
    this._finished();
    if (passed !== undefined) this.group._passed(passed);
    this.group._end();
  }

  private noOutcome(): Error {
    if (this.state === "cancelled") return this.failure();
    const cancelled = this.status === "cancelling" ? (this.scope?._interrupt ?? this._place._interrupt) : null;
    return cancelled === null ? new TaskNotFinished(this.name) : new TaskCancelled(this.name, cancelled);
  }

  /** The scope that its next wait is in, as far as that can be told from outside. */
  private innermost(): Scope {
    const scope = this.scope;
    if (scope?._active !== true) return this._place;
    const running = plainScope();
    if (running?._task === this) return running;
    let inner: Scope = scope;
    for (let member = inner._last; member !== null;) {
      if (member instanceof Scope && member._task === this) {
        inner = member;
        member = inner._last;
      } else member = member._before;
    }
    return inner;
  }

  private failure(): Error {
    return this.state === "failed"
      ? new TaskFailed(this.name, this.outcome)
      : new TaskCancelled(this.name, this.outcome);
  }
}

/** Waits for the end of a task, whatever it is. */
class TaskEnd extends Operation<void> {
  private readonly task: Task;

  constructor(task: Task) {
    super();
    this.task = task;
  }

  describe(): string {
    return this.task.describe();
  }

  override _attempt(): undefined | typeof PENDING {
    return this.task._ended ? undefined : PENDING;
  }

  _park(waiter: Waiter): void {
    this.task._park(waiter);
  }
}
