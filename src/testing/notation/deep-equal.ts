/**
 * Deep equality: whether two values look the same to who uses them, and where they do not.
 *
 * Equal are: the same value (`NaN` equals itself, `-0` is not `0`); objects of the same class with equal properties, symbols included, and equal hidden
 * state (dates, expressions, bytes, the message and cause of errors); arrays with equal elements, a hole being no `undefined`; maps and sets
 * whatever their order. A property that is `undefined` is not a missing one. Functions, promises and what shows nothing equal only themselves.
 *
 * @module
 */

import { hiddenState, isMap, isOwn, isSet, ownKeys } from "./hidden-state.ts";
import { isMatcher, type MatcherUtilities } from "./matcher.ts";
import { sameClass } from "./same-class.ts";
import { shownValue } from "./shown-value.ts";
import { type Path, writtenPath } from "./value-path.ts";

/** One difference inside two values. */
export interface ValueDifference {
  /** Where, such as `.tags[1]`; empty when the values differ as a whole. */
  readonly path: string;
  /** Such as `expected "ann", got "bob"`. */
  readonly text: string;
}

/**
 * Whether `actual` is what was `expected`. An asymmetric matcher of jasmine, Jest or Vitest in `expected` decides itself.
 *
 * @example
 * deepEqual({ id: 1, tags: new Set(["x", "y"]) }, { id: 1, tags: new Set(["y", "x"]) }); // => true
 * deepEqual({ id: 1 }, { id: 1, name: undefined }); // => false
 */
export function deepEqual(expected: unknown, actual: unknown): boolean {
  if (Object.is(expected, actual)) return true;
  if (!isObject(expected)) return false;
  return new Comparison(1).run(expected, actual).length === 0;
}

/**
 * Where `actual` is not what was `expected`, in the order of the properties.
 *
 * @param most - How many differences to look for. Default 8.
 * @example
 * valueDifferences({ tags: ["x"] }, { tags: ["x", "y"] }); // => [{ path: ".tags[1]", text: 'unexpected "y"' }]
 */
export function valueDifferences(expected: unknown, actual: unknown, most: number = 8): readonly ValueDifference[] {
  return new Comparison(most)
    .run(expected, actual)
    .map(({ path, text }) => ({ path: writtenPath(path), text: text() }));
}

interface Difference {
  readonly path: Path | null;
  /** Made when it is asked for: most comparisons only ask whether there is any. */
  readonly text: () => string;
}

interface Pair {
  readonly expected: unknown;
  readonly actual: unknown;
  readonly path: Path | null;
}

/** What is left to do: a pair to look at, or a difference to report when its turn comes. */
type Todo = Pair | Difference;

const UTILITIES: MatcherUtilities = {
  equals: (a, b) => deepEqual(a, b),
  contains: (haystack, needle) =>
    typeof haystack === "string"
      ? haystack.includes(String(needle))
      : Array.from(haystack as Iterable<unknown>).some((item) => deepEqual(needle, item)),
  pp: (value) => shownValue(value),
};

/** One comparison. It keeps a list of pairs to look at, so that no depth overflows the stack. */
class Comparison {
  private readonly most: number;
  private readonly outer: Comparison | null;
  private readonly found: Difference[] = [];
  private readonly todo: Todo[] = [];
  /** The pairs that were begun. They count as equal when they are met again: if they are not, that is found elsewhere. */
  private readonly begun = new Map<object, Set<object>>();

  constructor(most: number, outer: Comparison | null = null) {
    this.most = most;
    this.outer = outer;
  }

  run(expected: unknown, actual: unknown, path: Path | null = null): readonly Difference[] {
    this.todo.push({ expected, actual, path });
    for (let next = this.todo.pop(); next !== undefined && this.found.length < this.most; next = this.todo.pop()) {
      const pair = next;
      try {
        if ("text" in pair) this.found.push(pair);
        else this.compare(pair);
      } catch (error) {
        // A revoked proxy, a matcher that throws: it cannot be told to be equal.
        this.differ(pair.path, () => `cannot be compared: ${shownValue(error)}`);
      }
    }
    return this.found.slice(0, this.most);
  }

  private differ(path: Path | null, text: () => string): void {
    this.found.push({ path, text });
  }

  private differAsWhole({ expected, actual, path }: Pair): void {
    this.differ(path, () => {
      const [wanted, got] = [shownValue(expected), shownValue(actual)];
      return wanted === got ? `expected another ${wanted}` : `expected ${wanted}, got ${got}`;
    });
  }

  private compare(pair: Pair): void {
    const { expected, actual, path } = pair;
    if (isMatcher(expected)) {
      if (expected !== actual && !expected.asymmetricMatch(actual, UTILITIES)) this.differAsWhole(pair);
      return;
    }
    if (Object.is(expected, actual)) return;
    if (!isObject(expected) || !isObject(actual) || !sameClass(expected, actual)) {
      this.differAsWhole(pair);
      return;
    }
    if (this.isBegun(expected, actual)) return;
    this.begin(expected, actual);
    // Collected first, and then put on the list backwards: what comes first in the values is reported first.
    const inside: Todo[] = [];
    if (!isPlain(expected) && !this.compareInside(pair, expected, actual, inside)) return;
    if (!ArrayBuffer.isView(expected)) this.compareProperties(expected, actual, path, inside);
    for (let i = inside.length - 1; i >= 0; i--) this.todo.push(inside[i]!);
  }

  /** Compares what is no property. Whether the properties are worth a look after that. */
  private compareInside(pair: Pair, expected: object, actual: object, inside: Todo[]): boolean {
    const { path } = pair;
    if (isMap(expected)) {
      this.compareMaps(expected, actual as Map<unknown, unknown>, path, inside);
      return true;
    }
    if (isSet(expected)) {
      this.compareSets(expected, actual as Set<unknown>, path);
      return true;
    }
    const wanted = hiddenState(expected);
    const got = hiddenState(actual);
    const same =
      wanted.kind === got.kind &&
      wanted.kind !== "opaque" &&
      (wanted.kind !== "primitive" || Object.is(wanted.value, (got as typeof wanted).value));
    if (!same) {
      // An instance with properties beside one without: the properties tell more.
      if (wanted.kind === "none" || got.kind === "none") return true;
      this.differAsWhole(pair);
      return false;
    }
    if (wanted.kind === "numbers") this.compareNumbers(wanted.values, (got as typeof wanted).values, path);
    if (wanted.kind === "parts") this.compareParts(wanted.values, (got as typeof wanted).values, path, inside);
    return true;
  }

  private compareNumbers(expected: ArrayLike<unknown>, actual: ArrayLike<unknown>, path: Path | null): void {
    for (let i = 0; i < Math.max(expected.length, actual.length) && this.found.length < this.most; i++) {
      const at: Path = { key: i, above: path };
      if (i >= actual.length) this.differ(at, () => `missing ${shownValue(expected[i])}`);
      else if (i >= expected.length) this.differ(at, () => `unexpected ${shownValue(actual[i])}`);
      else if (!Object.is(expected[i], actual[i])) {
        this.differAsWhole({ expected: expected[i], actual: actual[i], path: at });
      }
    }
  }

  private compareParts(
    expected: Readonly<Record<string, unknown>>,
    actual: Readonly<Record<string, unknown>>,
    path: Path | null,
    inside: Todo[],
  ): void {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      if (key === "cause" && !(key in expected)) continue; // Who expects an error without one does not say why it failed.
      const at: Path = { key: { call: `.${key}` }, above: path };
      this.compareEntry(
        key in expected,
        key in actual,
        { expected: expected[key], actual: actual[key], path: at },
        inside,
      );
    }
  }

  private compareProperties(expected: object, actual: object, path: Path | null, inside: Todo[]): void {
    for (const key of ownKeys(expected)) {
      const at: Path = { key, above: path };
      const mine = read(expected, key);
      if (!isOwn(actual, key)) {
        inside.push({ path: at, text: () => `missing ${toldOutcome(mine)}` });
        continue;
      }
      const theirs = read(actual, key);
      if (mine.threw === theirs.threw) inside.push({ expected: mine.value, actual: theirs.value, path: at });
      else inside.push({ path: at, text: () => `expected ${toldOutcome(mine)}, got ${toldOutcome(theirs)}` });
    }
    for (const key of ownKeys(actual)) {
      if (isOwn(expected, key)) continue;
      inside.push({ path: { key, above: path }, text: () => `unexpected ${toldOutcome(read(actual, key))}` });
    }
    if (Array.isArray(expected) && Array.isArray(actual) && expected.length !== actual.length) {
      const at: Path = { key: "length", above: path };
      const elements = (value: readonly unknown[]): boolean => value.length > 0 && value.length - 1 in value;
      // A longer array differs in its elements already, unless its end is a hole.
      if (!elements(expected.length > actual.length ? expected : actual)) {
        inside.push({ expected: expected.length, actual: actual.length, path: at });
      }
    }
  }

  private compareEntry(inExpected: boolean, inActual: boolean, pair: Pair, inside: Todo[]): void {
    const { expected, actual, path } = pair;
    if (inExpected && inActual) inside.push(pair);
    else if (inExpected) inside.push({ path, text: () => `missing ${shownValue(expected)}` });
    else inside.push({ path, text: () => `unexpected ${shownValue(actual)}` });
  }

  private compareMaps(
    expected: ReadonlyMap<unknown, unknown>,
    actual: ReadonlyMap<unknown, unknown>,
    path: Path | null,
    inside: Todo[],
  ): void {
    const at = (key: unknown): Path => ({ key: { call: `.get(${shownValue(key, 40)})` }, above: path });
    const left = new Map(actual);
    const unmatched: [unknown, unknown][] = [];
    for (const [key, value] of expected) {
      if (!left.has(key)) unmatched.push([key, value]);
      else {
        inside.push({ expected: value, actual: left.get(key), path: at(key) });
        left.delete(key);
      }
    }
    for (const [key, value] of unmatched) {
      const candidates = isObject(key) ? [...left].filter(([other]) => this.wouldEqual(key, other)) : [];
      const match = candidates.find(([, other]) => this.wouldEqual(value, other)) ?? candidates[0];
      if (match === undefined)
        this.compareEntry(true, false, { expected: value, actual: undefined, path: at(key) }, inside);
      else {
        inside.push({ expected: value, actual: match[1], path: at(key) });
        left.delete(match[0]);
      }
    }
    for (const [key, value] of left) {
      this.compareEntry(false, true, { expected: undefined, actual: value, path: at(key) }, inside);
    }
  }

  private compareSets(expected: ReadonlySet<unknown>, actual: ReadonlySet<unknown>, path: Path | null): void {
    const left = new Set(actual);
    const unmatched: unknown[] = [];
    for (const item of expected) if (!left.delete(item)) unmatched.push(item);
    for (const item of unmatched) {
      const match = isObject(item) ? [...left].find((other) => this.wouldEqual(item, other)) : undefined;
      if (match === undefined) this.differ(path, () => `missing ${shownValue(item)}`);
      else left.delete(match);
    }
    for (const item of left) this.differ(path, () => `unexpected ${shownValue(item)}`);
  }

  /** Whether two values are equal, if the pairs that were begun are. */
  private wouldEqual(expected: unknown, actual: unknown): boolean {
    return new Comparison(1, this).run(expected, actual).length === 0;
  }

  private begin(expected: object, actual: object): void {
    const others = this.begun.get(expected);
    if (others === undefined) this.begun.set(expected, new Set([actual]));
    else others.add(actual);
  }

  private isBegun(expected: object, actual: object): boolean {
    return this.begun.get(expected)?.has(actual) === true || this.outer?.isBegun(expected, actual) === true;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether properties are all there is to it. */
function isPlain(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** What reading a property came to. */
interface Outcome {
  readonly threw: boolean;
  /** What it gave, or threw. */
  readonly value: unknown;
}

function read(value: object, key: PropertyKey): Outcome {
  try {
    return { threw: false, value: (value as Record<PropertyKey, unknown>)[key] };
  } catch (error) {
    return { threw: true, value: error };
  }
}

function toldOutcome({ threw, value }: Outcome): string {
  return threw ? `a getter that throws ${shownValue(value)}` : shownValue(value);
}
