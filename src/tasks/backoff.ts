/**
 * Backoff: how long to wait before the next attempt.
 *
 * @module
 */

import { checkedDelay, shown } from "../kernel/checks.ts";

/** Options of a backoff. */
export interface BackoffOptions {
  /** How long to wait after the first attempt, in ms: 0 (the default) to `Infinity`. */
  readonly delay?: number | undefined;
  /** What each further delay is multiplied with: from 1 (always the same) on. Default 2. */
  readonly factor?: number | undefined;
  /** The longest delay, in ms. Default 30,000, or `delay` where that is longer. */
  readonly maxDelay?: number | undefined;
  /** How much of each delay is left to chance, so that many clients do not come back all at once: 0 (none, the default) to 1 (all of it). */
  readonly jitter?: number | undefined;
  /** Where chance comes from: numbers from 0 up to 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** The longest delay by default, in ms. */
const LONG = 30_000;

/** What waits after each attempt: gives the delay after the attempt of that number, in ms. */
export function backoff(options: BackoffOptions): (attempt: number) => number {
  const { delay = 0, factor = 2, jitter = 0, random = Math.random } = options;
  checkedDelay("wait between attempts", delay);
  const { maxDelay = Math.max(delay, LONG) } = options;
  checkedDelay("wait at most", maxDelay);
  if (typeof factor !== "number" || !(factor >= 1))
    throw new RangeError(`Cannot multiply delays with ${shown(factor)}: they would shrink; pass a factor from 1 on`);
  if (typeof jitter !== "number" || !(jitter >= 0 && jitter <= 1))
    throw new RangeError(`Cannot leave ${shown(jitter)} of a delay to chance: it is no share; pass a jitter of 0 to 1`);
  if (typeof random !== "function")
    throw new TypeError(`Cannot take chances from ${shown(random)}: it is no function; pass one such as Math.random`);
  return (attempt) => {
    // Not `0 * factor ** …`: the power may be infinite.
    const full = delay === 0 ? 0 : Math.min(maxDelay, delay * factor ** (attempt - 1));
    return jitter === 0 ? full : full * (1 - jitter * random());
  };
}
