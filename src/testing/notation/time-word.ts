/**
 * Time words: the durations (`10ms`, `1.5s`, `2m`) and instants (`@250ms`) that stand in a diagram.
 *
 * In RxJS 7 a duration has a space on either side, and `a10ms` are the five values a, 1, 0, m, s. Here the spaces may be left out where no
 * letter is touched: a word stands between spaces, the marks `-()|#^!` and the ends of the diagram. What touches a letter could mean both, and
 * is refused; `1 s`, with a space inside, is always two values. Where `values` names every character of a word that has no space on either
 * side, the word is values, as in RxJS.
 *
 * @module
 */

/** What was found in a diagram. */
export interface TimeWord {
  readonly text: string;
  /** How long, or at which time, in ms; `null` when its unit is unknown or it could be values as well. */
  readonly ms: number | null;
  /** Whether it is an instant. */
  readonly at: boolean;
  /** Why `ms` is `null`. */
  readonly trouble: "unit" | "space" | "touches" | null;
}

/** Whether a character stands for a value; where none can, time words may touch anything. */
export type Named = ((letter: string) => boolean) | null;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };
const WORD = /(@-?)?(\d+(?:\.\d+)?)(\s*)(\p{L}+)/uy;
const FOREIGN =
  /^(?:[hd]|hrs?|hours?|days?|mins?|minutes?|secs?|seconds?|msecs?|millis|milliseconds?|us|[µμ]s|micros|ns|nanos|M[sS]|mS)$/;
/** What may stand beside a word without a space between them. */
const MARK = /[-()|#^!]/;

/**
 * The time word at `index` of `marbles`, or `null` when there is none.
 *
 * @param named - Whether `values` names a letter; `null` in diagrams without letters, but for those of `marks`.
 * @param marks - The letters that are marks there, such as the `x` of a demand.
 */
export function timeWordAt(marbles: string, index: number, named: Named, marks = ""): TimeWord | null {
  WORD.lastIndex = index;
  const match = WORD.exec(marbles);
  if (match === null) return null;
  const [, sign, number = "", space = "", run = ""] = match;
  return named === null ? alone(sign, number, space, run, marks) : amongValues(marbles, index, match, named);
}

function alone(sign: string | undefined, number: string, space: string, run: string, marks: string): TimeWord | null {
  const letters = marks === "" ? run : (run.split(marks, 1)[0] ?? "");
  const text = `${sign ?? ""}${number}${space}${letters}`;
  if (space !== "") return Object.hasOwn(UNITS, letters) ? { text, ms: null, at: false, trouble: "space" } : null;
  if (letters === "") return null;
  if (!Object.hasOwn(UNITS, letters)) return { text, ms: null, at: false, trouble: "unit" };
  return { text, ms: milliseconds(sign, number, letters), at: sign !== undefined, trouble: null };
}

function amongValues(
  marbles: string,
  index: number,
  match: RegExpExecArray,
  named: (letter: string) => boolean,
): TimeWord | null {
  const [text, sign, number = "", space = "", run = ""] = match;
  const known = Object.hasOwn(UNITS, run);
  const before = beside(marbles[index - 1]);
  const after = beside(marbles[index + text.length]);
  const free = before === "free" && after === "free";
  const wanted = Array.from(text).every((letter) => /[-\s]/.test(letter) || named(letter));
  const at = sign !== undefined;
  if (space !== "") {
    // "1 s" are two values, and nobody means that by "10 ms".
    if (run !== "ms" || wanted) return null;
    return { text, ms: null, at, trouble: "space" };
  }
  if (known && free) return { text, ms: milliseconds(sign, number, run), at, trouble: null };
  if (wanted) return null;
  if (before === "letter" || after === "letter" || !(known || FOREIGN.test(run))) {
    return /^(?:ms?|s)/.test(run) ? { text: touching(text, run), ms: null, at, trouble: "touches" } : null;
  }
  return known
    ? { text, ms: milliseconds(sign, number, run), at, trouble: null }
    : { text, ms: null, at, trouble: "unit" };
}

/** `1msb` without what follows the unit. */
function touching(text: string, run: string): string {
  const unit = /^(?:ms|m|s)/.exec(run)?.[0] ?? "";
  return text.slice(0, text.length - run.length + unit.length);
}

function beside(letter: string | undefined): "free" | "mark" | "letter" {
  if (letter === undefined || /\s/.test(letter)) return "free";
  return MARK.test(letter) ? "mark" : "letter";
}

function milliseconds(sign: string | undefined, number: string, unit: string): number {
  const ms = Number(number) * (UNITS[unit] ?? NaN);
  return sign === "@-" ? -ms : ms;
}
