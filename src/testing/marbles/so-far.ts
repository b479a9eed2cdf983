/**
 * How far a test had come when something else ended it: told with the error that did.
 *
 * @module
 */

import { isDeadlockError } from "../../base/errors.ts";
import { isLivelockError, isRealTimeoutError } from "../errors.ts";
import { draw } from "../notation/draw.ts";
import { called } from "../notation/mismatch.ts";
import type { Watched } from "./watched.ts";

/**
 * `error`, which ended the test at `now`, telling which diagrams differed by then. When it says that the test stood still, or went on for ever, all
 * of them: they show how far it had come.
 *
 * It stays the same error, since whoever runs the test may know its kind. Its message is what every runner prints, so that is where this goes.
 */
export function tellSoFar(error: unknown, watched: readonly Watched[], now: number): unknown {
  const stuck = isDeadlockError(error) || isLivelockError(error) || isRealTimeoutError(error);
  const lines = watched.flatMap((one) => {
    const findings = one.findingsSoFar(now);
    if (findings.length > 0) return findings.map(({ mismatch }) => String(mismatch));
    return stuck ? [`${called(one.subject)} so far: '${draw(one.moments)}'`] : [];
  });
  if (lines.length > 0 && error instanceof Error) {
    const what = stuck ? "What had happened" : "What differed already";
    append(error, `\n\n${what} when the test ended at t=${String(now)}:\n\n${lines.join("\n\n")}`);
  }
  return error;
}

function append(error: Error, note: string): void {
  try {
    const { message } = error;
    error.message = message + note;
    const { stack } = error;
    // Made when the error was, in V8 with the message in it. A stack that is made when it is read tells the new one.
    const header = `: ${message}`;
    if (typeof stack === "string" && message !== "" && stack.includes(header) && !stack.includes(note))
      error.stack = stack.replace(header, () => header + note);
  } catch {
    // A frozen one stays as it is.
  }
}
