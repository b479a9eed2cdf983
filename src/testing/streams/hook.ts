/**
 * Hooks of memory streams: code of a test that runs inside a send or a receive.
 *
 * @module
 */

import { CancelScope } from "../../kernel/cancel-scope.ts";
import { checkedBody } from "../../kernel/checks.ts";
import type { OperationGenerator } from "../../kernel/operation.ts";

/** An async function, a generator function, one that returns an Observable, or a plain one; `null` for none. */
export type StreamHook = (() => unknown) | null;

/** `hook`, if it is one. */
export function checkedHook<H extends StreamHook>(name: string, hook: H | undefined): H {
  if (hook === null || hook === undefined) return null as H;
  return checkedBody(`call the ${name} of a memory stream`, hook as NonNullable<H>);
}

/** The hook that runs; a close cuts it short. */
export class RunningHook {
  private scope: CancelScope | null = null;

  /** Runs `hook`, and says whether it was cut short. */
  *run(hook: StreamHook): OperationGenerator<boolean> {
    if (hook === null) return false;
    const scope = new CancelScope();
    this.scope = scope;
    try {
      yield* scope.enter(() => hook());
    } finally {
      this.scope = null;
    }
    return scope.cancelledCaught;
  }

  cut(): void {
    this.scope?.cancel("the stream was closed");
  }
}
