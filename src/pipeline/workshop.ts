/**
 * Workshops: where the tasks of stages run.
 *
 * A stage is a plain function, which is called with its input and gives its output. It is not told who runs its task: inside of a pipeline that is the
 * pipeline's group, else the nearest group of whoever called it.
 *
 * @module
 */

import { BrokenResourceError, isCancelled } from "../base/errors.ts";
import { unwrapSingle } from "../base/task-group-error.ts";
import type { OperationGenerator } from "../kernel/operation.ts";
import { operation } from "../kernel/work.ts";
import type { Edge } from "./edge.ts";

/** Who runs the tasks of stages. */
export interface Workshop {
  /** What an edge holds that asks for nothing else. */
  readonly maxBufferSize: number;
  /** An edge was made. */
  made(edge: Edge<never>): void;
  /** Begins the task of the stage `name`. The result cancels it. */
  begin(name: string, work: () => OperationGenerator<void>): () => void;
  /** The stage that sends on `outs` failed, or was cancelled. Throws what is to end its task. Nobody may take it for the end of the items. */
  failed(outs: readonly Edge<never>[], error: unknown): void;
}

/** Outside of any pipeline: the work is left to the nearest group, and its error goes to whoever receives. */
class Alone implements Workshop {
  readonly maxBufferSize = 0;

  made(): void {
    // Nobody counts.
  }

  begin(_name: string, work: () => OperationGenerator<void>): () => void {
    const subscription = operation(work)().subscribe({ error: ignore });
    return () => {
      subscription.unsubscribe();
    };
  }

  failed(outs: readonly Edge<never>[], error: unknown): void {
    const cancelled = isCancelled(error);
    for (const out of outs) {
      const told = cancelled
        ? new BrokenResourceError("receive from", `the stage "${out.name}"`, "it was cancelled", { cause: error })
        : unwrapSingle(error);
      out.send.error(told);
    }
    // What fails when nobody receives any more is an error of the group's.
    if (cancelled || outs.every((out) => out.abandoned)) throw error;
  }
}

function ignore(): void {
  // It was sent on.
}

const alone: Workshop = /* @__PURE__ */ new Alone();
let current: Workshop | null = null;

/** Calls `build`, whose stages run in `workshop`. */
export function builtIn<R>(workshop: Workshop, build: () => R): R {
  const before = current;
  current = workshop;
  try {
    return build();
  } finally {
    current = before;
  }
}

/** The workshop of whoever is being called. */
export function workshopHere(): Workshop {
  return current ?? alone;
}
