/**
 * What the body of a marble test is given.
 *
 * @module
 */

import type { SchedulerLike, Subscribable } from "../../base/rx.ts";
import { Operation } from "../../kernel/operation.ts";
import type { HostAbortSignal } from "../../port/host.ts";
import { schedulerOf } from "../../rx/scheduler-of.ts";
import { sleep, sleepUntil } from "../../time/sleep.ts";
import { MarbleSyntaxError } from "../notation/marble-syntax-error.ts";
import type { Diagram } from "../notation/moment.ts";
import { parseMarbles } from "../notation/parse-marbles.ts";
import { parseTime } from "../notation/parse-time.ts";
import { ColdObservable } from "./cold-observable.ts";
import { type ObservableExpectationOptions, WatchedObservable } from "./expect-observable.ts";
import { type ScopeExpectation, type ScopeLike, WatchedScope } from "./expect-scope.ts";
import { WatchedOperation, WatchedPromise } from "./expect-settled.ts";
import { type SignalExpectation, WatchedSignal } from "./expect-signal.ts";
import { type StreamExpectationOptions, WatchedStream } from "./expect-stream.ts";
import { type SubscriptionsExpectation, WatchedSubscriptions } from "./expect-subscriptions.ts";
import type { ComparableExpectation, ExpectationOptions } from "./expectation.ts";
import { HotObservable } from "./hot-observable.ts";
import type { StreamLike } from "./items.ts";
import { type Probe, probeOn } from "./probe.ts";
import type { SubscriptionLog } from "./subscription-log.ts";
import type { TestStage } from "./watched.ts";

/** What the letters of a diagram stand for. */
export type MarbleValues<T> = Readonly<Record<string, T>>;

/**
 * What the body of {@link marbles} is given. Everything can be destructured: `async ({ cold, expectObservable }) => …`.
 *
 * Times count from the start of the test, in virtual ms; so does every diagram, whenever it is written down.
 */
export interface MarbleTest {
  /** An Observable that plays `marbles` to each subscriber, from the moment of subscription. */
  readonly cold: <T = string>(marbles: string, values?: MarbleValues<T> | null, error?: unknown) => ColdObservable<T>;
  /**
   * An Observable that plays `marbles` once, whether somebody listens or not: from the start of the test on, which is at the `^` if there is one. At each instant it comes
   * before all timers.
   */
  readonly hot: <T = string>(marbles: string, values?: MarbleValues<T> | null, error?: unknown) => HotObservable<T>;
  /** How long a diagram takes, up to its `|`, in ms. */
  readonly time: (marbles: string) => number;
  /** The time, in ms. */
  readonly now: () => number;
  /** {@link sleep}: waits for `ms`, in virtual time. */
  readonly sleep: (ms: number) => Operation<void>;
  /** Waits until the time is `time`, in ms. */
  readonly until: (time: number) => Operation<void>;
  /** Waits for real work, while the clock stands still. See {@link VirtualTime.real}. */
  readonly real: <T>(work: () => T | PromiseLike<T>) => Operation<T>;
  /** Has the clock stand still until the result is disposed. See {@link VirtualTime.hold}. */
  readonly hold: (what: string) => Disposable;
  /** A scheduler on the virtual clock, for operators of RxJS. Needed only where the globals are not captured. */
  readonly scheduler: SchedulerLike;
  /** Aborted when the test ends: for what is to end with it. */
  readonly signal: HostAbortSignal;
  /**
   * Subscribes to `source`, and expects what it emits. An Observable that is emitted as a value is compared by what it emits, from then on.
   *
   * @param subscription - When to subscribe (`^`) and to unsubscribe (`!`). Both come before all else of their instant. Default: now, at once.
   */
  readonly expectObservable: (
    source: Subscribable<unknown>,
    subscription?: string | null | ObservableExpectationOptions,
    options?: ObservableExpectationOptions,
  ) => ComparableExpectation;
  /**
   * Reads `stream` to its end, one item at a time, and expects what comes. The end is `|`, an error `#`.
   *
   * @param stream - A receive stream, anything with `receive()`, an async iterable, a `ReadableStream`.
   * @param options - With `pull`, a receive may begin at each `x` only: what is not wanted yet stays where it is, and who sends it feels that.
   */
  readonly expectStream: (stream: StreamLike, options?: StreamExpectationOptions) => ComparableExpectation;
  /** Expects a promise to settle, or an operation, which is run as by `expectOperation`: `--a`, or `--(a|)`, which is the same; `--#` when it rejects; `--|` when there is no value. */
  readonly expectPromise: (promise: PromiseLike<unknown>, options?: ExpectationOptions) => ComparableExpectation;
  /** Runs `operation`, once, in a task of its own, and expects it to settle as a promise does. */
  readonly expectOperation: (operation: Operation<unknown>, options?: ExpectationOptions) => ComparableExpectation;
  /** Expects an abort: `--!`. */
  readonly expectSignal: (signal: HostAbortSignal, options?: ExpectationOptions) => SignalExpectation;
  /** Expects a scope to be cancelled (`!`) and left (`|`): `--!--|`. It need not have been entered yet. */
  readonly expectScope: (scope: ScopeLike, options?: ExpectationOptions) => ScopeExpectation;
  /** Expects somebody to subscribe and unsubscribe: `expectSubscriptions(source$.subscriptions).toBe("^--!")`. */
  readonly expectSubscriptions: (
    log: readonly SubscriptionLog[],
    options?: ExpectationOptions,
  ) => SubscriptionsExpectation;
  /** A function that notes a value at the instant at which it is called: `const sent = probe("sent"); sent(1); sent.toBe("--a", { a: 1 })`. */
  readonly probe: <T = unknown>(name?: string) => Probe<T>;
}

/** What is given to the body of the test on `stage`. */
export function marbleTestOn(stage: TestStage): MarbleTest {
  const { clock } = stage;
  return {
    cold<T>(marbles: string, values?: MarbleValues<T> | null, error?: unknown) {
      const cold = new ColdObservable<T>(stage, coldDiagram(marbles, values ?? undefined, error));
      stage.nameLog(cold.subscriptions, "cold");
      return cold;
    },
    hot<T>(marbles: string, values?: MarbleValues<T> | null, error?: unknown) {
      const hot = new HotObservable<T>(stage, parseMarbles(marbles, values ?? undefined, error));
      stage.nameLog(hot.subscriptions, "hot");
      return hot;
    },
    time: parseTime,
    now: stage.now,
    sleep,
    until: sleepUntil,
    real: (work) => clock.real(work),
    hold: (what) => clock.hold(what),
    get scheduler() {
      return schedulerOf(clock.backend);
    },
    get signal() {
      return stage.scope.signal;
    },
    expectObservable(source, subscription, options) {
      const window = typeof subscription === "string" ? { subscription } : subscription;
      return new WatchedObservable(stage, source, { ...window, ...options });
    },
    expectStream: (stream, options) => new WatchedStream(stage, stream, options),
    // An operation runs nothing before somebody waits for it.
    expectPromise: (promise, options) =>
      promise instanceof Operation
        ? new WatchedOperation(stage, promise as Operation<unknown>, options)
        : new WatchedPromise(stage, promise, options),
    expectOperation: (operation, options) => new WatchedOperation(stage, operation, options),
    expectSignal: (signal, options) => new WatchedSignal(stage, signal, options),
    expectScope: (scope, options) => new WatchedScope(stage, scope, options),
    expectSubscriptions: (log, options) => new WatchedSubscriptions(stage, log, options),
    probe: (name) => probeOn(stage, name),
  };
}

/** A diagram that begins whenever somebody subscribes. */
function coldDiagram(marbles: string, values: MarbleValues<unknown> | undefined, error: unknown): Diagram {
  const diagram = parseMarbles(marbles, values, error);
  const zero = Array.from(marbles).indexOf("^");
  if (zero < 0) return diagram;
  throw new MarbleSyntaxError(
    marbles,
    zero,
    "a cold observable has no zero point: it begins when somebody subscribes",
    'leave "^" out, or use hot()',
  );
}
