/**
 * Actors: who does something when a candidate is picked, and what they are called.
 *
 * Numbers and names are those of one run: the ids of tasks count on from run to run.
 *
 * @module
 */

import { brief } from "../../base/brief.ts";
import { isCancelled } from "../../base/errors.ts";
import { siteOf } from "../../base/sites.ts";
import { Scope } from "../../kernel/scope.ts";
import { Task } from "../../kernel/task.ts";
import { described, FAILED, WAITING, Waiter } from "../../kernel/waiter.ts";
import type { Job } from "../../port/backend.ts";
import type { Candidate } from "./picked-clock.ts";
import { Turn } from "./picked-engine.ts";

/** What a job may know of where it goes on: a scope, or whom it tells of its end. */
interface Placed {
  readonly scope?: unknown;
  readonly origin?: unknown;
  readonly cancelScope?: unknown;
  readonly end?: unknown;
}

/** What happens when `candidate` is picked. */
export function jobOf({ job }: Candidate): Job {
  return job instanceof Turn ? job.job : job;
}

/** Who does it: a task; or the job itself, when it is nobody's in particular, as a deadline is and a timer of the host. */
export function actorOf(job: Job): object {
  if (job instanceof Task || job instanceof Scope) return job;
  for (let one: unknown = job; typeof one === "object" && one !== null; one = (one as Placed).end) {
    if (one instanceof Task) return one;
    const { scope, origin, cancelScope } = one as Placed;
    for (const place of [scope, origin, cancelScope]) if (place instanceof Scope) return place._task;
    if (one instanceof Waiter && one._home !== null) return one._home._task;
  }
  return job;
}

/** What `job` does next, in words. */
export function deedOf(job: Job): string {
  if (job instanceof Task) return "begins";
  if (job instanceof Scope) return "its deadline passes";
  if (!(job instanceof Waiter)) return "goes on";
  const on = job._source === null ? "its wait" : named(job._source);
  if (job._state === WAITING) return `the timer of ${on} fires`;
  if (job._state !== FAILED) return `goes on after ${on}`;
  return isCancelled(job._value) ? `is cancelled in ${on}` : `gets ${brief(job._value)} from ${on}`;
}

/** What is waited for, without the state that it is in. */
export function named(source: { describe(): string }): string {
  return described(source).replace(/ \([^()]*\)$/, "");
}

/** Where the user's code made what `job` waited for, when that was noted. */
export function lineOf(job: Job): string | null {
  const site = job instanceof Waiter && job._source !== null ? siteOf(job._source) : [];
  return site[0] ?? null;
}

/** The actors of one run, in the order in which they appeared. */
export class Cast {
  private readonly names = new Map<object, string>();
  private readonly taken = new Map<string, number>();
  /** What unnamed tasks are called in messages: by numbers that count on from run to run. */
  private readonly numbered = new Map<string, string>();
  private tasks = 0;
  private timers = 0;

  /** Its name in this run; two of the same name are told apart by a number. */
  nameOf(actor: object): string {
    const known = this.names.get(actor);
    if (known !== undefined) return known;
    const name = this.firstName(actor);
    const before = this.taken.get(name) ?? 0;
    this.taken.set(name, before + 1);
    const unique = before === 0 ? name : `${name}#${String(before + 1)}`;
    this.names.set(actor, unique);
    return unique;
  }

  /** Its place among those that appeared. */
  laneOf(actor: object): number {
    const name = this.nameOf(actor);
    return [...this.names.values()].indexOf(name);
  }

  /** `text`, with the numbers that tasks have in this run. */
  renamed(text: string): string {
    return text.replace(/\btask \d+\b/g, (name) => this.numbered.get(name) ?? name);
  }

  private firstName(actor: object): string {
    if (actor instanceof Task) {
      const number = this.tasks++;
      if (actor.name !== `task ${String(actor.id)}`) return actor.name;
      const name = `task ${String(number)}`;
      this.numbered.set(actor.name, name);
      return name;
    }
    if (actor instanceof Scope) return actor.name === "" ? "a timeout" : `the timeout "${actor.name}"`;
    const { callback } = actor as { callback?: unknown };
    this.timers++;
    const { name } = (typeof callback === "function" ? callback : {}) as { name?: string };
    return name === undefined || name === "" ? `timer ${String(this.timers)}` : `timer ${name}()`;
  }
}
