/**
 * Expectations: a line of time that is recorded, and the diagrams it is held against.
 *
 * @module
 */

import type { Subscribable } from "../../base/rx.ts";
import type { Subject } from "../notation/mismatch.ts";
import type { Diagram, Moment } from "../notation/moment.ts";
import { parseMarbles } from "../notation/parse-marbles.ts";
import { type Claim, type Finding, judge, unclaimed, withRemark } from "./claim.ts";
import { Emissions } from "./emissions.ts";
import { errorLike } from "./error-like.ts";
import { Recording } from "./recording.ts";
import { watch, type Window } from "./watching.ts";
import type { TestStage, Watched } from "./watched.ts";

/** How many events past the end of its diagram are waited for when the body has ended: enough to see what goes on there. */
const ENOUGH = 5;
/** How many events are recorded at most: a source that does not let time pass would fill the memory. */
const MOST = 100_000;

/** Options of an expectation. */
export interface ExpectationOptions {
  /** What it is called in messages. Default: its own name, where it has one; else its number. */
  readonly name?: string | undefined;
}

/** What is expected of anything that happens on a line of time. */
export interface MarbleExpectation {
  /**
   * Says what is to happen, on a line of time that begins with the test. May be said before it happens, or after.
   *
   * @param marbles - The diagram.
   * @param values - What its letters stand for. Default: themselves.
   * @param error - What `#` stands for: an error that is equal to it; or a class of errors, or a predicate such as `isTimeoutError`. Default: `"error"`.
   * @throws {MarbleSyntaxError} When it is no diagram.
   */
  toBe(marbles: string, values?: Readonly<Record<string, unknown>> | null, error?: unknown): void;
}

/** An expectation of what can be compared with an Observable. */
export interface ComparableExpectation extends MarbleExpectation {
  /** Says that the same is to happen as `other` emits. It is subscribed to for as long as the source is. */
  toEqual(other: Subscribable<unknown>): void;
}

/** What is watched, and what is expected of it. */
export abstract class Expectation implements ComparableExpectation, Watched {
  readonly subject: Subject;
  protected readonly stage: TestStage;
  protected readonly recording: Recording;
  private readonly claims: Claim[] = [];
  private readonly others: Recording[] = [];
  private readonly site = new Error("made here");
  /** How far it was followed, when it went on. */
  private endless: string | null = null;

  constructor(stage: TestStage, what: string, name: string | undefined) {
    this.subject = stage.subject(what, name);
    this.stage = stage;
    this.recording = new Recording(stage, () => {
      this.heard();
    });
    stage.expectations.push(this);
  }

  toBe(marbles: string, values?: Readonly<Record<string, unknown>> | null, error?: unknown): void {
    this.stage.check();
    const diagram = this.parse(marbles, values ?? undefined, errorLike(error));
    this.claims.push({ diagram: () => diagram, end: Emissions.end(diagram), site: new Error("expected here") });
  }

  toEqual(other: Subscribable<unknown>): void {
    const recording = new Recording(this.stage);
    watch(this.stage, other, recording, this.window());
    this.others.push(recording);
    const diagram = (): Diagram => ({ moments: recording.moments, origin: 0, length: 0 });
    this.claims.push({ diagram, end: Infinity, site: new Error("expected here") });
  }

  /** Whether more may come. */
  get open(): boolean {
    return this.recording.isOpen || this.others.some(({ isOpen }) => isOpen);
  }

  get end(): number {
    return this.claims.reduce((longest, { end }) => Math.max(longest, end), 0);
  }

  findings(): Finding[] {
    if (this.claims.length === 0) return [unclaimed(this.subject, this.moments, this.site)];
    const findings = judge(this.subject, this.claims, (diagram) => this.actual(diagram));
    if (this.endless === null) return findings;
    const remark = `it went on, and was left alone after ${this.endless}: draw its end, or unsubscribe`;
    return findings.map((finding) => withRemark(finding, remark));
  }

  findingsSoFar(now: number): Finding[] {
    const claims = this.claims.map((claim) => ({ ...claim, diagram: () => until(now, claim.diagram(), this.moments) }));
    return judge(this.subject, claims, (diagram) => this.actual(diagram));
  }

  /** What was recorded. */
  get moments(): readonly Moment[] {
    return this.recording.moments;
  }

  /** Stops to watch. */
  protected abstract stop(): void;

  /** When what it is compared with is subscribed to. */
  protected window(): Window {
    return { from: this.stage.now(), to: Infinity };
  }

  protected parse(marbles: string, values: Readonly<Record<string, unknown>> | undefined, error: unknown): Diagram {
    return parseMarbles(marbles, values, error);
  }

  /** What was recorded, in the form in which `diagram` puts it. */
  protected actual(_diagram: Diagram): readonly Moment[] {
    return this.moments;
  }

  private heard(): void {
    const late = this.moments.at(-ENOUGH);
    const settling = this.stage.isSettling && this.claims.length > 0;
    if (settling && late !== undefined && late.time >= this.end)
      this.leave(`${String(ENOUGH)} events past its diagram`);
    else if (this.moments.length >= MOST) this.leave(`${String(MOST)} events`);
  }

  private leave(after: string): void {
    this.endless ??= after;
    this.stop();
  }
}

/** What of `diagram` must have happened by `now`: of the very instant, as much as did. */
function until(now: number, diagram: Diagram, actual: readonly Moment[]): Diagram {
  let room = actual.filter(({ time }) => time === now).length;
  const moments = diagram.moments.filter(({ time }) => time < now || (time === now && room-- > 0));
  return { ...diagram, moments };
}
