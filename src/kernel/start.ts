/**
 * Starting a task and waiting until it says that it is ready.
 *
 *     under the caller ──started(value)──▶ under the group ──▶ ended
 *            └──────────── ended: the caller is told ─────────────▲
 *
 * Until it calls `started()`, the child lives in the scope of whoever waits for it: cancelling the caller cancels the child, and its error is
 * the caller's. With that call it moves into the group.
 *
 * @module
 */

import { type Cancelled, UsageError } from "../base/errors.ts";
import type { AnyBody } from "./body.ts";
import type { Continuation } from "./continuation.ts";
import type { Scope } from "./scope.ts";
import { Task, type TaskHome } from "./task.ts";
import { Work } from "./work.ts";

/** What a task that was started by `start()` reports to. */
export interface TaskStatus<V> {
  /** The task itself. */
  readonly task: Task;
  /**
   * Says that the task is ready: `start()` gives `value`, and the task belongs to the group from now on.
   *
   * @throws {UsageError} When called a second time.
   */
  started(value: V): void;
}

/** What `start()` gives when it is asked for the handle: in a box, since a promise cannot be fulfilled with something that can be awaited. */
export interface StartedTask<V, T = unknown> {
  /** The task, which runs on. */
  readonly handle: Task<T>;
  /** What it called `started()` with. */
  readonly startValue: V;
}

/** The wait of the caller of `start()`: for work, so it is the child that a cancellation reaches. */
export class Start<V> extends Work<V> {
  private readonly spawn: (scope: Scope, ready: Continuation) => void;

  constructor(spawn: (scope: Scope, ready: Continuation) => void) {
    super();
    this.spawn = spawn;
  }

  describe(): string {
    return "a task to call started()";
  }

  _begin(scope: Scope, end: Continuation): void {
    this.spawn(scope, end);
  }
}

/** A task that somebody waits for to be ready. */
export class StartingTask<V> extends Task implements TaskStatus<V> {
  private readonly place: Scope | undefined;
  private readonly target: Scope;
  private ready: Continuation | null;
  private readonly boxed: boolean;
  private wasStarted = false;
  private startedWith: V | undefined = undefined;
  /** The caller's cancellation, when that came before the child's report. */
  private tooLate: Cancelled | null = null;

  /**
   * @param place - Where it lives until it is started: the scope of who waits.
   * @param target - Where it lives from then on: the scope of the group.
   * @param boxed - Whether the caller wants the handle, too.
   */
  constructor(
    group: TaskHome,
    name: string,
    body: AnyBody,
    parent: Task,
    place: Scope,
    target: Scope,
    ready: Continuation,
    boxed: boolean,
  ) {
    super(group, name, body, parent);
    this.place = place;
    this.target = target;
    this.ready = ready;
    this.boxed = boxed;
  }

  override get _place(): Scope {
    return this.place ?? super._place; // An instrument may ask while it is being made.
  }

  override get startValue(): V {
    if (this.wasStarted) return this.startedWith as V;
    throw new UsageError(
      `Cannot give what the task "${this.name}" started with: it did not call started() yet; await start() first`,
    );
  }

  get task(): Task {
    return this;
  }

  started(value: V): void {
    if (this.wasStarted) {
      // In a group that was cancelled meanwhile, the complaint would hide the cancellation.
      if (this.cancelScope._interrupt !== null) return;
      throw new UsageError(`Cannot report the task "${this.name}" as started: it did so before; call started() once`);
    }
    this.wasStarted = true;
    this.startedWith = value;
    // A caller that is cancelled is answered by its cancellation. The child stays under it: one that has thrown `Cancelled` already must not
    // come to a place where nobody would swallow that.
    this.tooLate = this.cancelScope._home?._interrupt ?? null;
    const { ready } = this;
    if (this.tooLate !== null || ready === null) return;
    this.ready = null;
    this.cancelScope._inherit(this.target);
    ready._succeed(this.boxed ? Object.freeze({ handle: this, startValue: value }) : value);
  }

  protected override _reports(error: unknown): boolean {
    if (this.ready === null) return true;
    this.refuse(error);
    return false;
  }

  protected override _passes(cancelled: Cancelled): boolean {
    if (this.ready === null) return true;
    this.tooLate ??= cancelled;
    return false;
  }

  protected override _finished(): void {
    if (this.ready === null) return;
    this.refuse(
      this.tooLate ??
        new UsageError(
          `Cannot give what the task "${this.name}" started with: it ended without calling started(); call it, or use startSoon()`,
        ),
    );
  }

  private refuse(error: unknown): void {
    const { ready } = this;
    this.ready = null;
    ready?._failed(error);
  }
}
