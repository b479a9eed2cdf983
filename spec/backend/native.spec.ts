import { NativeBackend } from "../../src/backend/native.ts";
import { host } from "../../src/host/node.ts";
import { failAfter, run, sleep } from "../../src/index.ts";
import type { Host } from "../../src/port/host.ts";
import { reallyWaits } from "../support/real-time.ts";

/** The host, with an account of its timers. */
function counting(): { readonly counted: Host; readonly timers: Set<object> } {
  const timers = new Set<object>();
  const counted: Host = {
    ...host,
    timer(delay, job) {
      const timer = host.timer(delay, () => {
        timers.delete(timer);
        job();
      });
      timers.add(timer);
      return {
        cancel: () => {
          timers.delete(timer);
          timer.cancel();
        },
        keepAlive: (on) => {
          timer.keepAlive(on);
        },
      };
    },
  };
  return { counted, timers };
}

describe("The native backend", () => {
  reallyWaits("its clock is the real one");

  it("leaves no timer of the host behind when a run has ended", async () => {
    const { counted, timers } = counting();
    const backend = new NativeBackend(counted);
    await run(() => failAfter(3_600_000, () => sleep(1)), { backend });
    expect(timers.size).toBe(0);
  });

  it("keeps time in the next run on the same backend", async () => {
    const { counted, timers } = counting();
    const backend = new NativeBackend(counted);
    await run(() => failAfter(3_600_000, () => sleep(1)), { backend });
    const start = performance.now();
    await run(() => sleep(5), { backend });
    expect(performance.now() - start).toBeGreaterThan(4);
    expect(timers.size).toBe(0);
  });
});
