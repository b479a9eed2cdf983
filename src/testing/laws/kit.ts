/**
 * The kit: what a law is given to write its log with.
 *
 * @module
 */

import { isCancelled, isTaskGroupError, UsageError } from "../../base/errors.ts";
import { currentScope } from "../../kernel/current.ts";
import type { Operation } from "../../kernel/operation.ts";
import type { Backend } from "../../port/backend.ts";
import { sleep, sleepUntil } from "../../time/sleep.ts";
import type { Entry } from "./log.ts";
import type { Steps } from "./steps.ts";
import type { Style, Styled } from "./styles.ts";

/** What one check of a law writes with. Times are those of the law, in ms from its start; a slow check stretches them. */
export class Kit {
  /** What was written so far. */
  readonly entries: Entry[] = [];
  private readonly style: Style;
  private readonly scale: number;
  private start = 0;
  private engine: Backend | null = null;

  /** @param scale - How many ms of the engine's clock make one of the law. */
  constructor(style: Style, scale: number) {
    this.style = style;
    this.scale = scale;
  }

  /** The law begins: time counts from here. */
  begin(): void {
    this.engine = currentScope()._engine.backend;
    this.start = this.engine.now();
  }

  /** The engine itself: for laws of the port. */
  get backend(): Backend {
    if (this.engine === null) throw new UsageError("Cannot ask for the engine: the law has not begun; ask in its body");
    return this.engine;
  }

  /** Writes an entry. May be called from anywhere. */
  log(text: string): void {
    this.entries.push({ text, time: ((this.engine?.now() ?? 0) - this.start) / this.scale });
  }

  /** A body of the style that is checked. */
  body<A extends unknown[], R>(steps: (...args: A) => Steps<R>): (...args: A) => Styled<R> {
    return this.style.body(steps);
  }

  /** `time` of the law as a delay on the engine's clock. */
  ms(time: number): number {
    return time * this.scale;
  }

  /** `time` of the law as a reading of the engine's clock. */
  at(time: number): number {
    return this.start + time * this.scale;
  }

  /** Sleeps for `time`. */
  sleep(time: number): Operation<void> {
    return sleep(this.ms(time));
  }

  /** Sleeps until `time`. Moments that are counted from the start do not drift apart on a slow machine. */
  until(time: number): Operation<void> {
    return sleepUntil(this.at(time));
  }

  /** Waits for `operation` and writes how that ended: `label=value` or `label!error`. Lets a cancellation pass. */
  *attempt(label: string, operation: Operation<unknown>): Steps<unknown> {
    let value: unknown;
    try {
      value = yield operation;
    } catch (error) {
      this.log(`${label}!${this.shown(error)}`);
      if (isCancelled(error)) throw error;
      return undefined;
    }
    this.log(value === undefined ? label : `${label}=${value as string}`);
    return value;
  }

  /** {@link Kit.attempt} for calls that do not wait. */
  call(label: string, action: () => unknown): void {
    let value: unknown;
    try {
      value = action();
    } catch (error) {
      this.log(`${label}!${this.shown(error)}`);
      return;
    }
    this.log(value === undefined ? label : `${label}=${value as string}`);
  }

  /** An error in a word: its class; its message for a plain `Error`; the errors of a group in brackets. */
  shown(error: unknown): string {
    if (isTaskGroupError(error)) return `[${error.errors.map((inner) => this.shown(inner)).join(" ")}]`;
    if (!(error instanceof Error)) return String(error);
    return error.name === "Error" ? error.message : error.name;
  }
}
