/**
 * The host, as far as the backend for Effection needs it.
 *
 * @module
 */

import type { EffectionHost } from "../backend/effection.ts";
import { bound } from "../kernel/binding.ts";

/**
 * The clock and the turns are those of the globals, whoever leads them: Effection's `sleep` is the global `setTimeout`, and both must agree.
 * What only lets others have their turn, or keeps the process alive, is the host's own.
 */
export const effectionHost: EffectionHost = {
  clock: () => performance.now(),
  now: () => bound.host.now(),
  macrotask: (job) => {
    const { setImmediate } = globalThis as { setImmediate?: (job: () => void) => unknown };
    if (setImmediate === undefined) bound.host.macrotask(job);
    else setImmediate(job);
  },
  timer: (delay, job) => bound.host.timer(delay, job),
};
