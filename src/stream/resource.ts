/**
 * Resources: things that are closed.
 *
 * @module
 */

import { CancelScope } from "../kernel/cancel-scope.ts";
import { shown } from "../kernel/checks.ts";
import { operation } from "../kernel/work.ts";
import type { Operation } from "../kernel/operation.ts";

/** Something that is closed by an operation. */
export interface AsyncResource {
  /** Closes it in order, which may take time. Closing it again does nothing. */
  aclose(): Operation<void>;
}

/**
 * Closes `resource` without waiting for an orderly end: in a scope that is cancelled already.
 *
 * @example
 * import { acloseForcefully, createMemoryObjectStream } from "anyrx";
 * const [send] = createMemoryObjectStream<number>(1);
 * await acloseForcefully(send);
 * send.statistics().openSendStreams; // => 0
 * @source AnyIO `aclose_forcefully`.
 */
export function acloseForcefully(resource: AsyncResource): Operation<void> {
  if (typeof (resource as Partial<AsyncResource> | null | undefined)?.aclose !== "function") {
    throw new TypeError(`Cannot close ${shown(resource)}: it has no aclose(); pass a resource`);
  }
  return closeForcefully(resource);
}

const closeForcefully: (resource: AsyncResource) => Operation<void> = /* @__PURE__ */ operation(function* (
  resource: AsyncResource,
) {
  const scope = new CancelScope();
  scope.cancel("closed forcefully");
  yield* scope.enter(() => resource.aclose());
});
