/**
 * The recorder: what happened in a run, step by step, in words.
 *
 * @module
 */

import { placeIn } from "../../base/frames.ts";
import { Scope } from "../../kernel/scope.ts";
import { WAITING, Waiter } from "../../kernel/waiter.ts";
import { actorOf, Cast, deedOf, jobOf, lineOf } from "./actors.ts";
import type { Candidate } from "./picked-clock.ts";
import type { Strike } from "./replay.ts";

/** One step of a run. */
export interface ExploredStep {
  /** When, in virtual ms. */
  readonly time: number;
  /** Who went on: the name of a task, or of a timer. */
  readonly task: string;
  /** Its place among those that appeared, from 0. */
  readonly lane: number;
  /** What it did, such as `goes on after checkpoint()`. */
  readonly what: string;
  /** Who would have gone on by default: another, or the same one after another wait. `null` when it was its turn. */
  readonly before: string | null;
  /** Where in the user's code it waited; `null` where that is not known. */
  readonly line: string | null;
}

/** Notes each step. */
export class Recorder {
  readonly steps: ExploredStep[] = [];
  readonly cast: Cast = new Cast();

  private stopped = false;

  /** The body begins, in the task `main`. */
  begins(main: object): void {
    const task = this.cast.nameOf(main);
    this.steps.push({ time: 0, task, lane: this.cast.laneOf(main), what: "begins", before: null, line: null });
  }

  /** The body has ended: what comes is not its doing. */
  stop(): void {
    this.stopped = true;
  }

  stepped(time: number, candidates: readonly Candidate[], at: number): void {
    const { cast } = this;
    if (this.stopped) return;
    const names = candidates.map((candidate) => cast.nameOf(actorOf(jobOf(candidate))));
    const candidate = candidates[at] as Candidate;
    const job = jobOf(candidate);
    const task = names[at] as string;
    const before = at === 0 ? null : (names[0] as string);
    // The timer of a wait lets its task go on, which is the step to tell of; unless it overtakes somebody.
    if (candidate.timer && job instanceof Waiter && job._state === WAITING && before === null) return;
    const what =
      candidate.timer && !(job instanceof Waiter) && !(job instanceof Scope) ? "fires" : cast.renamed(deedOf(job));
    const frame = lineOf(job);
    const line = frame === null ? null : shortPlace(frame);
    this.steps.push({ time, task, lane: cast.laneOf(actorOf(job)), what, before, line });
  }

  struck({ fault, on, time }: Strike): void {
    const whom = {
      cancel: "the body is cancelled",
      timeout: "the time of the body is up",
      cancelTask: "this task is cancelled",
    };
    const last = this.steps.at(-1);
    const what = `${whom[fault.kind]} here, at checkpoint ${String(fault.at)}: ${on}`;
    this.steps.push({ time, task: last?.task ?? "main", lane: last?.lane ?? 0, what, before: null, line: null });
  }
}

/** `bank.ts:12`. */
function shortPlace(frame: string): string | null {
  const place = placeIn(frame);
  return place === null
    ? null
    : place
        .replace(/^.*[\\/]/, "")
        .replace(/\?[^:]*/, "")
        .replace(/(:\d+):\d+$/, "$1");
}

/** How many steps a message shows. */
const MOST = 40;
/** Of more steps, how many are shown at the beginning, at the end, and on both sides of one out of turn. */
const [FIRST, LAST, AROUND] = [3, 8, 2];

/** The steps as lines of a message: who went on when, each at a depth of its own. */
export function drawn(steps: readonly ExploredStep[]): string[] {
  if (steps.length === 0) return [];
  const shown = shownOf(steps);
  const rows = steps.map(({ time, task, lane, what, before, line }) => ({
    time: `t=${String(time)}`,
    task: `${"  ".repeat(Math.min(lane, DEEPEST))}${task}`,
    what: `${what}${line === null ? "" : ` (${line})`}`,
    mark: before === null ? "" : before === task ? "  ◀ out of turn" : `  ◀ before ${before}`,
  }));
  const width = (column: "time" | "task"): number =>
    Math.max(...rows.filter((_, i) => shown.has(i)).map((row) => row[column].length));
  const [timeWidth, taskWidth] = [width("time"), width("task")];
  const lines = [""];
  let hidden = 0;
  rows.forEach(({ time, task, what, mark }, i) => {
    if (!shown.has(i)) {
      hidden++;
      return;
    }
    if (hidden > 0) lines.push(`  … ${String(hidden)} more`);
    hidden = 0;
    lines.push(`  ${time.padEnd(timeWidth)}  ${task.padEnd(taskWidth)}  ${what}${mark}`.trimEnd());
  });
  return lines;
}

/** How many depths there are. */
const DEEPEST = 8;

/** Which steps are shown: all, or else those around one that was out of turn, the latest of them first. */
function shownOf(steps: readonly ExploredStep[]): ReadonlySet<number> {
  const shown = new Set<number>();
  const show = (from: number, to: number): void => {
    for (let i = Math.max(0, from); i < Math.min(to, steps.length) && shown.size < MOST; i++) shown.add(i);
  };
  if (steps.length <= MOST) show(0, steps.length);
  show(0, FIRST);
  show(steps.length - LAST, steps.length);
  for (let i = steps.length; i-- > 0;) if (steps[i]?.before !== null) show(i - AROUND, i + AROUND + 1);
  return shown;
}
