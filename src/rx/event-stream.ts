/**
 * Streams of events.
 *
 * @module
 */

import { Observable } from "../base/rx.ts";
import { shown } from "../kernel/checks.ts";
import type { Listener } from "./foreign.ts";
import { placeOf } from "./lifetime.ts";
import { chosenOverflow } from "./overflow.ts";
import { has } from "./pull-sources.ts";
import { pushStream } from "./push-feed.ts";
import type { SourceStream } from "./source-stream.ts";
import type { PushOptions } from "./to-stream.ts";

/** An `EventTarget`, by what is used of it. */
export interface EventTargetLike {
  addEventListener(type: string, listener: Listener): void;
  removeEventListener(type: string, listener: Listener): void;
}

/** An `EventEmitter` of Node, or anything like it, by what is used of it. */
export interface EventEmitterLike {
  on(name: string, listener: Listener): unknown;
  off(name: string, listener: Listener): unknown;
}

/** Anything that emits events. */
export type AnyEmitter = EventTargetLike | EventEmitterLike;

/** Options of {@link eventStream}. */
export interface EventStreamOptions extends PushOptions {
  /** Events that end the stream, such as `"close"`. Default: none. */
  readonly end?: string | readonly string[] | undefined;
}

/**
 * Makes a receive stream of the events of a DOM `EventTarget` or a Node `EventEmitter`.
 *
 * It listens at once, and until the stream is closed, or the scope that it was made in ends. An event cannot wait, so `overflow` must be chosen. Items are
 * what the listener is called with: the event; of an emitter the value, or an array when there are several. An emitter's `"error"` fails the stream.
 *
 * @param target - What emits.
 * @param type - The name of the event.
 * @param options - Those of {@link toStream}, and `end`.
 * @throws {TypeError} When `target` emits nothing, or no overflow was chosen.
 * @throws {RangeError} When `maxBufferSize` makes no sense.
 * @example
 * import { eventStream, run } from "anyrx";
 * await run(async () => {
 *   const target = new EventTarget();
 *   const stream = eventStream<CustomEvent>(target, "ping", { maxBufferSize: 4, overflow: "dropOldest" });
 *   target.dispatchEvent(new CustomEvent("ping", { detail: 42 }));
 *   return (await stream.receive()).detail;
 * }); // => 42
 * @source Node `events.on`, RxJS `fromEvent`. Differs: bounded.
 */
export function eventStream<T>(target: AnyEmitter, type: string, options: EventStreamOptions): SourceStream<T> {
  const listen = listenerOf(target);
  if (typeof type !== "string") {
    throw new TypeError(`Cannot listen to ${shown(type)}: it is no name of an event; pass a string`);
  }
  const { name = type, end = [], ...rest } = (options as EventStreamOptions | undefined) ?? ({} as EventStreamOptions);
  const chosen = chosenOverflow(`the stream "${name}"`, rest);
  const ends = typeof end === "string" ? [end] : end;
  const events = new Observable<T>((subscriber) => {
    subscriber.add(
      listen(type, (...values) => {
        subscriber.next((values.length > 1 ? values : values[0]) as T);
      }),
    );
    for (const last of ends) {
      subscriber.add(
        listen(last, () => {
          subscriber.complete();
        }),
      );
    }
    if (has(target, "addEventListener") || type === "error" || ends.includes("error")) return;
    subscriber.add(
      listen("error", (error) => {
        subscriber.error(error);
      }),
    );
  });
  return pushStream(events, name, chosen, placeOf("eventStream()", options));
}

/** Begins to listen; what it returns stops that. */
type Listen = (type: string, listener: (...values: unknown[]) => void) => () => void;

function listenerOf(target: AnyEmitter): Listen {
  if (has(target, "addEventListener") && has(target, "removeEventListener")) {
    const it = target as EventTargetLike;
    return (type, listener) => {
      it.addEventListener(type, listener);
      return () => {
        it.removeEventListener(type, listener);
      };
    };
  }
  if (has(target, "on") && has(target, "off")) {
    const it = target as EventEmitterLike;
    return (type, listener) => {
      it.on(type, listener);
      return () => {
        it.off(type, listener);
      };
    };
  }
  throw new TypeError(`Cannot listen to ${shown(target)}: it emits no events; pass an EventTarget or an EventEmitter`);
}
