/**
 * Explaining: how what happened differs from a diagram, so that a stranger sees what came when.
 *
 * @module
 */

import { differenceList, MOST_LISTED } from "./difference-list.ts";
import { drawMarks, isSubscription, markOf, needRoom, rowOf } from "./draw.ts";
import { type Finding, type Findings, findingsOf, sameEvent } from "./findings.ts";
import { isError } from "./hidden-state.ts";
import { legend } from "./legend.ts";
import { Letters } from "./letters.ts";
import { called, isMany, listed, type MarbleDifference, type MarbleMismatch, type Subject } from "./mismatch.ts";
import type { Diagram, Moment } from "./moment.ts";
import { type LabelledRow, picture } from "./picture.ts";
import { shownValue } from "./shown-value.ts";
import { type Compared, isShort, told, toldTime } from "./wording.ts";

/** How many instants a heading names. */
const MOST_NAMED = 3;
/** How long a diagram is worth pasting. */
const LONGEST_PASTED = 300;

/**
 * How `actual` differs from what was `expected`; `null` when it does not.
 *
 * Equal means: the same events at the same instants, in the same order within an instant, values compared deeply.
 *
 * @param subject - What it was, for the text.
 * @example
 * const b = { kind: "next", value: "b" } as const;
 * const found = explain({ what: "stream", name: "jobs" }, { moments: [{ time: 1, ...b }], origin: 0, length: 2 }, [{ time: 2, ...b }]);
 * found?.differences[0]?.text; // => "missing b: it came 1 ms late, at t=2"
 */
export function explain(subject: Subject, expected: Diagram, actual: readonly Moment[]): MarbleMismatch | null {
  const { moments } = expected;
  const got = withoutDust(actual, moments);
  const same = (moment: Moment, i: number): boolean => moment.time === got[i]!.time && sameEvent(moment, got[i]!);
  if (moments.length === got.length && moments.every(same)) return null;
  return new Explanation(subject, expected, got).mismatch();
}

/** `actual`, with the instants of `expected` where sums of fractions miss them: `0.1 + 0.2` is `0.3`. */
function withoutDust(actual: readonly Moment[], expected: readonly Moment[]): readonly Moment[] {
  if (actual.every(({ time }) => Number.isInteger(time)) && expected.every(({ time }) => Number.isInteger(time)))
    return actual;
  const instants = new Map(expected.map(({ time }) => [time.toFixed(9), time]));
  return actual.map((moment) => ({ ...moment, time: instants.get(moment.time.toFixed(9)) ?? moment.time }));
}

class Mismatch implements MarbleMismatch {
  readonly subject: Subject;
  readonly expected: string;
  readonly actual: string;
  readonly differences: readonly MarbleDifference[];
  readonly failure: unknown;
  readonly #text: string;

  constructor(facts: Omit<MarbleMismatch, "toString">, text: string) {
    this.subject = facts.subject;
    this.expected = facts.expected;
    this.actual = facts.actual;
    this.differences = facts.differences;
    this.failure = facts.failure;
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What belongs to a finding, by index. */
interface Events {
  readonly expected: readonly number[];
  readonly actual: readonly number[];
}

class Explanation implements Compared {
  readonly subject: Subject;
  readonly expected: readonly Moment[];
  readonly actual: readonly Moment[];
  readonly expectedMarks: readonly string[];
  readonly actualMarks: readonly string[];
  private readonly letters: Letters;
  private readonly findings: readonly Finding[];
  private readonly differences: readonly MarbleDifference[];

  constructor(subject: Subject, expected: Diagram, actual: readonly Moment[]) {
    this.subject = subject;
    this.expected = expected.moments;
    this.actual = actual;
    const { findings, partners } = findingsOf(this.expected, actual);
    this.letters = new Letters(expected.values === undefined ? undefined : {});
    this.expectedMarks = this.markExpected(expected);
    this.actualMarks = this.markActual(partners);
    // At one instant the end comes last, as it does on the line.
    const isEnd = (finding: Finding): boolean => {
      const { expected: mine, actual: theirs } = eventsOf(finding);
      const kinds = [...mine.map((i) => this.expected[i]!.kind), ...theirs.map((i) => actual[i]!.kind)];
      return kinds.every((kind) => kind === "complete" || kind === "error");
    };
    const found = findings.map((finding) => ({ finding, difference: told(finding, this) }));
    found.sort((a, b) => a.difference.time - b.difference.time || Number(isEnd(a.finding)) - Number(isEnd(b.finding)));
    this.findings = found.map(({ finding }) => finding);
    this.differences = found.map(({ difference }) => difference);
  }

  readonly isLiteral = (letter: string): boolean => this.letters.isLiteral(letter);

  mismatch(): MarbleMismatch {
    const { subject, differences } = this;
    const expected = drawMarks(this.expected, this.expectedMarks);
    const actual = drawMarks(this.actual, this.actualMarks);
    const parts = [this.picture(), differenceList(differences), this.hint(), this.legend(), this.accepted(actual)];
    const shown = parts.filter((part) => part.length > 0).map((part) => part.map((line) => `  ${line}`).join("\n"));
    const text = [this.heading(), ...shown].join("\n\n");
    return new Mismatch({ subject, expected, actual, differences, failure: this.failure?.error }, text);
  }

  private markExpected({ moments, letters, values = {} }: Diagram): readonly string[] {
    for (const [i, moment] of moments.entries()) {
      const letter = letters?.[i];
      if (moment.kind === "next" && letter !== undefined) this.letters.set(letter, moment.value);
    }
    for (const [letter, value] of Object.entries(values)) {
      if (Array.from(letter).length === 1) this.letters.set(letter, value);
    }
    return moments.map((moment, i) => {
      if (moment.kind !== "next") return markOf(moment, this.letters);
      return letters?.[i] ?? this.letters.of(moment.value, "small");
    });
  }

  private markActual(partners: Findings["partners"]): readonly string[] {
    return this.actual.map((moment, i) => {
      const partner = partners[i] ?? -1;
      return partner >= 0 && moment.kind === "next" ? this.expectedMarks[partner]! : markOf(moment, this.letters);
    });
  }

  /** The error that nobody expected. */
  private get failure(): { readonly error: unknown } | undefined {
    const failure = this.actual.find((moment) => moment.kind === "error");
    return failure === undefined || this.expected.some((moment) => sameEvent(moment, failure)) ? undefined : failure;
  }

  private heading(): string {
    const times = [...new Set(this.differences.map(({ time }) => toldTime(time)))];
    const more = times.length - MOST_NAMED;
    const named = more > 1 ? [...times.slice(0, MOST_NAMED), `${String(more)} more instants`] : times;
    const verb = isMany(this.subject) ? "differ from their" : "differs from its";
    return `${called(this.subject)} ${verb} diagram at ${listed(named)}`;
  }

  private picture(): string[] {
    const differing = this.findings.map((finding) => this.pointedBy(finding));
    const expected = new Set(differing.flatMap((events) => events.expected));
    const actual = new Set(differing.flatMap((events) => events.actual));
    const rows = [
      labelled("expected", this.expected, this.expectedMarks, expected),
      labelled("actual", this.actual, this.actualMarks, actual),
    ];
    return picture(rows, {
      apart: needRoom([...this.expectedMarks, ...this.actualMarks]),
      zero: !isSubscription([...this.expected, ...this.actual]),
      times: this.differences.slice(0, MOST_LISTED).map(({ time }) => time),
    });
  }

  /** The events that a finding is about; of those in another order, the ones that are elsewhere. */
  private pointedBy(finding: Finding): Events {
    const { expected, actual } = eventsOf(finding);
    if (finding.kind !== "reordered" || expected.length !== actual.length) return { expected, actual };
    const elsewhere = (_: number, i: number): boolean =>
      this.expectedMarks[expected[i]!] !== this.actualMarks[actual[i]!];
    return { expected: expected.filter(elsewhere), actual: actual.filter(elsewhere) };
  }

  /** For who forgot that letters are strings, and that `#` is one, too. */
  private hint(): string[] {
    const error = this.expected.find((moment) => moment.kind === "error");
    if (error?.error === "error" && isError(this.failure?.error)) {
      return ['a "#" without an error is the string "error": pass the error after the values'];
    }
    const letters = this.findings.flatMap((finding) => {
      if (finding.kind !== "replaced") return [];
      const letter = this.expectedMarks[finding.expected]!;
      const moment = this.actual[finding.actual]!;
      const meant = moment.kind === "next" && typeof moment.value !== "string" && shownValue(moment.value) === letter;
      return meant && this.isLiteral(letter) ? [letter] : [];
    });
    const values = [...new Set(letters)].map((letter) => `${letter}: ${letter}`).join(", ");
    return values === "" ? [] : [`a letter without a value is a string: pass the values { ${values} }`];
  }

  private legend(): string[] {
    const expected = lettersOf(this.expectedMarks, this.expected);
    const actual = lettersOf(this.actualMarks, this.actual);
    const findings = this.findings.slice(0, MOST_LISTED);
    const told = new Set(findings.flatMap((finding) => this.toldBy(finding)));
    const first = findings
      .map(eventsOf)
      .flatMap((events) => [
        ...events.expected.map((index) => expected[index]),
        ...events.actual.map((index) => actual[index]),
      ]);
    const wanted = (letter: string | null | undefined): letter is string => letter != null && !told.has(letter);
    return legend(this.letters, expected.filter(wanted), actual.filter(wanted), first.filter(wanted));
  }

  /** The letters whose values a finding shows. */
  private toldBy(finding: Finding): string[] {
    if (finding.kind !== "replaced") return [];
    const letters = [this.expectedMarks[finding.expected]!, this.actualMarks[finding.actual]!];
    return letters.every((letter) => isShort(this.letters.valueOf(letter))) ? letters : [];
  }

  private accepted(diagram: string): string[] {
    if (diagram.length > LONGEST_PASTED) return ['to accept what happened: see "actual" of this mismatch'];
    const known = new Set(this.expectedMarks);
    const strange = lettersOf(this.actualMarks, this.actual).filter(
      (letter) => letter !== null && !known.has(letter) && !this.isLiteral(letter),
    );
    const additions = strange.length === 0 ? [] : [`${listed([...new Set(strange)].slice(0, 8) as string[])} as above`];
    if (this.failure !== undefined) additions.push(`the error ${shownValue(this.failure.error)}`);
    const addition = additions.length === 0 ? "" : `, with ${listed(additions)}`;
    return [`to accept what happened: ${quotedDiagram(diagram)}${addition}`];
  }
}

function labelled(
  label: string,
  moments: readonly Moment[],
  marks: readonly string[],
  differing: ReadonlySet<number>,
): LabelledRow {
  const counts = new Map<number, number>();
  const pointed = new Map<number, Set<number>>();
  for (const [index, { time }] of moments.entries()) {
    const place = counts.get(time) ?? 0;
    counts.set(time, place + 1);
    if (!differing.has(index)) continue;
    const others = pointed.get(time);
    if (others === undefined) pointed.set(time, new Set([place]));
    else others.add(place);
  }
  return { label, row: rowOf(moments, marks), pointed };
}

/** The events that a finding is about. */
function eventsOf(finding: Finding): Events {
  const list = (indices: number | readonly number[]): readonly number[] =>
    typeof indices === "number" ? [indices] : indices;
  return {
    expected: "expected" in finding ? list(finding.expected) : [],
    actual: "actual" in finding ? list(finding.actual) : [],
  };
}

/** The letters among `marks`, `null` for the others. */
function lettersOf(marks: readonly string[], moments: readonly Moment[]): (string | null)[] {
  return marks.map((mark, i) => (moments[i]!.kind === "next" ? mark : null));
}

/** As source text. */
function quotedDiagram(diagram: string): string {
  const quote = ["'", '"', "`"].find((mark) => !diagram.includes(mark));
  return quote === undefined || diagram.includes("\\") ? JSON.stringify(diagram) : `${quote}${diagram}${quote}`;
}
