/**
 * Visits: work of ours that code of Effection waits for.
 *
 * A visit ends when the work has, and all that it has left behind: as a run does, and with the same outcome. It is cancelled by a halt only.
 *
 * @module
 */

import { isCancelled } from "../base/errors.ts";
import { failureOf, type TaskFailure } from "../base/task-group-error.ts";
import type { AnyBody } from "../kernel/body.ts";
import { bound } from "../kernel/binding.ts";
import { CancelScope } from "../kernel/cancel-scope.ts";
import { closeContext, openContext } from "../kernel/here.ts";
import type { Owner } from "../kernel/holding.ts";
import { Operation } from "../kernel/operation.ts";
import { Task, type TaskHome } from "../kernel/task.ts";
import { FAILED, IDLE, Waiter } from "../kernel/waiter.ts";
import type { Home } from "./home.ts";

/** How a visit ended: `null` for one that ended because it was halted. */
export type VisitEnd = { readonly value: unknown } | { readonly error: unknown } | null;

/** Work of ours, begun by code of Effection. */
export class Visit implements TaskHome {
  readonly name = "Effection";
  readonly cancelScope: CancelScope = new CancelScope();
  private readonly home: Home;
  private readonly tell: (end: VisitEnd) => void;
  private readonly failures: TaskFailure[] = [];
  private readonly rooted: boolean;
  private pending = 1;
  private outcome: Exclude<VisitEnd, null> = { value: undefined };
  private ownFailure = false;
  private halted = false;
  private over = false;
  private takesBack: (() => void) | null = null;

  constructor(home: Home, tell: (end: VisitEnd) => void) {
    this.home = home;
    this.tell = tell;
    home.open(this.cancelScope, this);
    this.rooted = this.cancelScope._home === null;
    if (this.rooted) openContext(this.cancelScope._engine);
  }

  /** Begins the work. */
  begin(work: Operation<unknown> | AnyBody): void {
    if (work instanceof Operation) new Errand(this).begin(work);
    else new Main(this, work, this.home.task).run();
  }

  /** Cancels it. It is over once it has cleaned up. */
  halt(): void {
    if (this.over || this.halted) return;
    this.halted = true;
    this.cancelScope._cancelFor("its Effection task was halted", "signal");
  }

  /** Ends a visit that only serves others: what they have begun is cancelled. */
  leave(): void {
    if (this.over || this.halted) return;
    this.halt();
    this._end();
  }

  /** The value was told, but nobody will see it: an item goes back to its stream, a lock is released. */
  takeBack(): void {
    const { takesBack } = this;
    this.takesBack = null;
    takesBack?.();
  }

  /** @internal Whether nobody wants the value any more. */
  get _halted(): boolean {
    return this.halted;
  }

  /** @internal The work itself ended well. `takesBack` makes its value undone. */
  _succeeded(value: unknown, takesBack: (() => void) | null): void {
    this.outcome = { value };
    this.takesBack = takesBack;
  }

  /** @internal The work itself failed. */
  _failedWith(error: unknown, task?: Owner): void {
    this.outcome = { error };
    if (isCancelled(error)) this.cancelScope._cancelFor(error, "failure");
    else {
      this.ownFailure = true;
      this._fail(error, task);
    }
  }

  /** @internal */
  _begin(): void {
    this.pending++;
  }

  /** @internal */
  _fail(error: unknown, task?: Owner | null): void {
    if (this.over) {
      bound.host.report(error);
      return;
    }
    this.failures.push({ error, task: task?.name });
    this.cancelScope._cancelFor(error, "failure", task ?? null);
  }

  /** @internal */
  _passed(): void {
    // The outcome tells.
  }

  /** @internal */
  _end(): void {
    if (--this.pending > 0 || this.over) return;
    const { cancelScope } = this;
    // Waits that nobody stayed for. There is nothing else left.
    if (cancelScope._first !== null) cancelScope._cancelFor("its operation has ended", "end");
    this.over = true;
    const end = this.settled();
    if (this.rooted) closeContext(cancelScope._engine);
    this.tell(end);
  }

  private settled(): VisitEnd {
    const { failures, outcome } = this;
    const strangers = failures.length > (this.ownFailure ? 1 : 0);
    const end = strangers ? { error: failureOf(this.name, failures) } : outcome;
    if (!this.halted || !("error" in end)) {
      this.cancelScope._close(undefined);
      return this.halted ? null : end;
    }
    return this.cancelScope._close(end);
  }
}

/** The wait for an operation. */
class Errand extends Waiter {
  private readonly visit: Visit;

  constructor(visit: Visit) {
    super();
    this.visit = visit;
  }

  override get _loose(): boolean {
    return false;
  }

  begin(operation: Operation<unknown>): void {
    if (operation._startFor(this, this.visit.cancelScope)) this._resume();
  }

  _resume(): void {
    const { _state: state, _value: value, _source: source, visit } = this;
    this._state = IDLE;
    this._value = undefined;
    if (state === FAILED) visit._failedWith(value);
    else if (visit._halted) source?._undo(value);
    else visit._succeeded(value, () => source?._undo(value));
    visit._end();
  }
}

/** The task of a function. */
class Main extends Task {
  private readonly visit: Visit;

  constructor(visit: Visit, body: AnyBody, spawner: Task) {
    super(visit, "", body, spawner);
    this.visit = visit;
  }

  protected override _reports(): boolean {
    return false; // It tells by itself, below.
  }

  protected override _finished(): void {
    if (this.status === "finished") this.visit._succeeded(this._outcome, null);
    else this.visit._failedWith(this._outcome, this);
  }
}
