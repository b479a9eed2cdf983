/**
 * Instruments: who is told what the tasks of this process do.
 *
 * While there is none, the kernel asks one field whether there is any, and that is all they cost.
 *
 * @module
 */

import type { Cancelled } from "../base/errors.ts";
import type { Recorder, TaskOutcome } from "../port/recorder.ts";
import { bound } from "./binding.ts";
import { shown } from "./checks.ts";
import type { TaskInfo } from "./task-info.ts";

export type { Recorder, TaskOutcome } from "../port/recorder.ts";

/**
 * Something that is told what tasks do, as they do it. Each method may be left out. They must not wait, and must not throw: one that does is
 * removed, and the host's developer is warned. They are called from wherever it happens, often from outside of any task: what they need to know of
 * the task is in their arguments.
 *
 * @source Trio `Instrument`.
 */
export interface Instrument {
  /** A task was spawned. It has not begun. */
  taskSpawned?(task: TaskInfo): void;
  /** Its function is about to be called. */
  taskStarted?(task: TaskInfo): void;
  /** It waits for `on`, such as `sleep(100)`. One task may wait for several things, as in `Promise.all`. */
  taskBlocked?(task: TaskInfo, on: string): void;
  /** One of its waits is over. */
  taskResumed?(task: TaskInfo): void;
  /** It has ended. */
  taskExited?(task: TaskInfo, outcome: TaskOutcome): void;
  /** A scope was cancelled, by itself or by its group; not each scope that is inside. `scope` is its name. */
  scopeCancelled?(scope: string, cancelled: Cancelled): void;
}

/** What tells who it is: a task. */
interface Informant {
  info(): TaskInfo;
}

/** One addition of an instrument, which may be added twice. */
interface Player {
  readonly instrument: Instrument;
}

/** Those who are told, when they are more than the host's channels. */
class Orchestra implements Recorder {
  readonly players: Player[] = [];
  readonly recorders: Recorder[] = [];
  /** Who waits in which wait: a wait that is over no longer knows its scope. */
  private readonly waiting = new WeakMap<object, TaskInfo>();

  spawned(task: Informant): void {
    this.show("spawned", task);
    this.tell("taskSpawned", task.info());
  }

  started(task: Informant): void {
    this.show("started", task);
    this.tell("taskStarted", task.info());
  }

  blocked(wait: object, task: Informant, on: string): void {
    this.show("blocked", wait, task, on);
    const info = task.info();
    this.waiting.set(wait, info);
    this.tell("taskBlocked", info, on);
  }

  resumed(wait: object): void {
    this.show("resumed", wait);
    const info = this.waiting.get(wait);
    if (info === undefined) return; // It began before anybody was told, or did not have to wait.
    this.waiting.delete(wait);
    this.tell("taskResumed", info);
  }

  exited(task: Informant, outcome: TaskOutcome): void {
    this.show("exited", task, outcome);
    this.tell("taskExited", task.info(), outcome);
  }

  cancelled(scope: { readonly name: string }, cancelled: Cancelled): void {
    this.show("cancelled", scope, cancelled);
    this.tell("scopeCancelled", scope.name, cancelled);
  }

  opened(scope: object): void {
    this.show("opened", scope);
  }

  closed(scope: object): void {
    this.show("closed", scope);
  }

  private show<E extends keyof Recorder>(event: E, ...shown: Parameters<Recorder[E]>): void {
    for (const recorder of channels === null ? [...this.recorders] : [channels, ...this.recorders]) {
      try {
        (recorder[event] as (...shown: unknown[]) => void)(...shown);
      } catch (error) {
        retire(this, recorder);
        removed("A recorder", event, error);
      }
    }
  }

  private tell<E extends keyof Instrument>(event: E, ...told: Parameters<NonNullable<Instrument[E]>>): void {
    for (const player of [...this.players]) {
      if (!this.players.includes(player)) continue; // One that was told before has removed it.
      const { instrument } = player;
      try {
        (instrument[event] as ((...told: unknown[]) => void) | undefined)?.call(instrument, ...told);
      } catch (error) {
        remove(player);
        removed("An instrument", event, error);
      }
    }
  }
}

/** Tells the developer of a listener that threw, and is told no more. */
function removed(listener: string, event: string, error: unknown): void {
  let what: string;
  try {
    what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  } catch {
    what = Object.prototype.toString.call(error); // Anything can be thrown, also what cannot be printed.
  }
  bound.host.warn(`${listener} was removed, since its ${event}() threw; mend it and add it again\n${what}`);
}

/** Whom the kernel tells; `null` while nobody listens. */
export const instruments: { on: Recorder | null } = { on: null };

/** The host's channels, while anybody listens to them. */
let channels: Recorder | null = null;

/** Looks whether anybody subscribed to the host's channels. Called when a run begins. */
export function lookForSubscribers(): void {
  const { channels: offered } = bound.host;
  const alone = instruments.on === channels;
  channels = offered?.hasSubscribers === true ? offered : null;
  if (alone) instruments.on = channels;
}

/** Does `work` without telling anybody. */
export function unheard(work: () => void): void {
  const { on } = instruments;
  instruments.on = null;
  try {
    work();
  } finally {
    instruments.on = on;
  }
}

/** The orchestra, which is told from now on. */
function orchestra(): Orchestra {
  const { on } = instruments;
  return on instanceof Orchestra ? on : (instruments.on = new Orchestra());
}

function remove(player: Player): void {
  const { on } = instruments;
  if (!(on instanceof Orchestra)) return;
  const at = on.players.indexOf(player);
  if (at < 0) return;
  on.players.splice(at, 1);
  dismiss(on);
}

/** It is told no more, when nobody is left in it. */
function dismiss(on: Orchestra): void {
  if (on.players.length === 0 && on.recorders.length === 0) instruments.on = channels;
}

/** Has `recorder` told of everything, in all runs of the process, until the result is disposed. */
export function record(recorder: Recorder): Disposable {
  const on = orchestra();
  on.recorders.push(recorder);
  return {
    [Symbol.dispose]: () => {
      retire(on, recorder);
    },
  };
}

function retire(on: Orchestra, recorder: Recorder): void {
  const at = on.recorders.indexOf(recorder);
  if (at < 0) return;
  on.recorders.splice(at, 1);
  if (instruments.on === on) dismiss(on);
}

/**
 * Has `instrument` told what the tasks of this process do, from now on, until the result is disposed.
 *
 * On hosts with `node:diagnostics_channel` the same is published on the channels `anyrx:taskSpawned` and so on, as `{ task, on, outcome, scope, cancelled }`,
 * to whoever subscribed before a run begins.
 *
 * @throws {TypeError} When `instrument` is no object.
 * @example
 * import { addInstrument, run, taskGroup } from "anyrx";
 * const log: string[] = [];
 * {
 *   using _ = addInstrument({ taskExited: (task, outcome) => log.push(`${task.name} ${outcome}`) });
 *   await run(() => taskGroup((tg) => tg.startSoon(() => 1, { name: "child" })));
 * }
 * log; // => ["child finished", "main finished"]
 * @source Trio `add_instrument`. Differs: for all runs of the process.
 */
export function addInstrument(instrument: Instrument): Disposable {
  if (typeof instrument !== "object" || (instrument as unknown) === null) {
    throw new TypeError(
      `Cannot add the instrument ${shown(instrument)}: it is no object; pass one with methods such as taskSpawned(task)`,
    );
  }
  const player = { instrument };
  orchestra().players.push(player);
  return {
    [Symbol.dispose]: () => {
      remove(player);
    },
  };
}
