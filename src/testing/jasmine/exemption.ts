/**
 * Exemptions: specs that are known to fail on some backend, and must go on to fail there.
 *
 * @module
 */

import { branded, type Guard, guardOf } from "../../base/brand.ts";
import { read } from "../../base/frames.ts";
import type { JasmineEnv } from "./globals.ts";

/** A spec holds on a backend that it is exempt from. */
export class StaleExemptionError extends Error {
  static {
    branded(this, "StaleExemptionError");
  }
  readonly #backend: string;
  readonly #reason: string;

  constructor(backend: string, reason: string) {
    super(
      `Cannot excuse the spec on ${backend}: this is a stale exemption, since it holds there by now; make it a plain it(), without the reason "${reason}"`,
    );
    this.#backend = backend;
    this.#reason = reason;
  }

  // Getters: jasmine lists the properties of an error beside its message.

  /** What the backend is called. */
  get backend(): string {
    return this.#backend;
  }

  /** Why the spec was said to fail there. */
  get reason(): string {
    return this.#reason;
  }
}

/** Whether `error` is a {@link StaleExemptionError}. */
export const isStaleExemptionError: Guard<StaleExemptionError> =
  /* @__PURE__ */ guardOf<StaleExemptionError>("StaleExemptionError");

/** Whether `error` is what `pending()` throws: by its name since jasmine 7, by its text before. */
function isPending(error: unknown): boolean {
  return read(error, "name") === "PendingSpecException" || String(error).includes("=> marked Pending");
}

/**
 * Runs `work`, which must fail: throw, or be rejected, or have an expectation that is not met.
 *
 * An expectation that is not met throws meanwhile. It would fail the spec otherwise, and jasmine forgets nothing.
 *
 * @returns Whether it failed.
 */
export async function fails(env: JasmineEnv, work: () => Promise<unknown>): Promise<boolean> {
  const restore = haveExpectationsThrow(env);
  try {
    await work();
    return false;
  } catch (error) {
    if (isPending(error)) throw error;
    return true;
  } finally {
    restore();
  }
}

let restoreLast: (() => void) | null = null;

/** Has expectations fail the spec again: after a spec that jasmine did not wait for to the end. */
export function expectAgain(): void {
  restoreLast?.();
}

/** Replaces the global functions: `jasmine.getEnv()` does not let itself be changed. What was imported from jasmine-core stays as it is. */
function haveExpectationsThrow(env: JasmineEnv): () => void {
  const globals = globalThis as unknown as Record<"expect" | "expectAsync" | "fail", unknown>;
  const { expect, expectAsync, fail } = globals;
  Object.assign(globals, {
    expect: (actual: unknown) => env.throwUnless(actual),
    expectAsync: (actual: unknown) => env.throwUnlessAsync(actual),
    fail: (error?: unknown) => {
      throw error instanceof Error ? error : new Error(`Failed: ${String(error)}`);
    },
  });
  const restore = (): void => {
    if (restoreLast !== restore) return; // It was done already.
    restoreLast = null;
    Object.assign(globals, { expect, expectAsync, fail });
  };
  restoreLast = restore;
  return restore;
}
