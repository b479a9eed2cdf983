/**
 * What is expected of an Observable.
 *
 * @module
 */

import type { Subscribable } from "../../base/rx.ts";
import { shown } from "../../kernel/checks.ts";
import { parseSubscription } from "../notation/parse-subscription.ts";
import { Expectation, type ExpectationOptions } from "./expectation.ts";
import { checkedWindow, watch, type Window } from "./watching.ts";
import type { TestStage } from "./watched.ts";

/** Options of `expectObservable`. */
export interface ObservableExpectationOptions extends ExpectationOptions {
  /** When to subscribe (`^`) and to unsubscribe (`!`), on a line of time that begins with the test. */
  readonly subscription?: string | undefined;
}

/** Subscribes by itself, and records what is emitted. */
export class WatchedObservable extends Expectation {
  private readonly subscribed: Window;
  private readonly watching: Disposable;

  constructor(stage: TestStage, source: Subscribable<unknown>, options: ObservableExpectationOptions = {}) {
    checkedSource("expect anything of", source);
    const window = checkedWindow(stage.now(), windowOf(stage, options.subscription));
    super(stage, "observable", options.name);
    this.subscribed = window;
    this.watching = watch(stage, source, this.recording, window);
  }

  override toEqual(other: Subscribable<unknown>): void {
    super.toEqual(checkedSource("compare with", other));
  }

  protected override window(): Window {
    return this.subscribed;
  }

  protected override stop(): void {
    this.watching[Symbol.dispose]();
  }
}

/** From when to when; without a `^`, from now on. */
function windowOf(stage: TestStage, marbles: string | undefined): Window {
  const { moments } = marbles === undefined ? { moments: [] } : parseSubscription(marbles);
  return {
    from: moments.find(({ kind }) => kind === "subscribe")?.time ?? stage.now(),
    to: moments.find(({ kind }) => kind === "unsubscribe")?.time ?? Infinity,
  };
}

/** `source`, if it can be subscribed to. */
export function checkedSource<S>(action: string, source: S): S {
  if (typeof (source as { subscribe?: unknown } | null | undefined)?.subscribe !== "function") {
    throw new TypeError(
      `Cannot ${action} ${shown(source)}: it is no Observable; pass one, or use another expectation for what else there is`,
    );
  }
  return source;
}
