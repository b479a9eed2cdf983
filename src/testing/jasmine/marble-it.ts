/**
 * Specs that are marble tests.
 *
 * @module
 */

import { checkedBody, shown } from "../../kernel/checks.ts";
import type { MarbleTest } from "../marbles/marble-test.ts";
import { marbles, type MarblesOptions } from "../marbles/marbles.ts";
import { expectNothing, type Jasmine, jasmineFor, type JasmineIt, type JasmineSpec } from "./globals.ts";
import { limitOf } from "./time-limit.ts";

/** Options of a spec that is a marble test: those of `marbles()`, and its timeout. */
export interface MarbleSpecOptions extends MarblesOptions {
  /** How long it may take, in real ms. Default: `jasmine.DEFAULT_TIMEOUT_INTERVAL`. The test is ended a little before, with an error that says more. */
  readonly timeout?: number | undefined;
}

/** Registers a spec whose body is that of `marbles()`. */
export interface MarbleIt {
  (title: string, body: (test: MarbleTest) => unknown, options?: MarbleSpecOptions): JasmineSpec;
  /** Jasmine's `fit`: while there is one, only such specs run. */
  only(title: string, body: (test: MarbleTest) => unknown, options?: MarbleSpecOptions): JasmineSpec;
  /** Jasmine's `xit`: the spec does not run. */
  skip(title: string, body: (test: MarbleTest) => unknown, options?: MarbleSpecOptions): JasmineSpec;
}

function registering(kind: "it" | "fit" | "xit") {
  return (title: string, body: (test: MarbleTest) => unknown, options: MarbleSpecOptions = {}): JasmineSpec => {
    const jasmine = jasmineFor("register a marble test");
    checkedBody(`run the marble test ${shown(title)}`, body, "async ({ cold, expectObservable }) => { … }");
    const { timeout, ...rest } = options;
    const register: JasmineIt = jasmine.getEnv()[kind];
    return register(title, () => play(jasmine, body, { realTimeout: limitOf(jasmine, timeout), ...rest }), timeout);
  };
}

async function play(jasmine: Jasmine, body: (test: MarbleTest) => unknown, options: MarblesOptions): Promise<void> {
  let expects = false;
  await marbles((test) => body(watched(test, () => (expects = true))), options);
  // A spec in which nothing is expected at all stays one.
  if (expects) expectNothing(jasmine);
}

/** `test`, telling when something is expected. */
function watched(test: MarbleTest, expected: () => void): MarbleTest {
  return new Proxy(test, {
    get(target, key) {
      if (typeof key === "string" && /^(?:expect|probe)/.test(key)) expected();
      return Reflect.get(target, key) as unknown;
    },
  });
}

/**
 * Jasmine's `it` for a marble test: `marbleIt(title, body)` is `it(title, () => marbles(body))`, ended before jasmine's timeout is, and what
 * is expected of marbles counts as an expectation of the spec. `fit` and `xit` are {@link MarbleIt.only} and {@link MarbleIt.skip}.
 *
 * @example
 * ```ts no-run
 * describe("debounceTime()", () => {
 *   marbleIt("waits for silence", ({ cold, expectObservable }) => {
 *     expectObservable(cold("ab---c|").pipe(debounceTime(2))).toBe("---b--(c|)");
 *   });
 * });
 * ```
 */
export const marbleIt: MarbleIt = Object.assign(registering("it"), {
  only: registering("fit"),
  skip: registering("xit"),
});
