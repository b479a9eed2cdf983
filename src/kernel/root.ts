/**
 * Roots: the top of a run, and the top of everything that is started outside of any run.
 *
 * @module
 */

import { type Cancelled, UsageError } from "../base/errors.ts";
import { failureOf, type TaskFailure } from "../base/task-group-error.ts";
import type { RunControl, WaitInfo } from "../port/backend.ts";
import type { HostAbortSignal } from "../port/host.ts";
import type { AnyBody } from "./body.ts";
import { bound } from "./binding.ts";
import { CancelScope } from "./cancel-scope.ts";
import { Engine } from "./engine.ts";
import { closeContext, openContext, plainScope, rootScope } from "./here.ts";
import type { Owner } from "./holding.ts";
import { type Member, Scope } from "./scope.ts";
import { lookForSubscribers, unheard } from "./instruments.ts";
import { keep, settleResidents } from "./resident.ts";
import { Task, type TaskHome } from "./task.ts";
import { TaskGroup } from "./task-group.ts";
import { described, type Source, Waiter } from "./waiter.ts";

/** Runs `main` on `engine`, until it and all that it left behind have ended. */
export function runOn(engine: Engine, main: AnyBody, signal?: HostAbortSignal): Promise<unknown> {
  lookForSubscribers();
  rootScope(); // With its residents, also where nothing is ever run outside of a run.
  return new Promise((resolve, reject) => {
    new Run(engine, resolve, reject).begin(main, signal);
  });
}

/** The top scopes of the runs that go on. */
export const liveRuns: Set<Scope> = new Set<Scope>();

class Run implements TaskHome, RunControl {
  readonly name = "run";
  private readonly engine: Engine;
  readonly cancelScope: CancelScope = new CancelScope({ name: "run" });
  private readonly resolve: (value: unknown) => void;
  private readonly reject: (error: unknown) => void;
  private readonly failures: TaskFailure[] = [];
  private main: Task | null = null;
  private pending = 1;
  private aborted: Error | null = null;
  private over = false;
  private forget: (() => void) | null = null;
  private held: Disposable | null = null;

  constructor(engine: Engine, resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    this.engine = engine;
    this.resolve = resolve;
    this.reject = reject;
  }

  begin(body: AnyBody, signal: HostAbortSignal | undefined): void {
    const main = (this.main = new Task(this, "main", body, null));
    this.cancelScope._root(this.engine, main, this);
    liveRuns.add(this.cancelScope);
    if (signal !== undefined) this.listen(signal);
    // A run inside of another one is work that the outer clock cannot see, unless it is the same clock.
    const outer = plainScope()?._engine.backend;
    if (outer !== undefined && outer !== this.engine.backend) this.held = outer.hold("a run inside of this one");
    openContext(this.engine);
    this.engine.backend.enter?.(this);
    main.run();
  }

  waits(): WaitInfo[] {
    return waitsBelow(this.cancelScope);
  }

  abort(error: Error): void {
    if (this.over) return;
    // A second time: not even the cleanup goes on.
    if (this.aborted !== null)
      this.leave(() => {
        this.reject(this.aborted);
      });
    else {
      this.aborted = error;
      this.cancelScope._cancelFor(error, "failure");
    }
  }

  cancel(reason?: unknown): void {
    this.cancelScope._cancelFor(reason, "signal");
  }

  _begin(): void {
    this.pending++;
  }

  _fail(error: unknown, task?: Owner | null): void {
    if (this.over) {
      bound.host.report(error);
      return;
    }
    this.failures.push({ error, task: task === null ? null : task?.name });
    this.cancelScope._cancelFor(error, "failure", task ?? null);
  }

  _passed(): void {
    // The promise of the run tells.
  }

  _end(): void {
    if (--this.pending > 0 || this.over) return;
    // Waits that nobody stayed for. There is nothing else left.
    if (this.cancelScope._first !== null) this.cancelScope._cancelFor("the run has ended", "end");
    this.leave(() => {
      this.settle(this.main as Task);
    });
  }

  private settle(main: Task): void {
    const { failures } = this;
    if (this.aborted !== null) this.reject(this.aborted);
    else if (failures.length > (main.status === "failed" ? 1 : 0)) this.reject(failureOf(this.name, failures));
    else if (main.status === "finished") this.resolve(main._outcome);
    else this.reject(main._outcome);
  }

  private leave(tell: () => void): void {
    this.over = true;
    liveRuns.delete(this.cancelScope);
    this.forget?.();
    this.held?.[Symbol.dispose]();
    this.cancelScope._close(undefined);
    this.engine.backend.leave?.(this);
    closeContext(this.engine);
    tell();
  }

  private listen(signal: HostAbortSignal): void {
    const cancel = (): void => {
      this.cancelScope._cancelFor(signal.reason, "signal");
    };
    if (signal.aborted) cancel();
    else {
      signal.addEventListener("abort", cancel);
      this.forget = () => {
        signal.removeEventListener("abort", cancel);
      };
    }
  }
}

/** The scope of whatever is started outside of any run. It never ends. */
class AmbientScope extends CancelScope {
  override _cancelFor(): void {
    throw new UsageError(
      "Cannot cancel the root scope: it holds whatever runs outside of any run(); cancel a scope of your own",
    );
  }
}

/** The task of whatever is started outside of any run. */
class Nobody extends Task {
  override get _nobody(): boolean {
    return true;
  }
}

class Ambient implements TaskHome {
  readonly name = "root";
  readonly cancelScope: CancelScope;
  private readonly engine: Engine;

  constructor(engine: Engine, scope: CancelScope) {
    this.engine = engine;
    this.cancelScope = scope;
  }

  _begin(): void {
    openContext(this.engine);
  }

  _end(): void {
    closeContext(this.engine);
  }

  _fail(error: unknown): void {
    bound.host.report(error);
  }

  _passed(_cancelled: Cancelled): void {
    // Nobody is left who would care.
  }
}

/** Makes the root scope of this process. What runs there belongs to nobody: not to the async context of whoever comes first either. */
export function makeRoot(): Scope {
  const made: Scope[] = [];
  if (bound.ground === undefined) makeRootIn(made);
  else bound.ground.call(makeRootIn, made);
  return made[0] as Scope;
}

function makeRootIn(made: Scope[]): void {
  const engine = new Engine(bound.ambient(), bound.host.store, bound.host.store.survives ? "store" : "handoff");
  const scope = new AmbientScope({ name: "root" });
  const crew = new Ambient(engine, scope);
  unheard(() => {
    settleResidents(engine);
    keep(new Run(engine, nobodyAsks, nobodyAsks));
    engine.run(); // To where they stay.
    scope._root(engine, new Nobody(crew, "root", () => undefined, null), crew);
  });
  made.push(scope);
}

function nobodyAsks(): void {
  // It never ends.
}

/** Whether a wait is told of. What joins our own work is not: the waits in there say more. */
function isTold(source: Source<unknown>): boolean {
  return !source._joins || source._foreign === true;
}

/** Every wait in the tree below `root`, tasks in the order in which they were spawned. */
export function waitsBelow(root: Scope): WaitInfo[] {
  const found: WaitInfo[] = [];
  const stack: Scope[] = [root];
  for (let scope = stack.pop(); scope !== undefined; scope = stack.pop()) {
    const nested: Scope[] = [];
    for (let member: Member | null = scope._first; member !== null; member = member._after) {
      if (member instanceof Scope) nested.push(member);
      else if (member instanceof Waiter && member._source !== null && isTold(member._source)) {
        found.push({
          task: scope._task.name,
          on: described(member._source),
          since: scope._engine.dated ? member._since : NaN,
        });
      }
    }
    if (scope._crew instanceof TaskGroup && scope._crew.cancelScope === scope) {
      const end = scope._crew._describeEnd();
      if (end !== null) found.push({ task: scope._task.name, on: end, since: NaN });
    }
    for (let i = nested.length; i-- > 0;) stack.push(nested[i] as Scope);
  }
  return found;
}
