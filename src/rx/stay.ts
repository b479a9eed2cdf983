/**
 * Stays: tasks that work for somebody else, and end with the scope that they were begun in.
 *
 *     working ──────────── it is done, or fails ─────────────▶ leaving ──▶ ended
 *        ├──── end(), the end of the scope or group ─────────▶ leaving ──▶ ended      in order: leaving may wait
 *        └──── the cancellation of the scope, hurry() ───────▶ leaving ──▶ ended      cancelled: the waits of leaving throw
 *
 * The group answers for it, and does not end before it has left; but it does not wait for it to be done, it ends it.
 *
 * @module
 */

import { type Cancelled, isCancelled, UsageError } from "../base/errors.ts";
import { CancelScope } from "../kernel/cancel-scope.ts";
import { within } from "../kernel/here.ts";
import type { Operation, OperationGenerator } from "../kernel/operation.ts";
import type { Failure, Scope } from "../kernel/scope.ts";
import { Task, type TaskHome } from "../kernel/task.ts";
import { TaskGroup } from "../kernel/task-group.ts";
import { Lifetime } from "./lifetime.ts";

/** What somebody who stays does. */
export interface Guest {
  /** Works. Any wait of it may throw `Cancelled`, in whatever way it is to end. */
  _work(): OperationGenerator<void> | Operation<void>;
  /** Leaves. `failure` is what the work failed with, `why` the cancellation that ended it, when it is not to end in order. */
  _leave(failure: Failure | null, why: Cancelled | undefined): OperationGenerator<void>;
  /** Its scope is over, or cancelled: told at once. Must not throw. */
  _over(cancelled: Cancelled | null): void;
}

/** One stay. */
export class Stay {
  private readonly guest: Guest;
  private readonly task: Task;
  private readonly lifetime: Lifetime;
  /** Around the work, not around leaving. */
  private readonly working = new CancelScope();
  private readonly leaving = new CancelScope();

  constructor(scope: Scope, name: string, guest: Guest) {
    this.guest = guest;
    this.task = serve(scope, name, () => this.body());
    this.lifetime = new Lifetime(scope, (cancelled) => {
      this.over(cancelled);
    });
    if (scope._interrupt !== null) this.over(scope._interrupt);
  }

  /** Ends the work, in order. */
  end(): void {
    this.working.cancel("it is not needed any more");
  }

  /** Cancels whatever it does. */
  hurry(reason?: unknown): void {
    this.leaving.cancel(reason);
    this.task.cancel(reason);
  }

  /** Waits until it has left; `null` when it has. */
  ended(): Operation<void> | null {
    return this.task._ended ? null : this.task.wait();
  }

  private over(cancelled: Cancelled | null): void {
    this.guest._over(cancelled);
    if (cancelled === null) this.end();
    else this.hurry(cancelled.reason);
  }

  private *body(): OperationGenerator<void> {
    const { guest, leaving, task, working } = this;
    let failure: Failure | null = null;
    let ending: Cancelled | undefined;
    try {
      yield* working.enter(() => guest._work());
    } catch (error) {
      // One that was not ordered here is a failure of the work like any other.
      if (isCancelled(error) && task.cancelScope._interrupt !== null) ending = error;
      else failure = { error };
    }
    // Dismissed with its group, which has ended in order: then so may this.
    if (ending?.source === "end") leaving.shield = true;
    const why = ending?.source === "end" ? undefined : ending;
    try {
      yield* leaving.enter(() => guest._leave(failure, why));
    } finally {
      this.lifetime.end();
    }
    if (ending !== undefined) throw ending;
  }
}

/**
 * Starts `body` in the group that answers for `scope`: in a task group as a service, which that dismisses at its end. Elsewhere `scope` lies in a task,
 * with which it ends.
 */
function serve(scope: Scope, name: string, body: () => unknown): Task {
  const crew = scope._crew as TaskHome;
  if (crew instanceof TaskGroup) return within(scope, (options) => crew.startService(body, options), { name });
  if (scope._home === null && !scope._task._nobody) {
    throw new UsageError(
      `Cannot begin ${name}: the main task of its run has ended; begin it inside of a task, or pass the scope that it is to end with`,
    );
  }
  const task = new Task(crew, name, body, scope._task as Task);
  crew._begin();
  scope._engine.spawn(task);
  return task;
}
