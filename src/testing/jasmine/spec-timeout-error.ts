/**
 * The error of a spec that takes too long: it can say who waits for what, which jasmine cannot.
 *
 * @module
 */

import { branded, type Guard, guardOf } from "../../base/brand.ts";

/** A spec has not ended in the time that jasmine gives it. */
export class SpecTimeoutError extends Error {
  static {
    branded(this, "SpecTimeoutError");
  }
  readonly #backend: string;
  readonly #allowed: number;

  /** @param tree - Who waits for what, as `taskTree()` draws it. */
  constructor(backend: string, allowed: number, tree: string) {
    super(
      `Cannot finish the spec on ${backend}: it still runs after ${String(allowed)} ms; see below who waits for what, or give it a longer timeout\n${tree}`,
    );
    this.#backend = backend;
    this.#allowed = allowed;
  }

  // Getters: jasmine lists the properties of an error beside its message.

  /** What the backend is called. */
  get backend(): string {
    return this.#backend;
  }

  /** How long it was allowed to take, in real ms: less than jasmine's own timeout. */
  get allowed(): number {
    return this.#allowed;
  }
}

/** Whether `error` is a {@link SpecTimeoutError}. */
export const isSpecTimeoutError: Guard<SpecTimeoutError> =
  /* @__PURE__ */ guardOf<SpecTimeoutError>("SpecTimeoutError");
