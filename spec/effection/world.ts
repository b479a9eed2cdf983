/** A world in virtual time, in which Effection's clock is led as well. */

import { VirtualTime } from "anyrx/testing";
import { reallyWaits } from "../support/real-time.ts";

/** What a spec does there. */
export interface World {
  readonly time: VirtualTime;
  readonly log: string[];
  /** Writes down `entry` with the time. */
  readonly note: (entry: string) => void;
  /** Lets time pass until `promise` is settled; what it came to. Fails when it is not after `limit` ms. */
  readonly outcome: <T>(promise: PromiseLike<T>, limit?: number) => Promise<PromiseSettledResult<T>>;
}

/** One spec, in virtual time; an error that nobody handled fails it. */
export function virtually(title: string, test: (world: World) => unknown): void {
  it(title, () => inVirtualTime(test));
}

/** The same, on the real clock. */
export function outdoors(title: string, reason: string, test: () => unknown): void {
  it(title, async () => {
    reallyWaits(reason);
    await test();
  });
}

/** Calls `test` while the timers of the host follow a virtual clock. */
export async function inVirtualTime(test: (world: World) => unknown): Promise<void> {
  const unhandled: unknown[] = [];
  const time = new VirtualTime();
  const log: string[] = [];
  const world: World = {
    time,
    log,
    note: (entry) => void log.push(`${entry}@${String(time.now)}`),
    async outcome<T>(promise: PromiseLike<T>, limit = 1000) {
      let settled: PromiseSettledResult<T> | null = null;
      void Promise.allSettled([promise]).then(([result]) => {
        settled = result;
      });
      for (let ms = 0; ms < limit && settled === null; ms++) await time.advance(1);
      if (settled === null) throw new Error(`it has not ended after ${String(limit)} ms`);
      return settled;
    },
  };
  await jasmine.spyOnGlobalErrorsAsync(async (spy) => {
    {
      using _capture = time.capture();
      await test(world);
      await time.advance(1000); // Nothing that is left behind stays unseen.
    }
    for (let turn = 0; turn < 3; turn++) await new Promise((done) => setImmediate(done));
    unhandled.push(...spy.calls.allArgs().flat());
  });
  expect(unhandled).withContext("errors that nobody handled").toEqual([]);
}
