import { createPortal, lruCache, type Operation, type Portal, run, sleep, taskGroup, UsageError } from "anyrx";
import { outdoors, thrownBy, virtually } from "../field/everywhere.ts";

describe("What would wait for itself, or for what has ended", () => {
  virtually("two cached functions that call each other are told so", async () => {
    const a: (n: number) => Operation<number> = lruCache(function* (n: number) {
      return yield* b(n);
    });
    const b: (n: number) => Operation<number> = lruCache(function* (n: number) {
      return yield* a(n);
    });
    expect(await thrownBy(() => a(1))).toBeInstanceOf(UsageError);
  });

  outdoors("who sleeps until a portal is stopped wakes when its group has ended", async () => {
    let portal: Portal | undefined;
    await taskGroup(async (outer) => {
      const sleeper = outer.startSoon(async () => {
        await sleep(1);
        await portal?.sleepUntilStopped();
        return "awake";
      });
      await taskGroup(async (tg) => {
        portal = createPortal(tg);
        await sleep(4);
      });
      expect(await sleeper).toBe("awake");
    });
  });

  it("a class of errors keeps its name", () => {
    expect(UsageError.name).toBe("UsageError");
    return run(() => 1);
  });
});
