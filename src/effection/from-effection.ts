/**
 * From there to here: operations of Effection among ours.
 *
 * @module
 */

import { global, type Operation as EffectionOperation, scoped, type Task } from "effection";
import { Cancelled } from "../base/errors.ts";
import type { Continuation } from "../kernel/continuation.ts";
import { shown } from "../kernel/checks.ts";
import type { Operation } from "../kernel/operation.ts";
import { Member, type Scope, type Wave } from "../kernel/scope.ts";
import { Work } from "../kernel/work.ts";
import { ClockHold, HeldClock } from "./clock-hold.ts";
import { effectionHost } from "./host.ts";
import { lodge, Surroundings } from "./home.ts";
import { outside } from "./outside.ts";

class FromEffection<T> extends Work<T> {
  private readonly operation: () => EffectionOperation<T>;

  constructor(operation: () => EffectionOperation<T>) {
    super();
    this.operation = operation;
  }

  get _foreign(): boolean {
    return true;
  }

  describe(): string {
    const { name } = this.operation;
    return `the end of ${name === "" ? "an operation of Effection" : `${name}() in Effection`}`;
  }

  _begin(scope: Scope, end: Continuation): void {
    const cancelled = scope._interrupt;
    if (cancelled === null) new Tour(scope, end).begin(scope, this.operation);
    else {
      cancelled._delivered = true;
      end._failed(cancelled);
    }
  }
}

/** One task of Effection that a scope of ours waits for, and halts. */
class Tour extends Member {
  private readonly end: Continuation;
  private readonly hold: ClockHold | null;
  private task: Task<void> | null = null;
  private halted = false;
  private over = false;

  constructor(scope: Scope, end: Continuation) {
    super();
    this.end = end;
    // Unless the timers of Effection follow that very clock, it cannot see what goes on there.
    const { backend } = scope._engine;
    this.hold = backend.now() === effectionHost.clock() ? null : new ClockHold(backend);
    this._join(scope);
  }

  begin(scope: Scope, operation: () => EffectionOperation<unknown>): void {
    lodge(scope, (effection) => {
      if (this.over) return;
      outside(() => {
        this.task = (effection ?? global).run(() => this.run(scope, operation));
      });
      if (this.halted) this.halt();
    });
  }

  override _tell(cancelled: Cancelled | null, wave: Wave): void {
    if (cancelled === null || this.halted) return;
    this.halted = true;
    wave.outsiders.push(() => {
      this.halt();
    });
  }

  private *run(scope: Scope, operation: () => EffectionOperation<unknown>): EffectionOperation<void> {
    try {
      yield* Surroundings.set(scope);
      yield* HeldClock.set(this.hold);
      const value = yield* scoped(operation);
      this.finish(() => {
        this.end._succeed(value);
      });
    } catch (error) {
      this.fail(error);
    } finally {
      this.cancelled();
    }
  }

  private halt(): void {
    const { task } = this;
    if (this.over || task === null) return;
    outside(() => {
      // Only this tells of a task that was halted before it began.
      task.halt().then(
        () => {
          this.cancelled();
        },
        (error: unknown) => {
          this.fail(error);
        },
      );
    });
  }

  private fail(error: unknown): void {
    this.finish(() => {
      this.end._failed(error);
    });
  }

  /** It was halted, and has cleaned up. */
  private cancelled(): void {
    if (this.over) return;
    const cancelled = this._home?._interrupt ?? new Cancelled("its task in Effection was halted", { source: "signal" });
    cancelled._delivered = true;
    this.fail(cancelled);
  }

  private finish(tell: () => void): void {
    if (this.over) return;
    this.over = true;
    this._part();
    this.hold?.end();
    tell();
  }
}

/**
 * An operation of ours that runs an operation of Effection: to `await`, to subscribe to, to `yield*`, on any backend.
 *
 * It is a task in the nearest scope of Effection: that of the operation which runs this code, or of the backend; so the contexts that are set there
 * are found. Elsewhere it is a task of `global`. A resource lives as long as the operation: use it inside.
 *
 * *Checkpoint*: yes. *On cancel*: the task is halted, and waited for: its `finally`s, what it ensures, its resources. What they throw is thrown.
 *
 * @param operation - The operation, or a function that returns one. It runs anew each time, if Effection can do that.
 * @throws {TypeError} When it is neither.
 * @example
 * import { sleep } from "effection";
 * import { fromEffection } from "anyrx/effection";
 * await fromEffection(function* () {
 *   yield* sleep(1);
 *   return 42;
 * }); // => 42
 * @source Effection `Scope.run`.
 */
export function fromEffection<T>(operation: EffectionOperation<T> | (() => EffectionOperation<T>)): Operation<T> {
  if (typeof operation === "function") return new FromEffection(operation);
  if (typeof (operation as Partial<typeof operation> | null | undefined)?.[Symbol.iterator] !== "function") {
    throw new TypeError(
      `Cannot run ${shown(operation)}: it is no operation of Effection; pass one, or a function that returns one`,
    );
  }
  return new FromEffection(() => operation);
}
