/**
 * Neighbors: engines that run code which knows nothing of us, such as Effect and Effection.
 *
 * Their code calls our functions all the same, without any `run`. Where a neighbor can tell which code of its own runs right now (its
 * habitat), that code waits in a scope of its own, on the neighbor's backend, and the scope is cancelled when that code is over.
 *
 * @module
 */

import type { Cancelled } from "../base/errors.ts";
import type { Backend } from "../port/backend.ts";
import { bound } from "./binding.ts";
import { CancelScope } from "./cancel-scope.ts";
import { Engine } from "./engine.ts";
import { habitatsAreFoundBy } from "./here.ts";
import { type Operation, strangersAreAdoptedBy } from "./operation.ts";
import type { Scope } from "./scope.ts";
import { Task, type TaskHome } from "./task.ts";

/** Code of a neighbor: a fiber, a task. */
export interface Habitat {
  /** What it is called in messages. */
  readonly name: string;
  /** Its engine. */
  readonly backend: Backend;
  /** The task that began it, if it was one of ours: its context variables are inherited. */
  readonly spawner?: Task | null;
  /** Calls `ended` once that code is over, or was interrupted. */
  onEnd(ended: (reason: unknown) => void): void;
}

/** An engine that runs code which knows nothing of us. */
export interface Neighbor {
  /** The code of it that runs right now: the same object for the same code each time. */
  habitat?(): Habitat | null;
  /** The scope of the code of it that runs right now, from a neighbor that makes the scopes of its code itself. */
  scope?(): Scope | null;
  /** The code of it that runs right now, when {@link habitat} does not say: the same object for the same code each time. */
  running?(): object | null;
  /** What {@link besides} gave when that code was entered, from a neighbor that sees its code enter. */
  entered?(): Besides;
  /** What a `yield*` of `operation` is to yield, when the generator is one of its own. */
  iterate?<T>(operation: Operation<T>): Iterator<never, T, unknown> | null;
  /** The same from a neighbor that cannot tell: it is asked when nobody else has answered. */
  guess?<T>(operation: Operation<T>): Iterator<never, T, unknown> | null;
}

const neighbors: Neighbor[] = [];
const homes = new WeakMap<Habitat, Scope>();
const habitats = new WeakMap<Engine, Habitat>();

/** The code of a neighbor whose waits `engine` is for; `undefined` when that is the engine of a run. */
export function habitatBehind(engine: Engine): Habitat | undefined {
  return habitats.get(engine);
}

/** The task that stands for the code of `habitat`, once that has asked us for anything. */
export function lodgerIn(habitat: Habitat): Task | null {
  return (homes.get(habitat)?._task as Task | undefined) ?? null;
}

/** From now on the code of `neighbor` is known as such. */
export function welcome(neighbor: Neighbor): void {
  if (neighbors.push(neighbor) > 1) return;
  habitatsAreFoundBy(scopeOfHabitat, codeHere);
  strangersAreAdoptedBy(adopt);
}

/** The code of `neighbor` that runs right now. */
function codeOf(neighbor: Neighbor): object | null {
  return (neighbor.running === undefined ? neighbor.habitat?.() : neighbor.running()) ?? null;
}

/** The code of each neighbor that was running, in the order in which they were welcomed. */
export type Besides = readonly (object | null)[];

const NOBODY: Besides = [];

/** The code of the other neighbors, for `neighbor` to take down when its own is entered: what is still there later is around it. */
export function besides(neighbor: Neighbor): Besides {
  return neighbors.length < 2 ? NOBODY : neighbors.map((other) => (other === neighbor ? null : codeOf(other)));
}

/** Whose code runs right now: where one has begun the other's on its own stack, the innermost. */
function innermost(): Neighbor | null {
  let found = -1;
  let code: object | null = null;
  for (let at = 0; at < neighbors.length; at++) {
    const running = codeOf(neighbors[at] as Neighbor);
    if (running === null || (code !== null && !isInside(at, running, found, code))) continue;
    found = at;
    code = running;
  }
  return neighbors[found] ?? null;
}

function codeHere(): object | null {
  const neighbor = innermost();
  return neighbor === null ? null : codeOf(neighbor);
}

/** Whether `code` of one neighbor was begun by `other` of another, which still runs. Nobody can tell of two that do not see their code enter. */
function isInside(of: number, code: object, ofOther: number, other: object): boolean {
  const entered = neighbors[of]?.entered?.();
  if (entered !== undefined) return entered[ofOther] === other;
  const otherEntered = neighbors[ofOther]?.entered?.();
  return otherEntered !== undefined && otherEntered[of] !== code;
}

function scopeOfHabitat(): Scope | null {
  const neighbor = innermost();
  if (neighbor === null) return null;
  const scope = neighbor.scope?.() ?? null;
  if (scope !== null) return scope;
  const habitat = neighbor.habitat?.() ?? null;
  return habitat === null ? null : (homes.get(habitat) ?? settle(habitat));
}

function adopt<T>(operation: Operation<T>): Iterator<never, T, unknown> | null {
  const iterator = innermost()?.iterate?.(operation) ?? null;
  if (iterator !== null) return iterator;
  for (const neighbor of neighbors) {
    const guess = neighbor.guess?.(operation) ?? null;
    if (guess !== null) return guess;
  }
  return null;
}

/** The scope of code that belongs to a neighbor. It is never closed, only cancelled: stray code that goes on later finds it so. */
function settle(habitat: Habitat): Scope {
  const scope = new CancelScope({ name: habitat.name });
  const crew = new Lodgers(habitat.name, scope);
  // The slot is all that its code is known by: no store was entered for it.
  const engine = new Engine(habitat.backend, bound.host.store, "handoff");
  habitats.set(engine, habitat);
  scope._root(engine, new Lodger(crew, habitat.name, () => undefined, habitat.spawner ?? null), crew);
  homes.set(habitat, scope);
  habitat.onEnd((reason) => {
    scope._cancelFor(reason, "signal");
  });
  return scope;
}

/** The task of code that we do not run. */
class Lodger extends Task {
  override get _nobody(): boolean {
    return true;
  }
}

/** Answers for what that code leaves behind. Its own engine waits for none of it. */
class Lodgers implements TaskHome {
  readonly name: string;
  readonly cancelScope: CancelScope;

  constructor(name: string, cancelScope: CancelScope) {
    this.name = name;
    this.cancelScope = cancelScope;
  }

  _begin(): void {
    // Nobody waits for the end.
  }

  _end(): void {
    // Nobody waits for it.
  }

  _fail(error: unknown): void {
    bound.host.report(error);
  }

  _passed(_cancelled: Cancelled): void {
    // Whoever is left sees it at their next wait.
  }
}
