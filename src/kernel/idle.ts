/**
 * Idleness: when every task of a run waits for something.
 *
 * @module
 */

import { bound } from "./binding.ts";
import type { Engine } from "./engine.ts";
import { Operation } from "./operation.ts";
import type { Scope } from "./scope.ts";
import { WaitQueue } from "./wait-queue.ts";
import type { Waiter } from "./waiter.ts";

/** Those who wait until an engine has nothing left to do. One for each engine, while anybody waits. */
class IdleWatch {
  readonly waiters: WaitQueue = new WaitQueue();
  private readonly engine: Engine;
  private readonly held: Disposable;
  private batches = -1;
  private looking = false;

  constructor(engine: Engine) {
    this.engine = engine;
    // Time must not pass for it: who waits for a timer waits.
    this.held = engine.backend.hold("waitAllTasksBlocked()");
    engine._drained = () => {
      this.look();
    };
  }

  /** Looks again when every promise reaction that is due has run: one of them may let a task go on. */
  look(): void {
    if (this.looking) return;
    this.looking = true;
    this.batches = this.engine._batches;
    bound.host.macrotask(() => {
      this.looking = false;
      if (this.waiters.length === 0) this.stop();
      else if (this.engine._busy)
        return; // Told again when it is not.
      else if (this.engine._batches !== this.batches) this.look();
      else {
        this.stop();
        for (let waiter = this.waiters.shift(); waiter !== null; waiter = this.waiters.shift())
          waiter._settle(undefined);
      }
    });
  }

  private stop(): void {
    this.engine._drained = null;
    watches.delete(this.engine);
    this.held[Symbol.dispose]();
  }
}

const watches = new WeakMap<Engine, IdleWatch>();

class AllBlocked extends Operation<void> {
  describe(): string {
    return "all other tasks to be blocked";
  }

  _park(waiter: Waiter, scope: Scope): void {
    const engine = scope._engine;
    let watch = watches.get(engine);
    if (watch === undefined) {
      watch = new IdleWatch(engine);
      watches.set(engine, watch);
    }
    watch.waiters.push(waiter);
    watch.look();
  }
}

/**
 * Waits until every other task of the run waits for something: what was started has come as far as it can. For tests, and for seeing.
 *
 * No time passes for it on a virtual clock, and nothing is polled. A task that awaits a foreign promise counts as blocked, since nobody can tell;
 * in `abortable()`, too. Several tasks may wait for it at once.
 *
 * *Checkpoint*: yes. *On cancel*: only the wait ends.
 *
 * @example
 * import { createMemoryObjectStream, run, taskGroup, waitAllTasksBlocked } from "anyrx";
 * const [send, receive] = createMemoryObjectStream<number>();
 * await run(() => taskGroup(async (tg) => {
 *   tg.startSoon(() => receive.receive());
 *   await waitAllTasksBlocked();
 *   const waiting = receive.statistics().tasksWaitingReceive;
 *   send.sendNowait(1);
 *   return waiting;
 * })); // => 1
 * @source AnyIO, Trio `wait_all_tasks_blocked`.
 */
export function waitAllTasksBlocked(): Operation<void> {
  return new AllBlocked();
}
