/**
 * The backend for Effection, as users ask for it.
 *
 * @module
 */

import { global, type Scope } from "effection";
import { EffectionBackend } from "../backend/effection.ts";
import { shown } from "../kernel/checks.ts";
import type { Backend } from "../port/backend.ts";
import { effectionHost } from "./host.ts";

/** Options of {@link effectionBackend}. */
export interface EffectionBackendOptions {
  /** Where the runs are tasks. Default: Effection's `global`. */
  readonly scope?: Scope | undefined;
}

/**
 * The backend that runs programs as tasks of Effection: `run(main, { backend: effectionBackend() })`.
 *
 * Halting the scope cancels the runs, and is not done before they have cleaned up. What {@link fromEffection} begins is a task inside of the run's.
 *
 * @throws {TypeError} When `scope` is none of Effection's.
 * @example
 * import { createScope } from "effection";
 * import { run, sleepForever } from "anyrx";
 * import { effectionBackend } from "anyrx/effection";
 * const [scope, destroy] = createScope();
 * const log: string[] = [];
 * const program = run(async () => {
 *   try { await sleepForever(); } finally { log.push("cleaned up"); }
 * }, { backend: effectionBackend({ scope }) });
 * program.catch(() => log.push("cancelled"));
 * await destroy(); // => undefined
 * log; // => ["cleaned up", "cancelled"]
 */
export function effectionBackend({ scope = global }: EffectionBackendOptions = {}): Backend {
  const { run, get } = (scope ?? {}) as Partial<Scope>;
  if (typeof run !== "function" || typeof get !== "function") {
    throw new TypeError(
      `Cannot run in the scope ${shown(scope)}: it is no scope of Effection; pass one, such as that of createScope()`,
    );
  }
  return new EffectionBackend(scope, effectionHost);
}
