/**
 * `anyrx/testing`: concurrency, tested in virtual time.
 *
 * It knows no test framework, and works in any.
 *
 * @module
 */

export { isLivelockError, isRealTimeoutError, LivelockError, RealTimeoutError } from "./errors.ts";
export type { VirtualLimit } from "./errors.ts";
export { VirtualTime } from "./virtual-time.ts";
export type { VirtualRunOptions, VirtualTimeOptions } from "./virtual-time.ts";
