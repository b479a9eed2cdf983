/**
 * Homes: what an Effection scope is to us, the engine and the task that its code waits with.
 *
 * Code of Effection inside of a program of ours stays on that program's engine. Elsewhere the outermost scope that waits for us gets an engine
 * of its own, and the scopes inside of it share that.
 *
 * @module
 */

import { type Context, createContext, type Scope as EffectionScope } from "effection";
import { EffectionBackend } from "../backend/effection.ts";
import { bound } from "../kernel/binding.ts";
import { Engine } from "../kernel/engine.ts";
import { heirOf } from "../kernel/here.ts";
import { unheard } from "../kernel/instruments.ts";
import type { Crew, Scope } from "../kernel/scope.ts";
import { Task, type TaskHome } from "../kernel/task.ts";
import { effectionHost } from "./host.ts";

/** The scope of ours that a task of Effection was begun in. */
export const Surroundings: Context<Scope> = createContext<Scope>("anyrx.surroundings");
/** The engine that a scope of Effection shares with those inside of it. */
const SharedEngine: Context<Engine> = createContext<Engine>("anyrx.engine");

const homes = new WeakMap<EffectionScope, Home>();
const grounds = new WeakMap<Scope, EffectionScope>();

/** What code of an Effection scope waits with. */
export class Home {
  readonly effection: EffectionScope;
  task!: Task;
  private readonly outer: Scope | null;

  /** The home of what runs in `effection`. */
  static of(effection: EffectionScope): Home {
    let home = homes.get(effection);
    if (home === undefined) homes.set(effection, (home = new Home(effection)));
    return home;
  }

  private constructor(effection: EffectionScope) {
    this.effection = effection;
    this.outer = effection.get(Surroundings) ?? null;
    const spawner = this.outer === null ? null : (this.outer._task as Task);
    unheard(() => {
      this.task = new Lodger(spawner);
    });
  }

  /** The scope of ours around it, if any. */
  get surroundings(): Scope | null {
    const { outer } = this;
    return outer?._over === true ? heirOf(outer, () => "an operation in Effection") : outer;
  }

  /** Its engine, where there is nothing of ours around it. */
  get engine(): Engine {
    let engine = this.effection.get(SharedEngine);
    if (engine === undefined) {
      const { store } = bound.host;
      const backend = new EffectionBackend(this.effection, effectionHost);
      engine = new Engine(backend, store, store.survives ? "store" : "handoff");
      this.effection.set(SharedEngine, engine);
    }
    return engine;
  }

  /** Opens `scope` for work of `crew` that is done here. */
  open(scope: Scope, crew: Crew): void {
    const outer = this.surroundings;
    if (outer === null) scope._root(this.engine, this.task, crew);
    else {
      // What is around it cancels it by a halt, if at all: code of Effection that cleans up may wait, as it is used to.
      scope.shield = true;
      scope._open(outer);
      scope._task = this.task;
      scope._crew = crew;
    }
    grounds.set(scope, this.effection);
  }
}

/** Calls `start` with the scope in which Effection code belongs that a task of ours begins in `scope`; `null` when there is none. */
export function lodge(scope: Scope, start: (effection: EffectionScope | null) => void): void {
  for (let around: Scope | null = scope; around !== null; around = around._home) {
    const ground = grounds.get(around);
    if (ground !== undefined) {
      start(ground);
      return;
    }
  }
  const { backend } = scope._engine;
  if (backend instanceof EffectionBackend) backend.lodge(start);
  else start(null);
}

/** The task of code that Effection runs. */
class Lodger extends Task {
  constructor(spawner: Task | null) {
    super(NOWHERE, "Effection", () => undefined, spawner);
  }

  override get _nobody(): boolean {
    return true;
  }
}

/** It is never run, so nothing is ever told of it. */
const NOWHERE = null as unknown as TaskHome;
