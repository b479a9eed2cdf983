/**
 * Retrying: running a body again after it failed.
 *
 * @module
 */

import { isCancelled } from "../base/errors.ts";
import type { Subscribable } from "../base/rx.ts";
import type { Ending } from "../kernel/body.ts";
import { checkedBody } from "../kernel/checks.ts";
import type { Operation } from "../kernel/operation.ts";
import { operation } from "../kernel/work.ts";
import { sleep } from "../time/sleep.ts";
import { backoff, type BackoffOptions } from "./backoff.ts";
import { checkedCount, checkedOptions } from "./options.ts";
import { type Outcome, runnable } from "./recipe.ts";

/** Options of {@link retry}. */
export interface RetryOptions extends BackoffOptions {
  /** How many attempts there are in all: an integer from 1, or `Infinity`. Default 3. */
  readonly attempts?: number | undefined;
  /** Whether to try again after `error`, which the attempt of that number failed with. A function of any style. Default: always. */
  readonly shouldRetry?: ((error: unknown, attempt: number) => Ending<boolean>) | undefined;
  /** Called before each wait for the next attempt, with the wait in ms: for logs, or to repair something. A function of any style, waited for. */
  readonly onRetry?: ((error: unknown, attempt: number, delay: number) => unknown) | undefined;
}

interface Policy {
  readonly attempts: number;
  readonly delayAfter: (attempt: number) => number;
  readonly shouldRetry: (error: unknown, attempt: number) => Operation<boolean>;
  readonly onRetry: (error: unknown, attempt: number, delay: number) => Operation<unknown>;
}

/** How many errors of earlier attempts are kept: an endless retry must not grow for ever. */
const KEPT = 16;
const earlier = new WeakMap<object, readonly unknown[]>();

const retrying = /* @__PURE__ */ operation(function* retry(
  run: (attempt: number) => Operation<unknown>,
  policy: Policy,
) {
  const errors: unknown[] = [];
  for (let attempt = 1; ; attempt++) {
    let failure: unknown;
    try {
      return yield* run(attempt);
    } catch (error) {
      failure = error;
    }
    const last = isCancelled(failure) || attempt >= policy.attempts;
    let delay: number;
    try {
      if (last || !(yield* policy.shouldRetry(failure, attempt))) throw failure;
      delay = policy.delayAfter(attempt);
      yield* policy.onRetry(failure, attempt, delay);
    } catch (error) {
      // The policy may fail as well. Then this attempt is one of the earlier ones.
      if (error !== failure) keep(errors, failure);
      const tells = errors.length > 0 && typeof error === "object" && error !== null && !isCancelled(error);
      if (tells) earlier.set(error, errors);
      throw error;
    }
    keep(errors, failure);
    yield* sleep(delay); // A checkpoint also without a delay. Here a cancelled scope ends it.
  }
});

/**
 * Runs `body` until it succeeds, and gives its value; throws what the last attempt failed with, as it is. {@link earlierErrors} tells what the
 * attempts before it failed with.
 *
 * A cancellation is never retried. *Checkpoint*: before each further attempt, also without a delay. *On cancel*: the attempt cleans up first; the wait
 * for the next one ends at once. When an attempt fails in a cancelled scope, with an error that would be retried, the cancellation wins: only `onRetry`
 * is told of the error.
 *
 * An error in `shouldRetry` or `onRetry` ends it, with that error.
 *
 * @param body - An operation, or a function of any style, which is called with the number of the attempt, from 1.
 * @throws {TypeError} When `body` is neither, or `shouldRetry`, `onRetry` or `random` is no function.
 * @throws {RangeError} When a number is out of its range.
 * @example
 * import { currentTime, retry, run } from "anyrx";
 * const flaky = async (attempt: number) => {
 *   if (attempt < 4) throw new Error("not yet");
 *   return currentTime();
 * };
 * await run(() => retry(flaky, { attempts: 5, delay: 100 }), { backend: "virtual" }); // => 700
 * await retry(flaky, { attempts: 2 }); // throws Error
 * @source RxJS `retry`, Effect `retry`. Differs: for bodies of any style, and a cancellation passes.
 */
export function retry<W extends ((attempt: number) => unknown) | Subscribable<unknown>>(
  body: W,
  options: RetryOptions = {},
): Operation<Outcome<W>> {
  const { run } = runnable<[attempt: number]>("what retry() was given", body);
  const { attempts = 3, shouldRetry = always, onRetry = ignore } = checkedOptions("retry", options, "{ attempts: 5 }");
  const policy: Policy = {
    attempts: checkedCount("retry with a number of attempts of", attempts),
    delayAfter: backoff(options),
    shouldRetry: operation(checkedBody("ask whether to retry", shouldRetry, "(error) => isTransient(error)")),
    onRetry: operation(checkedBody("tell of a retry", onRetry, "(error) => log(error)")),
  };
  return retrying(run, policy) as Operation<Outcome<W>>;
}

/**
 * What the attempts before the last one failed with, the oldest first, when `error` was thrown by {@link retry}; at most the last 16 of them. Empty
 * for every other error, and for what is no object.
 *
 * @example
 * import { earlierErrors, retry } from "anyrx";
 * const error = await retry((attempt) => { throw new Error(`attempt ${attempt}`); }).then(undefined, (error) => error);
 * [...earlierErrors(error), error].map(String); // => ["Error: attempt 1", "Error: attempt 2", "Error: attempt 3"]
 */
export function earlierErrors(error: unknown): readonly unknown[] {
  return (typeof error === "object" && error !== null ? earlier.get(error) : undefined) ?? [];
}

function keep(errors: unknown[], error: unknown): void {
  if (errors.push(error) > KEPT) errors.shift();
}

function always(): boolean {
  return true;
}

function ignore(): void {
  // Nobody wants to know.
}
