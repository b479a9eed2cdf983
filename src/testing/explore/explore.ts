/**
 * Exploring: a program, run again and again, in other orders.
 *
 * @module
 */

import { UsageError } from "../../base/errors.ts";
import { checkedBody, shown } from "../../kernel/checks.ts";
import { Operation } from "../../kernel/operation.ts";
import { placeAt, siteHere } from "../../base/sites.ts";
import { isRealTimeoutError } from "../errors.ts";
import { realNow } from "../originals.ts";
import type { VirtualTimeOptions } from "../virtual-time.ts";
import { likely } from "./chooser.ts";
import { type Finding, InterleavingError, LeakError } from "./errors.ts";
import { Recorder } from "./recorder.ts";
import { type Fault, type FaultKind, FAULTS, parsed, type Script, written } from "./replay.ts";
import { type ExploredBody, type Outcome, type Part, type Program, Round } from "./round.ts";
import { AllOrders, DrawnOrders, EachCheckpoint, type Search } from "./search.ts";
import { kindOf, shrunk } from "./shrink.ts";
import { Stage } from "./stage.ts";

/** How the orders are chosen. */
export type ExploreMode = "random" | "pct" | "all";

const MODES: readonly ExploreMode[] = ["random", "pct", "all"];

/** How many runs there are by default, where they are drawn. */
const RUNS = 2_000;
/** How long it goes on by default, in real ms: less than most test frameworks allow. */
const BUDGET = 4_000;
/** While a failure is made simpler, a standstill that was found to be one is believed sooner. */
const SHORT_GRACE = 2;

/** Options of {@link explore}. */
export interface ExploreOptions extends Pick<
  VirtualTimeOptions,
  "capture" | "epoch" | "realTimeout" | "deadlockGrace" | "maxTime" | "maxStepsPerInstant"
> {
  /**
   * How the orders are chosen. `"random"`: at each choice one of the candidates is drawn; in one run of three some tasks are faster than others.
   * `"pct"`: each task has a priority that is drawn, and at `depth - 1` choices the highest one falls. `"all"`: every order, one after the other.
   * Default `"random"`; with `inject`, the default order alone.
   */
  readonly mode?: ExploreMode | undefined;
  /** How many runs at most: an integer from 1, or `Infinity`. Default 2,000; no limit for `"all"`, and for `inject` without a mode. */
  readonly runs?: number | undefined;
  /** How long new runs are begun, in real ms; 0 to `Infinity`. Default 4,000, or no limit when `runs` is given. */
  readonly budget?: number | undefined;
  /** What is drawn: an integer from 0 to 2 ** 32 - 1. The same seed draws the same on every host. Default 0. */
  readonly seed?: number | undefined;
  /** Of `"pct"`: how many steps must come in a certain order for the failure; an integer from 1. Default 3. */
  readonly depth?: number | undefined;
  /**
   * What befalls a run at one of its checkpoints, each in turn or one that is drawn, and leaks are looked for. `"cancel"`: the body is cancelled as a whole.
   * `"timeout"`: its time is up. `"cancelTask"`: the task that waits there is cancelled, as by its handle. Default: nothing.
   */
  readonly inject?: FaultKind | undefined;
  /** The replay of an {@link InterleavingError}: this very run is made, and no other; what is said of `mode`, `runs` and `inject` then does not matter. */
  readonly replay?: string | undefined;
  /** Called after each run that did not fail: a check of what it left. Throws when that is wrong. */
  readonly after?: (() => unknown) | undefined;
}

/** What an exploration that found nothing has done. */
export interface Explored {
  /** How many runs were made. */
  readonly runs: number;
  /** Whether those were all that there are: proven, for a program of this size. With `inject` and no mode: for the default order. */
  readonly complete: boolean;
  /** The seed. */
  readonly seed: number;
  /** How many checkpoints the longest run had; 0 without `inject`. */
  readonly checkpoints: number;
}

/**
 * Runs `body` again and again in virtual time, each time in another order, until it fails, or the runs are used up. In each run everything that may go on at
 * an instant competes: the tasks that the library resumes, and timers that are due. One goes on alone, and every promise reaction that follows from
 * it happens, before the next is chosen. Reactions themselves keep their order, which the language fixes.
 *
 * A run fails when the body throws, when it comes to a standstill or goes on for ever, or when it leaves an error that nobody handles. The failure
 * is made simpler, and told with a string that makes the same run again on every host.
 *
 * With `inject`, the body is cancelled at one of its checkpoints, and then must have left nothing behind: no task that waits, no lock that is held, no
 * semaphore with fewer permits than it began with, no item in a stream that is open. What it throws because it was cancelled is fine.
 *
 * The body must do the same in each run that goes in the same order: make its state inside, and use no real work but by `time.real()`.
 *
 * @param body - A function of any style; called once per run, with the virtual time of that run.
 * @returns A native promise of what was done, when nothing failed.
 * @throws {InterleavingError} When a run fails.
 * @throws {LeakError} When a run leaves something behind; only with `inject`.
 * @throws {UsageError} When `replay` does not fit, or runs of the same order differ.
 * @throws {TypeError} When an argument is of the wrong type.
 * @throws {RangeError} When a number is out of its range.
 * @example
 * import { checkpoint, taskGroup } from "anyrx";
 * import { explore } from "anyrx/testing";
 * const program = async () => {
 *   let total = 0;
 *   const deposit = async () => {
 *     const before = total;
 *     await checkpoint();
 *     total = before + 1;
 *   };
 *   await taskGroup((tg) => {
 *     tg.startSoon(deposit);
 *     tg.startSoon(deposit);
 *   });
 *   if (total !== 2) throw new Error(`total is ${total}`);
 * };
 * await explore(program); // throws InterleavingError
 * @source Shuttle, Loom; Microsoft's PCT ("A randomized scheduler with probabilistic guarantees of finding bugs").
 */
export async function explore(body: ExploredBody, options: ExploreOptions = {}): Promise<Explored> {
  checkedBody("explore a program", body);
  checkOptions(options);
  const { capture, epoch = 0, inject = null, after = null, replay } = options;
  const script = replay === undefined ? null : parsed(replay);
  const program: Program = { body, after, watched: inject !== null || script?.fault != null, time: options };
  const stage = await Stage.open(capture !== "none", Number(epoch));
  try {
    const exploration = new Exploration(program, stage, options);
    return await (script === null ? exploration.search() : exploration.repeat(script, replay as string));
  } finally {
    stage.close();
  }
}

/** One call of {@link explore}. */
class Exploration {
  private readonly program: Program;
  private readonly stage: Stage;
  private readonly options: ExploreOptions;
  private readonly seed: number;
  private checkpoints = 0;

  constructor(program: Program, stage: Stage, options: ExploreOptions) {
    this.program = program;
    this.stage = stage;
    this.options = options;
    this.seed = options.seed ?? 0;
  }

  async search(): Promise<Explored> {
    const { mode, inject = null, depth = 3 } = this.options;
    const drawn = mode !== "all" && (mode !== undefined || inject === null);
    const { runs: most = drawn ? RUNS : Infinity } = this.options;
    const { budget = this.options.runs === undefined ? BUDGET : Infinity } = this.options;
    const search: Search = drawn
      ? new DrawnOrders(this.seed, inject, mode === "pct" ? depth : null)
      : mode === "all"
        ? new AllOrders(inject)
        : new EachCheckpoint(inject as FaultKind);
    const end = realNow() + budget;
    for (let round = 1; ; round++) {
      const next = search.next(round);
      if (next === null) return this.explored(round - 1, true);
      if (round > 1 && (round > most || realNow() >= end)) return this.explored(round - 1, false);
      const outcome = await this.play(next);
      if (kindOf(outcome) !== null) throw await this.told(outcome, next.fault, round);
      this.checkpoints = Math.max(this.checkpoints, outcome.checkpoints);
      search.went(outcome);
    }
  }

  /** Makes the run of `script`, and no other. */
  async repeat(script: Script, replay: string): Promise<Explored> {
    const { choices, fault } = script;
    const changed = (state: string): UsageError =>
      new UsageError(`Cannot replay "${replay}": ${state}, so the program has changed; explore it anew`);
    let made = 0;
    const recorder = new Recorder();
    const outcome = await this.noted({
      fault,
      recorder,
      choose: ({ length }) => {
        const choice = choices[made++] ?? 0;
        if (choice < length) return choice;
        throw changed(
          `its choice ${String(made)} is candidate ${String(choice + 1)}, and there are ${String(length)} at that point`,
        );
      },
    });
    if (made < choices.length)
      throw changed(`it has ${String(choices.length)} choices, and the run came to ${String(made)}`);
    if (fault !== null && fault.at > 0 && outcome.struck === null)
      throw changed(`the run came to ${String(outcome.checkpoints)} checkpoints only`);
    const renamed = (text: string): string => recorder.cast.renamed(text);
    if (kindOf(outcome) !== null)
      throw this.error(outcome, {
        run: "the replayed run",
        replay,
        runs: 1,
        seed: this.seed,
        steps: recorder.steps,
        repeats: true,
        renamed,
      });
    this.checkpoints = outcome.checkpoints;
    return this.explored(1, false);
  }

  /** The error that tells of `found`, once it was made simpler. */
  private async told(found: Outcome, fault: Fault | null, runs: number): Promise<InterleavingError> {
    const { seed } = this;
    const run = runs === 1 ? "the default order" : `run ${String(runs)}`;
    if (isRealTimeoutError(found.failure?.error)) {
      // Another run like that would take as long.
      const replay = this.written({ fault, choices: found.choices.map(({ at }) => at) });
      return this.error(found, { run, replay, runs, seed, steps: [], repeats: true, renamed: (text) => text });
    }
    const script = await shrunk(found, fault, (tried) =>
      this.play({ fault: tried.fault, choose: likely(tried.choices), grace: this.shortGrace }),
    );
    const recorder = new Recorder();
    const outcome = await this.noted({ fault: script.fault, choose: likely(script.choices), recorder });
    const renamed = (text: string): string => recorder.cast.renamed(text);
    const repeats = kindOf(outcome) === kindOf(found);
    const replay = this.written(script);
    return this.error(repeats ? outcome : found, { run, replay, runs, seed, steps: recorder.steps, repeats, renamed });
  }

  private error({ leaks, struck, failure }: Outcome, finding: Finding): InterleavingError {
    return leaks.length > 0
      ? new LeakError(finding, leaks, struck, failure?.error)
      : new InterleavingError(finding, failure?.error);
  }

  /** The script as a string. Also without a fault it says that leaks were looked for. */
  private written(script: Script): string {
    const { inject } = this.options;
    return written(
      script.fault === null && inject !== undefined ? { ...script, fault: { kind: inject, at: 0 } } : script,
    );
  }

  private play(part: Part): Promise<Outcome> {
    return new Round(this.program, part).play(this.stage);
  }

  /** Plays with the lines noted in which the user's code made what it waits for. */
  private async noted(part: Part): Promise<Outcome> {
    beginNoting();
    try {
      return await this.play(part);
    } finally {
      endNoting();
    }
  }

  private get shortGrace(): number {
    return Math.min(SHORT_GRACE, this.options.deadlockGrace ?? SHORT_GRACE);
  }

  private explored(runs: number, complete: boolean): Explored {
    return Object.freeze({ runs, complete, seed: this.seed, checkpoints: this.checkpoints });
  }
}

/** Of how many operations the lines are noted: it takes time. */
const NOTED = 2_000;
/** How many searches note lines: those that capture nothing may go on at the same time. */
let noting = 0;
let left = 0;
let madeBefore: typeof Operation._made = null;

function beginNoting(): void {
  left = NOTED;
  if (noting++ > 0) return;
  madeBefore = Operation._made;
  Operation._made = (made) => {
    madeBefore?.(made);
    if (left-- > 0 && !made._hot) placeAt(made, siteHere());
  };
}

function endNoting(): void {
  if (--noting === 0) Operation._made = madeBefore;
}

function checkOptions(options: ExploreOptions): void {
  const { mode, inject, runs, depth, seed, budget, after, capture } = options;
  const oneOf = (name: string, value: unknown, known: readonly string[]): void => {
    if (value === undefined || known.includes(value as string)) return;
    throw new TypeError(
      `Cannot explore with the ${name} ${shown(value)}: there is no such; use ${known.map((one) => `"${one}"`).join(" or ")}`,
    );
  };
  const within = (name: string, value: number | undefined, from: number, to: number, whole: boolean): void => {
    if (value === undefined) return;
    const way = `pass ${whole ? "an integer" : "a number"} from ${String(from)} to ${String(to)}`;
    if (typeof value !== "number")
      throw new TypeError(`Cannot explore with ${name} ${shown(value)}: it is no number; ${way}`);
    if (!(value >= from && value <= to) || (whole && value !== Infinity && !Number.isInteger(value)))
      throw new RangeError(`Cannot explore with ${name} ${String(value)}: it is out of range; ${way}`);
  };
  oneOf("mode", mode, MODES);
  oneOf("fault", inject, FAULTS);
  oneOf("capture", capture, ["globals", "none"]);
  within("runs", runs, 1, Infinity, true);
  within("depth", depth, 1, Number.MAX_SAFE_INTEGER, true);
  within("seed", seed, 0, 2 ** 32 - 1, true);
  within("budget", budget, 0, Infinity, false);
  if (after !== undefined)
    checkedBody("explore with the check after", after, "() => { if (open > 0) throw new Error() }");
}
