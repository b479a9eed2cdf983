/**
 * The demo: `npm start [-- folder]`. One portable function, consumed in three ways on every backend; all results must agree.
 *
 * @module
 */

import { isCancelled, TimeoutError } from "anyrx";
import { amount, number } from "./amount.ts";
import { compare, type Outcome, type Run, RUNS } from "./compare.ts";
import { folderFrom, Refusal } from "./folder.ts";
import { LIMIT } from "./job.ts";
import { ProgressLine } from "./progress.ts";
import { header, NOTES, row } from "./table.ts";
import { LEGEND, Timeline } from "./timeline.ts";
import { agree, verdict } from "./verdict.ts";
import type { Witness } from "./witness.ts";

/** How wide the timeline is, in columns. */
const WIDTH = Math.max(40, Math.min(process.stdout.columns || 100, 100));

const HELP = `Usage: npm start [-- folder]

Counts the files, lines, words and identifiers of a folder (default: the sources of rxjs) with one
function, which is consumed by await, by subscribe and by yield*, on every backend. Ctrl-C cancels it.`;

const progress = new ProgressLine(process.stdout);
const interrupt = new AbortController();
const outcomes: Outcome[] = [];
/** Of a virtual run: there work takes exactly as long as it says. */
let timeline = new Timeline();

function print(...lines: string[]): void {
  progress.clear();
  for (const line of lines) console.log(line);
}

function watch({ backend, side }: Run): Witness {
  const marks = new Timeline();
  if (backend === "virtual") timeline = marks;
  return {
    mark: (who, sign) => marks.mark(who, sign),
    cut: (who, what) => print(`  ${who.padEnd(10)} ${what}`),
    progress: (now) => progress.draw(`${backend.padEnd(9)} ${side.padEnd(9)}`, now),
  };
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) {
    print(HELP);
    return;
  }
  const folder = await folderFrom(args);
  print(`Counting ${folder.title}: one function, ${amount(RUNS.length, "run")}.`, "", ...header());
  for await (const outcome of compare(folder.path, interrupt.signal, watch)) {
    outcomes.push(outcome);
    print(row(outcome));
  }
  print("", ...NOTES, "", "A virtual run, in ms:", "", ...timeline.draw(WIDTH), "", ...LEGEND);
  print("", ...verdict(outcomes));
  if (!agree(outcomes)) process.exitCode = 1;
}

process.on("SIGINT", () => {
  if (interrupt.signal.aborted) return; // npm passes it on, so it may come twice.
  print("", "Ctrl-C: cancelling; each task cleans up first.");
  interrupt.abort("Ctrl-C");
});
process.stdout.on("error", () => interrupt.abort("nobody reads the output")); // `npm start | head`

try {
  await main(process.argv.slice(2));
} catch (error) {
  progress.clear();
  if (isCancelled(error)) {
    print(`Cancelled in run ${String(outcomes.length + 1)} of ${String(RUNS.length)}.`);
    process.exitCode = 130; // What a shell expects of a program that Ctrl-C has ended.
  } else if (error instanceof TimeoutError) {
    console.error(`Cannot count the folder: it takes more than ${number(LIMIT / 1000)} s; name a smaller one`);
    process.exitCode = 1;
  } else if (error instanceof Refusal) {
    console.error(error.message);
    process.exitCode = 1;
  } else throw error;
}
