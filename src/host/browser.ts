/**
 * Browsers, and their workers.
 *
 * @module
 */

import type { ContextStore, Host, HostTimer } from "../port/host.ts";

// Not every browser has them yet. Hosts are loaded before the rest of the library.
for (const name of ["dispose", "asyncDispose"] as const) {
  if (!(name in Symbol)) Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`) });
}

/** No browser keeps a context across `await`: the kernel hands it off. What runs synchronously is seen all the same. */
const nowhere: ContextStore = {
  survives: false,
  get: () => undefined,
  run: (_value, body, argument) => body(argument),
  disable: () => undefined,
};

/** Macrotasks by way of a message to ourselves: 10 µs, where `setTimeout` is clamped to 4 ms. One channel serves all. */
function messages(): (job: () => void) => void {
  const jobs: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    jobs.shift()?.();
  };
  return (job) => {
    jobs.push(job);
    port2.postMessage(0);
  };
}

const immediate = (globalThis as { setImmediate?: (job: () => void) => unknown }).setImmediate;
let macrotask: ((job: () => void) => void) | null = immediate === undefined ? null : (job) => void immediate(job);

/** The host that this page is. */
export const host: Host = {
  name: "browser",
  landmark: new Error("Here is a host"),
  store: nowhere,
  now: () => performance.now(),
  macrotask(job) {
    (macrotask ??= messages())(job);
  },
  timer(delay, job): HostTimer {
    const timer = setTimeout(job, delay);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
      keepAlive: () => undefined, // A page lives as long as its tab.
    };
  },
  abortController() {
    const controller = new AbortController();
    return {
      signal: controller.signal,
      abort: (reason) => {
        controller.abort(reason);
      },
    };
  },
  report(error) {
    reportError(error);
  },
  warn(text) {
    console.warn(text);
  },
};
