/**
 * Replays: the choices of a run as a short string, the same on every host.
 *
 *     0021          at the third choice the third candidate went on, at the fourth the second, else the first; also at all later choices
 *     cancel@17     the body is cancelled at its 17th checkpoint, and the first candidate goes on at each choice
 *     timeout@3/01  both: the time of the body is up at its third checkpoint
 *     cancel@0/01   no fault; but leaks are looked for
 *
 * A choice is one digit from 0 to y; each z before it adds 35.
 *
 * @module
 */

import { UsageError } from "../../base/errors.ts";
import { shown } from "../../kernel/checks.ts";

/** What befalls a run: the body is cancelled, its time is up, or the task that waits is cancelled. */
export type FaultKind = "cancel" | "timeout" | "cancelTask";

export const FAULTS: readonly FaultKind[] = ["cancel", "timeout", "cancelTask"];

/** What befalls a run, and at which of its checkpoints, counted from 1; 0 for none of them. */
export interface Fault {
  readonly kind: FaultKind;
  readonly at: number;
}

/** Where a fault struck. */
export interface Strike {
  readonly fault: Fault;
  /** The name of the task that waited there. */
  readonly task: string;
  /** What it was about to wait for. */
  readonly on: string;
  /** When, in virtual ms. */
  readonly time: number;
}

/** What made a run what it was. */
export interface Script {
  readonly fault: Fault | null;
  readonly choices: readonly number[];
}

/** What a `z` stands for. */
const MORE = 35;

/** A script as a string. */
export function written({ fault, choices }: Script): string {
  let end = choices.length;
  while (end > 0 && choices[end - 1] === 0) end--;
  let digits = "";
  for (const choice of choices.slice(0, end))
    digits += "z".repeat(Math.floor(choice / MORE)) + (choice % MORE).toString(36);
  if (fault === null) return digits === "" ? "0" : digits;
  return `${fault.kind}@${String(fault.at)}${digits === "" ? "" : `/${digits}`}`;
}

const FORM = /^(?:(cancel|timeout|cancelTask)@(0|[1-9]\d{0,8})(?:\/((?:z*[0-9a-y])+))?|((?:z*[0-9a-y])+))$/;

/** The script that a string stands for. */
export function parsed(replay: string): Script {
  if (typeof replay !== "string") {
    throw new TypeError(
      `Cannot replay ${shown(replay)}: it is no string; pass the replay of an InterleavingError, such as "0021"`,
    );
  }
  const found = FORM.exec(replay);
  if (found === null) {
    throw new UsageError(
      `Cannot replay ${shown(replay)}: ${wrongIn(replay)}; pass the replay of an InterleavingError as it is, such as "0021" or "cancel@17"`,
    );
  }
  const [, kind, at, after, alone] = found;
  const choices: number[] = [];
  let more = 0;
  for (const digit of after ?? alone ?? "") {
    if (digit === "z") more += MORE;
    else {
      choices.push(more + parseInt(digit, 36));
      more = 0;
    }
  }
  return { fault: kind === undefined ? null : { kind: kind as FaultKind, at: Number(at) }, choices };
}

function wrongIn(replay: string): string {
  if (replay === "") return "it is empty";
  if (replay.includes("@")) return "it is neither choices nor a fault at a checkpoint";
  const at = replay.search(/[^0-9a-z]/);
  return at < 0 ? "it ends within a choice" : `${shown(replay.charAt(at))} in its place ${String(at + 1)} is no choice`;
}
