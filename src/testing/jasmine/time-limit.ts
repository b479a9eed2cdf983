/**
 * The time limit of a spec: a little less than jasmine's, so that it ends with an error that says more, and leaves nothing running behind.
 *
 * @module
 */

import { bound } from "../../kernel/binding.ts";
import { taskTree } from "../../kernel/task-tree.ts";
import type { HostAbortSignal } from "../../port/host.ts";
import { realTimer } from "../originals.ts";
import type { Jasmine } from "./globals.ts";
import { SpecTimeoutError } from "./spec-timeout-error.ts";

/** How much of jasmine's timeout a spec may use. */
const SHARE = 0.8;
/** How much of its limit a spec that was cancelled may take to clean up, before it is given up. Together less than jasmine's timeout. */
const LAST_WORDS = 0.125;

/** How long a spec may take, in real ms. Asked when it runs, as jasmine itself does; a timeout of 0 is none to jasmine, either. */
export function limitOf(jasmine: Jasmine, timeout: number = 0): number {
  return Math.floor((timeout === 0 ? jasmine.DEFAULT_TIMEOUT_INTERVAL : timeout) * SHARE);
}

/**
 * Runs `start`, and cancels it after `limit` real ms.
 *
 * @throws {SpecTimeoutError} When that was needed.
 */
export function within<T>(backend: string, limit: number, start: (signal: HostAbortSignal) => Promise<T>): Promise<T> {
  const controller = bound.host.abortController();
  return new Promise((resolve, reject) => {
    let late: SpecTimeoutError | null = null;
    let timer = realTimer(limit, () => {
      const error = (late = new SpecTimeoutError(backend, limit, String(taskTree())));
      timer = realTimer(limit * LAST_WORDS, () => {
        reject(error);
      });
      controller.abort(error);
    });
    const over = (settle: () => void): void => {
      timer.cancel();
      if (late === null) settle();
      else reject(late);
    };
    const begun = async (): Promise<T> => start(controller.signal); // What it throws at once is told like the rest.
    begun().then(
      (value) => {
        over(() => {
          resolve(value);
        });
      },
      (error: unknown) => {
        over(() => {
          reject(error);
        });
      },
    );
  });
}
