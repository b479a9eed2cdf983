import { createMemoryObjectStream, CapacityLimiter, Lock, Semaphore, sleep } from "anyrx";
import { fromEffect, toEffect } from "anyrx/effect";
import { Cause, Effect, Exit, Fiber, Scheduler } from "effect";
import { TestClock } from "effect/testing";
import { adjusting, inTestTime, settled } from "./test-clock.ts";

/** How many turns of the scheduler lie between the begin and the end of what is interrupted below, and some more. */
const TURNS = 10;

/** Lets `work` come to time `at`, then through some of the turns of that time. Gives what is still to come of them. */
const until = (at: number, turns: number): Effect.Effect<Fiber.Fiber<void>> =>
  Effect.gen(function* () {
    yield* settled;
    if (at > 0) yield* TestClock.adjust(at - 1);
    const rest = yield* Effect.forkChild(TestClock.adjust(at > 0 ? 1 : 0));
    for (let i = 0; i < turns; i++) yield* Effect.yieldNow;
    return rest;
  });

type Receiving = (receive: ReturnType<typeof createMemoryObjectStream<number>>[1]) => Effect.Effect<number, unknown>;

const receivers: Record<string, Receiving> = {
  "toEffect(operation)": (receive) => toEffect(receive.receive()),
  "toEffect() of a function that gives an operation": (receive) => toEffect(() => receive.receive()),
  "yield* of an operation": (receive) =>
    Effect.gen(function* () {
      return yield* receive.receive();
    }),
};

class Often extends Scheduler.MixedScheduler {
  private readonly steps: number;

  constructor(steps: number) {
    super();
    this.steps = steps;
  }

  override shouldYield(fiber: { readonly currentOpCount: number }): boolean {
    return fiber.currentOpCount >= this.steps;
  }
}

describe("A fiber that is interrupted between the end of our operation and its own next step", () => {
  for (const [name, receiving] of Object.entries(receivers)) {
    for (const size of [0, 3]) {
      it(`gives back the item that it would have received, by ${name}, buffer of ${size}`, async () => {
        for (let turns = 0; turns < TURNS; turns++) {
          await inTestTime(
            Effect.gen(function* () {
              const [send, receive] = createMemoryObjectStream<number>(size);
              const got: number[] = [];
              const receiver = yield* Effect.forkChild(
                Effect.forever(Effect.map(receiving(receive), (item) => void got.push(item))),
              );
              const sender = yield* Effect.forkChild(
                toEffect(function* () {
                  for (const item of [1, 2, 3]) yield* send.send(item);
                  send.close();
                }),
              );
              for (let i = 0; i < turns; i++) yield* Effect.yieldNow;
              receiver.interruptUnsafe();
              yield* Fiber.await(receiver);
              yield* toEffect(async () => {
                for await (const item of receive) got.push(item);
              });
              yield* Fiber.join(sender);
              expect(got).withContext(`${turns} turns`).toEqual([1, 2, 3]);
            }),
          );
        }
      });
    }
  }

  it("loses nothing to a timeout of the same instant", () =>
    inTestTime(
      Effect.gen(function* () {
        const [send, receive] = createMemoryObjectStream<number>(0);
        const got: number[] = [];
        const sending = toEffect(async () => {
          for (let item = 0; item < 5; item++) {
            await sleep(2);
            await send.send(item);
          }
        });
        const receiving = Effect.map(Effect.timeoutOption(toEffect(receive.receive()), 1), (option) => {
          if (option._tag === "Some") got.push(option.value);
        });
        const exit = yield* adjusting(
          Effect.raceFirst(Effect.forever(receiving), Effect.andThen(sending, Effect.sleep(3))),
          50,
        );
        expect(Exit.isSuccess(exit)).toBeTrue();
        expect(got).toEqual([0, 1, 2, 3, 4]);
      }),
    ));

  const exclusive = {
    Lock: () => new Lock(),
    Semaphore: () => new Semaphore(1),
    CapacityLimiter: () => new CapacityLimiter(1),
  };
  for (const [name, make] of Object.entries(exclusive)) {
    it(`does not take a ${name} with it`, async () => {
      for (let at = 0; at < 4; at++) {
        for (let turns = 0; turns < TURNS; turns++) {
          await inTestTime(
            Effect.gen(function* () {
              const guard = make();
              const log: string[] = [];
              const within = (who: string) =>
                Effect.acquireUseRelease(
                  Effect.sync(() => log.push(`+${who}`)),
                  () => Effect.sleep(1),
                  () => Effect.sync(() => log.push(`-${who}`)),
                );
              const restored = Effect.uninterruptibleMask((restore) =>
                Effect.flatMap(restore(toEffect(guard.acquire())), (lease) =>
                  Effect.ensuring(
                    restore(within("fiber")),
                    Effect.sync(() => lease[Symbol.dispose]()),
                  ),
                ),
              );
              const task = toEffect(async () => {
                using _lease = await guard.acquire();
                await fromEffect(within("task"));
              });
              const fibers: Fiber.Fiber<unknown, unknown>[] = [];
              for (const effect of [task, restored, task]) fibers.push(yield* Effect.forkChild(effect));
              const rest = yield* until(at, turns);
              fibers[1]!.interruptUnsafe();
              yield* Fiber.join(rest);
              yield* settled;
              yield* TestClock.adjust(10);
              const place = `${at} ms, ${turns} turns`;
              for (const one of [0, 2]) expect(fibers[one]!.pollUnsafe()?._tag).withContext(place).toBe("Success");
              for (let i = 0; i < log.length; i += 2) {
                expect(log[i + 1])
                  .withContext(place)
                  .toBe(`-${log[i]!.slice(1)}`);
              }
              guard.acquireNowait()[Symbol.dispose]();
            }),
          );
        }
      }
    });
  }

  it("ends, also under a scheduler that makes it yield before each of its last steps", async () => {
    for (let steps = 5; steps < 12; steps++) {
      for (let turns = 0; turns < TURNS; turns++) {
        const [send, receive] = createMemoryObjectStream<number>(1);
        const got: number[] = [];
        const round = Effect.gen(function* () {
          const receiver = yield* Effect.forkChild(
            Effect.map(toEffect(receive.receive()), (item) => void got.push(item)),
          );
          yield* send.send(7);
          for (let i = 0; i < turns; i++) yield* Effect.yieldNow;
          yield* Fiber.interrupt(receiver);
        });
        await Effect.runPromise(Effect.provideService(round, Scheduler.Scheduler, new Often(steps)));
        const left = receive.statistics().currentBufferUsed;
        expect([got.length <= 1, left <= 1 - got.length])
          .withContext(`${steps} steps, ${turns} turns`)
          .toEqual([true, true]);
      }
    }
  });
});

describe("What an operation has acquired for a fiber", () => {
  it("is the fiber's: a lock does not break when the operation has ended", () =>
    inTestTime(
      Effect.gen(function* () {
        const lock = new Lock();
        for (const acquire of [toEffect(lock.acquire()), toEffect(() => lock.acquire())]) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* Effect.acquireRelease(acquire, (lease) => Effect.sync(() => lease[Symbol.dispose]()));
              yield* Effect.sleep(0);
              expect(lock.statistics()).toEqual(jasmine.objectContaining({ locked: true, owner: null }));
            }),
          );
          expect(lock.statistics().locked).toBeFalse();
        }
        yield* lock.acquire();
        yield* Effect.yieldNow;
        lock.release();
        expect(lock.statistics().locked).toBeFalse();
      }),
    ));

  it("still breaks with a function that ends holding it: that is a task", () =>
    inTestTime(
      Effect.gen(function* () {
        const lock = new Lock();
        yield* toEffect(async () => await lock.acquire());
        const exit = yield* Effect.exit(toEffect(lock.acquire()));
        expect(Exit.isFailure(exit) && String(Cause.squash(exit.cause))).toMatch(/ended while it held it/);
      }),
    ));
});
