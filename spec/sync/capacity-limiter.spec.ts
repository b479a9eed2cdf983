import { inspect } from "node:util";
import { CapacityLimiter, Lock, run, sleep, sleepForever, taskGroup, UsageError } from "anyrx";
import { blocked, everywhere, expectSentence, thrownBy } from "../field/everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

describe("The lease of a capacity limiter", () => {
  everywhere("gives its own token back, once", async () => {
    const limiter = new CapacityLimiter(2);
    const lease = await limiter.acquireOnBehalfOf("a");
    lease[Symbol.dispose]();
    lease[Symbol.dispose]();
    expect(limiter.borrowedTokens).toBe(0);
    const old = limiter.acquireOnBehalfOfNowait("a");
    limiter.releaseOnBehalfOf("a");
    using _again = limiter.acquireOnBehalfOfNowait("a");
    old[Symbol.dispose]();
    expect(limiter.statistics().borrowers).toEqual(["a"]);
  });

  everywhere("belongs to the borrower, whoever disposes of it", async () => {
    const limiter = new CapacityLimiter(1);
    const lease = await limiter.acquire();
    await taskGroup((tg) => {
      tg.startSoon(() => {
        expectSentence(() => limiter.release(), UsageError);
        lease[Symbol.dispose]();
      });
    });
    expect(limiter.borrowedTokens).toBe(0);
  });
});

describe("A borrower of a capacity limiter", () => {
  everywhere("is named where it asks twice, or releases what it does not have", async () => {
    const limiter = new CapacityLimiter(1, { name: "threads" });
    const messages: string[] = [];
    const said = async (work: () => unknown) => messages.push(((await thrownBy(work)) as Error).message);
    await limiter.acquire();
    await said(() => limiter.acquire());
    await said(() => limiter.hold(() => undefined));
    await said(() => limiter.releaseOnBehalfOf("nobody"));
    await said(() => limiter.releaseOnBehalfOf(new Lock()));
    await said(() => limiter.acquireOnBehalfOfNowait("somebody"));
    await taskGroup((tg) => {
      tg.startSoon(() => said(() => limiter.release()), { name: "other" });
    });
    const twice =
      'Cannot acquire the capacity limiter "threads" for the task "main": it has a token already; ' +
      "work in a task of its own, acquire on behalf of something else, or use a Semaphore, which has no borrowers";
    expect(messages).toEqual([
      twice,
      twice,
      'Cannot release the capacity limiter "threads" for the borrower "nobody": it has no token; release once for each acquire',
      'Cannot release the capacity limiter "threads" for the borrower an object (Lock): it has no token; release once for each acquire',
      'Cannot acquire the capacity limiter "threads" without waiting: all of its 1 tokens are borrowed; use acquireOnBehalfOf()',
      'Cannot release the capacity limiter "threads" for the task "other": it has no token; release once for each acquire',
    ]);
  });

  everywhere("may not ask again while it waits", async () => {
    const limiter = new CapacityLimiter(0);
    await taskGroup(async (tg) => {
      const first = tg.startSoon(() => limiter.acquireOnBehalfOf("a"));
      await blocked();
      expect(await thrownBy(() => limiter.acquireOnBehalfOf("a"))).toBeInstanceOf(UsageError);
      expectSentence(() => limiter.acquireOnBehalfOfNowait("a"), UsageError);
      first.cancel();
      await first.wait();
      const second = tg.startSoon(() => limiter.acquireOnBehalfOf("a"));
      await blocked();
      limiter.totalTokens = 1;
      await second;
      expect(limiter.statistics().borrowers).toEqual(["a"]);
    });
  });

  it("is somebody", () => {
    const limiter = new CapacityLimiter(1);
    for (const nobody of [undefined, null]) {
      expectSentence(() => limiter.acquireOnBehalfOf(nobody), TypeError);
      expectSentence(() => limiter.acquireOnBehalfOfNowait(nobody), TypeError);
      expectSentence(() => limiter.releaseOnBehalfOf(nobody), TypeError);
    }
    using _nothing = limiter.acquireOnBehalfOfNowait(0);
    expect(limiter.statistics().borrowers).toEqual([0]);
  });

  it("is its lease outside of any run", async () => {
    const limiter = new CapacityLimiter(2);
    const one = await limiter.acquire();
    const two = limiter.acquireNowait();
    expect([limiter.borrowedTokens, limiter.statistics().borrowers.length]).toEqual([2, 2]);
    let got = false;
    const third = limiter.hold(() => (got = true));
    const waiting = third.then((value) => value);
    reallyWaits("outside of any run there is no other clock");
    await sleep(1);
    expect(got).toBeFalse();
    expect(() => limiter.release()).toThrowError(
      UsageError,
      "Cannot release the capacity limiter: code outside of any run has no token of its own; dispose of the lease",
    );
    one[Symbol.dispose]();
    expect(await waiting).toBeTrue();
    two[Symbol.dispose]();
    expect(limiter.borrowedTokens).toBe(0);
  });

  it("is its lease where the scope is lost", async () => {
    const limiter = new CapacityLimiter(1);
    await run(
      async () => {
        await Promise.resolve();
        const lease = limiter.acquireNowait();
        expect(() => limiter.release()).toThrowError(UsageError, /the task that calls is not known here/);
        lease[Symbol.dispose]();
      },
      { backend: "virtual", context: "strict" },
    );
    expect(limiter.borrowedTokens).toBe(0);
  });
});

describe("A capacity limiter", () => {
  everywhere("lowered, takes back what is released; raised, lends it in the order of waiting", async () => {
    const limiter = new CapacityLimiter(2);
    const log: string[] = [];
    await taskGroup(async (tg) => {
      limiter.acquireOnBehalfOfNowait("a");
      limiter.acquireOnBehalfOfNowait("b");
      limiter.totalTokens = 0;
      for (const name of ["c", "d", "e"]) {
        tg.startSoon(async () => {
          using _token = await limiter.acquireOnBehalfOf(name);
          log.push(name);
          await sleepForever();
        });
      }
      await blocked();
      limiter.releaseOnBehalfOf("a");
      limiter.releaseOnBehalfOf("b");
      expect(limiter.statistics()).toEqual({ borrowedTokens: 0, totalTokens: 0, borrowers: [], tasksWaiting: 3 });
      limiter.totalTokens = 2;
      expect(limiter.statistics().borrowers).toEqual(["c", "d"]);
      await blocked();
      limiter.totalTokens = Infinity;
      await blocked();
      tg.cancel();
    });
    expect([log, limiter.borrowedTokens]).toEqual([["c", "d", "e"], 0]);
  });

  everywhere("is one line in a log, and its statistics are frozen", async () => {
    const limiter = new CapacityLimiter(1, { name: "threads" });
    const lines = [inspect(limiter), String(new CapacityLimiter(Infinity))];
    await taskGroup(async (tg) => {
      await limiter.acquire();
      tg.startSoon(() => limiter.acquire());
      await blocked();
      lines.push(String(limiter), limiter.acquire().describe());
      tg.cancel();
    });
    expect(lines).toEqual([
      'CapacityLimiter "threads" (0 of 1 borrowed)',
      "CapacityLimiter (0 of Infinity borrowed)",
      'CapacityLimiter "threads" (1 of 1 borrowed, 1 waiting)',
      'acquire the capacity limiter "threads" (1 of 1 borrowed, 1 waiting)',
    ]);
    const statistics = limiter.statistics();
    expect([Object.isFrozen(statistics), Object.isFrozen(statistics.borrowers)]).toEqual([true, true]);
  });
});
