/**
 * What comes through a portal: tasks that were started outside of the group, and the answers that go back there.
 *
 * @module
 */

import { type Cancelled, TaskCancelled } from "../base/errors.ts";
import { bound } from "../kernel/binding.ts";
import type { AnyBody } from "../kernel/body.ts";
import type { Variables } from "../kernel/context-var.ts";
import type { Continuation } from "../kernel/continuation.ts";
import { here } from "../kernel/here.ts";
import type { Scope } from "../kernel/scope.ts";
import { StartingTask } from "../kernel/start.ts";
import { Task, type TaskHome } from "../kernel/task.ts";
import type { Backend } from "../port/backend.ts";

/** On whose behalf a task is started, and with which context variables. */
export interface Origin {
  readonly task: Task;
  readonly variables: Variables | null;
}

/** What is told that a task has ended. */
interface Door {
  _left(task: Task): void;
}

function scopeOfCaller(): Scope | undefined {
  // Not by asking where the code is: a caller in no task at all is what portals are for, and no scope that got lost.
  return here.scope ?? (bound.host.store.get() as Scope | undefined);
}

/** The task that runs this code; `null` when no task is known to. */
export function callerHere(): Task | null {
  const owner = scopeOfCaller()?._task;
  return owner === undefined || owner._nobody ? null : (owner as Task);
}

/** What a caller outside waits for: a native promise, since there is no scope to wait in. */
export class Answer<T> {
  readonly promise: Promise<T>;
  private readonly done: () => void;
  private readonly held: Disposable | null;
  private resolve!: (value: T) => void;
  private reject!: (error: unknown) => void;

  /**
   * @param backend - Whose answer it is. A caller on another one waits for work that its own backend cannot see.
   * @param done - Called when the answer is given.
   */
  constructor(backend: Backend, done: () => void) {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.done = done;
    const own = scopeOfCaller()?._engine.backend ?? backend;
    this.held = own === backend ? null : own.hold("a call into a portal");
  }

  give(value: T): void {
    this.release();
    this.resolve(value);
  }

  refuse(error: unknown): void {
    this.release();
    this.reject(error);
  }

  /** The task was cancelled. That is no failure of the caller: nobody has to handle it. */
  cancel(task: string, cause: unknown): void {
    this.promise.catch(ignore);
    this.refuse(new TaskCancelled(task, cause));
  }

  private release(): void {
    this.held?.[Symbol.dispose]();
    this.done();
  }
}

function ignore(): void {
  // Whoever looks sees it.
}

/** A task that came through a portal. */
export class PortalTask<T> extends Task<T> {
  private readonly door: Door;

  constructor(door: Door, group: TaskHome, name: string, body: AnyBody, origin: Origin) {
    super(group, name, body, origin.task);
    this._variables = origin.variables;
    this.door = door;
  }

  protected override _finished(): void {
    this.door._left(this);
  }
}

/** A task whose outcome is the caller's business. */
export class PortalCall<T> extends PortalTask<T> {
  private readonly answer: Answer<T>;
  private thrown: unknown = undefined;

  constructor(door: Door, group: TaskHome, name: string, body: AnyBody, origin: Origin, answer: Answer<T>) {
    super(door, group, name, body, origin);
    this.answer = answer;
  }

  override _failed(error: unknown): void {
    this.thrown = error;
    super._failed(error);
  }

  protected override _reports(error: unknown): boolean {
    this.answer.refuse(error);
    return false;
  }

  protected override _passes(_cancelled: Cancelled): boolean {
    return false;
  }

  protected override _finished(): void {
    super._finished();
    if (this.status === "finished") this.answer.give(this.returnValue);
    else if (this.status === "cancelled") this.answer.cancel(this.name, this.thrown);
  }
}

/** A task whose caller waits until it calls `started()`. */
export class PortalStart<V> extends StartingTask<V> {
  private readonly door: Door;
  /** What its function threw, if anything. */
  thrown: unknown = undefined;

  constructor(door: Door, group: TaskHome, name: string, body: AnyBody, origin: Origin, ready: Continuation) {
    super(group, name, body, origin.task, group.cancelScope, group.cancelScope, ready, true);
    this._variables = origin.variables;
    this.door = door;
  }

  override _failed(error: unknown): void {
    this.thrown = error;
    super._failed(error);
  }

  protected override _finished(): void {
    super._finished();
    this.door._left(this);
  }
}
