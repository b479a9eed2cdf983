/**
 * Loops over anything that gives items.
 *
 * @module
 */

import type { Observable, Subscribable } from "../base/rx.ts";
import { handOff, heirOf, plainScope } from "../kernel/here.ts";
import type { Operation } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { operation } from "../kernel/work.ts";
import { placeOf } from "./lifetime.ts";
import type { Pullable } from "./pull-sources.ts";
import { type SourceStream, stopped } from "./source-stream.ts";
import { type Opener, openerOf, type PullOptions, type PushOptions, type ToStreamOptions } from "./to-stream.ts";

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** One loop: one subscription, from its first step on. */
class Iteration<T> implements AsyncIterableIterator<T> {
  private readonly open: Opener<T>;
  /** Where the loop is: a single step of it may lie in a scope of its own, which the subscription must outlive. */
  private readonly scope: Scope;
  private stream: SourceStream<T> | null = null;
  private items: AsyncIterator<T> | null = null;
  private over = false;

  constructor(open: Opener<T>, scope: Scope) {
    this.open = open;
    this.scope = scope;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.over) return Promise.resolve(DONE);
    if (this.items === null) {
      const { scope } = this;
      this.stream = this.open(scope._over ? heirOf(scope, () => "a loop over a source") : scope);
      this.items = this.stream[Symbol.asyncIterator]();
    }
    return this.items.next();
  }

  return(): Promise<IteratorResult<T, undefined>> {
    const { stream } = this;
    this.over = true;
    if (stream === null) return Promise.resolve(DONE);
    const channel = stream._channel;
    // Steps that are on their way end with the loop.
    channel.finish(null);
    stream.close();
    if (channel._feeder !== null) return leaving(channel) as unknown as Promise<typeof DONE>; // It is awaited, if at all.
    const scope = plainScope() ?? this.scope;
    if (scope._engine.mode === "store") return Promise.resolve(DONE);
    return new Promise((resolve) => {
      scope._engine.wake({
        run: () => {
          handOff(scope, () => {
            resolve(DONE);
          });
        },
      });
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const leaving: (channel: Parameters<typeof stopped>[0]) => Operation<typeof DONE> = /* @__PURE__ */ operation(
  function* (channel: Parameters<typeof stopped>[0]) {
    yield* stopped(channel);
    return DONE;
  },
);

/**
 * Makes `for await` loops over anything that gives items, as {@link toStream} makes streams: with a rule for what does not fit when the source
 * cannot wait.
 *
 * Each loop is a subscription of its own, which begins with its first step. It is torn down when the loop is left, by `break`, `return` or an error,
 * when the scope around the loop is cancelled, and when that ends. An error of the source is thrown in the loop as it is, after what came before it.
 *
 * @param source - What gives the items: an Observable, an operation, an iterable, an async iterable, a receive stream.
 * @param options - Those of {@link toStream}. `overflow` must be chosen for an Observable.
 * @throws {TypeError} When the source cannot wait and no overflow was chosen, or an option or the source makes no sense.
 * @throws {RangeError} When `maxBufferSize` is negative, or no integer; or makes no sense with the overflow.
 * @example
 * import { interval } from "rxjs";
 * import { iterate } from "anyrx";
 * const seen: number[] = [];
 * for await (const n of iterate(interval(1), { overflow: "latest" })) {
 *   seen.push(n);
 *   if (seen.length === 2) break;
 * }
 * seen.length; // => 2
 * @source `rxjs-for-await`. Differs: bounded, and cancelled with the scope.
 */
export function iterate<T>(source: Operation<T>, options?: PullOptions): AsyncIterable<T>;
export function iterate<T>(source: Exclude<Pullable<T>, Operation<T>>, options?: PullOptions): AsyncIterable<T>;
export function iterate<T>(source: Observable<T>, options: PushOptions): AsyncIterable<T>;
export function iterate<T>(source: Subscribable<T>, options: PushOptions): AsyncIterable<T>;
export function iterate<T>(source: Pullable<T> | Subscribable<T>, options?: ToStreamOptions): AsyncIterable<T> {
  const open = openerOf<T>("iterate()", source, options);
  return {
    [Symbol.asyncIterator]: () => new Iteration(open, placeOf("iterate()", options)),
  };
}
