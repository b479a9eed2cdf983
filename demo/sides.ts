/**
 * Sides: the three ways in which a caller may consume one and the same operation.
 *
 * @module
 */

import { type Operation, run, type RunOptions } from "anyrx";

/** Runs `job` to its end. */
export type Side = <T>(job: () => Operation<T>, options: RunOptions) => Promise<T>;

/** By the word with which they consume it. */
export const sides: Readonly<Record<"await" | "subscribe" | "yield*", Side>> = {
  await: (job, options) => run(async () => await job(), options),

  subscribe: <T>(job: () => Operation<T>, options: RunOptions) =>
    run(() => new Promise<T>((resolve, reject) => job().subscribe({ next: resolve, error: reject })), options),

  "yield*": (job, options) =>
    run(function* () {
      return yield* job();
    }, options),
};
