import {
  failAfter,
  gather,
  isTimeoutError,
  moveOnAfter,
  operation,
  run,
  shareOperation,
  sleep,
  sleepForever,
  taskGroup,
  type TaskGroupError,
} from "anyrx";
import { lastValueFrom, of } from "rxjs";
import { everywhere, expectSentence, LONG, named, thrownBy, virtually } from "../field/everywhere.ts";
import { mayWait } from "../support/real-time.ts";

const boom = new RangeError("boom");

/** Work that logs how it ended. */
function counted(log: string[]) {
  return shareOperation(async function work() {
    log.push("begin");
    try {
      await sleep(5);
      log.push("end");
      return log.length;
    } catch (error) {
      await moveOnAfter(LONG, () => sleep(2), { shield: true });
      log.push(named(error));
      throw error;
    }
  });
}

describe("shareOperation()", () => {
  mayWait("a deadlock is told after a grace in real time, and a limit of real time is one");
  everywhere("one run for all who wait at the same time, in every style; then anew", async () => {
    const log: string[] = [];
    const shared = counted(log);
    const values = await taskGroup(async (tg) => {
      const tasks = [
        tg.startSoon(async () => await shared),
        tg.startSoon(function* () {
          return yield* shared;
        }),
        tg.startSoon(() => shared),
        tg.startSoon(() => lastValueFrom(shared)),
      ];
      const got: number[] = [];
      for (const task of tasks) got.push(await task);
      return got;
    });
    expect([values, log]).toEqual([
      [2, 2, 2, 2],
      ["begin", "end"],
    ]);
    expect(await shared).toBe(4);
  });

  it("one who leaves leaves the others alone, the first one too; the last one cancels it, and the run waits", async () => {
    const log: string[] = [];
    const main = async () => {
      const shared = counted(log);
      await taskGroup(async (tg) => {
        tg.startSoon(() => moveOnAfter(1, () => shared)); // It is the first.
        tg.startSoon(() => moveOnAfter(2, () => shared));
        expect(await shared).toBe(2);
      });
      log.length = 0;
      await taskGroup(async (tg) => {
        tg.startSoon(() => moveOnAfter(1, () => shared));
        const subscription = shared.subscribe();
        await sleep(2);
        expect(log).toEqual(["begin"]);
        subscription.unsubscribe();
        log.push("left");
      });
    };
    await run(main, { backend: "virtual" });
    expect(log).toEqual(["begin", "left", "Cancelled"]);
  });

  virtually("who comes while it is being cancelled begins a new one", async () => {
    const log: string[] = [];
    const shared = counted(log);
    await moveOnAfter(1, () => shared);
    await shared;
    expect(log).toEqual(["begin", "begin", "Cancelled", "end"]);
  });

  everywhere("all get the same error, and the next one begins anew", async () => {
    let runs = 0;
    const shared = shareOperation(async () => {
      await sleep(1);
      if (++runs === 1) throw boom;
      return runs;
    });
    await taskGroup(async (tg) => {
      const errors = [0, 1].map(() => tg.startSoon(() => thrownBy(() => shared)));
      for (const error of errors) expect(await error).toBe(boom);
    });
    expect(await shared).toBe(2);
  });

  virtually("it has nobody's deadline and nobody's scope, and dies with the run's cancellation", async () => {
    const log: string[] = [];
    const shared = counted(log);
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        expect(isTimeoutError(await thrownBy(() => failAfter(1, () => shared)))).toBeTrue();
      });
      expect(await shared).toBe(2);
      tg.startSoon(() => shared);
      await sleep(1);
      tg.cancel();
    });
    await sleep(3);
    expect(log.at(-1)).toBe("Cancelled");
  });

  everywhere("takes operations, Observables and functions, and nothing else", async () => {
    expect(
      await gather(
        shareOperation(operation(() => 1)()),
        shareOperation(of(1, 2)),
        shareOperation(() => 3),
      ),
    ).toEqual([1, 2, 3]);
    expectSentence(() => shareOperation(Promise.resolve() as never), TypeError);
    expectSentence(() => shareOperation(7 as never), TypeError);
  });

  everywhere("refuses to wait for itself", async () => {
    const shared: ReturnType<typeof shareOperation<Promise<unknown>>> = shareOperation(async () => await shared);
    expect(named(await thrownBy(() => shared))).toBe("UsageError");
  });

  everywhere("an error that nobody is left to see goes to the run", async () => {
    const error = await thrownBy(() =>
      run(async () => {
        const shared = shareOperation(async () => {
          try {
            await sleepForever();
          } finally {
            // eslint-disable-next-line no-unsafe-finally -- that is the case.
            throw boom;
          }
        });
        await moveOnAfter(1, () => shared);
        await sleep(LONG);
      }),
    );
    expect((error as TaskGroupError).errors).toEqual([boom]);
  });

  it("two runs share nothing", async () => {
    let runs = 0;
    const shared = shareOperation(async () => {
      await sleep(1);
      return ++runs;
    });
    const once = () => run(async () => await shared);
    expect((await Promise.all([once(), once()])).sort()).toEqual([1, 2]);
  });
});
