/**
 * Outside: where code of Effection runs, which must not be taken for the task of ours that set it off.
 *
 * @module
 */

import { bound } from "../kernel/binding.ts";
import { here } from "../kernel/here.ts";

/** Calls `job` in no scope of ours. */
export function outside<T>(job: () => T): T {
  const { scope, stored, frame } = here;
  const { store } = bound.host;
  here.scope = null;
  here.stored = false;
  here.frame = null;
  try {
    return store.get() === undefined ? job() : store.run(undefined, job, undefined);
  } finally {
    here.scope = scope;
    here.stored = stored;
    here.frame = frame;
  }
}
