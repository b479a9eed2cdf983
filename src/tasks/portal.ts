/**
 * Portals: doors from code outside of any task into a group that runs.
 *
 *     open ──stop()──▶ stopped ──(the last of its tasks ends)──▶ …        when the group ends first, it is shut as well
 *
 * An event emitter, a timer of the host, another library: none of them has a scope. What they call through a portal has that of the group.
 *
 * @module
 */

import { RunFinishedError, UsageError } from "../base/errors.ts";
import { checkedBody, checkedFlag, shown } from "../kernel/checks.ts";
import type { Continuation } from "../kernel/continuation.ts";
import { Operation } from "../kernel/operation.ts";
import { Member, type Scope } from "../kernel/scope.ts";
import type { StartedTask, TaskStatus } from "../kernel/start.ts";
import type { Task } from "../kernel/task.ts";
import { TaskGroup, type TaskOptions } from "../kernel/task-group.ts";
import { WaitQueue } from "../kernel/wait-queue.ts";
import { PENDING, type Waiter } from "../kernel/waiter.ts";
import type { Ended } from "../kernel/work.ts";
import { Shown } from "../sync/shown.ts";
import { Answer, callerHere, type Origin, PortalCall, PortalStart, PortalTask } from "./portal-task.ts";

/** Options of {@link Portal.stop}. */
export interface PortalStopOptions {
  /** Whether to cancel what came through the portal and still runs. Default `false`: it may finish. */
  readonly cancelRemaining?: boolean | undefined;
}

/**
 * A door into a group, for code that is in no task, or in another run. Made by {@link createPortal}.
 *
 * What comes through it is a child of the group and lives in the group's scope. Its context variables are those of the caller where the caller is
 * a task, else those of whoever made the portal, as they were then.
 *
 * @source AnyIO `BlockingPortal`. Differs: nobody blocks, so the group's own tasks may use it too; an error of `startTaskSoon` fails the group, since
 *   nobody need ever look at a handle.
 */
export class Portal extends Shown implements Disposable {
  private readonly group: TaskGroup;
  private readonly maker: Origin;
  private readonly remaining = new Set<Task>();
  private readonly sleepers = new WaitQueue();
  private readonly bell = new Bell(this);
  private stopped = false;
  /** How many callers wait for an answer. */
  private asking = 0;
  private held: Disposable | null = null;

  /** @internal Use {@link createPortal}. */
  constructor(group: TaskGroup) {
    super();
    this.group = group;
    const task = callerHere() ?? (group.cancelScope._task as Task);
    this.maker = { task, variables: task._variables };
  }

  /**
   * Runs `body` in the group, soon, and answers outside of it.
   *
   * The promise is rejected with what `body` throws, bare. That is the caller's business, and the group goes on; a rejection that nobody handles is
   * reported by the host. When the call is cancelled, because the group is or by `stop`, it is rejected with {@link TaskCancelled}, which nobody
   * needs to handle.
   *
   * @param body - A function of any style. Called with its own {@link Task}.
   * @returns A native promise of its value. Rejected with {@link UsageError} when the portal was stopped or its group has ended, with
   *   {@link RunFinishedError} when its run has.
   * @throws {TypeError} When `body` is no function.
   */
  call<R>(body: (task: Task<Ended<R>>) => R, options?: TaskOptions): Promise<Ended<R>> {
    checkedBody("call into a portal", body);
    const refusal = this.refusal("call into");
    if (refusal !== null) return Promise.reject(refusal);
    const answer = this.ask<Ended<R>>();
    this.begin(new PortalCall<Ended<R>>(this, this.group, options?.name ?? "", body, this.origin(), answer));
    return answer.promise;
  }

  /**
   * Starts `body` in the group, soon, as `startSoon` of the group does: when it fails, so does the group.
   *
   * @param body - A function of any style. Called with its own {@link Task}.
   * @returns The handle of the task: await it in a task, `cancel()` it from anywhere.
   * @throws {TypeError} When `body` is no function.
   * @throws {UsageError} When the portal was stopped, or its group has ended.
   * @throws {RunFinishedError} When its run has ended.
   */
  startTaskSoon<R>(body: (task: Task<Ended<R>>) => R, options?: TaskOptions): Task<Ended<R>> {
    checkedBody("start a task in a portal", body);
    const refusal = this.refusal("start a task in");
    if (refusal !== null) throw refusal;
    const task = new PortalTask<Ended<R>>(this, this.group, options?.name ?? "", body, this.origin());
    this.begin(task);
    return task;
  }

  /**
   * Starts `body` in the group, and answers when it calls `started(value)`. An error before that is the caller's business, one after it fails the
   * group.
   *
   * @param body - Called with the status to report to.
   * @returns A native promise of the handle and the value, as `start()` gives them when it is asked for both. Rejected as that of {@link Portal.call}, and with {@link UsageError} when the task ends
   *   without calling `started()`.
   * @throws {TypeError} When `body` is no function.
   */
  startTask<V = void>(body: (status: TaskStatus<V>) => unknown, options?: TaskOptions): Promise<StartedTask<V>> {
    checkedBody("start a task in a portal", body);
    const refusal = this.refusal("start a task in");
    if (refusal !== null) return Promise.reject(refusal);
    const answer = this.ask<StartedTask<V>>();
    const started: Continuation = {
      _succeed: (started) => {
        answer.give(started as StartedTask<V>);
      },
      _failed: (error) => {
        // One that was cancelled did not forget to call started().
        if (task.status === "cancelled") answer.cancel(task.name, task.thrown);
        else answer.refuse(error);
      },
    };
    const task: PortalStart<V> = new PortalStart<V>(
      this,
      this.group,
      options?.name ?? "",
      body,
      this.origin(),
      started,
    );
    this.begin(task);
    return answer.promise;
  }

  /**
   * Shuts the portal: later calls are refused, and {@link Portal.sleepUntilStopped} returns. What came through it goes on, unless it is cancelled.
   * May be called from anywhere, and again.
   *
   * @throws {TypeError} When `cancelRemaining` is no boolean.
   */
  stop(options?: PortalStopOptions): void {
    const cancelRemaining = checkedFlag("set cancelRemaining", options?.cancelRemaining ?? false);
    this.stopped = true;
    this._wakeAll();
    if (!cancelRemaining) return;
    // A copy: cancelling runs the listeners of abort signals.
    for (const task of [...this.remaining]) task.cancel("its portal was stopped");
  }

  /**
   * Waits until the portal is stopped, which keeps the group open.
   *
   * While it waits and no caller waits for an answer, it is the turn of the world outside: a virtual clock stands still, as it does for
   * `abortable()`, so no deadline comes meanwhile.
   *
   * *Checkpoint*: yes. *On cancel*: only the wait ends.
   */
  sleepUntilStopped(): Operation<void> {
    return new Stopped(this);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** `Portal of the task group "server" (open, 2 tasks)`. */
  override toString(): string {
    const tasks = this.remaining.size === 1 ? "1 task" : `${String(this.remaining.size)} tasks`;
    return `Portal of ${this.whose()} (${this._shut ? "shut" : "open"}, ${tasks})`;
  }

  /** @internal */
  get _shut(): boolean {
    return this.stopped || this.group.cancelScope._over;
  }

  /** @internal */
  _sleep(sleeper: Waiter): void {
    this.sleepers.push(sleeper);
    if (this.bell._home === null) this.bell._join(this.group.cancelScope);
    this.weigh();
  }

  /** @internal It is shut. */
  _wakeAll(): void {
    for (let sleeper = this.sleepers.shift(); sleeper !== null; sleeper = this.sleepers.shift())
      sleeper._settle(undefined);
    this.weigh();
  }

  /** @internal A sleeper was cancelled. */
  _wokeUp(): void {
    this.weigh();
  }

  /** @internal What came through it has ended. */
  _left(task: Task): void {
    this.remaining.delete(task);
  }

  private begin(task: Task): void {
    this.remaining.add(task);
    this.group._begin();
    this.group.cancelScope._engine.wake(task);
  }

  private ask<T>(): Answer<T> {
    this.asking++;
    this.weigh();
    return new Answer<T>(this.group.cancelScope._engine.backend, () => {
      this.asking--;
      this.weigh();
    });
  }

  /** Whether the world outside is to act next: holds the backend while it is. */
  private weigh(): void {
    const outside = this.sleepers.length > 0 && this.asking === 0;
    if (outside === (this.held !== null)) return;
    if (outside) this.held = this.group.cancelScope._engine.backend.hold("an open portal");
    else {
      this.held?.[Symbol.dispose]();
      this.held = null;
    }
  }

  private origin(): Origin {
    const task = callerHere();
    return task === null ? this.maker : { task, variables: task._variables };
  }

  private refusal(action: string): Error | null {
    const scope = this.group.cancelScope;
    const what = `${action} the portal of ${this.whose()}`;
    if (top(scope)._over) return new RunFinishedError(what);
    if (scope._over)
      return new UsageError(`Cannot ${what}: the group has ended; keep it open with sleepUntilStopped()`);
    return this.stopped ? new UsageError(`Cannot ${what}: it was stopped; make a new one`) : null;
  }

  private whose(): string {
    return this.group.name === "" ? "a task group" : `the task group "${this.group.name}"`;
  }
}

/** Rings when the group ends: who sleeps elsewhere does not keep it open. */
class Bell extends Member {
  private readonly portal: Portal;

  constructor(portal: Portal) {
    super();
    this.portal = portal;
  }

  override _tell(): void {
    // A cancelled group has not ended yet.
  }

  override _inherit(): void {
    this._part();
    this.portal._wakeAll();
  }
}

class Stopped extends Operation<void> {
  private readonly portal: Portal;

  constructor(portal: Portal) {
    super();
    this.portal = portal;
  }

  describe(): string {
    return "a portal to be stopped";
  }

  override _attempt(): undefined | typeof PENDING {
    return this.portal._shut ? undefined : PENDING;
  }

  _park(waiter: Waiter): void {
    this.portal._sleep(waiter);
  }

  override _withdraw(waiter: Waiter): void {
    waiter._queue?._remove(waiter);
    this.portal._wokeUp();
  }
}

function top(scope: Scope): Scope {
  let found = scope;
  while (found._home !== null) found = found._home;
  return found;
}

/**
 * Opens a door into `group`, for code that is in no task: event emitters, callbacks, other libraries.
 *
 * @param group - A task group that has not ended.
 * @throws {TypeError} When it is no task group.
 * @throws {UsageError} When it has ended.
 * @example
 * import { createPortal, run, sleep, taskGroup } from "anyrx";
 * const answers: number[] = [];
 * await run(() => taskGroup(async (tg) => {
 *   const portal = createPortal(tg);
 *   setTimeout(async () => {
 *     answers.push(await portal.call(async () => { await sleep(1); return 42; }));
 *     portal.stop();
 *   }, 1);
 *   await portal.sleepUntilStopped();
 * }));
 * answers; // => [42]
 * @source AnyIO `BlockingPortal`, `start_blocking_portal`.
 */
export function createPortal(group: TaskGroup): Portal {
  if (!(group instanceof TaskGroup)) {
    throw new TypeError(
      `Cannot create a portal into ${shown(group)}: it is no task group; pass the one of taskGroup()`,
    );
  }
  if (group.cancelScope._over) {
    throw new UsageError(
      `Cannot create a portal into ${group.name === "" ? "a task group" : `the task group "${group.name}"`}: it has ended; create it while the group runs`,
    );
  }
  return new Portal(group);
}
