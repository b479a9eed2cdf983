import {
  asStream,
  BrokenResourceError,
  CancelScope,
  ClosedResourceError,
  createMemoryObjectStream,
  currentTime,
  EndOfStream,
  fromAsyncIterable,
  iterate,
  moveOnAfter,
  operation,
  run,
  sleep,
  sleepForever,
  taskGroup,
  type TaskGroupError,
} from "anyrx";
import {
  concatMap,
  finalize,
  interval,
  lastValueFrom,
  of,
  range,
  Subject,
  switchMap,
  take,
  throwError,
  toArray,
} from "rxjs";
import { everywhere, expectSentence, LONG, named, runQuietly, thrownBy, virtually } from "../field/everywhere.ts";
import { CountedSubject } from "./counted.ts";
import { mayWait } from "../support/real-time.ts";

const all = { maxBufferSize: Infinity, overflow: "error" } as const;

describe("iterate(): loops over Observables", () => {
  mayWait("sources and sinks of the host have timers of their own");
  everywhere("sync ones, to their end", async () => {
    const seen: number[] = [];
    for await (const n of iterate(of(1, 2, 3), all)) seen.push(n);
    expect(seen).toEqual([1, 2, 3]);
  });

  everywhere("async ones", async () => {
    const seen: number[] = [];
    for await (const n of iterate(interval(1).pipe(take(3)), all)) seen.push(n);
    expect(seen).toEqual([0, 1, 2]);
  });

  everywhere("an error is thrown in the loop, as it is, after what came before", async () => {
    const boom = { not: "even an Error" };
    const seen: number[] = [];
    const error = await thrownBy(async () => {
      for await (const n of iterate(range(3).pipe(concatMap((n) => (n === 2 ? throwError(() => boom) : of(n)))), all))
        seen.push(n);
    });
    expect(error).toBe(boom);
    expect(seen).toEqual([0, 1]);
  });

  everywhere("what came while the body was busy is there in order", async () => {
    const source = new CountedSubject<number>();
    const seen: number[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        for await (const n of iterate(source.counted, all)) {
          seen.push(n);
          await sleep(2);
        }
      });
      await sleep(1);
      for (const n of [1, 2, 3]) source.next(n);
      await sleep(1);
      source.next(4);
      source.complete();
      expect(seen.length).toBeLessThan(4);
    });
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(source.live).toBe(0);
  });

  for (const [how, leave] of Object.entries({
    break: null,
    throw: new RangeError("left"),
  })) {
    everywhere(`${how} unsubscribes, before the next line runs`, async () => {
      const source = new CountedSubject<number>();
      const finalized: string[] = [];
      const error = await taskGroup(async (tg) => {
        tg.startSoon(async () => {
          await sleep(1);
          source.next(1);
        });
        try {
          for await (const n of iterate(source.counted.pipe(finalize(() => finalized.push("finalized"))), all)) {
            expect([n, source.live]).toEqual([1, 1]);
            if (leave === null) break;
            throw leave;
          }
        } catch (thrown) {
          expect(source.live).toBe(0);
          return [thrown];
        }
        expect(source.live).toBe(0);
        return [null];
      });
      expect([error, finalized, source.live]).toEqual([[leave], ["finalized"], 0]);
    });
  }

  everywhere("cancelling the scope unsubscribes, and the loop throws Cancelled", async () => {
    const source = new CountedSubject<number>();
    const log: string[] = [];
    await moveOnAfter(2, async () => {
      try {
        for await (const n of iterate(source.counted, all)) log.push(String(n));
      } catch (error) {
        log.push(named(error), String(source.live));
        throw error;
      }
    });
    expect(log).toEqual(["Cancelled", "0"]);
  });

  everywhere("nothing is subscribed to before the first step, and each loop is a subscription of its own", async () => {
    const source = new CountedSubject<number>();
    const items = iterate(source.counted, all);
    const one = items[Symbol.asyncIterator]();
    const two = items[Symbol.asyncIterator]();
    expect(source.subscribed).toBe(0);
    const first = one.next();
    expect(source.subscribed).toBe(1);
    const second = two.next();
    expect(source.subscribed).toBe(2);
    source.next(1);
    expect([await first, await second]).toEqual([
      { done: false, value: 1 },
      { done: false, value: 1 },
    ]);
    await one.return?.();
    expect(source.live).toBe(1);
    await two.return?.();
    expect(source.live).toBe(0);
    expect(await two.next()).toEqual({ done: true, value: undefined });
    const never = items[Symbol.asyncIterator]();
    await never.return?.();
    expect([await never.next(), source.subscribed]).toEqual([{ done: true, value: undefined }, 2]);
  });

  everywhere("return() ends the steps that are on their way", async () => {
    const source = new CountedSubject<number>();
    const items = iterate(source.counted, all)[Symbol.asyncIterator]();
    const steps = [items.next(), items.next()];
    await items.return?.();
    expect(await Promise.all(steps)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(source.live).toBe(0);
  });

  everywhere("a loop whose steps have timeouts of their own goes on", async () => {
    const source = new CountedSubject<number>();
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        await sleep(8);
        source.next(1);
      });
      const items = iterate(source.counted, all)[Symbol.asyncIterator]();
      const step = async () => [await items.next()];
      expect(await moveOnAfter(2, step)).toBeUndefined();
      expect(source.live).toBe(1);
      expect(await moveOnAfter(LONG, step)).toEqual([{ done: false, value: 1 }]);
      await items.return?.();
    });
    expect([source.live, source.subscribed]).toEqual([0, 1]);
  });

  everywhere("a loop that nobody finishes ends with its scope", async () => {
    const source = new CountedSubject<number>();
    await moveOnAfter(LONG, async () => {
      const items = iterate(source.counted, all)[Symbol.asyncIterator]();
      source.next(0);
      items.next().catch(() => undefined);
      await sleep(1);
      expect(source.live).toBe(1);
    });
    expect(source.live).toBe(0);
  });

  virtually("the values of rxjs-for-await: each, latest, next", async () => {
    const ticks = (upTo: number) => {
      const source = new Subject<number>();
      const emit = operation(async () => {
        for (let n = 1; n <= upTo; n++) {
          await sleep(1);
          source.next(n);
        }
        source.complete();
      });
      return { source, emit };
    };
    const observed: string[][] = [];
    for (const options of [
      all,
      { overflow: "latest" } as const,
      { maxBufferSize: 0, overflow: "dropNewest" } as const,
    ]) {
      const { source, emit } = ticks(7);
      const seen: string[] = [];
      await taskGroup(async (tg) => {
        tg.startSoon(emit);
        const start = currentTime();
        for await (const n of iterate(source, options)) {
          seen.push(`${n}@${currentTime() - start}`);
          await sleep(2.5);
        }
      });
      observed.push(seen);
    }
    expect(observed).toEqual([
      ["1@1", "2@3.5", "3@6", "4@8.5", "5@11", "6@13.5", "7@16"],
      ["1@1", "3@3.5", "5@6", "7@8.5"],
      ["1@1", "4@4", "7@7"],
    ]);
  });

  it("refuses what toStream() refuses, before the loop begins", () => {
    expectSentence(() => iterate(of(1), undefined as never), TypeError);
    expectSentence(() => iterate(7 as never), TypeError);
    expectSentence(() => iterate([1], { maxBufferSize: -1 }), RangeError);
  });

  for (const context of ["handoff", "strict"] as const) {
    it(`keeps the scope where the host has no store (${context})`, () =>
      runQuietly(
        async () => {
          const log: string[] = [];
          await moveOnAfter(LONG, async () => {
            for await (const n of iterate(of(1, 2), all)) {
              await sleep(1);
              log.push(String(n));
            }
            await sleep(1);
            for await (const n of iterate(of(1, 2), all)) {
              log.push(`then ${n}`);
              break;
            }
            await sleep(1); // Found by the hand-off of return().
            for await (const n of iterate([5, 6])) {
              log.push(`pulled ${n}`);
              break;
            }
            await sleep(1);
          });
          expect(log).toEqual(["1", "2", "then 1", "pulled 5"]);
        },
        { backend: "native", context },
      ));
  }
});

describe("iterate(): loops over what can wait", () => {
  everywhere("break closes the source, and waits for that", async () => {
    const log: string[] = [];
    const source = async function* () {
      try {
        for (let n = 1; ; n++) yield n;
      } finally {
        await sleep(3);
        log.push("closed");
      }
    };
    for await (const n of iterate(source())) if (n === 2) break;
    log.push("after");
    expect(log).toEqual(["closed", "after"]);
  });

  everywhere("a stream of ours gets back what was read ahead", async () => {
    const [send, receive] = createMemoryObjectStream<number>(5);
    for (const n of [1, 2, 3, 4]) send.sendNowait(n);
    for await (const n of iterate(receive, { maxBufferSize: 2 })) {
      await sleep(1);
      if (n === 1) break;
    }
    expect([receive.receiveNowait(), receive.receiveNowait(), receive.receiveNowait()]).toEqual([2, 3, 4]);
  });

  everywhere("all of them", async () => {
    const [send, receive] = createMemoryObjectStream<number>(2);
    send.sendNowait(1);
    send.close();
    const seen: unknown[] = [];
    for await (const n of iterate([1, 2])) seen.push(n);
    for await (const n of iterate(receive)) seen.push(n);
    for await (const n of iterate(operation(() => "op")())) seen.push(n);
    expect(seen).toEqual([1, 2, 1, "op"]);
  });
});

describe("fromAsyncIterable()", () => {
  everywhere("emits the items, then completes; an error comes as it is", async () => {
    const boom = new RangeError("boom");
    const items = async function* (fails: boolean) {
      yield 1;
      await sleep(1);
      yield 2;
      if (fails) throw boom;
    };
    expect(await lastValueFrom(fromAsyncIterable(items(false)).pipe(toArray()))).toEqual([1, 2]);
    expect(await thrownBy(() => lastValueFrom(fromAsyncIterable(items(true))))).toBe(boom);
    expectSentence(() => fromAsyncIterable([1] as never), TypeError);
  });

  everywhere("unsubscribing at a wait cancels it; the group waits for the cleanup", async () => {
    const log: string[] = [];
    const items = async function* () {
      try {
        yield 1;
        await sleepForever();
      } catch (error) {
        log.push(named(error));
        throw error;
      } finally {
        await moveOnAfter(LONG, () => sleep(3), { shield: true });
        log.push("cleaned up");
      }
    };
    await taskGroup(async () => {
      const subscription = fromAsyncIterable(items()).subscribe((n) => log.push(`got ${n}`));
      await sleep(1);
      subscription.unsubscribe();
      log.push("unsubscribed");
    });
    expect(log).toEqual(["got 1", "unsubscribed", "Cancelled", "cleaned up"]);
  });

  everywhere("unsubscribing between two items calls return(), once, and the group waits for it", async () => {
    const log: string[] = [];
    let pulled = 0;
    const items: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: ++pulled }),
        return: async () => {
          await moveOnAfter(LONG, () => sleep(3), { shield: true });
          log.push("returned");
          return { done: true, value: undefined };
        },
      }),
    };
    await taskGroup(async () => {
      expect(await lastValueFrom(fromAsyncIterable(items).pipe(take(2), toArray()))).toEqual([1, 2]);
      log.push("done");
    });
    expect(log).toEqual(["done", "returned"]);
    expect(pulled).toBe(2);
  });

  everywhere("an error of the cleanup after unsubscribing goes to the group", async () => {
    const boom = new Error("boom");
    const items = async function* () {
      try {
        yield 1;
      } finally {
        // eslint-disable-next-line no-unsafe-finally -- that is the case.
        throw boom;
      }
    };
    const error = await thrownBy(() =>
      taskGroup(async () => {
        await lastValueFrom(fromAsyncIterable(items()).pipe(take(1)));
        await sleep(LONG);
      }),
    );
    expect((error as TaskGroupError).errors).toEqual([boom]);
  });

  everywhere("each subscription is a loop of its own; what it sets off is not its child", async () => {
    const items = {
      async *[Symbol.asyncIterator]() {
        yield 1;
        yield 2;
      },
    };
    const work = operation(async (n: number) => {
      await sleep(1);
      return n * 10;
    });
    const numbers = fromAsyncIterable(items);
    expect(await lastValueFrom(numbers.pipe(concatMap(work), toArray()))).toEqual([10, 20]);
    expect(await lastValueFrom(numbers.pipe(switchMap(work), toArray()))).toEqual([20]);
  });
});

describe("asStream()", () => {
  everywhere("lockstep: it runs when somebody receives, and is ahead by maxBufferSize else", async () => {
    for (const maxBufferSize of [0, 2]) {
      let made = 0;
      await taskGroup(async () => {
        const stream = asStream(
          async function* () {
            for (;;) yield ++made;
          },
          { maxBufferSize },
        );
        await sleep(3);
        expect(made).toBe(maxBufferSize);
        expect(await stream.receive()).toBe(1);
        await sleep(3);
        expect(made).toBe(maxBufferSize + 1);
      });
    }
  });

  everywhere("a receiver's timeout is the receiver's only (PEP 789)", async () => {
    const log: string[] = [];
    const ticks = async function* () {
      try {
        for (let n = 1; ; n++) {
          await sleep(4);
          yield n;
        }
      } catch (error) {
        log.push(named(error));
        throw error;
      } finally {
        log.push("ended");
      }
    };
    await taskGroup(async () => {
      const stream = asStream(ticks);
      expect(await moveOnAfter(1, () => stream.receive())).toBeUndefined();
      expect(log).toEqual([]);
      expect(await stream.receive()).toBe(1);
      expect(await stream.receive()).toBe(2);
      await stream.aclose();
      expect(log).toEqual(["ended"]);
    });
    // The same without it: the timeout of one step is the end of the generator.
    log.length = 0;
    const bare = ticks();
    await moveOnAfter(1, () => bare.next());
    expect(log).toEqual(["Cancelled", "ended"]);
    expect((await bare.next()).done).toBeTrue();
  });

  everywhere("what it leaves running over a yield is its own, and ends with it", async () => {
    const log: string[] = [];
    const careless = async function* () {
      // A scope that is opened and not waited for: in a bare generator it would lie in whoever called next().
      void new CancelScope()
        .enter(async () => {
          try {
            await sleepForever();
          } catch (error) {
            log.push(`left behind: ${named(error)}`);
            throw error;
          }
        })
        .then(() => undefined);
      yield 1;
      yield 2;
    };
    await taskGroup(async () => {
      const stream = asStream(careless);
      await moveOnAfter(LONG, async () => {
        expect(await stream.receive()).toBe(1);
      });
      expect(log).toEqual([]);
      expect(await stream.receive()).toBe(2);
      await stream.aclose();
      await sleep(1);
    });
    expect(log).toEqual(["left behind: Cancelled"]);
  });

  everywhere("closing at a yield runs its finally, which may wait; closing while it waits cancels that", async () => {
    const log: string[] = [];
    const gen = async function* (first: number) {
      try {
        yield 1;
        await sleep(first);
        yield 2;
      } finally {
        try {
          await sleep(2);
          log.push("waited");
        } catch (error) {
          log.push(named(error));
        }
      }
    };
    await taskGroup(async () => {
      const idle = asStream(gen(0));
      await idle.receive();
      await idle.aclose();
      const busy = asStream(gen(LONG), { maxBufferSize: 5 });
      await sleep(2);
      await busy.aclose();
    });
    expect(log).toEqual(["waited", "Cancelled"]);
  });

  everywhere("its error comes as it is, then and later; a wait for the end of the stream ends", async () => {
    const boom = new RangeError("boom");
    await taskGroup(async () => {
      const stream = asStream(async function* () {
        yield 1;
        await sleep(1);
        throw boom;
      });
      expect(await stream.receive()).toBe(1);
      expect(await thrownBy(() => stream.receive())).toBe(boom);
      const short = asStream(async function* () {
        yield 1;
      });
      expect(await short.receive()).toBe(1);
      expect(await thrownBy(() => short.receive())).toBeInstanceOf(EndOfStream);
      expectSentence(() => asStream(5 as never), TypeError);
      const none = asStream((() => 5) as never);
      expect(await thrownBy(() => none.receive())).toBeInstanceOf(TypeError);
    });
  });

  everywhere("await using waits for the cleanup; a cancelled close does not, and the group does", async () => {
    const log: string[] = [];
    const gen = async function* () {
      try {
        for (;;) yield 1;
      } finally {
        await moveOnAfter(LONG, () => sleep(3), { shield: true });
        log.push("cleaned up");
      }
    };
    await taskGroup(async () => {
      {
        await using stream = asStream(gen);
        await stream.receive();
      }
      expect(log).toEqual(["cleaned up"]);
      const scope = new CancelScope();
      const late = asStream(gen);
      await late.receive();
      await scope.enter(async () => {
        scope.cancel();
        expect(named(await thrownBy(() => late.aclose()))).toBe("Cancelled");
      });
      expect(log.length).toBe(1);
      expect(await thrownBy(() => late.receive())).toBeInstanceOf(ClosedResourceError);
    });
    expect(log.length).toBe(2);
  });

  everywhere("cancelling the scope it lives in ends it, and waits", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      const out = await tg.start<{ receive(): PromiseLike<number> }[]>(async (status) => {
        await moveOnAfter(3, async () => {
          status.started([
            asStream(async function* () {
              try {
                yield 1;
                await sleepForever();
              } finally {
                log.push("ended");
              }
            }),
          ]);
          await sleepForever();
        });
      });
      expect(await out[0]!.receive()).toBe(1);
      expect(await thrownBy(() => out[0]!.receive())).toBeInstanceOf(BrokenResourceError);
    });
    expect(log).toEqual(["ended"]);
  });

  it("works outside of any run, and in one that ends", async () => {
    const log: string[] = [];
    const gen = async function* () {
      try {
        for (let n = 1; ; n++) yield n;
      } finally {
        log.push("ended");
      }
    };
    const stream = asStream(gen);
    expect(await stream.receive()).toBe(1);
    await stream.aclose();
    expect(log.length).toBe(1);
    await run(async () => {
      await asStream(gen).receive();
    });
    expect(log.length).toBe(2);
  });
});
