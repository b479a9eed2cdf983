import {
  abortable,
  amap,
  type CancelScope,
  ClosedResourceError,
  createMemoryObjectStream,
  currentScope,
  currentTask,
  currentTime,
  map,
  moveOnAfter,
  operation,
  type OperationGenerator,
  run,
  sleep,
  sleepForever,
  TaskCancelled,
  taskGroup,
  TaskGroupError,
} from "anyrx";
import { concat, firstValueFrom, map as mapEach, Observable, of, range, Subject, throwError } from "rxjs";
import {
  BACKENDS,
  blocked,
  everywhere,
  expectSentence,
  named,
  outdoors,
  thrownBy,
  virtually,
} from "../field/everywhere.ts";
import { onRealClock } from "../support/real-time.ts";

const messages = (error: unknown) => (error as TaskGroupError).errors.map(String);

/** Counts how many run at the same time. */
class Gauge {
  now = 0;
  most = 0;
  calls = 0;

  for(ms: number): () => OperationGenerator<void> {
    const enter = () => {
      this.calls++;
      this.most = Math.max(this.most, ++this.now);
    };
    const leave = () => {
      this.now--;
    };
    return function* () {
      enter();
      try {
        yield* sleep(ms);
      } finally {
        leave();
      }
    };
  }
}

describe("map()", () => {
  everywhere("gives the values in the order of the items, for functions of every style", async () => {
    const styles = {
      async: async (n: number) => {
        await sleep(4 - n);
        return n * 2;
      },
      *generator(n: number) {
        yield* sleep(4 - n);
        return n * 2;
      },
      observable: (n: number) => sleep(4 - n).pipe(mapEach(() => n * 2)),
      operation: operation(function* (n: number) {
        yield* sleep(4 - n);
        return n * 2;
      }),
      plain: (n: number) => n * 2,
    };
    for (const [style, fn] of Object.entries(styles))
      expect(await map<number, unknown>([1, 2, 3], fn))
        .withContext(style)
        .toEqual([2, 4, 6]);
  });

  virtually("ordered: false gives them in the order in which they were found", async () => {
    const fn = async (ms: number) => {
      await sleep(ms);
      return ms;
    };
    expect(await map([3, 1, 2], fn, { ordered: false })).toEqual([1, 2, 3]);
    expect(await map([3, 1, 2], fn, { ordered: false, concurrency: 1 })).toEqual([3, 1, 2]);
    expect(await map([30, 1, 2], fn, { ordered: false, concurrency: 2 })).toEqual([1, 2, 30]);
  });

  everywhere("gives an empty list for no items", async () => {
    const [send, receive] = createMemoryObjectStream<number>();
    send.close();
    const nothing = async function* () {};
    for (const items of [[], new Set<number>(), "", of(), receive, nothing(), new Map()])
      expect(await map(items as Iterable<number>, () => 1)).toEqual([]);
    receive.close();
  });

  it("hands the function the item and its index", async () => {
    expect(await map("ab", (...rest) => rest)).toEqual([
      ["a", 0],
      ["b", 1],
    ]);
  });

  virtually("runs all items of an array at the same time, unless it is told otherwise", async () => {
    const gauge = new Gauge();
    await map(Array(100).fill(0), gauge.for(10));
    expect([gauge.most, currentTime()]).toEqual([100, 10]);
    for (const concurrency of [1, 3, 100, 1000]) {
      const bounded = new Gauge();
      await map(Array(100).fill(0), bounded.for(1), { concurrency });
      expect([bounded.most, bounded.calls]).toEqual([Math.min(concurrency, 100), 100]);
    }
  });

  virtually("of a source that may be endless, 16 at the same time", async () => {
    const many = Array<number>(50).fill(0);
    async function* asyncItems() {
      yield* many;
    }
    function* syncItems() {
      yield* many;
    }
    for (const items of [asyncItems(), syncItems(), of(...many)] as Iterable<number>[]) {
      const gauge = new Gauge();
      await map(items, gauge.for(1));
      expect(gauge.most).toBe(16);
    }
    for (const items of [new Set(many.map((_, i) => i)), new Float64Array(50), "x".repeat(50)] as Iterable<unknown>[]) {
      const gauge = new Gauge();
      await map(items, gauge.for(1));
      expect(gauge.most).toBe(50);
    }
  });

  virtually("no item is asked for before there is room for it", async () => {
    let asked = 0;
    let done = 0;
    let furthest = 0;
    const note = () => {
      asked++;
      furthest = Math.max(furthest, asked - done);
    };
    const work = async () => {
      await sleep(1);
      done++;
    };
    function* syncItems() {
      for (let i = 0; i < 20; i++) {
        note();
        yield i;
      }
    }
    async function* asyncItems() {
      for (let i = 0; i < 20; i++) {
        note();
        yield i;
      }
    }
    for (const items of [syncItems, asyncItems]) {
      asked = done = furthest = 0;
      await map(items() as Iterable<number>, work, { concurrency: 3 });
      expect([asked, furthest]).toEqual([20, 3]);
    }
  });

  virtually("a stream keeps its backpressure: the sender is never more than the concurrency ahead", async () => {
    const [send, receive] = createMemoryObjectStream<number>(0);
    let ahead = 0;
    let furthest = 0;
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        for (let i = 0; i < 20; i++) {
          await send.send(i);
          furthest = Math.max(furthest, ++ahead);
        }
        send.close();
      });
      const values = await map(
        receive,
        async (n) => {
          await sleep(2);
          ahead--;
          return n;
        },
        { concurrency: 4 },
      );
      expect(values).toEqual(Array.from({ length: 20 }, (_, i) => i));
    });
    expect(furthest).toBe(4);
    expect(receive.statistics().openReceiveStreams).toBe(1);
    receive.close();
  });

  everywhere("takes an Observable, which cannot wait: what comes too soon is kept", async () => {
    const gauge = new Gauge();
    const work = operation(gauge.for(1));
    expect(await map(range(1, 40), (n) => work().pipe(mapEach(() => n)), { concurrency: 2 })).toEqual(
      Array.from({ length: 40 }, (_, i) => i + 1),
    );
    expect(gauge.most).toBe(2);
    expect(await map(concat(sleep(2), sleep(1)).pipe(mapEach((_, i) => i)), (n) => n)).toEqual([0, 1]);
  });

  virtually("an Observable that fails counts at once, whatever is still kept", async () => {
    const log: string[] = [];
    const error = await thrownBy(() =>
      map(
        concat(
          of(1, 2, 3),
          sleep(5),
          throwError(() => new Error("source")),
        ),
        async (n) => {
          log.push(String(n));
          await sleepForever();
        },
        { concurrency: 1 },
      ),
    );
    expect(messages(error)).toEqual(["Error: source"]);
    expect([...log, `@${currentTime()}`]).toEqual(["1", "@5"]);
  });

  virtually("an Observable is unsubscribed when a call fails", async () => {
    let live = 0;
    const source = new Observable<number>((subscriber) => {
      live++;
      subscriber.next(1);
      return () => {
        live--;
      };
    });
    const error = await thrownBy(() =>
      map(source, async () => {
        await sleep(3);
        throw new Error("boom");
      }),
    );
    expect([live, messages(error), currentTime()]).toEqual([0, ["Error: boom"], 3]);
  });

  virtually("operations inside an Observable are cancelled, and clean up, and may emit then in vain", async () => {
    const log: string[] = [];
    const source = new Subject<number>();
    const value: unknown = await moveOnAfter(5, () =>
      map(
        concat(
          operation(async () => {
            try {
              await sleepForever();
            } catch (error) {
              log.push(`${named(error)}@${currentTime()}`);
              return 1;
            }
            return 2;
          })(),
          source,
        ),
        (n) => n,
      ),
    );
    expect([value, ...log]).toEqual([undefined, "Cancelled@5"]);
    expect(source.observed).toBe(false);
  });

  everywhere("takes an Observable of another kind, that can only be subscribed to", async () => {
    const foreign = {
      subscribe(observer: { next(value: number): void; error(error: unknown): void; complete(): void }) {
        observer.next(1);
        observer.next(2);
        observer.complete();
        return { unsubscribe() {} };
      },
    };
    expect(await map(foreign, (n) => n + 1)).toEqual([2, 3]);
  });

  virtually("fails as one group when any call fails; the others are cancelled and waited for", async () => {
    const log: string[] = [];
    const error = await thrownBy(() =>
      map([1, 2, 3], async (n) => {
        if (n === 2) throw new Error("boom");
        try {
          await sleepForever();
        } finally {
          await moveOnAfter(5, () => sleepForever(), { shield: true });
          log.push(`clean ${n}@${currentTime()}`);
        }
      }),
    );
    expect(error).toBeInstanceOf(TaskGroupError);
    expect((error as TaskGroupError).group).toBe("map");
    expect(messages(error)).toEqual(["Error: boom"]);
    expect(log).toEqual(["clean 1@5", "clean 3@5"]);
  });

  virtually("no further item is asked for by the failure of a call", async () => {
    let asked = 0;
    function* items() {
      for (;;) yield ++asked;
    }
    await thrownBy(() =>
      map(
        items(),
        async () => {
          await sleep(1);
          throw new Error("boom");
        },
        { concurrency: 1 },
      ),
    );
    expect(asked).toBe(1);
  });

  virtually("an item that was asked for is always begun, also when a call has failed meanwhile", async () => {
    const begun: number[] = [];
    const error = await thrownBy(() =>
      map([1, 2, 3], (n) => {
        begun.push(n);
        throw new Error(String(n));
      }),
    );
    expect(begun).toEqual([1, 2, 3]);
    expect(messages(error)).toEqual(["Error: 1", "Error: 2", "Error: 3"]);
  });

  virtually("a call that cancels itself has no value: TaskCancelled, once all have ended", async () => {
    const seen: number[] = [];
    await thrownBy(() =>
      map([1, 2, 3], (n) => (seen.push(n) === 1 ? (currentTask().cancel(), sleepForever()) : n), { concurrency: 1 }),
    );
    expect(seen).toEqual([1, 2, 3]);
    const error = await thrownBy(() =>
      map([1, 2, 3], async function crawl(n) {
        if (n === 2) currentTask().cancel();
        await sleep(n);
        return n;
      }),
    );
    expect(error).toBeInstanceOf(TaskCancelled);
    expect([(error as Error).message.includes('"crawl"'), currentTime()]).toEqual([true, 3]);
  });

  virtually("a list that is not whole is never given: stray cancellations are thrown", async () => {
    let kept: unknown;
    await moveOnAfter(0, async () => {
      kept = await thrownBy(() => sleep(1));
    });
    const stray = function* () {
      yield 1;
      throw kept;
    };
    const strayAsync = async function* () {
      yield 1;
      throw kept;
    };
    for (const items of [
      stray(),
      strayAsync(),
      concat(
        of(1),
        throwError(() => kept),
      ),
    ])
      expect(named(await thrownBy(() => map(items as Iterable<number>, (n) => n)))).toBe("Cancelled");
    const thrown = await thrownBy(() =>
      map([1, 2], async (n) => {
        if (n === 2) throw kept as Error;
        await sleepForever();
      }),
    );
    expect(thrown).toBeInstanceOf(TaskCancelled);
    const quitting = operation(async () => {
      currentTask().cancel();
      await sleep(1);
    });
    expect(named(await thrownBy(() => map(quitting(), () => 1)))).toBe("Cancelled");
  });

  for (const [kind, iterate] of [
    [
      "an iterable",
      (log: string[]) =>
        (function* () {
          try {
            for (let i = 0; ; i++) yield i;
          } finally {
            log.push("closed");
          }
        })(),
    ],
    [
      "an async iterable",
      (log: string[]) =>
        (async function* () {
          try {
            for (let i = 0; ; i++) {
              await sleep(1);
              yield i;
            }
          } finally {
            log.push("closed");
          }
        })() as unknown as Iterable<number>,
    ],
  ] as const) {
    virtually(`${kind} is closed when a call fails`, async () => {
      const log: string[] = [];
      const error = await thrownBy(() =>
        map(
          iterate(log),
          async (n) => {
            await sleep(n);
            if (n === 2) throw new Error("boom");
          },
          { concurrency: 2 },
        ),
      );
      expect([messages(error), log]).toEqual([["Error: boom"], ["closed"]]);
    });

    virtually(`${kind} is closed when it is cancelled, endless as it is`, async () => {
      const log: string[] = [];
      await moveOnAfter(10, () => map(iterate(log), () => sleep(1)));
      expect([...log, currentTime()]).toEqual(["closed", 10]);
    });

    virtually(`${kind} is closed when the subscriber leaves`, async () => {
      const log: string[] = [];
      await taskGroup(async () => {
        const subscription = map(iterate(log), () => sleep(1)).subscribe();
        await sleep(5);
        subscription.unsubscribe();
      });
      expect([...log, currentTime()]).toEqual(["closed", 5]);
    });
  }

  virtually(
    "an iterator that throws midway fails the group, cancels what runs, and is not closed: it has ended",
    async () => {
      const log: string[] = [];
      const broken = (asynchronous: boolean) => {
        let i = 0;
        const next = () => {
          if (++i === 3) throw new Error("midway");
          return { done: false, value: i };
        };
        const end = () => {
          log.push("closed");
          return { done: true, value: undefined };
        };
        return asynchronous
          ? { [Symbol.asyncIterator]: () => ({ next: async () => next(), return: async () => end() }) }
          : { [Symbol.iterator]: () => ({ next, return: end }) };
      };
      for (const asynchronous of [false, true]) {
        const error = await thrownBy(() =>
          map(broken(asynchronous) as Iterable<number>, async (n) => {
            log.push(`${n}: ${named(await thrownBy(() => sleepForever()))}`);
          }),
        );
        expect(messages(error)).toEqual(["Error: midway"]);
      }
      expect(log).toEqual(["1: Cancelled", "2: Cancelled", "1: Cancelled", "2: Cancelled"]);
    },
  );

  virtually("what a source throws while it is closed is not dropped", async () => {
    function* syncItems() {
      try {
        for (;;) yield 1;
      } finally {
        // eslint-disable-next-line no-unsafe-finally -- a cleanup that fails is what this is about
        throw new Error("cleanup");
      }
    }
    async function* asyncItems() {
      yield* syncItems();
    }
    async function* waiting() {
      try {
        for (;;) {
          await sleep(3);
          yield 1;
        }
      } finally {
        await moveOnAfter(5, () => sleepForever(), { shield: true });
        // eslint-disable-next-line no-unsafe-finally -- the same
        throw new Error("cleanup");
      }
    }
    for (const items of [syncItems(), asyncItems(), waiting()] as Iterable<number>[]) {
      const error = await thrownBy(() =>
        map(items, async () => {
          await sleep(10);
          throw new Error("boom");
        }),
      );
      expect(messages(error)).toContain("Error: boom");
      expect(messages(error)).toContain("Error: cleanup");
    }
  });

  virtually("a source that fails to begin fails the group", async () => {
    const unready = {
      [Symbol.iterator]: () => {
        throw new Error("not ready");
      },
    };
    expect(messages(await thrownBy(() => map(unready, () => 1)))).toEqual(["Error: not ready"]);
    const unreadyAsync = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          throw new Error("not ready");
        },
      }),
    };
    expect(messages(await thrownBy(() => map(unreadyAsync, () => 1)))).toEqual(["Error: not ready"]);
    const senseless = { [Symbol.asyncIterator]: () => ({ next: async () => undefined as never }) };
    expect(messages(await thrownBy(() => map(senseless, () => 1)))[0]).toMatch(/^TypeError: Cannot pull/);
  });

  virtually("what an async iterable waits for is cancelled, and its cleanup is waited for", async () => {
    const log: string[] = [];
    async function* pages() {
      try {
        yield 1;
        await sleepForever();
      } catch (error) {
        log.push(`${named(error)}@${currentTime()}`);
        throw error;
      } finally {
        await moveOnAfter(5, () => sleepForever(), { shield: true });
        log.push(`clean@${currentTime()}`);
      }
    }
    const error = await thrownBy(() =>
      map(pages(), async () => {
        await sleep(3);
        throw new Error("boom");
      }),
    );
    expect(messages(error)).toEqual(["Error: boom"]);
    expect([...log, `end@${currentTime()}`]).toEqual(["Cancelled@3", "clean@8", "end@8"]);
  });

  outdoors("a foreign wait in an async iterable is given up: it cannot be told", async () => {
    const log: string[] = [];
    async function* idle() {
      try {
        yield 1;
        await new Promise<void>(() => {});
      } finally {
        log.push("closed");
      }
    }
    expect(await moveOnAfter(5, () => map(idle(), (n) => n))).toBeUndefined();
    const error = await thrownBy(() =>
      map(idle(), async () => {
        await sleep(3);
        throw new Error("boom");
      }),
    );
    expect([messages(error), log]).toEqual([["Error: boom"], []]);
  });

  outdoors("an iterator that is given up is told to close, once; what it says then is nobody's error", async () => {
    const log: string[] = [];
    let reject: (error: unknown) => void = () => {};
    const idle = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<number>>((_, no) => (reject = no)),
        return: async () => {
          log.push("closed");
          reject(new Error("premature close"));
          return { done: true as const, value: undefined };
        },
      }),
    };
    expect(await moveOnAfter(5, () => map(idle, (n) => n))).toBeUndefined();
    expect(log).toEqual(["closed"]);
  });

  outdoors("one that cannot be told to close, and one that fails to, are heard by the group", async () => {
    let reject: (error: unknown) => void = () => {};
    const deaf = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<number>>((_, no) => (reject = no)),
      }),
    };
    const failing = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<number>>(() => {}),
        return: async () => {
          throw new Error("close");
        },
      }),
    };
    const error = await thrownBy(() =>
      taskGroup(async () => {
        await moveOnAfter(5, () => map(deaf, (n) => n));
        reject(new Error("late"));
        await moveOnAfter(5, () => map(failing, (n) => n));
        await sleep(5);
      }),
    );
    expect((error as TaskGroupError).leaves().map(String)).toEqual(["Error: late", "Error: close"]);
  });

  everywhere("an item on its way is not lost to a cancellation: it is begun", async () => {
    const [send, receive] = createMemoryObjectStream<string>(0);
    async function* through() {
      for await (const item of receive) yield item;
    }
    for (const items of [receive, through()]) {
      const begun: string[] = [];
      let scope!: CancelScope;
      await taskGroup(async (tg) => {
        tg.startSoon(() =>
          moveOnAfter(1000, () => {
            scope = currentScope();
            return map(items, (item) => void begun.push(item));
          }),
        );
        await blocked();
        send.sendNowait("item");
        scope.cancel();
      });
      expect(begun).toEqual(["item"]);
    }
    send.close();
    receive.close();
  });

  virtually("an item that needs a cleanup to get here is on its way as well", async () => {
    const [send, receive] = createMemoryObjectStream<string>(0);
    const log: string[] = [];
    async function* through() {
      for (;;) {
        const item = await receive.receive();
        await moveOnAfter(5, () => sleepForever(), { shield: true });
        log.push(`through@${currentTime()}`);
        yield item;
      }
    }
    let scope!: CancelScope;
    await taskGroup(async (tg) => {
      tg.startSoon(() =>
        moveOnAfter(1000, () => {
          scope = currentScope();
          return map(through(), (item) => void log.push(item));
        }),
      );
      await sleep(1);
      send.sendNowait("item");
      scope.cancel();
    });
    expect(log).toEqual(["through@6", "item"]);
    send.close();
    receive.close();
  });

  virtually("a pull that begins just after a cancellation is given up as well", async () => {
    let asked = 0;
    const [send, receive] = createMemoryObjectStream<undefined>();
    const idle = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          ++asked === 1
            ? Promise.resolve({ done: false as const, value: 1 })
            : new Promise<IteratorResult<number>>(() => undefined),
      }),
    };
    await taskGroup(function* (tg) {
      tg.startSoon(function* () {
        yield* map(
          idle,
          function* () {
            yield* sleep(5);
            send.sendNowait(undefined); // Who cancels goes on before the feed does, which has its place by then.
          },
          { concurrency: 1 },
        );
      });
      yield* receive.receive();
      tg.cancel();
    });
    expect([asked, currentTime()]).toEqual([2, 5]);
    send.close();
    receive.close();
  });

  virtually("a long loop leaves nothing behind in its scope", async () => {
    async function* many() {
      for (let i = 0; i < 500; i++) yield i;
    }
    interface Links {
      readonly _home: Links;
      readonly _first: Links | null;
      readonly _after: Links | null;
    }
    let most = 0;
    await map(
      many(),
      async () => {
        const group = (currentScope() as unknown as Links)._home;
        let members = 0;
        for (let member = group._first; member !== null; member = member._after) members++;
        most = Math.max(most, members);
        await sleep(0);
      },
      { concurrency: 2 },
    );
    expect(most).toBeLessThan(8);
  });

  virtually("a stream that waits for an item when it is cancelled loses none", async () => {
    const [send, receive] = createMemoryObjectStream<string>(1);
    await moveOnAfter(5, () => map(receive, () => 1));
    send.sendNowait("kept");
    expect(receive.receiveNowait()).toBe("kept");
  });

  virtually("a stream that we close ourselves is an error, not an end (R5)", async () => {
    const [, receive] = createMemoryObjectStream<string>(1);
    const error = await thrownBy(() =>
      taskGroup(async (tg) => {
        tg.startSoon(() => map(receive, () => 1));
        await blocked();
        receive.close();
      }),
    );
    expect((error as TaskGroupError).leaves()[0]).toBeInstanceOf(ClosedResourceError);
  });

  virtually("in a cancelled scope it asks for no item and begins none", async () => {
    let asked = 0;
    function* items() {
      asked++;
      yield 1;
    }
    await moveOnAfter(0, async () => {
      expect(named(await thrownBy(() => map(items(), () => asked++)))).toBe("Cancelled");
    });
    expect(asked).toBe(0);
  });

  virtually("pulls from iterables that abortable() serves, in virtual time", async () => {
    async function* served() {
      for (let i = 0; i < 3; i++) yield await abortable(async () => i);
    }
    expect(await map(served(), (n) => n)).toEqual([0, 1, 2]);
  });

  it("is lazy; each consumption asks for an iterator of its own", async () => {
    let iterators = 0;
    const items = {
      *[Symbol.iterator]() {
        iterators++;
        yield* [1, 2];
      },
    };
    const doubled = map(items, (n) => n * 2);
    expect(iterators).toBe(0);
    expect(await doubled).toEqual([2, 4]);
    expect(await firstValueFrom(doubled)).toEqual([2, 4]);
    expect(
      await run(function* () {
        return yield* doubled;
      }),
    ).toEqual([2, 4]);
    expect(iterators).toBe(3);
  });

  virtually("nests", async () => {
    const table = await map([1, 2], (row) =>
      map([1, 2, 3], (column) => sleep(row * column).pipe(mapEach(() => row * column))),
    );
    expect(table).toEqual([
      [1, 2, 3],
      [2, 4, 6],
    ]);
    expect(currentTime()).toBe(6);
  });

  for (const backend of BACKENDS) {
    it(`maps 100,000 items, bounded or not, in order [${backend}]`, async () => {
      if (backend !== "virtual") onRealClock();
      const items = Array.from({ length: 100_000 }, (_, i) => i);
      await run(
        async () => {
          for (const concurrency of [Infinity, 100]) {
            const values = await map(
              items,
              function* (n) {
                yield* sleep(0);
                return n;
              },
              { concurrency },
            );
            expect(values.length).toBe(items.length);
            expect(values.every((n, i) => n === i)).toBe(true);
          }
        },
        { backend },
      );
    }, 60_000);
  }

  outdoors("an endless source of work that never waits starves no timer", async () => {
    function* naturals() {
      for (let i = 0; ; i++) yield i;
    }
    for (const concurrency of [16, Infinity]) {
      let calls = 0;
      const end = performance.now() + 2_000;
      const value: unknown = await moveOnAfter(10, () =>
        map(
          naturals(),
          () => {
            calls++;
            if (performance.now() > end) throw new Error("starved");
          },
          { concurrency },
        ),
      );
      expect(value).toBeUndefined();
      expect(calls).toBeGreaterThan(10);
    }
  });

  virtually("a generator of operations is no list: it is told so, and nothing goes astray", async () => {
    function* task() {
      yield* sleep(1);
    }
    expect(messages(await thrownBy(() => map(task() as Iterable<unknown>, () => 1)))[0]).toMatch(
      /no task of anyrx drives/,
    );
  });

  it("amap() is the same with AnyIO's order of parameters", async () => {
    expect(await amap((n: number) => n * 2, [1, 2, 3])).toEqual([2, 4, 6]);
    expect(await amap(async (n: number) => n * 2, of(1, 2), { concurrency: 1 })).toEqual([2, 4]);
  });

  it("refuses at the call what it cannot map", () => {
    const fn = () => 1;
    for (const wrong of [null, undefined, 1, {}, Promise.resolve([1]), fn]) {
      expectSentence(() => map(wrong as never, fn), TypeError);
    }
    expect(() => map(Promise.resolve([1]) as never, fn)).toThrowError(/await it first/);
    expectSentence(() => map([], undefined as never), TypeError);
    expectSentence(() => map([], fn, 4 as never), TypeError);
    expectSentence(() => map([], fn, null as never), TypeError);
    for (const concurrency of [0, -1, 1.5, NaN, -Infinity])
      expectSentence(() => map([], fn, { concurrency }), RangeError);
    expectSentence(() => map([], fn, { concurrency: "4" as never }), TypeError);
    expectSentence(() => map([], fn, { ordered: "no" as never }), TypeError);
  });
});
