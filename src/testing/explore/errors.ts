/**
 * What an exploration finds.
 *
 * @module
 */

import { branded, type Guard, guardOf } from "../../base/brand.ts";
import { brief } from "../../base/brief.ts";
import { isDeadlockError } from "../../base/errors.ts";
import { isLivelockError } from "../errors.ts";
import type { Leak } from "./ledger.ts";
import { drawn, type ExploredStep } from "./recorder.ts";
import type { FaultKind, Strike } from "./replay.ts";

/** How a failure was found. */
export interface Finding {
  /** A short string that makes the same run again, on every host. */
  readonly replay: string;
  /** Which run it was, in words. */
  readonly run: string;
  /** How many runs were made until it was found: that one is counted, those that made it simpler are not. */
  readonly runs: number;
  readonly seed: number;
  /** What happened, in order. */
  readonly steps: readonly ExploredStep[];
  /** Whether the same run fails again. */
  readonly repeats: boolean;
  /** Gives tasks the numbers that they have in one run. */
  renamed(text: string): string;
}

/** A program fails in some order of its tasks. What it failed with is the `cause`. */
export class InterleavingError extends Error {
  static {
    branded(this, "InterleavingError");
  }
  /** Makes the same run again: `explore(body, { replay })`. */
  readonly replay: string;
  /** How many runs were made until it was found: that one is counted, those that made it simpler are not. */
  readonly runs: number;
  /** The seed of the search. */
  readonly seed: number;
  /** Who went on when, after which wait. */
  readonly steps: readonly ExploredStep[];

  constructor(finding: Finding, cause: unknown, sentence: string = failed(finding, cause)) {
    const [first, ...details] = [sentence, ...detailsOf(cause)].map((line) => finding.renamed(line));
    super([first, ...drawn(finding.steps), ...details].join("\n"), cause === undefined ? undefined : { cause });
    this.replay = finding.replay;
    this.runs = finding.runs;
    this.seed = finding.seed;
    this.steps = finding.steps;
  }
}

/** Whether `error` is an {@link InterleavingError}; also {@link LeakError}. */
export const isInterleavingError: Guard<InterleavingError> =
  /* @__PURE__ */ guardOf<InterleavingError>("InterleavingError");

/** A program leaves something behind: a task, a permit or an item; at its end, or when it was cancelled at some checkpoint. What it ended with is the `cause`, if it failed. */
export class LeakError extends InterleavingError {
  static {
    branded(this, "LeakError");
  }
  /** What was left behind. */
  readonly leaks: readonly Leak[];
  /** Which checkpoint it was cancelled at, counted from 1; `null` when it leaks without that. */
  readonly checkpoint: number | null;

  constructor(finding: Finding, leaks: readonly Leak[], struck: Strike | null, cause?: unknown) {
    super(finding, cause, leaked(finding, leaks, struck));
    this.leaks = leaks;
    this.checkpoint = struck === null ? null : struck.fault.at;
  }
}

/** Whether `error` is a {@link LeakError}. */
export const isLeakError: Guard<LeakError> = /* @__PURE__ */ guardOf<LeakError>("LeakError");

function failed(finding: Finding, cause: unknown): string {
  const end = isDeadlockError(cause)
    ? `comes to a standstill at t=${String(cause.time)} ms`
    : isLivelockError(cause)
      ? `goes on for ever at t=${String(cause.time)} ms`
      : `ends with ${brief(cause)}`;
  return `Cannot let the tasks go on in any order: ${finding.run} ${end}${wayOut(finding)}`;
}

function leaked(finding: Finding, leaks: readonly Leak[], struck: Strike | null): string {
  const what: Record<FaultKind, (task: string) => string> = {
    cancel: (task) => `cancel the body while "${task}" waits for`,
    timeout: (task) => `let the time of the body be up while "${task}" waits for`,
    cancelTask: (task) => `cancel the task "${task}" while it waits for`,
  };
  const action =
    struck === null
      ? "end"
      : `${what[struck.fault.kind](struck.task)} ${struck.on} (checkpoint ${String(struck.fault.at)}, t=${String(struck.time)})`;
  return `Cannot ${action} and leave nothing behind: ${leaks.map(({ what }) => what).join(", and ")}${wayOut(finding)}`;
}

function wayOut({ replay, repeats }: Finding): string {
  return repeats
    ? `; replay it with { replay: "${replay}" }`
    : ", though not when it is run again in the same order; look for what else it depends on, such as real work, random numbers or what an earlier run left";
}

/** The lines of a message that has several, as that of a deadlock: not every test framework shows causes. */
function detailsOf(cause: unknown): string[] {
  if (!(cause instanceof Error)) return [];
  const [, ...lines] = cause.message.split("\n");
  return lines.length === 0 ? [] : ["", ...lines.slice(0, 20)];
}
