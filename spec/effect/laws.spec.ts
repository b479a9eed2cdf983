import { run } from "anyrx";
import { effectBackend, fromEffect, toEffect } from "anyrx/effect";
import type { LawBackend } from "anyrx/testing/laws";
import { Effect, Fiber } from "effect";
import { TestClock } from "effect/testing";
import { everyStyle, stillInVirtualTime, theLawsHold } from "../laws/hold.ts";
import { inTestTime, settled } from "./test-clock.ts";

/** Runs in the time of a `TestClock`, which is adjusted by an hour at once: what happens in between has to happen at its exact time. */
function byTheHour<T>(start: () => Promise<T>): Promise<T> {
  const timed = Effect.gen(function* () {
    // Nothing is thrown: it is the same rejection that comes out.
    const fiber = yield* Effect.forkChild(
      Effect.promise(() => {
        const promise = start();
        return promise.then(
          () => promise,
          () => ({ promise }),
        );
      }),
    );
    yield* settled;
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 hour");
    const outcome = yield* Fiber.join(fiber);
    return { outcome };
  });
  return inTestTime(timed).then(({ outcome }) =>
    typeof outcome === "object" && outcome !== null && "promise" in outcome ? outcome.promise : outcome,
  );
}

const live: LawBackend = { name: "effect", clock: "real", run: (main) => run(main, { backend: effectBackend() }) };

const adjusted: LawBackend = {
  name: "effect, with a TestClock",
  clock: "exact",
  run: (main) => byTheHour(() => run(main, { backend: effectBackend() })),
};

/** What is run through an effect and back: in a fiber on the virtual clock, without a run of its own. */
const through: LawBackend = {
  name: "virtual, through an effect",
  clock: "exact",
  run: (main) => run(() => fromEffect(toEffect(main)), { backend: "virtual" }),
};

for (const style of everyStyle) {
  theLawsHold(live, style, []);
  theLawsHold(adjusted, style, []);
  theLawsHold(through, style, stillInVirtualTime);
}
