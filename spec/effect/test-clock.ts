/** Effects in the time of a `TestClock`. */

import { Effect, type Exit, Fiber } from "effect";
import { TestClock } from "effect/testing";

/** Runs `effect` with a clock that only moves when it is adjusted. */
export function inTestTime<A, E>(effect: Effect.Effect<A, E>): Promise<A> {
  return Effect.runPromise(Effect.provide(effect, TestClock.layer()));
}

/** Lets what was started come as far as it can without time. */
export const settled: Effect.Effect<void> = Effect.repeat(Effect.yieldNow, { times: 9 });

/** Runs `effect` while the clock is adjusted, by `ms`, once. Gives its exit. */
export function adjusting<A, E>(effect: Effect.Effect<A, E>, ms: number): Effect.Effect<Exit.Exit<A, E>> {
  return Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect);
    yield* settled;
    yield* TestClock.adjust(ms);
    return yield* Fiber.await(fiber);
  });
}
