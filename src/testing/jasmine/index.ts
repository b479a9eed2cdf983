/**
 * `anyrx/testing/jasmine`: the same specs on several backends, and marbles as specs and matchers.
 *
 * Jasmine's globals are the user's: nothing of jasmine is imported.
 *
 * @module
 */

export { isStaleExemptionError, StaleExemptionError } from "./exemption.ts";
export type { JasmineAsyncMatcher, JasmineMatch, JasmineMatcher, JasmineSpec } from "./globals.ts";
export { marbleIt } from "./marble-it.ts";
export type { MarbleIt, MarbleSpecOptions } from "./marble-it.ts";
export { addMarbleMatchers, marbleAsyncMatchers, marbleMatchers } from "./marble-matchers.ts";
export { MarbleRecorder } from "./marble-recorder.ts";
export { onBackends } from "./on-backends.ts";
export type { BackendIt, BackendSpecOptions, SpecBody } from "./on-backends.ts";
export type { NamedBackend, RunnableBackend, SpecBackend, SpecBackendLike } from "./spec-backend.ts";
export { isSpecTimeoutError, SpecTimeoutError } from "./spec-timeout-error.ts";
export type { Emitting, MarbleSource } from "./to-emit-marbles.ts";
export type { Recorded } from "./to-match-marbles.ts";
