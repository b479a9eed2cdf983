/**
 * Jasmine as it is found in the globals: as much of it as is used here.
 *
 * Nothing of it is imported. Whoever uses this runs jasmine, in a version and with types of their own.
 *
 * @module
 */

import { UsageError } from "../../base/errors.ts";

/** What jasmine's `it` gives. */
export interface JasmineSpec {
  /** Its own title. */
  readonly description: string;
  getFullName(): string;
}

/** Registers a spec. */
export type JasmineIt = (title: string, body?: () => unknown, timeout?: number) => JasmineSpec;

/** What jasmine hands to the factory of a matcher, and to an asymmetric matcher. */
export interface JasmineMatchersUtil {
  pp(value: unknown): string;
}

/** What a matcher found. */
export interface JasmineMatch {
  pass: boolean;
  /** What is printed when the expectation fails. */
  message?: string;
}

/** A matcher, for `jasmine.addMatchers`. */
export interface JasmineMatcher {
  compare(actual: unknown, ...expected: unknown[]): JasmineMatch;
  negativeCompare(actual: unknown, ...expected: unknown[]): JasmineMatch;
}

/** A matcher, for `jasmine.addAsyncMatchers`. */
export interface JasmineAsyncMatcher {
  compare(actual: unknown, ...expected: unknown[]): Promise<JasmineMatch>;
  negativeCompare(actual: unknown, ...expected: unknown[]): Promise<JasmineMatch>;
}

/** What `jasmine.getEnv()` gives. */
export interface JasmineEnv {
  readonly it: JasmineIt;
  readonly fit: JasmineIt;
  readonly xit: JasmineIt;
  readonly describe: (title: string, body: () => unknown) => unknown;
  readonly afterEach: (body: () => void) => void;
  readonly throwUnless: (actual: unknown) => unknown;
  readonly throwUnlessAsync: (actual: unknown) => unknown;
  readonly expect: (actual?: unknown) => unknown;
}

/** The global `jasmine`. */
export interface Jasmine {
  readonly DEFAULT_TIMEOUT_INTERVAL: number;
  getEnv(): JasmineEnv;
  addMatchers(matchers: Record<string, (util: JasmineMatchersUtil) => JasmineMatcher>): void;
  addAsyncMatchers(matchers: Record<string, (util: JasmineMatchersUtil) => JasmineAsyncMatcher>): void;
}

/** The global `jasmine`, for who wants to `action`. */
export function jasmineFor(action: string): Jasmine {
  const { jasmine } = globalThis as unknown as { readonly jasmine?: Jasmine };
  // Others, such as Jest, have something of that name with less in it.
  if (typeof jasmine?.getEnv !== "function") {
    throw new UsageError(
      `Cannot ${action}: there is no global "jasmine" here; run it with jasmine, with its globals installed, or call marbles() under other test runners`,
    );
  }
  return jasmine;
}

/** Says that an expectation was met which is none of jasmine's own: a spec that expects nothing may count as failed. */
export function expectNothing(jasmine: Jasmine): void {
  (jasmine.getEnv().expect() as { nothing(): void }).nothing();
}
