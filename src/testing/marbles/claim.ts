/**
 * Claims: what a person wrote down about a line of time, and what is found when it is held against what happened.
 *
 * @module
 */

import { stacksHaveHeaders, userFrames } from "../../base/frames.ts";
import { asStack } from "../../base/sites.ts";
import { draw } from "../notation/draw.ts";
import { explain } from "../notation/explain.ts";
import { Letters } from "../notation/letters.ts";
import type { Diagram, Moment } from "../notation/moment.ts";
import { MarbleError } from "../notation/marble-error.ts";
import { called, isMany, type MarbleMismatch, type Subject } from "../notation/mismatch.ts";
import { shownValue } from "../notation/shown-value.ts";
import { Emissions } from "./emissions.ts";

/** What somebody expects. */
export interface Claim {
  readonly diagram: () => Diagram;
  /** Where that ends, in ms; `Infinity` when it grows as time goes on. */
  readonly end: number;
  /** Made where it was written down. */
  readonly site: Error | null;
}

/** Something that is wrong, and where the person wrote down what should be. */
export interface Finding {
  readonly mismatch: MarbleMismatch;
  readonly site: Error | null;
}

/** How many events more than were expected are looked at. They differ anyway, and a picture of thousands shows nothing. */
const MORE = 100;

/** What is wrong by `claims` with what `actual` gives. */
export function judge(
  subject: Subject,
  claims: readonly Claim[],
  actual: (diagram: Diagram) => readonly Moment[],
): Finding[] {
  return claims.flatMap(({ diagram, site }) => {
    const drawn = diagram();
    const expected = { ...drawn, moments: Emissions.expected(drawn.moments) };
    const all = actual(drawn);
    const some = all.slice(0, expected.moments.length + MORE);
    const mismatch = explain(subject, expected, Emissions.named(some, expected.moments));
    if (mismatch === null) return [];
    const finding = { mismatch, site };
    const left = all.length - some.length;
    return [left === 0 ? finding : withRemark(finding, `${String(left)} more events are not shown`)];
  });
}

/** That nobody has claimed anything about what happened. */
export function unclaimed(subject: Subject, moments: readonly Moment[], site: Error | null): Finding {
  return { mismatch: new Unclaimed(subject, moments), site };
}

/** All that was found, as one error, at the line of the first one. */
export function failureOf(findings: readonly Finding[]): MarbleError {
  const error = new MarbleError(findings.map(({ mismatch }) => mismatch));
  const site = findings.find((finding) => finding.site !== null)?.site ?? null;
  const frames = site === null ? [] : userFrames(site);
  if (frames.length > 0)
    error.stack = (stacksHaveHeaders() ? `${error.name}: ${error.message}\n` : "") + asStack(frames);
  return error;
}

/** `finding`, with something to add to what it says. */
export function withRemark({ mismatch, site }: Finding, remark: string): Finding {
  return { mismatch: new Remarked(mismatch, remark), site };
}

class Remarked implements MarbleMismatch {
  readonly subject: Subject;
  readonly expected: string;
  readonly actual: string;
  readonly differences: MarbleMismatch["differences"];
  readonly failure: unknown;
  readonly #text: string;

  constructor(mismatch: MarbleMismatch, remark: string) {
    this.subject = mismatch.subject;
    this.expected = mismatch.expected;
    this.actual = mismatch.actual;
    this.differences = mismatch.differences;
    this.failure = mismatch.failure;
    this.#text = `${String(mismatch)}\n\n  ${remark}`;
  }

  toString(): string {
    return this.#text;
  }
}

/** An expectation that nobody has said anything about. */
class Unclaimed implements MarbleMismatch {
  readonly subject: Subject;
  readonly expected = "";
  readonly actual: string;
  readonly differences: MarbleMismatch["differences"] = [];
  readonly failure: unknown = undefined;
  readonly #values: string;

  constructor(subject: Subject, moments: readonly Moment[]) {
    const letters = new Letters();
    this.subject = subject;
    this.actual = draw(moments, letters);
    const values = Object.entries(letters.record() ?? {}).map(([letter, value]) => `${letter}: ${shownValue(value)}`);
    this.#values = values.length === 0 ? "" : `, { ${values.join(", ")} }`;
  }

  toString(): string {
    const state = isMany(this.subject) ? "have no diagram" : "has no diagram";
    return `${called(this.subject)} ${state}\n\n  nobody said what to expect; if this is right, call toBe('${this.actual}'${this.#values})`;
  }
}
