/**
 * Choosers: how the order of one run is chosen.
 *
 * They see the candidates and numbers of this run, and nothing else: whatever differs from host to host would make a replay worthless.
 *
 * @module
 */

import { randomFrom } from "../../base/random.ts";
import { actorOf, jobOf } from "./actors.ts";
import type { Candidate } from "./picked-clock.ts";

/** Chooses among two candidates or more. */
export type Chooser = (candidates: readonly Candidate[]) => number;

/** The default order. */
export const inOrder: Chooser = () => 0;

/** Random numbers for round `round` of a search. */
export function randomOf(seed: number, round: number): () => number {
  return randomFrom(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(round + 1, 0xc2b2ae35));
}

/** Each candidate is as likely as any other. */
export function evenly(random: () => number): Chooser {
  return ({ length }) => Math.floor(random() * length);
}

/** How many times as likely as the slowest the fastest actor is to go on. */
const SPEEDS = [1, 4, 16, 64] as const;

/** Some actors are fast, others slow: what needs one to get far ahead of another is rare among even choices. */
export function unevenly(random: () => number): Chooser {
  const speeds = new Map<object, number>();
  const speedOf = (candidate: Candidate): number => {
    const actor = actorOf(jobOf(candidate));
    let speed = speeds.get(actor);
    if (speed === undefined) speeds.set(actor, (speed = SPEEDS[Math.floor(random() * SPEEDS.length)] as number));
    return speed;
  };
  return (candidates) => {
    const weights = candidates.map(speedOf);
    let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
    const at = weights.findIndex((weight) => (left -= weight) < 0);
    return at < 0 ? weights.length - 1 : at;
  };
}

/**
 * The actor with the highest priority goes on. Priorities are drawn; at `depth - 1` choices out of `length`, which are drawn too, that of the highest
 * falls below all others.
 */
export function byPriority(random: () => number, depth: number, length: number): Chooser {
  const priorities = new Map<object, number>();
  const changes = new Set<number>();
  const wanted = Math.min(depth - 1, length);
  while (changes.size < wanted) changes.add(Math.floor(random() * length));
  let choices = 0;
  let fallen = 0;
  const priorityOf = (candidate: Candidate): number => {
    const actor = actorOf(jobOf(candidate));
    let priority = priorities.get(actor);
    if (priority === undefined) priorities.set(actor, (priority = random()));
    return priority;
  };
  const highest = (candidates: readonly Candidate[]): number => {
    const all = candidates.map(priorityOf);
    const best = Math.max(...all);
    // One actor may stand here more than once, as in Promise.all.
    const tied = all.flatMap((priority, at) => (priority === best ? [at] : []));
    return tied[tied.length === 1 ? 0 : Math.floor(random() * tied.length)] as number;
  };
  return (candidates) => {
    if (changes.has(choices++)) priorities.set(actorOf(jobOf(candidates[highest(candidates)] as Candidate)), -++fallen);
    return highest(candidates);
  };
}

/** The choices of another run, as far as they can be made; then the default order. */
export function likely(choices: readonly number[]): Chooser {
  let made = 0;
  return ({ length }) => Math.min(choices[made++] ?? 0, length - 1);
}
