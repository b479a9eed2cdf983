/**
 * Task groups: a body and its children, which end together.
 *
 *     open ──(the body ends)──▶ closing ──(the last child ends)──▶ ended
 *
 * The first failure cancels the rest, synchronously; everything that failed is thrown as one `TaskGroupError` when the last one has cleaned
 * up. The group keeps its own count: nothing is routed through a Subscription, and a child costs O(1) to spawn and to end.
 *
 * One noun, long for its docs: how a child starts, serves and runs is in `start.ts`, `service.ts` and `task.ts`.
 *
 * @module
 */

import { type Cancelled, isCancelled, UsageError } from "../base/errors.ts";
import { failureOf, type TaskFailure } from "../base/task-group-error.ts";
import { shownByItsString } from "../base/shown-as.ts";
import type { Continuation } from "./continuation.ts";
import { perform } from "./body.ts";
import { bound } from "./binding.ts";
import { CancelScope } from "./cancel-scope.ts";
import { checkedBody } from "./checks.ts";
import { here, whoseHere } from "./here.ts";
import type { Owner } from "./holding.ts";
import type { Operation } from "./operation.ts";
import type { Scope } from "./scope.ts";
import { Service } from "./service.ts";
import { Start, type StartedTask, StartingTask, type TaskStatus } from "./start.ts";
import { Task } from "./task.ts";
import { type Ended, Work } from "./work.ts";

/** Options of a task. */
export interface TaskOptions {
  /** What it is called in messages. Default: the name of its function. */
  readonly name?: string | undefined;
}

/** Options of a task that is waited for until it is ready. */
export interface StartOptions extends TaskOptions {
  /** Whether `start()` gives the {@link StartedTask}, with its handle, and not only what it started with. Default `false`. */
  readonly returnHandle?: boolean | undefined;
}

/** Options of a task group. */
export interface TaskGroupOptions {
  /** What it is called in messages. */
  readonly name?: string | undefined;
}

/**
 * A group of tasks that end together. Made by {@link taskGroup}.
 *
 * @source AnyIO `TaskGroup`, Trio `Nursery`.
 */
export class TaskGroup {
  static {
    shownByItsString(this.prototype);
  }
  /** What it is called in messages. */
  readonly name: string;
  /** The scope that all of it runs in. */
  readonly cancelScope: CancelScope = new CancelScope();
  private readonly end: Continuation;
  /** What still runs: the children, the body, and work left behind by either. */
  private pending = 1;
  private ended = false;
  private waited = false;
  private services: Set<Service> | null = null;
  private failures: TaskFailure[] | null = null;
  private passed: Cancelled | null = null;
  private value: unknown = undefined;

  /** @internal Use {@link taskGroup}. */
  constructor(name: string, end: Continuation) {
    this.name = name;
    this.end = end;
  }

  /**
   * Starts `body` as a child, soon: never inside this call, and after the children that were started before it. It runs in the group's scope,
   * not in the caller's, and inherits the caller's context variables.
   *
   * @param body - Called with its own {@link Task}.
   * @returns The handle of the child.
   * @throws {TypeError} When `body` is no function.
   * @throws {UsageError} When the group has ended.
   * @example
   * import { run, taskGroup } from "anyrx";
   * await run(() => taskGroup(async (tg) => {
   *   const a = tg.startSoon(() => 1);
   *   const b = tg.startSoon(() => 2);
   *   return (await a) + (await b);
   * })); // => 3
   */
  startSoon<R>(body: (task: Task<Ended<R>>) => R, options?: TaskOptions): Task<Ended<R>> {
    if (typeof body !== "function") checkedBody(`start a task${this.inName()}`, body); // No text for each child.
    this.checkOpen(body, options);
    const task = new Task<Ended<R>>(this, options?.name ?? "", body, spawner());
    this.pending++;
    this.cancelScope._engine.spawn(task);
    return task;
  }

  /**
   * Starts `body` as a child and waits until it calls `started(value)`, which is what this gives. From then on the child belongs to the group.
   *
   * *On cancel*: the child is cancelled and waited for; the group is not cancelled. An error before `started()` is thrown here, bare, and the
   * group goes on; one after it goes to the group.
   *
   * @param body - Called with the status to report to.
   * @throws {TypeError} When `body` is no function.
   * @throws {UsageError} When the group has ended, or the child ends without calling `started()`.
   * @example
   * import { run, sleepForever, taskGroup } from "anyrx";
   * await run(() => taskGroup(async (tg) => {
   *   const port = await tg.start<number>(async (status) => {
   *     status.started(8080);
   *     await sleepForever();
   *   });
   *   tg.cancel();
   *   return port;
   * })); // => 8080
   */
  start<V = void, R = unknown>(
    body: (status: TaskStatus<V>) => R,
    options: StartOptions & { readonly returnHandle: true },
  ): Operation<StartedTask<V, Ended<R>>>;
  start<V = void>(
    body: (status: TaskStatus<V>) => unknown,
    options?: StartOptions & { readonly returnHandle?: false | undefined },
  ): Operation<V>;
  start<V>(body: (status: TaskStatus<V>) => unknown, options?: StartOptions): Operation<unknown> {
    checkedBody(`start a task${this.inName()}`, body);
    return new Start<unknown>((scope, settled) => {
      this.checkOpen(body, options);
      this.pending++;
      const task = new StartingTask<V>(
        this,
        options?.name ?? "",
        body,
        scope._task as Task,
        scope,
        this.cancelScope,
        settled,
        options?.returnHandle === true,
      );
      scope._engine.spawn(task);
    });
  }

  /**
   * Starts `body` as a service: a child that the others need, and that is cancelled when nothing but services is left in the group. Until then it is
   * shielded from the group's cancellation, so that the others can still use it while they clean up. A service that fails cancels the group.
   *
   * @param body - Called with its own {@link Task}.
   * @returns The handle of the service. Waiting for it in the group would be waiting for the end of the wait.
   * @throws {TypeError} When `body` is no function.
   * @throws {UsageError} When the group has ended.
   * @example
   * import { createMemoryObjectStream, run, taskGroup } from "anyrx";
   * const [log, lines] = createMemoryObjectStream<string>(10);
   * const written: string[] = [];
   * await run(() => taskGroup(async (tg) => {
   *   tg.startService(async () => { for await (const line of lines) written.push(line); });
   *   await log.send("working");
   * })); // => undefined
   * written; // => ["working"]
   * @source Trio's discussion of service nurseries.
   */
  startService<R>(body: (task: Task<Ended<R>>) => R, options?: TaskOptions): Task<Ended<R>> {
    checkedBody(`start a service${this.inName()}`, body);
    this.checkOpen(body, options);
    const service = new Service(this, options?.name ?? "", body, spawner());
    (this.services ??= new Set()).add(service);
    this.pending++;
    this.cancelScope._engine.spawn(service.task);
    this.dismissServices();
    return service.task as Task<Ended<R>>;
  }

  /** @internal */
  _served(service: Service): void {
    this.services?.delete(service);
    this._end();
  }

  /** `TaskGroup "crawl" (3 left)`. */
  toString(): string {
    const name = this.name === "" ? "" : ` "${this.name}"`;
    return `TaskGroup${name} (${this.ended ? "ended" : `${String(this.pending)} left`})`;
  }

  /** Cancels the body and every child: see {@link CancelScope.cancel}. The group still waits for them. */
  cancel(reason?: unknown): void {
    this.cancelScope.cancel(reason);
  }

  /** @internal The body begins. */
  _run(parent: Scope, body: (group: TaskGroup) => unknown): void {
    this.cancelScope._open(parent);
    this.cancelScope._crew = this;
    perform(this.cancelScope, body, this, this);
  }

  /** @internal The body ended well. */
  _succeed(value: unknown): void {
    this.value = value;
    this.bodyEnded();
  }

  /** @internal The body failed. */
  _failed(error: unknown): void {
    if (isCancelled(error)) this._passed(error);
    else this._fail(error, null);
    this.bodyEnded();
  }

  /** @internal */
  _begin(): void {
    this.pending++;
  }

  /** @internal */
  _fail(error: unknown, task?: Owner | null): void {
    if (this.ended) {
      bound.host.report(error); // Too late to be thrown: a foreign promise that was given up, for one.
      return;
    }
    (this.failures ??= []).push({ error, task: task === null ? null : task?.name });
    this.cancelScope._cancelFor(error, "failure", task ?? this.cancelScope._task);
  }

  /** @internal */
  _passed(cancelled: Cancelled): void {
    this.passed ??= cancelled;
    // One that nobody around the group has ordered: whoever threw it is gone all the same, and the others must not wait for it for ever.
    if (this.cancelScope._interrupt === null) this.cancelScope._cancelFor(cancelled, "failure");
  }

  /** @internal Something that ran in the group has ended. */
  _end(): void {
    if (--this.pending > 0) {
      // Nobody is left but who serves the others.
      this.dismissServices();
      return;
    }
    this.ended = true;
    this.finish();
  }

  /** @internal What it waits for at its end, for people; `null` while its body runs. */
  _describeEnd(): string | null {
    if (!this.waited || this.ended) return null;
    return `the end of ${this.name === "" ? "its task group" : `the task group "${this.name}"`} (${String(this.pending)} left)`;
  }

  /** Ends the services when nobody is left but them. */
  private dismissServices(): void {
    if (this.services === null) return;
    for (const service of this.services) {
      if (this.services.size !== this.pending) return; // Also when one that was told has started somebody.
      service.dismiss();
    }
  }

  private bodyEnded(): void {
    this.waited = this.pending > 1;
    this._end();
  }

  private finish(): void {
    const scope = this.cancelScope;
    // Waiting for the children is a wait like any other: it throws when the scope is cancelled.
    if (this.passed === null && this.waited) this.passed = scope._interrupt;
    const error = this.failures !== null ? failureOf(this.name, this.failures) : this.passed;
    const failure = scope._close(error === null ? undefined : { error });
    if (failure === null) this.end._succeed(this.value);
    else this.end._failed(failure.error);
  }

  private checkOpen(body: unknown, options: TaskOptions | undefined): void {
    if (!this.ended) return;
    const task = options?.name ?? (body as { name: string }).name;
    throw new UsageError(
      `Cannot start ${task === "" ? "a task" : `the task "${task}"`}${this.inName()}: the group has ended; start it before the body and the last child are done`,
    );
  }

  private inName(): string {
    return this.name === "" ? " in a task group" : ` in the task group "${this.name}"`;
  }
}

/** The task that runs this code: its child inherits its context variables. */
function spawner(): Task {
  return (here.scope ?? whoseHere(startingSoon))._task as Task;
}

function startingSoon(): string {
  return "startSoon()";
}

class GroupWork<R> extends Work<Ended<R>> {
  private readonly body: (group: TaskGroup) => R;
  private readonly name: string;

  constructor(body: (group: TaskGroup) => R, name: string) {
    super();
    this.body = body;
    this.name = name;
  }

  // Also an empty group lets others run once. No cancel point: it has nothing to wait for.
  override get _yields(): boolean {
    return true;
  }

  describe(): string {
    return `the end of the task group${this.name === "" ? "" : ` "${this.name}"`}`;
  }

  _begin(scope: Scope, end: Continuation): void {
    new TaskGroup(this.name, end)._run(scope, this.body);
  }
}

/**
 * Runs `body` with a group to start children in, and ends when the body and all children have ended: a scoped Observable with teardown.
 *
 * Emits the body's value. When the body or a child fails, the others are cancelled and waited for, and everything that failed is thrown as one
 * {@link TaskGroupError}. Cancelled from outside, it throws a bare `Cancelled` once all have ended. After `tg.cancel()` it ends quietly; if
 * that cut the body short, there is no value (`undefined`).
 *
 * *Checkpoint*: an empty group yields once, and is no cancel point. *On cancel*: everything inside is cancelled, and waited for.
 *
 * @param body - Called with the group.
 * @throws {TypeError} When `body` is no function.
 * @throws {TaskGroupError} When anything in it failed.
 * @example
 * import { run, sleep, taskGroup } from "anyrx";
 * const order: string[] = [];
 * await run(() => taskGroup(async (tg) => {
 *   tg.startSoon(async () => { await sleep(2); order.push("child"); });
 *   order.push("body");
 * }));
 * order; // => ["body", "child"]
 * @source AnyIO `create_task_group`, Trio nurseries.
 */
export function taskGroup<R>(body: (group: TaskGroup) => R, options?: TaskGroupOptions): Operation<Ended<R>> {
  checkedBody("run a task group", body);
  return new GroupWork<R>(body, options?.name ?? "");
}
