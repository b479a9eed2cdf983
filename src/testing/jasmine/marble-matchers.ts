/**
 * The matchers for marbles, and their types.
 *
 * @module
 */

import type { JasmineAsyncMatcher, JasmineMatcher } from "./globals.ts";
import { jasmineFor } from "./globals.ts";
import { type MarbleSource, toEmitMarbles } from "./to-emit-marbles.ts";
import { type LetterValues, toMatchMarbles } from "./to-match-marbles.ts";

/** The matchers for `jasmine.addMatchers`. See {@link addMarbleMatchers}. */
export const marbleMatchers: { readonly toMatchMarbles: () => JasmineMatcher } = { toMatchMarbles };

/** The matchers for `jasmine.addAsyncMatchers`. See {@link addMarbleMatchers}. */
export const marbleAsyncMatchers: { readonly toEmitMarbles: () => JasmineAsyncMatcher } = { toEmitMarbles };

/**
 * Adds the matchers for marbles, where jasmine lets matchers be added: `beforeEach(addMarbleMatchers)`, in a suite or in a helper file.
 *
 * @throws {UsageError} Where there is no jasmine.
 * @example
 * ```ts no-run
 * beforeEach(addMarbleMatchers);
 *
 * it("doubles", async () => {
 *   await expectAsync(({ cold }) => cold("-a-b|", { a: 1, b: 2 }).pipe(map((n) => n * 2))).toEmitMarbles("-x-y|", { x: 2, y: 4 });
 * });
 * ```
 */
export function addMarbleMatchers(): void {
  const jasmine = jasmineFor("add matchers for marbles");
  jasmine.addMatchers(marbleMatchers);
  jasmine.addAsyncMatchers(marbleAsyncMatchers);
}

// Jasmine's own types, where they are loaded, are merged with these; without them, these change nothing.
declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- that is how jasmine's types are extended
  namespace jasmine {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars -- declarations that are merged have the same parameters
    interface Matchers<T> {
      /**
       * Expects what was recorded, such as by a `MarbleRecorder`, to be what `marbles` draw. It fails with both diagrams.
       *
       * @param values - What letters stand for: values, or asymmetric matchers such as `jasmine.any(Number)`. Default: themselves.
       * @param error - What `#` stands for. Default `"error"`.
       */
      toMatchMarbles(marbles: string, values?: LetterValues, error?: unknown): void;
    }

    // eslint-disable-next-line @typescript-eslint/no-unused-vars -- declarations that are merged have the same parameters
    interface AsyncMatchers<T, U> {
      /**
       * Plays the source in a virtual time of its own, and expects it to emit what `marbles` draw. It fails with both diagrams.
       *
       * The source is an Observable, a stream, an operation; or a function that makes one, or a promise, in virtual time. It is given what the body of
       * `marbles()` is given.
       *
       * @param values - What letters stand for: values, or asymmetric matchers such as `jasmine.any(Number)`. Default: themselves.
       * @param error - What `#` stands for. Default `"error"`.
       */
      toEmitMarbles(marbles: string, values?: LetterValues, error?: unknown): PromiseLike<void>;
    }
  }

  /** So that the parameter of a function that makes the source has a type. */
  function expectAsync(source: MarbleSource): jasmine.AsyncMatchers<unknown, unknown>;
}
