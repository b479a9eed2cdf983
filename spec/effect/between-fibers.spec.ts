import { currentTime, Future, operation, sleep } from "anyrx";
import { toEffect } from "anyrx/effect";
import { Effect, Fiber } from "effect";
import { TestClock } from "effect/testing";
import { inTestTime, settled } from "./test-clock.ts";

const now = Effect.clockWith((clock) => clock.currentTimeMillis);

describe("A wake from one fiber to another, within one adjust of a TestClock", () => {
  it("comes at its time, though the one who wakes is an async function that goes on", async () => {
    const log: string[] = [];
    const future = new Future<number>();
    const giving = toEffect(async () => {
      await sleep(20);
      future.returnValue = 1;
      await sleep(5000);
    });
    const getting = Effect.gen(function* () {
      yield* toEffect(future);
      log.push(`got@${yield* now}`);
      yield* Effect.sleep(7);
      log.push(`slept@${yield* now}`);
    });
    await inTestTime(
      Effect.gen(function* () {
        const giver = yield* Effect.forkChild(giving);
        const getter = yield* Effect.forkChild(getting);
        yield* settled;
        yield* TestClock.adjust("10 seconds");
        yield* Fiber.join(getter);
        yield* Fiber.join(giver);
      }),
    );
    expect(log).toEqual(["got@20", "slept@27"]);
  });

  it("comes at its time along a chain of thirty fibers", async () => {
    const log: number[] = [];
    const futures = Array.from({ length: 31 }, () => new Future<number>());
    const link = operation(async (n: number) => {
      const value = await (futures[n] as Future<number>);
      await sleep(3);
      log.push(currentTime());
      (futures[n + 1] as Future<number>).returnValue = value + 1;
    });
    await inTestTime(
      Effect.gen(function* () {
        const fibers = yield* Effect.forEach(futures.slice(1), (_, n) => Effect.forkChild(toEffect(link(n))));
        yield* settled;
        (futures[0] as Future<number>).returnValue = 0;
        yield* TestClock.adjust("10 seconds");
        for (const fiber of fibers) yield* Fiber.join(fiber);
      }),
    );
    expect(log).toEqual(Array.from({ length: 30 }, (_, n) => (n + 1) * 3));
  });
});
