import { createMemoryObjectStream, Lock, type Operation, Semaphore } from "anyrx";
import { toEffection } from "anyrx/effection";
import * as effection from "effection";
import { virtually, type World } from "./world.ts";

const doors: Record<string, <T>(operation: Operation<T>) => effection.Operation<T>> = {
  "yield*": (operation) => operation,
  "toEffection()": (operation) => toEffection(operation),
};

/** Effection lets a task that ranks higher have its step between a wait that completes in place and the step that would see its value. */
function haltedInBetween<T>({ outcome }: World, wait: () => effection.Operation<T>, seen: (value: T) => void) {
  return outcome(
    effection.run(function* () {
      const begun = effection.withResolvers<null>();
      const task = yield* effection.spawn(function* () {
        yield* effection.sleep(1);
        begun.resolve(null);
        seen(yield* wait());
      });
      yield* begun.operation;
      yield* task.halt();
    }),
  );
}

for (const [title, door] of Object.entries(doors)) {
  describe(`what ${title} gives to a task that is halted before it sees it`, () => {
    virtually("goes back: an item, to the head of its stream", async (world) => {
      const [send, receive] = createMemoryObjectStream<number>(2);
      send.sendNowait(1);
      send.sendNowait(2);
      const got: number[] = [];
      await haltedInBetween(
        world,
        () => door(receive.receive()),
        (item) => got.push(item),
      );
      expect(got).toEqual([]);
      expect([receive.receiveNowait(), receive.receiveNowait()]).toEqual([1, 2]);
    });

    virtually("goes back: a lock, a permit", async (world) => {
      const lock = new Lock();
      const permits = new Semaphore(1);
      const acquiring: Operation<unknown>[] = [lock.acquire(), permits.acquire()];
      for (const acquire of acquiring) {
        await haltedInBetween(
          world,
          () => door(acquire),
          () => fail("it went on"),
        );
      }
      expect(lock.statistics().locked).toBeFalse();
      expect(permits.value).toBe(1);
    });

    virtually("goes on to whoever waits for it", async (world) => {
      const [send, receive] = createMemoryObjectStream<number>(1);
      send.sendNowait(1);
      const got: number[] = [];
      const other = effection.run(function* () {
        yield* effection.sleep(2);
        got.push(yield* receive.receive());
      });
      await haltedInBetween(
        world,
        () => door(receive.receive()),
        (item) => got.push(-item),
      );
      await world.outcome(other);
      expect(got).toEqual([1]);
    });
  });
}
