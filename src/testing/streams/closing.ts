/**
 * Closing, as an operation.
 *
 * @module
 */

import { checkpoint } from "../../kernel/checkpoint.ts";
import type { Operation } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";

/** Closes `end`, then lets others run. A cancellation comes too late to keep it from being closed. */
export const closing: (end: { close(): void }) => Operation<void> = /* @__PURE__ */ operation(function* aclose(end: {
  close(): void;
}) {
  end.close();
  yield* checkpoint();
});
