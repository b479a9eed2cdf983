/**
 * Random synchronous pipelines, described so that they can be built twice: for RxJS's TestScheduler and for `marbles()`.
 *
 * @module
 */

import {
  asapScheduler,
  asyncScheduler,
  auditTime,
  bufferCount,
  bufferTime,
  catchError,
  combineLatest,
  concat,
  concatMap,
  debounceTime,
  delay,
  distinctUntilChanged,
  exhaustMap,
  groupBy,
  interval,
  map,
  materialize,
  merge,
  mergeMap,
  type Observable,
  observeOn,
  pairwise,
  race,
  repeat,
  retry,
  sampleTime,
  scan,
  share,
  skip,
  startWith,
  subscribeOn,
  switchMap,
  take,
  takeUntil,
  throttleTime,
  timeInterval,
  timeout,
  timer,
  timestamp,
  windowTime,
  zip,
} from "rxjs";
import { randomFrom } from "../../../src/base/random.ts";

/** What a pipeline is built from. */
export interface Sources {
  cold(marbles: string): Observable<string>;
  hot(marbles: string): Observable<string>;
}

/** A pipeline, and when it is subscribed to. */
export interface Pipeline {
  readonly text: string;
  readonly subscription: string;
  /** Whether it has something in it that TestScheduler orders in a way of its own when two things happen at one instant. */
  readonly ties: boolean;
  readonly build: (sources: Sources) => Observable<unknown>;
}

interface Part {
  readonly text: string;
  readonly build: (sources: Sources) => Observable<unknown>;
}

/** Makes random choices, the same for the same seed. */
class Dice {
  private readonly random: () => number;
  private readonly spread: boolean;

  /** @param spread - Whether times are so far apart that no two things happen at one instant by chance. */
  constructor(seed: number, spread: boolean) {
    this.random = randomFrom(seed);
    this.spread = spread;
  }

  /** An integer, from `low` to `high`. */
  int(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  /** A time. 0 stays 0. */
  ms(low: number, high: number): number {
    const time = this.int(low, high);
    return this.spread && time > 0 ? time * 1_000_000 + this.int(0, 999_999) : time;
  }

  /** Dashes, or a time word. */
  gap(low: number, high: number): string {
    const time = this.ms(this.spread ? Math.max(1, low) : low, high);
    return time > 9 || this.chance(0.15) ? ` ${time}ms ` : "-".repeat(time);
  }

  chance(p: number): boolean {
    return this.random() < p;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!;
  }
}

const LETTERS = "abcdefgh";

function diagram(dice: Dice, zero: boolean): string {
  let text = "";
  let letter = 0;
  const parts = dice.int(2, 7);
  const caret = zero && dice.chance(0.3) ? dice.int(0, 2) : -1;
  for (let i = 0; i < parts && letter < LETTERS.length - 1; i++) {
    // RxJS looks for the zero point in the text: with a space before it, it is wrong.
    if (i === caret && !text.includes(" ")) text += "^";
    text += dice.gap(0, 4);
    if (dice.chance(0.2)) text += `(${LETTERS[letter++]!}${LETTERS[letter++]!})`;
    else if (dice.chance(0.8)) text += LETTERS[letter++]!;
  }
  text += dice.gap(0, 4);
  return text + dice.pick(["|", "|", "|", "|", "|", "|", "#", "#", "-", "-"]);
}

function source(dice: Dice): Part {
  const kind = dice.int(0, 9);
  if (kind < 8) {
    const hot = kind > 4;
    const marbles = diagram(dice, hot);
    return {
      text: `${hot ? "hot" : "cold"}("${marbles}")`,
      build: (sources) => (hot ? sources.hot(marbles) : sources.cold(marbles)),
    };
  }
  const [period, count, due] = [dice.ms(1, 5), dice.int(1, 5), dice.ms(0, 5)];
  if (kind === 8)
    return { text: `interval(${period}).pipe(take(${count}))`, build: () => interval(period).pipe(take(count)) };
  return { text: `timer(${due}, ${period}).pipe(take(3))`, build: () => timer(due, period).pipe(take(3)) };
}

type Source$ = Observable<unknown>;
type Operator = (dice: Dice, from: Part) => Part;

/** An operator that takes nothing. */
function plain(apply: (source$: Source$) => Source$): Operator {
  return (_dice, from) => ({ text: from.text, build: (sources) => apply(from.build(sources)) });
}

/** An operator that takes a number. */
function counted(low: number, high: number, apply: (n: number) => (source$: Source$) => Source$): Operator {
  return (dice, from) => numbered(dice.int(low, high), apply, from);
}

/** An operator that takes a time. */
function timed(low: number, high: number, apply: (ms: number) => (source$: Source$) => Source$): Operator {
  return (dice, from) => numbered(dice.ms(low, high), apply, from);
}

function numbered(n: number, apply: (n: number) => (source$: Source$) => Source$, from: Part): Part {
  return { text: `${from.text} ${n}`, build: (sources) => apply(n)(from.build(sources)) };
}

/** An operator that takes another observable for each value. */
function flat(apply: (inner: () => Source$) => (source$: Source$) => Source$): Operator {
  return (dice, from) => {
    const inner = source(dice);
    return {
      text: `${from.text} ${inner.text}`,
      build: (sources) => {
        const inner$ = inner.build(sources);
        return apply(() => inner$)(from.build(sources));
      },
    };
  };
}

const operators: Record<string, Operator> = {
  map: plain(map((x) => [x])),
  take: counted(1, 4, (n) => take(n)),
  skip: counted(1, 3, (n) => skip(n)),
  scan: plain(scan((all: unknown[], x) => [...all, x].slice(-3), [])),
  distinctUntilChanged: plain(distinctUntilChanged()),
  startWith: plain(startWith("z")),
  pairwise: plain(pairwise()),
  materialize: plain((source$) =>
    source$.pipe(
      materialize(),
      map(({ kind, value, error }) => ({ kind, value, error: error as unknown })),
    ),
  ),
  delay: timed(0, 6, (ms) => delay(ms)),
  debounceTime: timed(0, 5, (ms) => debounceTime(ms)),
  throttleTime: timed(1, 5, (ms) => throttleTime(ms)),
  "throttleTime, trailing": timed(1, 5, (ms) => throttleTime(ms, asyncScheduler, { leading: false, trailing: true })),
  "throttleTime, both": timed(1, 5, (ms) => throttleTime(ms, asyncScheduler, { leading: true, trailing: true })),
  auditTime: timed(1, 5, (ms) => auditTime(ms)),
  sampleTime: timed(1, 5, (ms) => sampleTime(ms)),
  bufferTime: timed(1, 7, (ms) => bufferTime(ms)),
  bufferCount: counted(1, 3, (n) => bufferCount(n)),
  timeout: timed(
    3,
    9,
    (ms) => (source$) =>
      source$.pipe(
        timeout({ each: ms }),
        catchError((error: Error) => [error.name]),
      ),
  ),
  retry: plain(retry(1)),
  repeat: counted(1, 3, (n) => (source$) => source$.pipe(repeat(n), take(20))),
  "repeat, delayed": timed(0, 3, (ms) => repeat({ count: 2, delay: ms })),
  "observeOn(asap)": plain(observeOn(asapScheduler)),
  "observeOn(async)": timed(0, 2, (ms) => observeOn(asyncScheduler, ms)),
  "subscribeOn(async)": timed(0, 2, (ms) => subscribeOn(asyncScheduler, ms)),
  takeUntil: timed(1, 12, (ms) => takeUntil(timer(ms))),
  timestamp: plain((source$) =>
    source$.pipe(
      timestamp(),
      map((stamped) => [stamped.value, stamped.timestamp]),
    ),
  ),
  timeInterval: plain((source$) =>
    source$.pipe(
      timeInterval(),
      map((timed) => [timed.value, timed.interval]),
    ),
  ),
  "share, twice": plain((source$) => {
    const shared$ = source$.pipe(share());
    return merge(shared$, shared$);
  }),
  switchMap: flat((inner) => switchMap(inner)),
  mergeMap: flat((inner) => mergeMap(inner)),
  concatMap: flat((inner) => concatMap(inner)),
  exhaustMap: flat((inner) => exhaustMap(inner)),
};

/** Operators that emit Observables: they come last, since what TestScheduler makes of two of them in one another says nothing. */
const higher: Record<string, Operator> = {
  windowTime: timed(2, 7, (ms) => windowTime(ms)),
  // As long as somebody listens to a group, the source goes on; an interval would do so for ever.
  groupBy: timed(
    40,
    50,
    (ms) => (source$) =>
      source$.pipe(
        takeUntil(timer(ms)),
        groupBy((x) => JSON.stringify(x) < '"c"'),
      ),
  ),
};

const combinators: Record<string, (parts: Source$[]) => Source$> = {
  merge: (parts) => merge(...parts),
  concat: (parts) => concat(...parts),
  zip: (parts) => zip(parts),
  race: (parts) => race(parts),
  combineLatest: (parts) => combineLatest(parts),
};

function apply(dice: Dice, from: Part, table: Record<string, Operator>): Part {
  const name = dice.pick(Object.keys(table));
  const made = table[name]!(dice, from);
  return { ...made, text: `${from.text}.${name}(${made.text.slice(from.text.length).trim()})` };
}

function part(dice: Dice, depth: number): Part {
  let made = source(dice);
  if (depth > 0 && dice.chance(0.35)) {
    const name = dice.pick(Object.keys(combinators));
    const parts = [part(dice, depth - 1), part(dice, depth - 1)];
    made = {
      text: `${name}(${parts.map(({ text }) => text).join(", ")})`,
      build: (sources) => combinators[name]!(parts.map((each) => each.build(sources))),
    };
  }
  for (let i = dice.int(0, 3); i > 0; i--) made = apply(dice, made, operators);
  return made;
}

/** How many operators and combinators there are to choose from. */
export const KINDS: number = [operators, higher, combinators].flatMap((table) => Object.keys(table)).length;

/**
 * The pipeline of a seed.
 *
 * @param spread - Whether times are so far apart that no two things happen at one instant by chance.
 */
export function pipelineOf(seed: number, spread = false): Pipeline {
  const dice = new Dice(seed, spread);
  let made = part(dice, 2);
  if (dice.chance(0.1)) made = apply(dice, made, higher);
  const from = dice.chance(0.6) ? "" : dice.gap(1, 6);
  // Without an end an interval would keep TestScheduler busy for ever.
  const subscription = `${from}^${dice.gap(0, 60)}!`;
  const { text, build } = made;
  // asap runs in a reaction of a promise, and not behind the timers that are due already; intervals take each other's places.
  const ties = /asap|interval\(|timer\(\d+, |sampleTime|bufferTime|windowTime/.test(text);
  return { text, subscription, ties, build };
}
