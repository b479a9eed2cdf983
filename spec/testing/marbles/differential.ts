/**
 * A pipeline, run by RxJS's TestScheduler and by `marbles()`.
 *
 * @module
 */

import { isMarbleError, marbles, type MarbleTest } from "anyrx/testing";
import type { Observable } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { draw } from "../../../src/testing/notation/draw.ts";
import { Letters } from "../../../src/testing/notation/letters.ts";
import type { Moment } from "../../../src/testing/notation/moment.ts";
import type { Pipeline } from "./pipelines.ts";

/** What came of it: the same; TestScheduler failed by its own; or something else, told in the text. */
export type Outcome = "same" | "theirs" | { readonly text: string };

interface Message {
  readonly frame: number;
  readonly notification: { readonly kind: "N" | "E" | "C"; readonly value?: unknown; readonly error?: unknown };
}

interface Log {
  readonly subscribedFrame: number;
  readonly unsubscribedFrame: number;
}

interface Seen {
  readonly messages: readonly Message[];
  readonly logs: readonly (readonly Log[])[];
}

/** What TestScheduler sees; `null` when it fails by a defect of its own: it looks for a timer that has been cleared. */
function seenByTestScheduler({ build, subscription }: Pipeline): Seen | null {
  let messages: readonly Message[] = [];
  const logs: (readonly Log[])[] = [];
  const logged = <T extends { readonly subscriptions: readonly Log[] }>(source: T): T => {
    logs.push(source.subscriptions);
    return source;
  };
  const scheduler = new TestScheduler((actual) => {
    messages = actual as Message[];
  });
  try {
    scheduler.run(({ cold, hot, expectObservable }) => {
      const source$ = build({ cold: (text) => logged(cold(text)), hot: (text) => logged(hot(text)) });
      expectObservable(source$, subscription).toBe("-");
    });
  } catch (error) {
    if ((error as Error).message === "Expected a due immediate or interval") return null;
    throw error;
  }
  return { messages, logs };
}

function isMessages(value: unknown): value is readonly Message[] {
  return (
    Array.isArray(value) && value.every((each) => typeof each === "object" && each !== null && "notification" in each)
  );
}

function momentsOf(messages: readonly Message[], t: MarbleTest, inner: boolean): Moment[] {
  return messages.map(({ frame: time, notification: { kind, value, error } }): Moment => {
    if (kind === "C") return { time, kind: "complete" };
    if (kind === "E") return { time, kind: "error", error };
    // An inner observable is the list of what it emits; the empty list may be either.
    if (!inner || !isMessages(value)) return { time, kind: "next", value };
    const letters = new Letters({});
    const marbles = draw(momentsOf(value, t, false), letters);
    return { time, kind: "next", value: t.cold(marbles, letters.record(), errorOf(value)) };
  });
}

function errorOf(messages: readonly Message[]): unknown {
  return messages.find(({ notification }) => notification.kind === "E")?.notification.error;
}

function subscriptionOf({ subscribedFrame, unsubscribedFrame }: Log): string {
  const moments: Moment[] = [{ time: subscribedFrame, kind: "subscribe" }];
  if (unsubscribedFrame < Infinity) moments.push({ time: unsubscribedFrame, kind: "unsubscribe" });
  return draw(moments);
}

/** Runs `pipeline` both ways. What TestScheduler saw is drawn, and expected. */
export async function compare(pipeline: Pipeline): Promise<Outcome> {
  const theirs = seenByTestScheduler(pipeline);
  if (theirs === null) return "theirs";
  const higher = /windowTime|groupBy/.test(pipeline.text);
  try {
    await marbles((t) => {
      const logs: (readonly Log[])[] = [];
      const logged = <T extends Observable<string> & { readonly subscriptions: readonly Log[] }>(source: T): T => {
        logs.push(source.subscriptions);
        return source;
      };
      const source$ = pipeline.build({ cold: (text) => logged(t.cold(text)), hot: (text) => logged(t.hot(text)) });
      const seen = t.expectObservable(source$, pipeline.subscription);
      const letters = new Letters({});
      const drawn = draw(momentsOf(theirs.messages, t, higher), letters);
      seen.toBe(drawn, letters.record(), errorOf(theirs.messages));
      for (const [i, log] of logs.entries())
        t.expectSubscriptions(log).toBe((theirs.logs[i] ?? []).map(subscriptionOf));
    });
    return "same";
  } catch (error) {
    const how = isMarbleError(error) ? error.message : String((error as Error).stack);
    return { text: `${pipeline.text}\n  subscription "${pipeline.subscription}"\n${how}` };
  }
}
