/**
 * Findings: how what happened differs from what was expected, event by event.
 *
 * Events are told apart by their instant, their kind and their value, and by their order within an instant. What is left over on both sides is
 * then paired in the way that explains most: the same event at another time, or another one at the same time.
 *
 * @module
 */

import { deepEqual } from "./deep-equal.ts";
import type { Moment } from "./moment.ts";

/** One difference. Events are given by their index. */
export type Finding =
  /** It was expected, and did not happen. */
  | { readonly kind: "missing"; readonly expected: number }
  /** It happened, and was not expected. */
  | { readonly kind: "unexpected"; readonly actual: number }
  /** It happened at another time. */
  | { readonly kind: "moved"; readonly expected: number; readonly actual: number }
  /** Something else happened in its place; an end may be at another time, too. */
  | { readonly kind: "replaced"; readonly expected: number; readonly actual: number }
  /** The same events at the same instant, in another order. */
  | { readonly kind: "reordered"; readonly expected: readonly number[]; readonly actual: readonly number[] }
  /** From the first of these on everything happened, later or earlier by one time. */
  | { readonly kind: "shifted"; readonly expected: readonly number[]; readonly actual: readonly number[] }
  /** Something was expected, and nothing at all happened. */
  | { readonly kind: "nothing"; readonly expected: readonly number[] };

/** What was found, and for each event that happened, which expected one it is: `-1` for none. */
export interface Findings {
  readonly findings: readonly Finding[];
  readonly partners: readonly number[];
}

/** How many pairs of left-over values are compared, at most, in search of those that moved. */
const MOST_COMPARED = 250_000;
/** How many events must have moved by the same time to be told as one. */
const SHIFT = 3;

/** Compares `actual` with what was `expected`. Both are in the order of time. */
export function findingsOf(expected: readonly Moment[], actual: readonly Moment[]): Findings {
  if (actual.length === 0 && expected.length > 1) {
    return { findings: [{ kind: "nothing", expected: [...expected.keys()] }], partners: [] };
  }
  const search = new Search(expected, actual);
  return search.shifted() ?? search.run();
}

/** Whether two events are the same, but for their time. */
export function sameEvent(expected: Moment, actual: Moment): boolean {
  if (expected.kind === "next") return actual.kind === "next" && deepEqual(expected.value, actual.value);
  if (expected.kind === "error") return actual.kind === "error" && deepEqual(expected.error, actual.error);
  return expected.kind === actual.kind;
}

class Search {
  private readonly expected: readonly Moment[];
  private readonly actual: readonly Moment[];
  private readonly findings: Finding[] = [];
  /** For each event, the one on the other side that it belongs to. */
  private readonly ofExpected: number[];
  private readonly ofActual: number[];
  private readonly replaced = { expected: new Set<number>(), actual: new Set<number>() };

  constructor(expected: readonly Moment[], actual: readonly Moment[]) {
    this.expected = expected;
    this.actual = actual;
    this.ofExpected = expected.map(() => -1);
    this.ofActual = actual.map(() => -1);
  }

  run(): Findings {
    this.matchInstants();
    this.pairEnds();
    this.pairMoved();
    this.pairReplaced();
    for (const expected of this.left(this.ofExpected)) this.findings.push({ kind: "missing", expected });
    for (const actual of this.left(this.ofActual)) this.findings.push({ kind: "unexpected", actual });
    return { findings: this.findings, partners: this.ofActual };
  }

  /** From some event on all are late, or early, by the same time: that is one thing to say. */
  shifted(): Findings | null {
    const { expected, actual } = this;
    if (expected.length !== actual.length) return null;
    const delay = (i: number): number => actual[i]!.time - expected[i]!.time;
    const first = expected.findIndex((_, i) => delay(i) !== 0);
    if (first < 0 || expected.length - first < SHIFT) return null;
    for (const [i, moment] of expected.entries()) {
      if (delay(i) !== (i < first ? 0 : delay(first)) || !sameEvent(moment, actual[i]!)) return null;
    }
    const indices = [...expected.keys()];
    const rest = indices.slice(first);
    return { findings: [{ kind: "shifted", expected: rest, actual: rest }], partners: indices };
  }

  private left(partners: readonly number[]): number[] {
    const replaced = partners === this.ofExpected ? this.replaced.expected : this.replaced.actual;
    return [...partners.keys()].filter((index) => partners[index] === -1 && !replaced.has(index));
  }

  private pair(expected: number, actual: number): void {
    this.ofExpected[expected] = actual;
    this.ofActual[actual] = expected;
  }

  private same(expected: number, actual: number): boolean {
    return sameEvent(this.expected[expected]!, this.actual[actual]!);
  }

  /** Pairs what is as expected. Within an instant the order counts. */
  private matchInstants(): void {
    const inActual = byTime(this.actual);
    for (const [time, mine] of byTime(this.expected)) {
      const theirs = inActual.get(time) ?? [];
      // At the same place first: of equal events it is the one that is meant.
      for (const [i, index] of mine.entries()) {
        if (i < theirs.length && this.same(index, theirs[i]!)) this.pair(index, theirs[i]!);
      }
      this.matchMoved(mine, theirs);
      const found = mine.map((index) => this.ofExpected[index]!).filter((other) => other >= 0);
      if (found.some((other, i) => i > 0 && other < found[i - 1]!)) {
        this.findings.push({ kind: "reordered", expected: mine, actual: theirs });
      }
    }
  }

  /** Pairs what is at another place of its instant: behind the one before it, if it can be. */
  private matchMoved(mine: readonly number[], theirs: readonly number[]): void {
    const open = new Set(theirs.filter((other) => this.ofActual[other] === -1));
    let last = -1;
    for (const index of mine) {
      if (this.ofExpected[index] === -1) {
        const equal = [...open].filter((other) => this.same(index, other));
        const match = equal.find((other) => other > last) ?? equal[0];
        if (match === undefined) continue;
        open.delete(match);
        this.pair(index, match);
      }
      last = this.ofExpected[index]!;
    }
  }

  /** A line has one end, one beginning: whatever they are, and whenever, they belong together. */
  private pairEnds(): void {
    for (const kinds of [["complete", "error"], ["subscribe"], ["unsubscribe"]]) {
      const isOne = ({ kind }: Moment): boolean => kinds.includes(kind);
      const mine = this.left(this.ofExpected).filter((index) => isOne(this.expected[index]!));
      const theirs = this.left(this.ofActual).filter((index) => isOne(this.actual[index]!));
      for (const [i, expected] of mine.entries()) {
        const actual = theirs[i];
        if (actual === undefined) break;
        this.pair(expected, actual);
        this.findings.push({ kind: this.same(expected, actual) ? "moved" : "replaced", expected, actual });
      }
    }
  }

  /** Pairs equal values at different times: the nearest ones, and never across an equal one that is where it should be. */
  private pairMoved(): void {
    const mine = this.left(this.ofExpected);
    const open = new Set(this.left(this.ofActual));
    if (mine.length * open.size > MOST_COMPARED) return;
    for (const expected of mine) {
      const { time } = this.expected[expected]!;
      const distance = (other: number): number => Math.abs(this.actual[other]!.time - time);
      const near = [...open].sort((a, b) => distance(a) - distance(b));
      const actual = near.find((other) => this.same(expected, other));
      if (actual === undefined || this.isCrossed(expected, actual)) continue;
      open.delete(actual);
      this.pair(expected, actual);
      this.findings.push({ kind: "moved", expected, actual });
    }
  }

  private isCrossed(expected: number, actual: number): boolean {
    const [from, to] = [this.expected[expected]!.time, this.actual[actual]!.time].sort((a, b) => a - b) as [
      number,
      number,
    ];
    return this.expected.some(
      ({ time }, index) =>
        time >= from &&
        time <= to &&
        index !== expected &&
        this.ofExpected[index] !== -1 &&
        this.actual[this.ofExpected[index]!]!.time === time &&
        this.same(index, actual),
    );
  }

  /** Pairs what is left at the same instant. */
  private pairReplaced(): void {
    const open = this.left(this.ofActual);
    for (const expected of this.left(this.ofExpected)) {
      const { time, kind } = this.expected[expected]!;
      const at = open.findIndex((index) => this.actual[index]!.time === time && this.actual[index]!.kind === kind);
      const [actual] = at < 0 ? [] : open.splice(at, 1);
      if (actual === undefined) continue;
      this.replaced.expected.add(expected);
      this.replaced.actual.add(actual);
      this.findings.push({ kind: "replaced", expected, actual });
    }
  }
}

/** The indices of `moments`, by instant. */
function byTime(moments: readonly Moment[]): Map<number, number[]> {
  const instants = new Map<number, number[]>();
  for (const [index, { time }] of moments.entries()) {
    const instant = instants.get(time);
    if (instant === undefined) instants.set(time, [index]);
    else instant.push(index);
  }
  return instants;
}
