import { checkpoint, createMemoryObjectStream, isCancelled, isTimeoutError, Semaphore, sleep, taskGroup } from "anyrx";
import { explore, type InterleavingError, isInterleavingError, isLeakError, LeakError } from "anyrx/testing";
import { thrownBy } from "../../field/everywhere.ts";
import { leaking, selfish, untidy } from "./leaks.ts";
import { mayWait } from "../../support/real-time.ts";

describe("explore(), with faults", () => {
  mayWait("a deadlock is told after a grace in real time, and a limit of real time is one");
  for (const { title, leaky, tight, says } of leaking) {
    for (const inject of ["cancel", "timeout", "cancelTask"] as const) {
      it(`finds what leaks, and makes the same run again: ${title} [${inject}]`, async () => {
        const found = (await thrownBy(() => explore(leaky, { inject }))) as LeakError;
        expect(found).toBeInstanceOf(LeakError);
        expect(found.message).toMatch(says);
        expect(found.replay).toBe(`${inject}@${String(found.checkpoint)}`);
        expect(isInterleavingError(found)).toBeTrue();
        const again = (await thrownBy(() => explore(leaky, { replay: found.replay }))) as LeakError;
        expect(again.leaks).toEqual(found.leaks);
      });

      it(`tries every checkpoint, and finds nothing where nothing leaks: ${title} [${inject}]`, async () => {
        const { runs, complete, checkpoints } = await explore(tight, { inject });
        expect(complete).toBeTrue();
        expect(runs).toBe(checkpoints + 1);
        expect(checkpoints).toBeGreaterThan(0);
      });
    }

    it(`finds it in drawn orders, at drawn checkpoints, and in all of them: ${title}`, async () => {
      for (const mode of ["random", "pct", "all"] as const) {
        const found = (await thrownBy(() => explore(leaky, { inject: "cancel", mode }))) as LeakError;
        expect(found.message).withContext(mode).toMatch(says);
        expect((await explore(tight, { inject: "cancel", mode, runs: 60 })).runs).toBeGreaterThan(2);
      }
    });
  }

  it("finds what is left running without any fault", async () => {
    const found = (await thrownBy(() => explore(untidy.leaky, { inject: "cancel" }))) as LeakError;
    expect(found.message).toMatch(untidy.says);
    expect([found.checkpoint, found.replay, found.runs]).toEqual([null, "cancel@0", 1]);
    expect(isLeakError(await thrownBy(() => explore(untidy.leaky, { replay: "cancel@0" })))).toBeTrue();
    await explore(untidy.leaky, { runs: 5 }); // Who does not ask for leaks is not told of them.
  });

  it("cancels one task alone when it is told to, which shows what the others wait for", async () => {
    expect((await explore(selfish.leaky, { inject: "cancel" })).complete).toBeTrue();
    const found = (await thrownBy(() => explore(selfish.leaky, { inject: "cancelTask" }))) as LeakError;
    expect(found.leaks.map(({ kind }) => kind)).toEqual(["task"]);
    expect(found.message).toMatch(selfish.says);
    expect((await explore(selfish.tight, { inject: "cancelTask" })).complete).toBeTrue();
  });

  it("cancels at the checkpoint that it says, once, and lets the body handle it", async () => {
    const log: string[] = [];
    const program = async (): Promise<void> => {
      for (const step of ["a", "b", "c"]) {
        try {
          await checkpoint();
          log.push(step);
        } catch (error) {
          log.push(isCancelled(error) ? `${step} cancelled` : String(error));
        }
      }
      log.push(".");
    };
    await explore(program, { replay: "cancel@2" });
    await explore(program, { inject: "timeout" });
    expect(log.join(" ")).toBe(
      "a b cancelled c cancelled . " +
        "a b c . a cancelled b cancelled c cancelled . a b cancelled c cancelled . a b c cancelled .",
    );
  });

  it("takes an error that has nothing to do with the cancellation for a failure", async () => {
    const program = async (): Promise<void> => {
      try {
        await sleep(1);
      } catch {
        throw new TypeError("cleanup failed");
      }
    };
    const found = (await thrownBy(() => explore(program, { inject: "cancel" }))) as InterleavingError;
    expect(isLeakError(found)).toBeFalse();
    expect([found.replay, String(found.cause)]).toEqual(["cancel@1", "TypeError: cleanup failed"]);
    const again = await thrownBy(() => explore(program, { replay: found.replay }));
    expect(String((again as Error).cause)).toBe("TypeError: cleanup failed");
  });

  it("takes it for no failure that a partner is gone", async () => {
    const program = () =>
      taskGroup((tg) => {
        const [send, receive] = createMemoryObjectStream<number>();
        tg.startSoon(async () => {
          using _ = send;
          await send.send(1);
          await send.send(2);
        });
        tg.startSoon(async () => {
          using _ = receive;
          await receive.receive();
          await receive.receive();
        });
      });
    expect((await explore(program, { inject: "cancelTask" })).checkpoints).toBe(4);
  });

  it("calls the check after each run, with what the run has left", async () => {
    let open = 0;
    const program = async (): Promise<void> => {
      open = 1;
      await checkpoint();
      open = 0;
    };
    const after = (): void => {
      if (open > 0) throw new Error("left open");
    };
    expect((await explore(program, { after, runs: 3 })).runs).toBe(3);
    const found = (await thrownBy(() => explore(program, { inject: "cancel", after }))) as InterleavingError;
    expect([found.replay, String(found.cause)]).toEqual(["cancel@1", "Error: left open"]);
  });

  it("counts what is made by the program, and not what others make meanwhile", async () => {
    const outside = setInterval(() => new Semaphore(0), 0);
    const [first, second] = await Promise.all([
      explore(() => new Semaphore(1).hold(() => sleep(1)), { inject: "cancel", capture: "none" }),
      explore(() => new Semaphore(1).hold(() => sleep(1)), { inject: "timeout", capture: "none" }),
    ]);
    clearInterval(outside);
    expect([first.complete, second.complete]).toEqual([true, true]);
  });

  it("lets the time of the body be up as a timeout would", async () => {
    const seen: unknown[] = [];
    await explore(
      async () => {
        try {
          await checkpoint();
        } catch (error) {
          seen.push(isCancelled(error) && error.source, isTimeoutError(error));
          throw error;
        }
      },
      { replay: "timeout@1" },
    );
    expect(seen).toEqual(["deadline", false]);
  });
});
