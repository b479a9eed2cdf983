/**
 * Shrinking: the same failure with fewer choices.
 *
 * @module
 */

import { brief } from "../../base/brief.ts";
import { isDeadlockError, isTaskGroupError } from "../../base/errors.ts";
import { isLivelockError } from "../errors.ts";
import type { Fault, Script } from "./replay.ts";
import type { Outcome } from "./round.ts";

/** Bounds on what is tried. Not in time: the result must be the same on a slow machine. */
const MOST_RUNS = 300;
const MOST_STEPS = 300_000;

/** Which failure it is: one of the same kind will do. */
export function kindOf({ failure, leaks }: Outcome): string | null {
  if (leaks.length > 0) return `leak of ${[...new Set(leaks.map(({ kind }) => kind))].sort().join(", ")}`;
  return failure === null ? null : shapeOf(failure.error);
}

function shapeOf(error: unknown): string {
  if (isTaskGroupError(error)) return `group of ${[...new Set([...error.leaves()].map(shapeOf))].sort().join(", ")}`;
  if (isDeadlockError(error) || isLivelockError(error)) return error.name; // Who waits for what since when may differ.
  if (!(error instanceof Error)) return brief(error);
  const { name, message } = error;
  const words = message
    .replace(/(["'`]).*?\1/g, "…")
    .replace(/\d+/g, "0")
    .split(/\s+/);
  // Our own sentences say what is wrong; those of others often end with what came instead.
  return [name, ...words.slice(0, words[0] === "Cannot" ? 12 : 2)].join(" ");
}

/** Runs a script, as far as its choices can be made. */
export type Attempt = (script: Script) => Promise<Outcome>;

/** The simplest script of a failure of the same kind that was found. */
export async function shrunk(found: Outcome, fault: Fault | null, attempt: Attempt): Promise<Script> {
  const kind = kindOf(found);
  let best = scriptOf(found, fault);
  let runs = 0;
  let steps = 0;
  const better = async (choices: readonly number[], with_: Fault | null): Promise<boolean> => {
    if (runs >= MOST_RUNS || steps >= MOST_STEPS) return false;
    runs++;
    const outcome = await attempt({ choices, fault: with_ });
    steps += outcome.steps;
    if (kindOf(outcome) !== kind) return false;
    const script = scriptOf(outcome, with_);
    if (with_ === best.fault && !isSimpler(script.choices, best.choices)) return false;
    best = script;
    return true;
  };
  if (best.fault !== null) await better(best.choices, null);
  if (!(await better([], best.fault))) {
    for (let improved = true; improved;) {
      improved = false;
      for (let size = best.choices.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
        for (let from = 0; from < best.choices.length; from += size) {
          for (const simpler of simplerAt(best.choices, from, from + size)) {
            if (await better(simpler, best.fault)) improved = true;
          }
        }
      }
    }
  }
  return best;
}

/** The choices with those from `from` to `to` made simpler, in several ways. */
function* simplerAt(choices: readonly number[], from: number, to: number): Generator<number[]> {
  const part = choices.slice(from, to);
  if (part.every((choice) => choice === 0)) return;
  const before = choices.slice(0, from);
  const after = choices.slice(to);
  yield [...before, ...part.map(() => 0), ...after];
  yield [...before, ...after];
  if (part.length === 1 && (part[0] as number) > 1) yield [...before, 1, ...after];
}

function scriptOf({ choices }: Outcome, fault: Fault | null): Script {
  let end = choices.length;
  while (end > 0 && choices[end - 1]?.at === 0) end--;
  return { fault, choices: choices.slice(0, end).map(({ at }) => at) };
}

/** Fewer choices other than the first, then fewer in all, then lower ones. */
function isSimpler(a: readonly number[], b: readonly number[]): boolean {
  const [x, y] = [chosen(a), chosen(b)];
  if (x !== y) return x < y;
  if (a.length !== b.length) return a.length < b.length;
  return sum(a) < sum(b);
}

function chosen(choices: readonly number[]): number {
  return choices.filter((choice) => choice > 0).length;
}

function sum(choices: readonly number[]): number {
  return choices.reduce((total, choice) => total + choice, 0);
}
