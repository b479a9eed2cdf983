import { VirtualBackend } from "../../src/backend/virtual.ts";
import { NativeBackend } from "../../src/backend/native.ts";
import { host } from "../../src/host/browser.ts";
import { currentTime, run, sleep, taskGroup } from "../../src/index.ts";
import { onRealClock } from "../support/real-time.ts";

// The whole library runs in a real page as part of the pack test. Here: the parts of the browser host that run anywhere.
describe("The browser host", () => {
  it("runs macrotasks after promise reactions, in order", async () => {
    const log: string[] = [];
    await new Promise<void>((done) => {
      host.macrotask(() => void log.push("first"));
      host.macrotask(() => {
        log.push("second");
        done();
      });
      void (async () => {
        for (let i = 0; i < 1000; i++) await null;
        log.push("reactions");
      })();
    });
    expect(log).toEqual(["reactions", "first", "second"]);
  });

  it("keeps no context, and says so", () => {
    expect(host.store.survives).toBeFalse();
    expect(host.store.run(1, () => host.store.get(), undefined)).toBeUndefined();
  });

  for (const [name, make] of [
    ["virtual", () => new VirtualBackend(host)],
    ["native", () => new NativeBackend(host)],
  ] as const) {
    it(`carries the ${name} backend`, async () => {
      if (name === "native") onRealClock();
      const slept = { async: 0, generator: 0 };
      await run(
        () =>
          taskGroup((tg) => {
            const start = currentTime();
            tg.startSoon(function* () {
              yield* sleep(10);
              slept.generator = currentTime() - start;
            });
            tg.startSoon(async () => {
              await sleep(5);
              slept.async = currentTime() - start;
            });
          }),
        { backend: make(), context: "strict" },
      );
      if (name === "virtual") expect(slept).toEqual({ async: 5, generator: 10 });
      expect(slept.async).toBeGreaterThanOrEqual(5);
      expect(slept.generator).toBeGreaterThanOrEqual(10);
    });
  }
});
