import { currentTime, moveOnAfter, run, sleep, sleepForever, taskGroup } from "anyrx";
import { effectBackend, fromEffect, toEffect } from "anyrx/effect";
import { Cause, Effect, Exit, Fiber } from "effect";
import { TestClock } from "effect/testing";
import { inTestTime, settled } from "./test-clock.ts";

/** When the tree below is done by itself, in virtual ms. */
const END = 30;

/** Effect, around a group of ours, around an effect, around an operation of ours: each with something to clean up, which takes a while. */
function tree(log: string[]): Effect.Effect<string, unknown> {
  const note = (text: string) => void log.push(text);
  const shielded = (ms: number) => moveOnAfter(1000, () => sleep(ms), { shield: true });

  async function innermost(): Promise<string> {
    note("+innermost");
    try {
      await sleep(4);
      await sleep(3);
      return "inner";
    } finally {
      await shielded(2);
      note("-innermost");
    }
  }

  const resource = Effect.acquireUseRelease(
    Effect.andThen(
      Effect.sleep(2),
      Effect.sync(() => note("+resource")),
    ),
    () => Effect.andThen(Effect.sleep(1), toEffect(innermost)),
    () =>
      Effect.andThen(
        toEffect(function* () {
          yield* sleep(2);
        }).pipe(Effect.orDie),
        Effect.sync(() => note("-resource")),
      ),
  );

  function* generatorChild() {
    note("+generator");
    try {
      return yield* fromEffect(resource);
    } finally {
      yield* shielded(1);
      note("-generator");
    }
  }

  const group = () =>
    taskGroup(async (tg) => {
      note("+group");
      try {
        tg.startSoon(generatorChild);
        tg.startSoon(async () => {
          note("+async");
          try {
            await sleep(11);
          } finally {
            await shielded(3);
            note("-async");
          }
        });
        await sleep(16);
        return await fromEffect(Effect.as(Effect.sleep(4), "done"));
      } finally {
        note("-group");
      }
    });

  return Effect.gen(function* () {
    note("+outer");
    yield* Effect.sleep(1);
    const value = yield* toEffect(group);
    yield* Effect.sleep(1);
    return value;
  }).pipe(
    Effect.ensuring(
      Effect.andThen(
        Effect.sleep(1),
        Effect.sync(() => note("-outer")),
      ),
    ),
  );
}

/** What is wrong with the order of `log`: what began is over, once, and the inner before the outer. */
function faults(log: readonly string[]): string[] {
  const found: string[] = [];
  const within: [string, string][] = [
    ["innermost", "resource"],
    ["resource", "generator"],
    ["generator", "outer"],
    ["async", "outer"],
    ["group", "outer"],
  ];
  for (const name of ["outer", "group", "generator", "async", "resource", "innermost"]) {
    const begun = log.filter((entry) => entry === `+${name}`).length;
    const over = log.filter((entry) => entry === `-${name}`).length;
    if (begun > 1 || begun !== over) found.push(`${name} began ${begun} times, and was over ${over} times`);
  }
  for (const [inner, outer] of within) {
    if (log.includes(`-${inner}`) && log.indexOf(`-${inner}`) > log.indexOf(`-${outer}`))
      found.push(`${outer} was over before ${inner}`);
  }
  return found;
}

describe("a tree of both kinds", () => {
  const unhandled: unknown[] = [];
  const noteUnhandled = (error: unknown) => void unhandled.push(error);
  beforeEach(() => {
    unhandled.length = 0;
    process.on("unhandledRejection", noteUnhandled);
  });
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", noteUnhandled);
    expect(unhandled).toEqual([]);
  });

  it("comes to its end, at the time that its sleeps add up to", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const ended = Effect.map(tree(log), (value) => `${value}@${currentTime()}`);
        const fiber = yield* Effect.forkChild(ended);
        yield* settled;
        yield* TestClock.adjust(END);
        expect(yield* Fiber.join(fiber)).toBe("done@23");
        expect(faults(log)).toEqual([]);
        expect(log.length).toBe(12);
      }),
    ));

  for (let ms = 0; ms <= END - 6; ms++) {
    it(`is cleaned up from the inside when it is interrupted at ${ms} ms`, () =>
      inTestTime(
        Effect.gen(function* () {
          const log: string[] = [];
          const fiber = yield* Effect.forkChild(tree(log));
          yield* settled;
          yield* TestClock.adjust(ms);
          const over = fiber.pollUnsafe() !== undefined;
          fiber.interruptUnsafe();
          yield* settled;
          yield* TestClock.adjust(100);
          const exit = yield* Fiber.await(fiber);
          if (!over) expect(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)).toBeTrue();
          expect(faults(log)).toEqual([]);
          const before = [...log];
          yield* TestClock.adjust(1000);
          yield* settled;
          expect(log).toEqual(before);
        }),
      ));
  }

  it("is cleaned up from the inside at any turn within an ms, too", async () => {
    for (let turns = 0; turns < 24; turns++) {
      const log: string[] = [];
      await inTestTime(
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(tree(log));
          const adjusting = yield* Effect.forkChild(TestClock.adjust(8));
          for (let i = 0; i < turns; i++) yield* Effect.yieldNow;
          fiber.interruptUnsafe();
          yield* Fiber.join(adjusting);
          yield* TestClock.adjust(100);
          yield* Fiber.await(fiber);
        }),
      );
      expect(faults(log)).withContext(`${turns} turns`).toEqual([]);
    }
  });

  for (let ms = 0; ms <= 8; ms++) {
    it(`is cleaned up when our scope around it is cancelled at ${3 * ms} ms, in virtual time`, async () => {
      const log: string[] = [];
      await run(() => moveOnAfter(3 * ms, () => fromEffect(tree(log))), { backend: "virtual" });
      expect(faults(log)).toEqual([]);
    });
  }

  it("keeps our scopes when a timeout of Effect's is in between", () =>
    inTestTime(
      Effect.gen(function* () {
        const log: string[] = [];
        const main = () =>
          taskGroup(async (tg) => {
            tg.startSoon(async () => {
              await sleep(20);
              log.push(`sibling@${currentTime()}`);
            });
            const limited = Effect.timeoutOption(
              toEffect(() => sleepForever()),
              10,
            );
            const option = await fromEffect(limited);
            log.push(`${option._tag}@${currentTime()}`);
          });
        const fiber = yield* Effect.forkChild(Effect.promise(() => run(main, { backend: effectBackend() })));
        yield* settled;
        yield* TestClock.adjust(100);
        yield* Fiber.join(fiber);
        expect(log).toEqual(["None@10", "sibling@20"]);
      }),
    ));

  for (const awaits of [false, true]) {
    it(`cancels a run within, which its task waits for${awaits ? ", also when that has awaited before" : ""}`, async () => {
      for (let ms = 0; ms < 6; ms++) {
        const log: string[] = [];
        await inTestTime(
          Effect.gen(function* () {
            const main = async () => {
              log.push("+");
              try {
                await sleepForever();
              } finally {
                await moveOnAfter(100, () => sleep(2), { shield: true });
                log.push("-");
              }
            };
            const around = toEffect(async () => {
              if (awaits) await sleep(2);
              await run(main, { backend: effectBackend() });
            });
            const fiber = yield* Effect.forkChild(around);
            yield* settled;
            yield* TestClock.adjust(ms);
            fiber.interruptUnsafe();
            yield* settled;
            yield* TestClock.adjust(10);
            yield* settled;
            const exit = fiber.pollUnsafe();
            expect(exit !== undefined && Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)).toBeTrue();
            expect(log).toEqual(awaits && ms < 2 ? [] : ["+", "-"]);
          }),
        );
      }
    });
  }
});
