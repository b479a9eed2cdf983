import {
  CancelScope,
  createMemoryObjectStream,
  currentBackend,
  isUsageError,
  Lock,
  operation,
  run,
  sleep,
  sleepForever,
  taskGroup,
} from "anyrx";
import { fromEffection } from "anyrx/effection";
import * as effection from "effection";
import { virtually } from "./world.ts";

describe("code of Effection, without any run,", () => {
  virtually("yields operations", async ({ outcome, note, log }) => {
    const [send, receive] = createMemoryObjectStream<number>();
    await outcome(
      effection.run(function* () {
        void (yield* effection.spawn(function* () {
          yield* sleep(10);
          yield* send.send(1);
        }));
        note(`received ${String(yield* receive.receive())}`);
        note((yield* effection.race([sleep(5), effection.sleep(50)])) === undefined ? "ours was faster" : "");
        yield* effection.all([sleep(5), effection.sleep(7), taskGroup((tg) => void tg.startSoon(() => sleep(9)))]);
        note("all");
      }),
    );
    expect(log).toEqual(["received 1@10", "ours was faster@15", "all@24"]);
  });

  virtually("halted in between, waits for the cleanup", async ({ outcome, note, log, time }) => {
    const slow = operation(async () => {
      try {
        await sleepForever();
      } finally {
        await new CancelScope({ shield: true }).enter(() => sleep(10));
        note("cleaned up");
      }
    });
    const task = effection.run(function* () {
      try {
        yield* slow();
      } finally {
        yield* sleep(1);
        note("finally");
      }
    });
    await time.advance(5);
    await outcome(task.halt());
    note("halted");
    expect(log).toEqual(["cleaned up@15", "finally@16", "halted@16"]);
  });

  virtually("catches what an operation throws", async ({ outcome }) => {
    const ended = await outcome(
      effection.run(function* () {
        try {
          yield* operation(() => Promise.reject(new Error("mine")))();
          return "no error";
        } catch (error) {
          return (error as Error).message;
        }
      }),
    );
    expect(ended).toEqual({ status: "fulfilled", value: "mine" });
  });

  it("is known, and no longer once it is over", async () => {
    const task = effection.run(function* () {
      const first = currentBackend();
      yield* effection.until(Promise.resolve());
      return [first, currentBackend()];
    });
    expect(currentBackend()).toBe("native");
    expect(await task).toEqual(["effection", "effection"]);
    expect(currentBackend()).toBe("native");
  });

  virtually(
    "awaits in async functions that it calls, and cancels them at its end",
    async ({ outcome, note, log, time }) => {
      const task = effection.run(() =>
        effection.call(async () => {
          await sleep(5);
          note(currentBackend());
          try {
            await sleepForever();
          } catch {
            note("cancelled");
          }
        }),
      );
      await time.advance(10);
      await outcome(task.halt());
      await time.advance(1);
      expect(log).toEqual(["effection@5", "cancelled@10"]);
    },
  );

  virtually("waits at its end for what it has subscribed to", async ({ outcome, note, log }) => {
    await outcome(
      effection.run(function* () {
        operation(async () => {
          try {
            await sleepForever();
          } finally {
            await new CancelScope({ shield: true }).enter(() => sleep(3));
            note("cleaned up");
          }
        })().subscribe({ error: () => undefined });
        yield* effection.sleep(2);
      }),
    );
    note("over");
    expect(log).toEqual(["cleaned up@5", "over@5"]);
  });

  virtually("keeps a lock from one step to another", async ({ outcome, note, log }) => {
    const lock = new Lock();
    const worker = (name: string) =>
      function* () {
        using _lease = yield* lock.acquire();
        yield* effection.sleep(5);
        note(name);
      };
    await outcome(effection.run(() => effection.all([worker("a")(), worker("b")()])));
    expect(log).toEqual(["a@5", "b@10"]);
  });

  virtually("that a task of ours sets off is not taken for that task", async ({ outcome, note, log }) => {
    await outcome(
      run(
        () =>
          taskGroup(function* (tg) {
            const channel = effection.createSignal<number, undefined>();
            tg.startSoon(() =>
              fromEffection(function* () {
                for (const item of yield* effection.each(channel)) {
                  yield* sleep(3);
                  note(String(item));
                  yield* effection.each.next();
                }
              }),
            );
            yield* sleep(1);
            channel.send(1); // The receiver runs in here.
            yield* sleep(1);
            note("sent");
            channel.send(2);
            yield* sleep(1);
            channel.close(undefined);
          }),
        { backend: "effection" },
      ),
    );
    expect(log).toEqual(["sent@2", "1@4", "2@7"]);
  });

  virtually("that a task of ours runs by hand is not taken for that task", async ({ outcome, note, log }) => {
    await outcome(
      run(
        function* () {
          const task = effection.run(function* () {
            yield* sleep(5);
            note("theirs");
          });
          yield* sleep(2);
          note("ours");
          yield* fromEffection(() => task);
        },
        { backend: "effection" },
      ),
    );
    expect(log).toEqual(["ours@2", "theirs@5"]);
  });

  it("reads an AbortSignal of Effection, as anything of Effection", async () => {
    const aborted = await run(async () => {
      const signal = await fromEffection(() => effection.useAbortSignal());
      return signal.aborted; // A resource lives as long as the operation.
    });
    expect(aborted).toBeTrue();
  });
});

describe("a generator that nobody drives who could wait", () => {
  it("is told so, when it goes on", () => {
    const generator = (function* () {
      yield* sleep(1);
    })();
    generator.next();
    let thrown: unknown;
    try {
      generator.next();
    } catch (error) {
      thrown = error;
    }
    expect(isUsageError(thrown)).toBeTrue();
    expect((thrown as Error).message).toBe(
      "Cannot yield* sleep(1) here: no task of anyrx drives this generator; " +
        'hand the generator function to operation(), taskGroup() or run(), or import "anyrx/effect" or "anyrx/effection" where it is theirs',
    );
  });
});
