/**
 * The base of receive streams: all that follows from `receive` and `aclose`.
 *
 * @module
 */

import { Observable } from "../base/rx.ts";
import { extraOf, type ExtraAttributes, type TypedAttribute } from "../base/typed-attributes.ts";
import { Operation } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import type { ObjectReceiveStream } from "./contracts.ts";
import { consume, Items } from "./item-loops.ts";
import { NOTHING } from "./memory-channel.ts";

/**
 * The base of receive streams of your own, of items or of bytes: write `receive()` and `aclose()`, and have loops, subscriptions, `await using` and
 * extra attributes.
 *
 * Subscribing consumes, as a loop does. Unsubscribing, or leaving the loop, stops between items, and leaves the stream open.
 *
 * @example
 * import { BaseReceiveStream, EndOfStream, operation, type Operation } from "anyrx";
 * class Countdown extends BaseReceiveStream<number> {
 *   constructor(private left: number) { super(); }
 *   override receive(): Operation<number> { return this.next(); }
 *   override aclose(): Operation<void> { return operation(() => { this.left = 0; })(); }
 *   private readonly next = operation(() => {
 *     if (this.left === 0) throw new EndOfStream("the countdown");
 *     return this.left--;
 *   });
 * }
 * const seen: number[] = [];
 * for await (const n of new Countdown(3)) seen.push(n);
 * seen; // => [3, 2, 1]
 * @source AnyIO's abstract base classes. Differs: an Observable as well.
 */
export abstract class BaseReceiveStream<T> extends Observable<T> implements ObjectReceiveStream<T> {
  constructor() {
    super(consume<T>);
  }

  /** Receives the next item: see {@link ObjectReceiveStream.receive}. A loop runs one such operation over and over. */
  abstract receive(): Operation<T>;

  /** Closes the stream: see {@link StreamResource.aclose}. */
  abstract aclose(): Operation<void>;

  /** Extra attributes that this stream can tell. None, unless it is overridden: see {@link TypedAttributeProvider.extraAttributes}. */
  get extraAttributes(): ExtraAttributes {
    return new Map();
  }

  /** The value of an extra attribute: see {@link TypedAttributeProvider.extra}. */
  extra<A>(attribute: TypedAttribute<A>): A;
  extra<A, D>(attribute: TypedAttribute<A>, fallback: D): A | D;
  extra(attribute: TypedAttribute<unknown>, ...fallback: unknown[]): unknown {
    return extraOf(this, attribute, ...fallback);
  }

  /** Ends with the stream. Leaving the loop leaves the stream open, and what is in it where it is. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return new Items(this);
  }

  [Symbol.asyncDispose](): Operation<void> {
    return this.aclose();
  }

  /** @internal What is at hand, for a loop; {@link NOTHING} sends it to `receive`. */
  _take(_by: Scope | null): T | typeof NOTHING {
    return NOTHING;
  }

  /** @internal {@link BaseReceiveStream.receive} for a loop of ours, which may never come to run it. */
  _step(): Operation<T> {
    const step = this.receive();
    Operation._ran?.(step);
    return step;
  }
}
