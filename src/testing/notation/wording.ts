/**
 * Findings in words.
 *
 * @module
 */

import { valueDifferences } from "./deep-equal.ts";
import { type Finding, sameEvent } from "./findings.ts";
import { type DifferenceKind, listed, type MarbleDifference, type Subject } from "./mismatch.ts";
import type { Moment } from "./moment.ts";
import { shownValue } from "./shown-value.ts";
import { spelledNumber } from "./spelled-number.ts";

/** What is compared: both lines, and what each of their events is drawn as. */
export interface Compared {
  readonly subject: Subject;
  readonly expected: readonly Moment[];
  readonly actual: readonly Moment[];
  readonly expectedMarks: readonly string[];
  readonly actualMarks: readonly string[];
  /** Whether a letter stands for itself. */
  readonly isLiteral: (letter: string) => boolean;
}

/** How many differences inside a value are listed. */
const MOST_DETAILS = 5;

/** What a finding says. */
export function told(finding: Finding, compared: Compared): MarbleDifference {
  return new Teller(compared).tell(finding);
}

/** `t=6`. */
export function toldTime(time: number): string {
  return `t=${shortTime(time)}`;
}

/** A time, or how long, with as many digits as say something. */
export function shortTime(ms: number): string {
  return spelledNumber(Number(ms.toFixed(6)));
}

/** What is said of an event that is no value. */
interface Verbs {
  readonly begun: string;
  readonly ended: string;
  readonly completed: string;
}

const USUAL: Verbs = {
  begun: "subscribed",
  ended: "unsubscribed",
  completed: "completed",
};

function verbs({ what }: Subject): Verbs {
  if (what === "signal") return { ...USUAL, begun: "listened to", ended: "aborted" };
  if (what === "scope") return { ...USUAL, begun: "entered", ended: "cancelled", completed: "left" };
  return USUAL;
}

class Teller {
  private readonly compared: Compared;

  constructor(compared: Compared) {
    this.compared = compared;
  }

  tell(finding: Finding): MarbleDifference {
    switch (finding.kind) {
      case "missing":
        return this.missing(finding.expected);
      case "unexpected":
        return this.unexpected(finding.actual);
      case "moved":
        return this.moved(finding.expected, finding.actual);
      case "replaced":
        return this.replaced(finding.expected, finding.actual);
      case "reordered":
        return this.reordered(finding.expected, finding.actual);
      case "shifted":
        return this.shifted(finding.expected, finding.actual);
      case "nothing":
        return difference(this.expected(finding.expected[0]!).time, "missing", "nothing at all happened");
    }
  }

  private expected(index: number): Moment {
    return this.compared.expected[index]!;
  }

  private actual(index: number): Moment {
    return this.compared.actual[index]!;
  }

  private missing(index: number): MarbleDifference {
    const moment = this.expected(index);
    const { begun, ended, completed } = verbs(this.compared.subject);
    const text = {
      next: `missing ${this.compared.expectedMarks[index]!}: ${this.whyMissing(moment.time)}`,
      complete: `never ${completed}`,
      error: moment.kind === "error" ? `never failed: expected ${shownValue(moment.error)}` : "",
      subscribe: `never ${begun}`,
      unsubscribe: `never ${ended}`,
    }[moment.kind];
    return difference(moment.time, "missing", text);
  }

  private whyMissing(time: number): string {
    const { actual } = this.compared;
    if (actual.length === 0) return "nothing at all happened";
    if (time < 0) return "nothing is seen before the zero point";
    const end = actual.find(({ kind }) => kind === "complete" || kind === "error");
    if (end === undefined || end.time > time) return "it never came";
    return `the line had ${end.kind === "error" ? "failed" : "completed"} by then, at ${toldTime(end.time)}`;
  }

  private unexpected(index: number): MarbleDifference {
    const moment = this.actual(index);
    const { begun, ended, completed } = verbs(this.compared.subject);
    const text = {
      next: `unexpected ${this.compared.actualMarks[index]!}${this.again(index)}`,
      complete: `${completed}, where no end was expected`,
      error: moment.kind === "error" ? `failed, where no end was expected: ${shownValue(moment.error)}` : "",
      subscribe: `${begun}, where that was not expected`,
      unsubscribe: `${ended}, where that was not expected`,
    }[moment.kind];
    return difference(moment.time, "unexpected", text);
  }

  /** Whether the value was expected, and came as often as that already. */
  private again(index: number): string {
    const moment = this.actual(index);
    const times = this.compared.expected.filter((other) => sameEvent(other, moment)).map(({ time }) => toldTime(time));
    if (times.length === 0) return "";
    return times.length > 3
      ? `: it was expected ${String(times.length)} times`
      : `: it was expected at ${listed(times)} only`;
  }

  private moved(expected: number, actual: number): MarbleDifference {
    const moment = this.expected(expected);
    const { kind, text: when } = shift(moment.time, this.actual(actual).time);
    const { begun, ended, completed } = verbs(this.compared.subject);
    const text = {
      next: `missing ${this.compared.expectedMarks[expected]!}: it came ${when}`,
      complete: `${completed} ${when}`,
      error: `failed ${when}`,
      subscribe: `${begun} ${when}`,
      unsubscribe: `${ended} ${when}`,
    }[moment.kind];
    return difference(moment.time, kind, text);
  }

  private replaced(index: number, other: number): MarbleDifference {
    const expected = this.expected(index);
    const actual = this.actual(other);
    if (expected.kind === "next" && actual.kind === "next") {
      const marks = [this.compared.expectedMarks[index]!, this.compared.actualMarks[other]!] as const;
      const text = `expected ${marks[0]}, got ${marks[1]}`;
      // Two letters that stand for themselves say all.
      if (marks.every(this.compared.isLiteral)) return difference(expected.time, "different", text);
      if (isShort(expected.value) && isShort(actual.value)) {
        const [mine, theirs] = [shownValue(expected.value), shownValue(actual.value)];
        return difference(expected.time, "different", `expected ${marks[0]} = ${mine}, got ${marks[1]} = ${theirs}`);
      }
      return difference(expected.time, "different", text, detailsOf(expected.value, actual.value));
    }
    const when = expected.time === actual.time ? "" : `, ${shift(expected.time, actual.time).text}`;
    if (expected.kind === "error" && actual.kind === "error") {
      const text = `failed with another error than expected${when}`;
      return difference(expected.time, "different", text, detailsOf(expected.error, actual.error));
    }
    const text =
      actual.kind === "error"
        ? `failed instead of completing${when}: ${shownValue(actual.error)}`
        : `completed instead of failing${when}${expected.kind === "error" ? `: expected ${shownValue(expected.error)}` : ""}`;
    return difference(expected.time, "different", text);
  }

  private reordered(expected: readonly number[], actual: readonly number[]): MarbleDifference {
    const mine = expected.map((index) => this.compared.expectedMarks[index]!);
    const theirs = actual.map((index) => this.compared.actualMarks[index]!);
    const same = [...mine].sort().join("") === [...theirs].sort().join("");
    const text = `${same ? "same values, other order" : "other order"}: expected (${mine.join("")}), got (${theirs.join("")})`;
    return difference(this.expected(expected[0]!).time, "order", text);
  }

  private shifted(expected: readonly number[], actual: readonly number[]): MarbleDifference {
    const { time } = this.expected(expected[0]!);
    const { kind, text: when } = shift(time, this.actual(actual[0]!).time, true);
    const text = `from here on all ${String(expected.length)} events came ${when}`;
    return difference(time, kind, text);
  }
}

function difference(
  time: number,
  kind: DifferenceKind,
  text: string,
  details: readonly string[] = [],
): MarbleDifference {
  return { time, kind, text, details };
}

/** `1 ms late, at t=7`. */
function shift(expected: number, actual: number, first: boolean = false): { kind: "early" | "late"; text: string } {
  const kind = actual < expected ? "early" : "late";
  const length = shortTime(Math.abs(actual - expected));
  return { kind, text: `${length} ms ${kind}, ${first ? "the first " : ""}at ${toldTime(actual)}` };
}

/** Whether a value is shown where it differs, and need not be looked up in a legend. */
export function isShort(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function detailsOf(expected: unknown, actual: unknown): readonly string[] {
  const found = valueDifferences(expected, actual, MOST_DETAILS + 1);
  const lines = found.slice(0, MOST_DETAILS).map(({ path, text }) => (path === "" ? text : `${path}: ${text}`));
  return found.length > MOST_DETAILS ? [...lines, "and more"] : lines;
}
