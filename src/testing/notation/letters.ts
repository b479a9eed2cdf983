/**
 * Letters: which value each character of a drawing stands for.
 *
 * @module
 */

import { deepEqual } from "./deep-equal.ts";
import { isMatcher } from "./matcher.ts";

/** Letters for values that have none, in this order. Enough for 70,000 values in one drawing. */
const CAPITALS: readonly string[] = ["AZ", "az", "ΑΡ", "αω", "АЯ", "ая", "一鿿", "가힣", "𠀀𪛖"];
const SMALL: readonly string[] = ["az", "AZ", ...CAPITALS.slice(2)];
/** With how many objects that are alike a new one is compared. Past that each has a letter of its own. */
const MOST_COMPARED = 500;

/** Gives values their letters: equal values the same one, and no two others. */
export class Letters {
  /** Whether a string of one character stands for itself. */
  private readonly literal: boolean;
  private readonly values = new Map<string, unknown>();
  private readonly ofPrimitives = new Map<unknown, string>();
  private readonly ofObjects = new Map<string, [unknown, string][]>();
  private readonly ofMatchers: [unknown, string][] = [];
  private readonly next = { small: spelled(SMALL), capital: spelled(CAPITALS) };

  /** @param values - What letters stand for already. When left out, a letter stands for itself. */
  constructor(values?: Readonly<Record<string, unknown>>) {
    this.literal = values === undefined;
    for (const [letter, value] of Object.entries(values ?? {})) if (isLetter(letter)) this.set(letter, value);
  }

  /** Says that `letter` stands for `value`. */
  set(letter: string, value: unknown): void {
    if (this.values.has(letter)) return;
    this.values.set(letter, value);
    if (isMatcher(value)) this.ofMatchers.push([value, letter]);
    else if (typeof value === "object" && value !== null) this.bucket(value).push([value, letter]);
    else if (!this.ofPrimitives.has(keyOf(value))) this.ofPrimitives.set(keyOf(value), letter);
  }

  /** The letter of `value`, if it has one. */
  find(value: unknown): string | undefined {
    const letter = this.ofPrimitives.get(keyOf(value));
    if (letter !== undefined) return letter;
    const alike = typeof value === "object" && value !== null ? this.bucket(value).slice(0, MOST_COMPARED) : [];
    const known =
      alike.find(([other]) => other === value) ??
      [...alike, ...this.ofMatchers].find(([other]) => deepEqual(other, value));
    return known?.[1];
  }

  /** The letter of `value`. It gets one when it has none: itself where that will do, else the next free one of a row. */
  of(value: unknown, row: "small" | "capital" = "capital"): string {
    const known = this.find(value);
    if (known !== undefined) return known;
    const itself = this.literal && typeof value === "string" && isLetter(value) && !this.values.has(value);
    const letter = itself ? value : this.free(row);
    this.set(letter, value);
    return letter;
  }

  /** What `letter` stands for. */
  valueOf(letter: string): unknown {
    return this.values.get(letter);
  }

  /** Whether `letter` stands for itself. */
  isLiteral(letter: string): boolean {
    return this.values.get(letter) === letter;
  }

  /** What to pass as values to have a drawing read back; `undefined` when every letter stands for itself. */
  record(): Readonly<Record<string, unknown>> | undefined {
    if (this.literal && [...this.values].every(([letter, value]) => letter === value)) return undefined;
    return Object.fromEntries(this.values);
  }

  /** The objects that may equal `value`. */
  private bucket(value: object): [unknown, string][] {
    const outline = outlineOf(value);
    let bucket = this.ofObjects.get(outline);
    if (bucket === undefined) this.ofObjects.set(outline, (bucket = []));
    return bucket;
  }

  private free(row: "small" | "capital"): string {
    for (;;) {
      const { value, done } = this.next[row].next();
      if (done === true) return "\ufffd"; // Nobody reads a drawing of so many.
      if (!this.values.has(value)) return value;
    }
  }
}

/** Whether a text can stand for a value in a drawing. */
function isLetter(text: string): boolean {
  return /^[^\s()|#^!-]$/u.test(text);
}

/** A text that equal objects have in common, and most others do not. */
function outlineOf(value: object): string {
  if (ArrayBuffer.isView(value)) return "";
  try {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries
      .map(([key, item]) => (typeof item === "object" || typeof item === "function" ? key : `${key}=${String(item)}`))
      .join();
  } catch {
    return "";
  }
}

/** Tells `-0` from `0`, which a `Map` does not. */
function keyOf(value: unknown): unknown {
  return Object.is(value, -0) ? MINUS_ZERO : value;
}

const MINUS_ZERO = Symbol("-0");

function* spelled(ranges: readonly string[]): Generator<string, undefined> {
  for (const [first = "", last = ""] of ranges) {
    for (let code = first.codePointAt(0)!; code <= last.codePointAt(0)!; code++) {
      const letter = String.fromCodePoint(code);
      if (/^\p{L}$/u.test(letter)) yield letter;
    }
  }
  return undefined;
}
