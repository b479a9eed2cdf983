/**
 * The matcher `toEmitMarbles`: a source, played in virtual time and held against a diagram.
 *
 * @module
 */

import { shown } from "../../kernel/checks.ts";
import { Operation, type OperationGenerator } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";
import type { Subscribable } from "../../base/rx.ts";
import type { MarbleExpectation } from "../marbles/expectation.ts";
import type { StreamLike } from "../marbles/items.ts";
import type { MarbleTest } from "../marbles/marble-test.ts";
import { marbles as play } from "../marbles/marbles.ts";
import { MarbleError } from "../notation/marble-error.ts";
import { type JasmineAsyncMatcher, type JasmineMatch, jasmineFor } from "./globals.ts";
import { limitOf } from "./time-limit.ts";
import type { LetterValues } from "./to-match-marbles.ts";

/** What emits: an Observable, a stream, an async iterable, an operation, a promise. */
export type Emitting =
  Subscribable<unknown> | StreamLike | Operation<unknown> | PromiseLike<unknown> | OperationGenerator<unknown>;

/** What emits, or a function that makes it in virtual time. It is given what the body of `marbles()` is given. */
export type MarbleSource = Emitting | ((test: MarbleTest) => Emitting);

/** What is wrong; `null` when nothing is. Other errors, such as one of the notation, are thrown, also after `.not`. */
async function mismatch(
  source: unknown,
  marbles: string,
  values: LetterValues | undefined,
  error: unknown,
): Promise<string | null> {
  const limit = limitOf(jasmineFor("play marbles"));
  if (isPromise(source)) {
    throw new TypeError(
      "Cannot play a promise in virtual time: it was made outside of it, and goes on in real time; pass a function that makes it",
    );
  }
  try {
    await play(
      (test) => {
        const emitting = typeof source === "function" ? (source as (test: MarbleTest) => unknown)(test) : source;
        expected(test, emitting).toBe(marbles, values, error);
      },
      { realTimeout: limit },
    );
    return null;
  } catch (thrown) {
    if (thrown instanceof MarbleError) return thrown.mismatches.map(String).join("\n\n");
    throw thrown;
  }
}

/** Made for each expectation, as jasmine wants it. */
export const toEmitMarbles = (): JasmineAsyncMatcher => ({
  async compare(source: unknown, marbles: string, values?: LetterValues, error?: unknown): Promise<JasmineMatch> {
    const message = await mismatch(source, marbles, values, error);
    return message === null ? { pass: true } : { pass: false, message };
  },
  async negativeCompare(
    source: unknown,
    marbles: string,
    values?: LetterValues,
    error?: unknown,
  ): Promise<JasmineMatch> {
    if ((await mismatch(source, marbles, values, error)) !== null) return { pass: true };
    return { pass: false, message: `Expected the source not to emit these marbles, and it does:\n  ${marbles}` };
  },
});

/** The expectation for whatever `source` is. A stream may be an Observable as well: it is read, so that it feels the backpressure. */
function expected(test: MarbleTest, source: unknown): MarbleExpectation {
  if (source instanceof Operation) return test.expectOperation(source);
  if (isGenerator(source)) return test.expectOperation(operation(() => source)());
  if (["receive", "getReader", Symbol.asyncIterator].some((method) => has(source, method)))
    return test.expectStream(source as StreamLike);
  if (has(source, "subscribe")) return test.expectObservable(source as Subscribable<unknown>);
  if (isPromise(source)) return test.expectPromise(source);
  throw new TypeError(
    `Cannot play ${shown(source)}: it emits nothing; pass an Observable, a stream, an operation, or a function that makes one or returns a promise`,
  );
}

function has(source: unknown, method: PropertyKey): boolean {
  return typeof (source as Record<PropertyKey, unknown> | null | undefined)?.[method] === "function";
}

/** Not an operation, which is a promise only once it runs. */
function isPromise(source: unknown): source is PromiseLike<unknown> {
  return has(source, "then") && !(source instanceof Operation);
}

function isGenerator(source: unknown): source is OperationGenerator<unknown> {
  return has(source, "next") && has(source, Symbol.iterator);
}
