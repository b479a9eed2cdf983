/**
 * Fibers, as habitats: code of Effect's that calls our functions without any `run`.
 *
 * @module
 */

import * as Context from "effect/Context";
import * as Fiber from "effect/Fiber";
import { FiberBackend } from "../backend/effect.ts";
import type { Habitat } from "../kernel/neighbor.ts";
import type { Task } from "../kernel/task.ts";
import type { Backend } from "../port/backend.ts";
import { backendIn } from "./backend-services.ts";

/** The task of ours that an effect is run for. Its context variables are inherited by what that effect runs. */
export const Caller: Context.Reference<Task | null> = Context.Reference<Task | null>("anyrx/effect/Caller", {
  defaultValue: () => null,
});

type AnyFiber = Fiber.Fiber<unknown, unknown>;

/** A fiber, while it has a certain clock and scheduler. */
export class FiberHabitat implements Habitat {
  readonly name: string;
  readonly backend: Backend;
  readonly spawner: Task | null;
  private readonly fiber: AnyFiber;

  constructor(fiber: AnyFiber) {
    this.fiber = fiber;
    this.name = `fiber #${String(fiber.id)}`;
    this.spawner = fiber.getRef(Caller);
    this.backend = backendIn(fiber.context) ?? new FiberBackend(fiber.context);
  }

  /** The services of the fiber, as they are now. */
  get context(): Context.Context<never> {
    return this.fiber.context;
  }

  suits(context: Context.Context<never>): boolean {
    return this.backend instanceof FiberBackend ? this.backend.suits(context) : backendIn(context) === this.backend;
  }

  onEnd(ended: (reason: unknown) => void): void {
    this.fiber.addObserver(() => {
      ended(`${this.name} has ended`);
    });
  }
}

/** What each fiber has been: more than one thing when its clock or its scheduler are provided for a part of it. */
const habitats = new WeakMap<AnyFiber, FiberHabitat[]>();

/** The habitat that `fiber` is now. */
export function habitatOf(fiber: AnyFiber): FiberHabitat {
  const known = habitats.get(fiber);
  const found = known?.find((one) => one.suits(fiber.context));
  if (found !== undefined) return found;
  const habitat = new FiberHabitat(fiber);
  if (known === undefined) habitats.set(fiber, [habitat]);
  else known.push(habitat);
  return habitat;
}

/** The habitat of the code that runs right now, if that is a fiber's. */
export function habitatHere(): FiberHabitat | null {
  const fiber = Fiber.getCurrent();
  return fiber === undefined ? null : habitatOf(fiber);
}
