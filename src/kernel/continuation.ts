/**
 * Continuations: who is told how a body ended.
 *
 * @module
 */

/** Who is told how a body ended: exactly one call, once. */
export interface Continuation {
  /** @internal */
  _succeed(value: unknown): void;
  /** @internal */
  _failed(error: unknown): void;
}
