/**
 * Async generators, made safe.
 *
 * @module
 */

import { shown } from "../kernel/checks.ts";
import { Puller } from "../tasks/pull.ts";
import { type LivingOptions, placeOf } from "./lifetime.ts";
import { checkedWait } from "./overflow.ts";
import { pullStream } from "./pull-feed.ts";
import { has } from "./pull-sources.ts";
import type { SourceStream } from "./source-stream.ts";

/** Options of {@link asStream}. */
export interface AsStreamOptions extends LivingOptions {
  /** How many items the generator may be ahead: an integer from 0, the default, to `Infinity`. With 0 it runs when somebody receives. */
  readonly maxBufferSize?: number | undefined;
  /** What the stream, and the task of the generator, are called in messages. Default: the name of the function. */
  readonly name?: string | undefined;
}

/**
 * Runs an async generator in a task of its own, and gives what it yields as a receive stream.
 *
 * A bare async generator runs inside of whoever calls `next()`: that caller's timeout cancels the generator's waits and so ends it, what it left
 * running belongs to the caller, and nobody runs its `finally` when the loop is not left in order. In a task of its own it has its own scope: a receiver's
 * timeout ends the receiver's wait only, and the item it was waiting for is there for the next.
 *
 * Closing the stream, or the end of the scope it was made in, ends the generator: at a `yield` by its `return()`, so that its `finally` may wait; else by
 * cancelling what it waits for. `aclose()` and `await using` wait until it has cleaned up; so does the task group, in any case.
 *
 * @param generator - An async generator function without arguments, which is called in the task, or what such a function returned.
 * @throws {TypeError} When it is no async generator, or `maxBufferSize` no number.
 * @throws {RangeError} When `maxBufferSize` is negative, or no integer.
 * @example
 * import { asStream, run, sleep } from "anyrx";
 * const log: string[] = [];
 * await run(async () => {
 *   const stream = asStream(async function* ticks() {
 *     try {
 *       for (let n = 1; ; n++) { await sleep(10); yield n; }
 *     } finally {
 *       await sleep(5);
 *       log.push("cleaned up");
 *     }
 *   });
 *   for await (const n of stream) if (n === 3) break;
 *   await stream.aclose();
 *   return log;
 * }, { backend: "virtual" }); // => ["cleaned up"]
 * @source AnyIO's and Trio's `as_safe_channel`; PEP 789. Differs: a stream that lives in the scope at hand, and no context manager.
 */
export function asStream<T>(
  generator: AsyncIterable<T> | (() => AsyncIterable<T>),
  options?: AsStreamOptions,
): SourceStream<T> {
  const make = typeof generator === "function" ? generator : () => generator;
  const name = options?.name ?? (typeof generator === "function" ? generator.name : "");
  const what = name === "" ? "a stream" : `the stream "${name}"`;
  if (typeof generator !== "function") checkedGenerator(what, generator);
  const size = checkedWait(what, { maxBufferSize: options?.maxBufferSize });
  const open = (): Puller<T> => new Puller<T>(checkedGenerator(what, make())[Symbol.asyncIterator]());
  return pullStream(open, name === "" ? "asStream()" : name, size, name, placeOf("asStream()", options));
}

function checkedGenerator<T>(what: string, generator: AsyncIterable<T>): AsyncIterable<T> {
  if (has(generator, Symbol.asyncIterator)) return generator;
  throw new TypeError(
    `Cannot make ${what} of ${shown(generator)}: it is no async generator; pass one, or an async function* without arguments`,
  );
}
