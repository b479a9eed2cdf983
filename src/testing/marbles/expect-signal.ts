/**
 * What is expected of an AbortSignal: when it is aborted.
 *
 * @module
 */

import { checkedSignal } from "../../kernel/checks.ts";
import type { HostAbortSignal } from "../../port/host.ts";
import type { Diagram } from "../notation/moment.ts";
import { parseSubscription } from "../notation/parse-subscription.ts";
import { Expectation, type ExpectationOptions } from "./expectation.ts";
import type { TestStage } from "./watched.ts";

/** What is expected of a signal. */
export interface SignalExpectation {
  /**
   * Says when it is aborted: `---!`; or that it is not: `---`.
   *
   * @throws {MarbleSyntaxError} When it is no diagram.
   */
  toBe(marbles: string): void;
}

/** Listens to a signal. */
export class WatchedSignal extends Expectation implements Disposable, SignalExpectation {
  private readonly signal: HostAbortSignal;
  private readonly listener = (): void => {
    this.recording.unsubscribe();
    this[Symbol.dispose]();
  };

  constructor(stage: TestStage, signal: HostAbortSignal, options: ExpectationOptions = {}) {
    checkedSignal("expect an abort", signal);
    super(stage, "signal", options.name);
    this.signal = signal;
    stage.keep(this);
    if (signal.aborted) this.listener();
    else signal.addEventListener("abort", this.listener);
  }

  [Symbol.dispose](): void {
    this.stage.drop(this);
    this.signal.removeEventListener("abort", this.listener);
    this.recording.close();
  }

  protected override parse(marbles: string): Diagram {
    return parseSubscription(marbles);
  }

  protected override stop(): void {
    this[Symbol.dispose]();
  }
}
