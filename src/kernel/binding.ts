/**
 * What the composition binds into the kernel: the host, and the backend that is ambient outside of any run.
 *
 * The kernel may not import what lies above it, so `src/index.ts` hands both in, once, when the library is loaded.
 *
 * @module
 */

import type { Development } from "../base/development.ts";
import type { Backend } from "../port/backend.ts";
import type { Ground, Host } from "../port/host.ts";

/** What is bound. */
export interface Binding {
  host: Host;
  /** Makes the backend that runs whatever is started outside of any run. */
  ambient: () => Backend;
  /** The async context in which the library was loaded, on hosts that have such. */
  ground: Ground | undefined;
  /** Development mode, while it is on. */
  development: Development | null;
}

/** The binding of this copy of the library. Empty until {@link bind} was called. */
export const bound: Binding = {} as Binding;

/** Hands the host and the ambient backend to the kernel. */
export function bind(host: Host, ambient: () => Backend): void {
  bound.host = host;
  bound.ambient = ambient;
  bound.ground = host.store.ground?.();
  bound.development = null;
}
