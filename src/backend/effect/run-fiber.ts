/**
 * The fiber of a run: by it Effect knows the run, and can interrupt it.
 *
 * @module
 */

import type * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";
import type { Job, RunControl } from "../../port/backend.ts";

/** Calls `cut` when whatever goes on here is cancelled that would wait for the run. Gives what undoes that. */
export type Tie = (cut: () => void) => () => void;

/** A fiber that lasts as long as a run. As a job, it ends. */
export class RunFiber implements Job {
  readonly fiber: Fiber.Fiber<void>;
  private end: (effect: Effect.Effect<void>) => void = ignore;
  private readonly leaveParent: () => void;
  private readonly untie: () => void;

  /** @param parent - The fiber that the run was begun in. The run ends with it. */
  constructor(
    run: RunControl,
    context: Context.Context<never>,
    parent: Fiber.Fiber<unknown, unknown> | undefined,
    tie: Tie,
  ) {
    const ended: Effect.Effect<void> = Effect.callback((resume) => {
      this.end = resume;
    });
    const cancel = Effect.suspend(() => {
      run.cancel("its fiber was interrupted");
      return ended;
    });
    const lasting: Effect.Effect<void> = Effect.callback((resume) => {
      this.end = resume;
      return cancel;
    });
    this.fiber = Effect.runForkWith(context)(lasting);
    this.leaveParent = parent === undefined ? ignore : adopted(this.fiber, parent);
    this.untie = tie(() => {
      this.fiber.interruptUnsafe();
    });
  }

  run(): void {
    this.leaveParent();
    this.untie();
    this.end(Effect.void);
  }
}

/** The part of a fiber that is not public: whom it interrupts, and waits for, before it ends. */
interface Parent extends Fiber.Fiber<unknown, unknown> {
  children?(): Set<Fiber.Fiber<unknown, unknown>>;
}

/**
 * Makes `child` a child of `parent`, as `Effect.forkChild` does for who is evaluated by the parent. Gives what undoes that. Where a version of Effect
 * has no such door, the child is interrupted when the parent has ended.
 */
function adopted(child: Fiber.Fiber<unknown, unknown>, parent: Parent): () => void {
  // Fibers look after their children once any of them was forked.
  Effect.runFork(Effect.forkChild(Effect.void, { startImmediately: true }));
  const children = parent.children?.();
  children?.add(child);
  const leave = parent.addObserver(() => {
    child.interruptUnsafe();
  });
  return () => {
    children?.delete(child);
    leave();
  };
}

function ignore(): void {
  // Nothing to do.
}
