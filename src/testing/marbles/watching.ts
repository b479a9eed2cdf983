/**
 * Watching an Observable: what it emits between two instants goes into a recording.
 *
 * @module
 */

import { UsageError } from "../../base/errors.ts";
import { Observable, Sink, type Subscribable } from "../../base/rx.ts";
import { Operation } from "../../kernel/operation.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { ScopedSink } from "../../kernel/subscriber-waiter.ts";
import { callIn } from "../../rx/living.ts";
import { SUBSCRIBE } from "../clock.ts";
import { Emissions } from "./emissions.ts";
import { Recording } from "./recording.ts";
import type { Stage } from "./stage.ts";

/** How deep Observables are looked into that emit Observables: one may emit itself. */
const DEEPEST = 8;

/** From when to when something is watched, in virtual ms from the start. */
export interface Window {
  /** When to subscribe. */
  readonly from: number;
  /** When to unsubscribe: before anything else of that instant. `Infinity` for never. */
  readonly to: number;
}

/** `window`, if none of it is in the past. */
export function checkedWindow(now: number, { from, to }: Window): Window {
  if (from >= now && to >= now) return { from, to };
  const [action, time, mark] = from < now ? ["subscribe", from, "^"] : ["unsubscribe", to, "!"];
  throw new UsageError(
    `Cannot ${action} at t=${String(time)} ms: it is t=${String(now)} ms already; draw a later ${mark}, or none`,
  );
}

/** Records what `source` emits in `window`: from now on, at once, when that begins now. */
export function watch(stage: Stage, source: Subscribable<unknown>, recording: Recording, window: Window): Disposable {
  const now = stage.now();
  checkedWindow(now, window);
  const subscribed = new Watch(stage, source, recording);
  const begin = (): void => {
    subscribed.begin();
  };
  if (window.from === now) callIn(stage.scope, begin, undefined);
  else subscribed.plan(stage.at(window.from, SUBSCRIBE, stage.scope, begin));
  if (window.to < Infinity) {
    const end = stage.at(window.to, SUBSCRIBE, stage.scope, () => {
      subscribed[Symbol.dispose]();
    });
    subscribed.plan(end);
  }
  return subscribed;
}

/** One subscription of the test's own. */
class Watch implements Disposable {
  private readonly stage: Stage;
  private readonly source: Subscribable<unknown>;
  private readonly recording: Recording;
  private readonly depth: number;
  private readonly planned: Disposable[] = [];
  /** First the end of the chain, which must be closed at once, also while it is being subscribed; then what `subscribe` returned. */
  private readonly subscriptions: { unsubscribe(): void }[] = [];
  private over = false;

  constructor(stage: Stage, source: Subscribable<unknown>, recording: Recording, depth = 0) {
    this.depth = depth;
    this.stage = stage;
    this.source = source;
    this.recording = recording;
    stage.keep(this);
  }

  plan(timer: Disposable): void {
    if (this.over) timer[Symbol.dispose]();
    else this.planned.push(timer);
  }

  begin(): void {
    const sink = new WatchSink(this.stage.scope, this);
    this.subscriptions.push(sink);
    try {
      this.subscriptions.push(this.source.subscribe(sink));
    } catch (error) {
      this.error(error); // Not one of RxJS's: those send it along.
    }
    if (this.over) this.unsubscribe();
  }

  next(value: unknown): void {
    if (!this.over) this.recording.next(this.seen(value));
  }

  error(error: unknown): void {
    if (this.over) return;
    this.recording.error(error);
    this.end();
  }

  complete(): void {
    if (this.over) return;
    this.recording.complete();
    this.end();
  }

  [Symbol.dispose](): void {
    if (this.over) return;
    this.over = true;
    this.stage.drop(this);
    for (const timer of this.planned) timer[Symbol.dispose]();
    try {
      this.unsubscribe();
    } finally {
      this.recording.close();
    }
  }

  private unsubscribe(): void {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
  }

  private end(): void {
    try {
      this[Symbol.dispose]();
    } catch (error) {
      this.stage.clock._fail(error); // What the source does when it is let go is no business of who sent the end.
    }
  }

  /** An Observable is what it emits from now on. What is run or used up by subscribing stays what it is. */
  private seen(value: unknown): unknown {
    if (!(value instanceof Observable) || value instanceof Operation || "receive" in value) return value;
    if (this.depth === DEEPEST) return value;
    const recording = new Recording(this.stage, null, this.recording);
    new Watch(this.stage, value, recording, this.depth + 1).begin();
    return new Emissions(value, recording.moments);
  }
}

/** The end of the chain that is watched. It tells operations in the chain their scope, whoever emits the value that sets them off. */
class WatchSink extends Sink<unknown> implements ScopedSink {
  readonly origin: Scope;
  _waits = 0;
  _told = 0;
  private readonly watch: Watch;

  constructor(scope: Scope, watch: Watch) {
    super();
    this.origin = scope;
    this.watch = watch;
  }

  _waited(): void {
    // The test lets go of everything at its end.
  }

  protected override _next(value: unknown): void {
    this.watch.next(value);
  }

  protected override _error(error: unknown): void {
    this.watch.error(error);
  }

  protected override _complete(): void {
    this.watch.complete();
  }
}
