/**
 * The originals: the host's clock and timers as they were when this file was loaded.
 *
 * Whoever replaces the globals for others still needs real ones: the hop between two virtual events, and the real time that a test may take.
 *
 * @module
 */

import type { Host, HostTimer } from "../port/host.ts";

const { setTimeout, clearTimeout, performance } = globalThis;
const setImmediate = (globalThis as { setImmediate?: (job: () => void) => unknown }).setImmediate;
// eslint-disable-next-line @typescript-eslint/unbound-method
const { now } = performance;

/** Whether the host's timers are objects with methods, as Node's are, and not numbers. */
export const timersAreObjects: boolean = ((): boolean => {
  const timer: unknown = setTimeout(() => undefined, 0);
  clearTimeout(timer as number);
  return typeof timer === "object";
})();

/** The real clock, in ms. */
export function realNow(): number {
  return now.call(performance);
}

/** A real timer. */
export function realTimer(delay: number, job: () => void): HostTimer {
  const timer: unknown = setTimeout(job, delay);
  const keepAlive = (on: boolean): void => {
    const node = timer as { ref?(): void; unref?(): void };
    if (on) node.ref?.();
    else node.unref?.();
  };
  return {
    cancel: () => {
      clearTimeout(timer as number);
    },
    keepAlive,
  };
}

/** `host` with the original clock and timers, whatever the globals are by now. */
export function originalOf(host: Host): Host {
  return {
    ...host,
    now: realNow,
    timer: realTimer,
    macrotask:
      setImmediate === undefined
        ? (job) => {
            host.macrotask(job);
          }
        : (job) => {
            setImmediate(job);
          },
  };
}
