/** Loops that move by hand, moved as fast as they can be. */

import { run } from "anyrx";
import type { Backend } from "anyrx/backend";
import type { LawBackend } from "anyrx/testing/laws";

/** How many frames a run that was given up has to clean up. */
const LAST_WORDS = 200;

/** Calls `frame` in one macrotask after the other until `done` is settled, or was given up for long enough. */
export function played<T>(frame: () => void, done: Promise<T>, signal?: AbortSignal): Promise<T> {
  let left = LAST_WORDS;
  const next = (): void => {
    if (signal?.aborted === true && left-- === 0) return;
    handle = setImmediate(next);
    frame();
  };
  let handle = setImmediate(next);
  return done.finally(() => {
    clearImmediate(handle);
  });
}

/** An engine for the laws: each run on a loop of its own, which `frame` moves on. */
export function handMade<L>(
  name: string,
  make: () => L,
  backendOf: (loop: L) => Backend,
  frame: (loop: L) => void,
  options: Pick<LawBackend, "clock" | "patience"> = {},
): LawBackend {
  return {
    name,
    ...options,
    run(main, signal) {
      const loop = make();
      const done = run(main, { backend: backendOf(loop), signal });
      return played(() => frame(loop), done, signal);
    },
  };
}
