import {
  abortable,
  cache,
  CancelScope,
  checkpoint,
  ContextVar,
  currentTask,
  Future,
  isCancelled,
  lruCache,
  moveOnAfter,
  run,
  sleep,
  sleepForever,
  TaskCancelled,
  taskGroup,
  TaskGroupError,
  UsageError,
} from "anyrx";
import { lastValueFrom, map } from "rxjs";
import {
  blocked,
  everywhere,
  expectSentence,
  LONG,
  named,
  outdoors,
  thrownBy,
  turns,
  virtually,
} from "./everywhere.ts";
import { onRealClock, reallyWaits } from "../support/real-time.ts";

describe("field: caches", () => {
  everywhere("a second call is answered from the cache, in each style of function", async () => {
    let calls = 0;
    const functions = [
      cache(async (n: number) => {
        await checkpoint();
        return n + calls++ * 0;
      }),
      cache(function* (n: number) {
        yield* checkpoint();
        return n + calls++ * 0;
      }),
      cache((n: number) => checkpoint().pipe(map(() => n + calls++ * 0))),
      cache((n: number) => n + calls++ * 0),
    ];
    for (const cached of functions) {
      calls = 0;
      expect([await cached(1), await cached(1)]).toEqual([1, 1]);
      expect(calls).toBe(1);
      expect(cached.cacheInfo()).toEqual({ hits: 1, misses: 1, maxSize: null, currentSize: 1, ttl: null });
    }
  });

  everywhere("what it returns is an operation: lazy, for await, yield* and subscribe", async () => {
    const double = lruCache(async (n: number) => (await checkpoint(), n * 2));
    const unrun = double(1);
    expect(double.cacheInfo().misses).toBe(0);
    expect(await unrun).toBe(2);
    expect(await unrun).toBe(2);
    const got = await taskGroup(async (tg) => {
      const yielded = tg.startSoon(function* () {
        return yield* double(2);
      });
      const piped = tg.startSoon(() => double(2).pipe(map((n) => n + 1)));
      return [await yielded, await piped, await lastValueFrom(double(2))];
    });
    expect(got).toEqual([4, 5, 4]);
    expect(double.cacheInfo()).toEqual({ hits: 3, misses: 2, maxSize: 128, currentSize: 2, ttl: null });
  });

  everywhere("its figures are counted, and cleared", async () => {
    const cached = lruCache(async (n: number) => (await checkpoint(), n));
    expect(await cached(1)).toBe(1);
    for (let i = 0; i < 2; i++) expect([await cached(1), await cached(2)]).toEqual([1, 2]);
    expect(cached.cacheInfo()).toEqual({ hits: 3, misses: 2, maxSize: 128, currentSize: 2, ttl: null });
    cached.cacheClear();
    expect(cached.cacheInfo()).toEqual({ hits: 0, misses: 0, maxSize: 128, currentSize: 0, ttl: null });
    await cached(1);
    expect(cached.cacheInfo().misses).toBe(1);
  });

  everywhere("nothing is cached with a size of 0 or less, and nothing is shared", async () => {
    for (const maxSize of [0, -1]) {
      let running = 0;
      let most = 0;
      const cached = lruCache(
        async (n: number) => {
          most = Math.max(most, ++running);
          await checkpoint();
          running--;
          return n;
        },
        { maxSize },
      );
      expect([await cached(1), await cached(2)]).toEqual([1, 2]);
      await taskGroup((tg) => {
        for (let i = 0; i < 2; i++) tg.startSoon(() => cached(1));
      });
      expect(most).toBe(2);
      expect(cached.cacheInfo()).toEqual({ hits: 0, misses: 4, maxSize: 0, currentSize: 0, ttl: null });
    }
  });

  everywhere("the value that was not used for longest goes first", async () => {
    const cached = lruCache(async (n: number) => (await checkpoint(), n), { maxSize: 3 });
    const figures = () => {
      const { hits, misses, currentSize } = cached.cacheInfo();
      return [hits, misses, currentSize];
    };
    for (const n of [0, 1, 2]) await cached(n);
    expect(figures()).toEqual([0, 3, 3]);
    await cached(3); // Instead of 0.
    expect(figures()).toEqual([0, 4, 3]);
    await cached(0); // Instead of 1.
    expect(figures()).toEqual([0, 5, 3]);
    for (const n of [0, 2, 3]) await cached(n);
    expect(figures()).toEqual([3, 5, 3]);
    await cached(9); // Instead of 0, which was used before 2 and 3.
    for (const n of [2, 3, 9]) await cached(n);
    expect(figures()).toEqual([6, 6, 3]);
  });

  everywhere("arguments are compared by identity, each of them, and their number counts", async () => {
    let calls = 0;
    const cached = lruCache(async (..._args: unknown[]) => (await checkpoint(), ++calls));
    const object = {};
    const lists: unknown[][] = [
      [],
      [undefined],
      [1],
      ["1"],
      [1, 2],
      [1, "2"],
      [object],
      [{}],
      [NaN],
      [1, object, null],
      [null],
    ];
    const first: number[] = [];
    for (const args of lists) first.push(await cached(...args));
    expect(first).toEqual(lists.map((_, i) => i + 1));
    const again: number[] = [];
    for (const args of lists) again.push(await cached(...args));
    expect(again).toEqual(first);
    expect(await cached({})).toBe(lists.length + 1);
    expect(await cached(0)).toBe(await cached(-0));
  });

  everywhere("calls are compared by the key, where there is one", async () => {
    const seen: number[] = [];
    const cached = lruCache(async (user: { id: number; name: string }) => (await checkpoint(), user.name), {
      key: (user) => (seen.push(user.id), user.id),
    });
    expect(await cached({ id: 1, name: "ann" })).toBe("ann");
    expect(await cached({ id: 1, name: "bob" })).toBe("ann");
    expect(await cached({ id: 2, name: "bob" })).toBe("bob");
    const again = cached({ id: 3, name: "eve" });
    expect([await again, await again]).toEqual(["eve", "eve"]);
    expect(seen).toEqual([1, 1, 2, 3]);
    const broken = lruCache((n: number) => n, {
      key: () => {
        throw new RangeError("no key");
      },
    });
    expect(named(await thrownBy(() => broken(1)))).toBe("RangeError");
  });

  everywhere("two caches of one function are two", async () => {
    let calls = 0;
    const count = async () => (await checkpoint(), ++calls);
    const [one, two] = [lruCache(count), lruCache(count)];
    expect([await one(), await two(), await one(), await two()]).toEqual([1, 2, 1, 2]);
    expect(one.name).toBe("count");
  });

  everywhere("a field of a class is a cache of each object, a static one of all", async () => {
    let calls = 0;
    class Loader {
      static readonly shared = lruCache(async (n: number) => (await checkpoint(), n + ++calls));
      readonly own = lruCache(async (n: number) => (await checkpoint(), n + ++calls));
    }
    const [a, b] = [new Loader(), new Loader()];
    expect([await a.own(10), await b.own(10), await a.own(10), await b.own(10)]).toEqual([11, 12, 11, 12]);
    expect([await Loader.shared(10), await Loader.shared(10)]).toEqual([13, 13]);
  });

  everywhere("undefined is a value like any other", async () => {
    let calls = 0;
    const cached = cache(async (): Promise<unknown> => {
      calls++;
      return undefined;
    });
    expect([await cached(), await cached()]).toEqual([undefined, undefined]);
    expect(calls).toBe(1);
  });

  everywhere("calls that meet share one execution", async () => {
    const open = new Future<void>();
    let calls = 0;
    const cached = lruCache(async (n: number) => {
      calls++;
      await open;
      return n;
    });
    const values = await taskGroup(async (tg) => {
      const tasks = [
        tg.startSoon(() => cached(1)),
        tg.startSoon(function* () {
          return yield* cached(1);
        }),
        tg.startSoon(async () => await cached(1)),
      ];
      await blocked();
      expect(cached.cacheInfo()).toEqual({ hits: 2, misses: 1, maxSize: 128, currentSize: 0, ttl: null });
      open.returnValue = undefined;
      return [await tasks[0]!, await tasks[1]!, await tasks[2]!];
    });
    expect(values).toEqual([1, 1, 1]);
    expect(calls).toBe(1);
    expect(cached.cacheInfo().currentSize).toBe(1);
  });

  everywhere("calls with other arguments do not wait for it", async () => {
    const open = new Future<void>();
    const cached = lruCache(async (opens: boolean) => {
      if (opens) open.returnValue = undefined;
      else await open;
    });
    await taskGroup((tg) => {
      tg.startSoon(() => cached(false));
      tg.startSoon(() => cached(true));
    });
    expect(cached.cacheInfo().misses).toBe(2);
  });

  everywhere("a caller that is cancelled leaves the others alone, the first one as well", async () => {
    const open = new Future<string>();
    const cached = lruCache(async () => await open);
    await taskGroup(async (tg) => {
      const first = tg.startSoon(() => cached());
      const second = tg.startSoon(() => cached());
      const third = cached().subscribe();
      await blocked();
      first.cancel();
      third.unsubscribe();
      expect(await thrownBy(() => first)).toBeInstanceOf(TaskCancelled);
      await blocked();
      open.returnValue = "value";
      expect(await second).toBe("value");
    });
    expect(await cached()).toBe("value");
    expect(cached.cacheInfo().misses).toBe(1);
  });

  everywhere("when the last caller is gone, the execution is cancelled, and the next call begins another", async () => {
    const log: string[] = [];
    const gate = new Future<void>();
    const cleaned = new Future<void>();
    let calls = 0;
    const cached = lruCache(async () => {
      const call = ++calls;
      try {
        if (call === 1) await sleepForever();
        await checkpoint();
        return call;
      } finally {
        if (call === 1) {
          log.push("cancelled");
          await moveOnAfter(LONG, () => gate, { shield: true });
          log.push("cleaned up");
          cleaned.returnValue = undefined;
        }
      }
    });
    await taskGroup(async (tg) => {
      const tasks = [tg.startSoon(() => cached()), tg.startSoon(() => cached())];
      await blocked();
      tasks[0]!.cancel();
      await blocked();
      log.push("one left");
      tasks[1]!.cancel();
      await tasks[1]!.wait();
      expect(await cached()).toBe(2); // Not the one that cleans up.
      log.push("again");
      expect(await cached()).toBe(2);
    });
    gate.returnValue = undefined;
    await cleaned;
    expect(log).toEqual(["one left", "cancelled", "again", "cleaned up"]);
    expect(calls).toBe(2);
  });

  everywhere("the end of an execution that was given up is not that of the next one", async () => {
    const gates = [new Future<void>(), new Future<void>()];
    let calls = 0;
    const cached = lruCache(async () => {
      const call = calls++;
      try {
        if (call === 0) await sleepForever();
      } finally {
        await moveOnAfter(LONG, () => gates[call]!, { shield: true });
      }
      return call;
    });
    expect(await moveOnAfter(2, () => cached())).toBeUndefined();
    await taskGroup(async (tg) => {
      const second = tg.startSoon(() => cached());
      await blocked();
      gates[0]!.returnValue = undefined;
      await blocked(); // By now the first one has cleaned up.
      const third = tg.startSoon(() => cached());
      await blocked();
      gates[1]!.returnValue = undefined;
      expect([await second, await third]).toEqual([1, 1]);
    });
    expect(calls).toBe(2);
  });

  it("the run waits for the cleanup of an execution that was given up", async () => {
    onRealClock();
    for (const backend of ["native", "rx", "virtual"] as const) {
      const log: string[] = [];
      const cached = lruCache(async () => {
        try {
          await sleepForever();
        } finally {
          await moveOnAfter(LONG, () => sleep(5), { shield: true });
          log.push("cleaned up");
        }
      });
      await run(
        async () => {
          await moveOnAfter(1, () => cached());
          log.push("main is done");
        },
        { backend },
      );
      expect(log).toEqual(["main is done", "cleaned up"]);
    }
  });

  everywhere("its timeouts are each caller's own, and no deadline of the first one's is the execution's", async () => {
    const cached = lruCache(async () => {
      await sleep(20);
      return "value";
    });
    await taskGroup(async (tg) => {
      const first = tg.startSoon(() => moveOnAfter(5, () => cached()));
      const second = tg.startSoon(() => cached());
      expect(await first).toBeUndefined();
      expect(await second).toBe("value");
    });
    expect(cached.cacheInfo().misses).toBe(1);
  });

  everywhere("what an execution returns that was given up is not kept", async () => {
    let calls = 0;
    const cached = lruCache(async () => {
      if (++calls > 1) return "value";
      try {
        await sleepForever();
      } catch {
        return "a poor substitute";
      }
      return "?";
    });
    await moveOnAfter(1, () => cached());
    await sleep(1);
    expect(cached.cacheInfo().currentSize).toBe(0);
    expect(await cached()).toBe("value");
  });

  everywhere("an error is told to all who wait, and is not kept", async () => {
    let calls = 0;
    const boom = new Error("boom");
    const cached = lruCache(async () => {
      await checkpoint();
      if (++calls === 1) throw boom;
      return calls;
    });
    const errors: unknown[] = [];
    await taskGroup((tg) => {
      for (let i = 0; i < 3; i++) tg.startSoon(async () => void errors.push(await thrownBy(() => cached())));
    });
    expect(errors).toEqual([boom, boom, boom]);
    expect(cached.cacheInfo()).toEqual({ hits: 2, misses: 1, maxSize: 128, currentSize: 0, ttl: null });
    expect(await cached()).toBe(2);
  });

  everywhere("a function that throws at once is no different", async () => {
    const cached = lruCache((): number => {
      throw new RangeError("at once");
    });
    expect(named(await thrownBy(() => cached()))).toBe("RangeError");
    expect(cached.cacheInfo().currentSize).toBe(0);
  });

  it("an error that nobody is left to see fails the run", async () => {
    onRealClock();
    for (const backend of ["native", "rx", "virtual"] as const) {
      const cached = lruCache(async () => {
        try {
          await sleepForever();
        } finally {
          // eslint-disable-next-line no-unsafe-finally -- on purpose
          throw new Error("cleanup failed");
        }
      });
      const error = await thrownBy(() => run(() => moveOnAfter(1, () => cached()), { backend }));
      expect(error).toBeInstanceOf(TaskGroupError);
      expect((error as TaskGroupError).leaves().map(String)).toEqual(["Error: cleanup failed"]);
    }
  });

  everywhere("it is a checkpoint, also when the value is there", async () => {
    const cached = lruCache(async (n: number) => n);
    await cached(1);
    const scope = new CancelScope();
    scope.cancel();
    await scope.enter(async () => {
      expect(isCancelled(await thrownBy(() => cached(1)))).toBeTrue();
      expect(isCancelled(await thrownBy(() => cached(2)))).toBeTrue();
    });
    expect(cached.cacheInfo().misses).toBe(1);
  });

  everywhere("callers behind a shield keep it alive when all around is cancelled", async () => {
    const log: unknown[] = [];
    const cached = lruCache(async () => {
      await sleep(5);
      return "value";
    });
    const outer = new CancelScope();
    await outer.enter(async () => {
      try {
        await taskGroup(async (tg) => {
          tg.startSoon(() => cached());
          await blocked();
          outer.cancel();
          await checkpoint();
        });
      } finally {
        await moveOnAfter(LONG, async () => log.push(await cached()), { shield: true });
      }
    });
    expect(log).toEqual(["value"]);
  });

  it("and when the run is cancelled, it goes with the last of those who wait", async () => {
    onRealClock();
    for (const backend of ["native", "rx", "virtual"] as const) {
      const log: string[] = [];
      const controller = new AbortController();
      const slow = lruCache(async (n: number) => {
        try {
          await sleep(n === 1 ? LONG : 1);
          return n;
        } catch (error) {
          log.push(`${String(n)} ${named(error)}`);
          throw error;
        }
      });
      const main = async () => {
        try {
          await taskGroup(async (tg) => {
            tg.startSoon(() => slow(1));
            await blocked();
            controller.abort();
            await checkpoint();
          });
        } finally {
          await moveOnAfter(LONG, async () => log.push(`got ${String(await slow(2))}`), { shield: true });
        }
      };
      expect(isCancelled(await thrownBy(() => run(main, { backend, signal: controller.signal })))).toBeTrue();
      expect(log).toEqual(["1 Cancelled", "got 2"]);
    }
  });

  everywhere("an execution has the context variables of its first caller, and a task of its own", async () => {
    const user = new ContextVar("user", "nobody");
    const seen: string[] = [];
    const cached = lruCache(async function load() {
      await checkpoint();
      seen.push(`${currentTask().name} ${user.get()}`);
      user.set("changed");
    });
    await taskGroup((tg) => {
      for (const name of ["ann", "bob"]) {
        tg.startSoon(async () => {
          user.set(name);
          await cached();
          seen.push(user.get());
        });
      }
    });
    expect(seen).toEqual(["load ann", "ann", "bob"]);
  });

  everywhere("a call that would wait for itself is refused", async () => {
    const cached = lruCache(async (n: number): Promise<number> => (n === 0 ? 0 : await cached(n === 2 ? 1 : n)));
    expect(await cached(0)).toBe(0);
    const error = await thrownBy(() => cached(2));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(/^Cannot .+: .+; .+[^.]$/);
    const nested = lruCache(() =>
      taskGroup((tg) => {
        tg.startSoon(() => nested());
      }),
    ) as ReturnType<typeof cache<[], unknown>>;
    expect(((await thrownBy(() => nested())) as TaskGroupError).leaves()[0]).toBeInstanceOf(UsageError);
  });

  everywhere("a recursive function may use its own cache", async () => {
    const fib = cache(async (n: number): Promise<number> => {
      if (n < 2) return n;
      const values = await taskGroup(async (tg) => {
        const [a, b] = [tg.startSoon(() => fib(n - 1)), tg.startSoon(() => fib(n - 2))];
        return [await a, await b];
      });
      return values[0]! + values[1]!;
    });
    expect(await fib(40)).toBe(102334155);
    expect(fib.cacheInfo().misses).toBe(41);
  });

  everywhere("an execution that cancels itself tells who waits", async () => {
    const cached = lruCache(async () => {
      currentTask().cancel();
      await checkpoint();
    });
    expect(named(await thrownBy(() => cached()))).toBe("TaskCancelled");
    expect(cached.cacheInfo().currentSize).toBe(0);
  });

  everywhere("clearing does not end what is on its way, and does not let it in either", async () => {
    const gates = [new Future<void>(), new Future<void>()];
    let calls = 0;
    const cached = lruCache(async () => {
      const call = calls++;
      await gates[call]!;
      return call;
    });
    await taskGroup(async (tg) => {
      const first = tg.startSoon(() => cached());
      await blocked();
      cached.cacheClear();
      const second = tg.startSoon(() => cached());
      await blocked();
      gates[0]!.returnValue = undefined;
      expect(await first).toBe(0);
      expect(cached.cacheInfo().currentSize).toBe(0);
      gates[1]!.returnValue = undefined;
      expect(await second).toBe(1);
    });
    expect(await cached()).toBe(1);
  });

  virtually("a value is kept for its time to live, counted from when it came", async () => {
    let calls = 0;
    const cached = lruCache(
      async () => {
        await sleep(50);
        return ++calls;
      },
      { ttl: 100 },
    );
    expect([await cached(), await cached()]).toEqual([1, 1]);
    await sleep(99);
    expect(await cached()).toBe(1); // Using it does not keep it longer.
    await sleep(1);
    expect(await cached()).toBe(2);
    expect(cached.cacheInfo()).toEqual({ hits: 2, misses: 2, maxSize: 128, currentSize: 1, ttl: 100 });
    expect(cached.cacheParameters()).toEqual({ maxSize: 128, ttl: 100 });
  });

  everywhere("calls that meet share one execution with a time to live as well", async () => {
    let calls = 0;
    const cached = lruCache(
      async (delay: number) => {
        calls++;
        await sleep(delay);
      },
      { ttl: 1000 },
    );
    await taskGroup((tg) => {
      for (let i = 0; i < 100; i++) tg.startSoon(() => cached(5));
    });
    expect(calls).toBe(1);
    expect(cached.cacheInfo().hits).toBe(99);
  });

  it("a value is the whole program's; with a time to live, its run's", async () => {
    for (const ttl of [null, LONG]) {
      let calls = 0;
      const cached = lruCache(async () => (await checkpoint(), ++calls), { ttl });
      const values = [
        await run(() => cached(), { backend: "virtual" }),
        await run(() => cached(), { backend: "virtual" }),
        await run(() => cached()),
        await cached(),
        await cached(),
      ];
      expect(values).toEqual(ttl === null ? [1, 1, 1, 1, 1] : [1, 2, 3, 4, 4]);
    }
  });

  it("an execution is its run's", async () => {
    const gates = [new Future<string>(), new Future<string>()];
    let calls = 0;
    const cached = lruCache(async () => await gates[calls++]!);
    const runs = [run(() => cached()), run(() => cached(), { backend: "rx" })];
    await turns(3);
    expect(calls).toBe(2);
    gates[1]!.returnValue = "second";
    expect(await runs[1]).toBe("second");
    gates[0]!.returnValue = "first";
    expect(await runs[0]).toBe("first");
    expect(await cached()).toBe("first");
    expect(cached.cacheInfo().currentSize).toBe(1);
  });

  it("works outside of any run", async () => {
    reallyWaits("outside of any run there is no other clock");
    const cached = lruCache(async (n: number) => {
      await sleep(1);
      return n;
    });
    expect(await Promise.all([cached(1), cached(1), cached(2)])).toEqual([1, 1, 2]);
    expect(cached.cacheInfo().misses).toBe(2);
  });

  outdoors("a foreign promise of an execution obeys the last caller", async () => {
    let aborted = false;
    const cached = lruCache(() =>
      abortable(
        (signal) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => {
              aborted = true;
              reject(new Error("aborted"));
            });
          }),
      ),
    );
    await moveOnAfter(2, () => cached());
    await sleep(1);
    expect(aborted).toBeTrue();
  });

  it("refuses what is no function, and no size", () => {
    expectSentence(() => lruCache(10 as never), TypeError);
    expectSentence(() => cache(undefined as never), TypeError);
    expectSentence(() => lruCache(() => 1, { key: "id" as never }), TypeError);
    expectSentence(() => lruCache(() => 1, { maxSize: "1" as never }), TypeError);
    for (const maxSize of [NaN, 1.5]) expectSentence(() => lruCache(() => 1, { maxSize }), RangeError);
    for (const ttl of [NaN, -1]) expectSentence(() => lruCache(() => 1, { ttl }), RangeError);
    const parameters = lruCache(() => 1, { maxSize: Infinity, ttl: Infinity }).cacheParameters();
    expect(parameters).toEqual({ maxSize: null, ttl: null });
    expect(Object.isFrozen(parameters)).toBeTrue();
    expect(Object.isFrozen(lruCache(() => 1).cacheInfo())).toBeTrue();
  });
});
