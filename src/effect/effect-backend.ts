/**
 * The effect backend, as users ask for it.
 *
 * @module
 */

import * as Context from "effect/Context";
import type { Fiber } from "effect/Fiber";
import { FiberBackend, type EffectBackendOptions, RunBackend } from "../backend/effect.ts";
import { shown } from "../kernel/checks.ts";
import { plainScope } from "../kernel/here.ts";
import type { Backend } from "../port/backend.ts";
import { isInFiber, servicesIn } from "./services.ts";

export type { EffectBackendOptions } from "../backend/effect.ts";

/** A {@link Backend} over a clock and a scheduler of Effect's. */
export interface EffectBackend extends Backend {
  /** The fibers of the runs that go on. Interrupting one cancels its run, and the fiber ends when that has cleaned up. */
  readonly fibers: readonly Fiber<void>[];
}

/**
 * A backend that runs programs as fibers: tasks resume on Effect's scheduler, time is that of Effect's `Clock`.
 *
 * A run that is begun in a fiber has the services of that fiber, and is cancelled when the fiber ends. Each run is a fiber of its own (see
 * {@link EffectBackend.fibers}): interrupting it cancels the run, and it ends when the run has cleaned up.
 *
 * Good for several runs, one after the other or at the same time; those that overlap share the services of the first.
 *
 * @throws {TypeError} When `context` is no `Context` of Effect's.
 * @example
 * import { run, sleep } from "anyrx";
 * import { effectBackend } from "anyrx/effect";
 * await run(async () => { await sleep(1); return "on Effect"; }, { backend: effectBackend() }); // => "on Effect"
 */
export function effectBackend(options?: EffectBackendOptions): EffectBackend {
  if (options?.context !== undefined && !Context.isContext(options.context)) {
    throw new TypeError(
      `Cannot make a backend with the context ${shown(options.context)}: it is no Context of Effect; pass one, such as yield* Effect.context()`,
    );
  }
  const scope = plainScope();
  const around = scope?._engine.backend instanceof FiberBackend ? servicesIn(scope) : undefined;
  return new RunBackend(options, around, tied);
}

/** A fiber that is interrupted waits for the task in it that waits for the run: so the run has to hear of it as well. */
function tied(cut: () => void): () => void {
  let top = plainScope();
  if (top === null || !isInFiber(top._engine)) return () => undefined;
  while (top._home !== null) top = top._home;
  const { signal } = top;
  if (signal.aborted) cut();
  signal.addEventListener("abort", cut);
  return () => {
    signal.removeEventListener("abort", cut);
  };
}
