import { inspect } from "node:util";
import { Semaphore, sleep, sleepForever, taskGroup, UsageError, WouldBlock } from "anyrx";
import { from, lastValueFrom, mergeMap, toArray } from "rxjs";
import { blocked, everywhere, thrownBy } from "../field/everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

describe("The lease of a semaphore", () => {
  it("gives its permit back once", () => {
    const semaphore = new Semaphore(2);
    const lease = semaphore.acquireNowait();
    lease[Symbol.dispose]();
    lease[Symbol.dispose]();
    expect(semaphore.value).toBe(2);
  });

  everywhere("stands for any permit: release() as well is one too many, which a maximum shows", async () => {
    const semaphore = new Semaphore(1, { maxValue: 1, name: "db" });
    const lease = await semaphore.acquire();
    semaphore.release();
    expect(() => lease[Symbol.dispose]()).toThrowError(
      UsageError,
      'Cannot release the semaphore "db": all of its 1 permits are there; release once for each acquire',
    );
    expect(semaphore.value).toBe(1);
  });

  everywhere("one too many is told by hold(), and hides no error of the body", async () => {
    const semaphore = new Semaphore(1, { maxValue: 1 });
    expect(await thrownBy(() => semaphore.hold(() => semaphore.release()))).toBeInstanceOf(UsageError);
    const boom = new Error("boom");
    const error = await thrownBy(() =>
      taskGroup(() =>
        semaphore.hold(() => {
          semaphore.release();
          throw boom;
        }),
      ),
    );
    const { errors } = error as AggregateError;
    expect(errors).toContain(boom);
    expect(errors.filter((each) => each instanceof UsageError).length).toBe(1);
  });
});

describe("A semaphore", () => {
  everywhere("gives each released permit to the longest waiter", async () => {
    const semaphore = new Semaphore(0);
    const log: number[] = [];
    await taskGroup(async (tg) => {
      for (let i = 0; i < 3; i++) {
        tg.startSoon(function* () {
          yield* semaphore.acquire();
          log.push(i);
        });
      }
      await blocked();
      semaphore.release();
      semaphore.release();
      expect(() => semaphore.acquireNowait()).toThrowError(WouldBlock);
      expect(semaphore.statistics().tasksWaiting).toBe(1);
      await blocked();
      expect(log).toEqual([0, 1]);
      semaphore.release();
    });
    expect([log, semaphore.value]).toEqual([[0, 1, 2], 0]);
  });

  everywhere("knows no owners: one task may take all permits, and a pipeline share them", async () => {
    const semaphore = new Semaphore(2);
    using _one = await semaphore.acquire();
    using _two = await semaphore.acquire();
    expect(semaphore.value).toBe(0);
    await taskGroup((tg) => {
      tg.startSoon(() => semaphore.release());
      tg.startSoon(() => semaphore.release());
    });
    let inside = 0;
    let most = 0;
    const squares = from([1, 2, 3, 4, 5]).pipe(
      mergeMap((n) =>
        semaphore.hold(async () => {
          most = Math.max(most, ++inside);
          await sleep(1);
          inside--;
          return n * n;
        }),
      ),
      toArray(),
    );
    expect((await lastValueFrom(squares)).sort((a, b) => a - b)).toEqual([1, 4, 9, 16, 25]);
    expect([most, semaphore.value]).toEqual([2, 2]);
  });

  everywhere("loses no permit to a task that ends with one", async () => {
    const semaphore = new Semaphore(1);
    const lease = await taskGroup((tg) => tg.startSoon(() => semaphore.acquire()));
    expect(semaphore.value).toBe(0);
    lease[Symbol.dispose]();
    expect(semaphore.value).toBe(1);
  });

  it("works outside of any run", async () => {
    reallyWaits("outside of any run there is no other clock");
    const semaphore = new Semaphore(1);
    const log: string[] = [];
    const one = semaphore.hold(async () => {
      log.push("one");
      await sleep(1);
      log.push("one ends");
    });
    const two = semaphore.hold(() => log.push("two"));
    await Promise.all([one, two]);
    expect(log).toEqual(["one", "one ends", "two"]);
  });

  everywhere("is one line in a log", async () => {
    const semaphore = new Semaphore(1, { name: "db" });
    const lines = [inspect(semaphore), String(new Semaphore(3))];
    await taskGroup(async (tg) => {
      tg.startSoon(() => semaphore.hold(() => sleepForever()));
      tg.startSoon(() => semaphore.acquire());
      await blocked();
      lines.push(String(semaphore), semaphore.acquire().describe());
      tg.cancel();
    });
    expect(lines).toEqual([
      'Semaphore "db" (1 left)',
      "Semaphore (3 left)",
      'Semaphore "db" (0 left, 1 waiting)',
      'acquire the semaphore "db" (0 left, 1 waiting)',
    ]);
  });
});
