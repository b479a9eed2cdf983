/**
 * Services: which ones an effect finds that a task runs.
 *
 * @module
 */

import * as Context from "effect/Context";
import { FiberBackend } from "../backend/effect.ts";
import type { Engine } from "../kernel/engine.ts";
import { habitatBehind } from "../kernel/neighbor.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Task } from "../kernel/task.ts";
import { servicesOf } from "./backend-services.ts";
import { Caller, FiberHabitat } from "./habitat.ts";

const provided = new WeakMap<Engine, Context.Context<never>>();

/** From now on the tasks of `engine` have these services. */
export function provide(engine: Engine, services: Context.Context<never>): void {
  provided.set(engine, services);
}

/** Whether the tasks of `engine` are in a fiber, which waits for them. */
export function isInFiber(engine: Engine): boolean {
  return provided.has(engine);
}

/** The services of the code in `scope`: those of its fiber; without one, a clock and a scheduler that are its backend's. */
export function servicesIn(scope: Scope): Context.Context<never> {
  return Context.add(servicesFor(scope._engine), Caller, scope._task as Task);
}

function servicesFor(engine: Engine): Context.Context<never> {
  const habitat = habitatBehind(engine);
  if (habitat instanceof FiberHabitat) return habitat.context;
  const { backend } = engine;
  return provided.get(engine) ?? (backend instanceof FiberBackend ? backend.context : servicesOf(backend));
}
