/**
 * Timers as promises, as `node:timers/promises` has them, over timers of any kind.
 *
 * @module
 */

/** What such a promise takes beside its delay. */
interface Options {
  readonly signal?: AbortSignal | undefined;
}

/** A timer that was set. */
interface Timer {
  close(): void;
}

/** The functions of `node:timers/promises`. */
export interface Delayed {
  readonly setTimeout: (delay?: number, value?: unknown, options?: Options) => Promise<unknown>;
  readonly setImmediate: (value?: unknown, options?: Options) => Promise<unknown>;
  readonly setInterval: (delay?: number, value?: unknown, options?: Options) => AsyncGenerator<unknown, undefined>;
  readonly wait: (delay?: number, options?: Options) => Promise<unknown>;
  readonly yield: () => Promise<unknown>;
}

/** Makes them of `set`, which sets a timer; one without a delay (`null`) is due at once, before all others. */
export function promisesOf(set: (delay: number | null, job: () => void) => Timer): Delayed {
  const after = (delay: number | null, value?: unknown, options?: Options): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const signal = options?.signal;
      if (signal?.aborted === true) {
        reject(abortOf(signal));
        return;
      }
      const abort = (): void => {
        timer.close();
        reject(abortOf(signal as AbortSignal));
      };
      const timer = set(delay, () => {
        signal?.removeEventListener("abort", abort);
        resolve(value);
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  return {
    setTimeout: (delay, value, options) => after(delay ?? 0, value, options),
    setImmediate: (value, options) => after(null, value, options),
    setInterval: async function* (delay, value, options) {
      for (;;) yield await after(delay ?? 0, value, options);
    },
    wait: (delay, options) => after(delay ?? 0, undefined, options),
    yield: () => after(null),
  };
}

/** As Node rejects. */
function abortOf(signal: AbortSignal): Error {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  return Object.assign(error, { name: "AbortError", code: "ABORT_ERR" });
}
