import type { BufferOverflowError } from "anyrx";
import {
  BrokenResourceError,
  CancelScope,
  ClosedResourceError,
  createMemoryObjectStream,
  currentTime,
  EndOfStream,
  failAfter,
  isBufferOverflowError,
  moveOnAfter,
  operation,
  run,
  sleep,
  sleepForever,
  type SourceStream,
  taskGroup,
  type TaskGroupError,
  toStream,
  type ToStreamOptions,
} from "anyrx";
import { concat, lastValueFrom, map, Observable, of, Subject, switchMap, throwError, timer, toArray } from "rxjs";
import { everywhere, expectSentence, LONG, named, thrownBy, virtually } from "../field/everywhere.ts";
import { CountedSubject } from "./counted.ts";
import { mayWait } from "../support/real-time.ts";

/** What the receiver sees of a source that emits 1 to 6, one each ms from 1 on, while it takes an item at 1 and every 3 ms from then on. */
async function slowly(options: ToStreamOptions): Promise<string[]> {
  const log: string[] = [];
  const source = new Observable<number>((subscriber) => {
    const work = operation(async () => {
      for (let n = 1; n <= 6 && !subscriber.closed; n++) {
        await sleep(1);
        subscriber.next(n);
      }
      subscriber.complete();
    });
    const subscription = work().subscribe();
    return () => {
      log.push(`torn down@${currentTime()}`);
      subscription.unsubscribe();
    };
  });
  await taskGroup(async () => {
    const stream = toStream<number>(source, options as never);
    for (;;) {
      try {
        log.push(`${await stream.receive()}@${currentTime()}`);
      } catch (error) {
        log.push(`${named(error)}@${currentTime()}`);
        return;
      }
      await sleep(3);
    }
  });
  return log;
}

describe("toStream(): overflow, as logs in virtual time", () => {
  virtually(
    `"error": what is buffered comes first, then the error; the source is gone when it overflowed`,
    async () => {
      expect(await slowly({ maxBufferSize: 2, overflow: "error" })).toEqual([
        "1@1",
        "2@4",
        "torn down@5",
        "3@7",
        "4@10",
        "BufferOverflowError@13",
      ]);
    },
  );

  virtually(`"dropOldest": the newest items are kept`, async () => {
    expect(await slowly({ maxBufferSize: 2, overflow: "dropOldest" })).toEqual([
      "1@1",
      "2@4",
      "torn down@6",
      "5@7",
      "6@10",
      "EndOfStream@13",
    ]);
  });

  virtually(`"dropNewest": the oldest items are kept`, async () => {
    expect(await slowly({ maxBufferSize: 2, overflow: "dropNewest" })).toEqual([
      "1@1",
      "2@4",
      "torn down@6",
      "3@7",
      "4@10",
      "EndOfStream@13",
    ]);
  });

  virtually(`"latest": the newest item alone is kept`, async () => {
    expect(await slowly({ overflow: "latest" })).toEqual(["1@1", "3@4", "torn down@6", "6@7", "EndOfStream@10"]);
  });

  virtually(`"dropNewest" without a buffer: only who is receiving gets an item`, async () => {
    expect(await slowly({ maxBufferSize: 0, overflow: "dropNewest" })).toEqual([
      "1@1",
      "4@4",
      "torn down@6",
      "EndOfStream@7",
    ]);
  });

  virtually(`"error" without a buffer: the first item for which nobody waits ends it`, async () => {
    expect(await slowly({ maxBufferSize: 0, overflow: "error" })).toEqual([
      "1@1",
      "torn down@2",
      "BufferOverflowError@4",
    ]);
  });

  virtually("a buffer without bounds overflows never", async () => {
    const log = await slowly({ maxBufferSize: Infinity, overflow: "error" });
    expect(log.filter((line) => !line.startsWith("torn"))).toEqual([
      "1@1",
      "2@4",
      "3@7",
      "4@10",
      "5@13",
      "6@16",
      "EndOfStream@19",
    ]);
  });

  everywhere("a synchronous burst is cut off where it overflows, and its source sees that", async () => {
    let emitted = 0;
    const burst = new Observable<number>((subscriber) => {
      while (!subscriber.closed && emitted < 100) subscriber.next(++emitted);
    });
    const stream = toStream(burst, { maxBufferSize: 3, overflow: "error", name: "burst" });
    expect(emitted).toBe(4);
    const seen = [stream.receiveNowait(), await stream.receive(), await stream.receive()];
    expect(seen).toEqual([1, 2, 3]);
    const error = await thrownBy(() => stream.receive());
    expect(isBufferOverflowError(error)).toBeTrue();
    expect((error as BufferOverflowError).maxBufferSize).toBe(3);
    expect((error as Error).message).toBe(
      'Cannot take another item into the stream "burst": its buffer is full (3 items); receive faster, enlarge maxBufferSize, or choose an overflow that drops',
    );
    expect(String(error)).toMatch(/^BufferOverflowError: /);
  });
});

describe("toStream(): what it refuses", () => {
  it("refuses an Observable without an overflow, and says which there are", () => {
    expectSentence(() => toStream(of(1), undefined as never), TypeError);
    expectSentence(() => toStream(of(1), { maxBufferSize: 5 } as never), TypeError);
    expect(() => toStream(of(1), {} as never)).toThrowError(/"error", "dropOldest", "dropNewest" or "latest"/);
  });

  it("refuses what makes no sense", () => {
    expectSentence(() => toStream(of(1), { overflow: "wait" } as never), TypeError);
    expectSentence(() => toStream(of(1), { overflow: "block" } as never), TypeError);
    expectSentence(() => toStream(of(1), { overflow: "latest", maxBufferSize: 4 }), RangeError);
    expectSentence(() => toStream(of(1), { overflow: "dropOldest", maxBufferSize: 0 }), RangeError);
    for (const maxBufferSize of [-1, 1.5, NaN]) {
      expectSentence(() => toStream(of(1), { overflow: "error", maxBufferSize }), RangeError);
      expectSentence(() => toStream([1], { maxBufferSize }), RangeError);
    }
    expectSentence(() => toStream(of(1), { overflow: "error", maxBufferSize: "4" as never }), TypeError);
    expectSentence(() => toStream([1], { overflow: "error" } as never), TypeError);
    for (const source of [null, undefined, 5, {}, Promise.resolve(1)])
      expectSentence(() => toStream(source as never, { overflow: "error" }), TypeError);
    expectSentence(() => toStream([1], { in: {} as never }), TypeError);
    expectSentence(() => toStream([1], { in: new CancelScope() }), TypeError);
  });
});

describe("toStream(): the end of an Observable's stream", () => {
  mayWait("sources and sinks of the host have timers of their own");
  const boom = new RangeError("boom");

  everywhere("the error of the source comes as it is, after what came before it", async () => {
    const stream = toStream(
      concat(
        of(1, 2),
        throwError(() => boom),
      ),
      { overflow: "error" },
    );
    expect([await stream.receive(), await stream.receive()]).toEqual([1, 2]);
    expect(await thrownBy(() => stream.receive())).toBe(boom);
    expect(await thrownBy(() => stream.receive())).toBe(boom);
  });

  everywhere("a waiting receiver is told of the end, and of an error", async () => {
    for (const end of ["complete", "error"] as const) {
      const source = new CountedSubject<number>();
      const stream = toStream(source.counted, { overflow: "error" });
      await taskGroup(async (tg) => {
        const waiting = tg.startSoon(() => thrownBy(() => stream.receive()));
        await sleep(2);
        source[end](boom);
        const error = await waiting;
        if (end === "error") expect(error).toBe(boom);
        else expect(error).toBeInstanceOf(EndOfStream);
      });
      expect(source.live).toBe(0);
    }
  });

  everywhere("closing the last end unsubscribes, at once; closing again does nothing", async () => {
    const source = new CountedSubject<number>();
    const stream = toStream(source.counted, { overflow: "error" });
    const clone = stream.clone();
    stream.close();
    expect(source.live).toBe(1);
    source.next(1);
    expect(clone.receiveNowait()).toBe(1);
    clone.close();
    clone.close();
    expect([source.live, source.subscribed]).toEqual([0, 1]);
    expect(await thrownBy(() => clone.receive())).toBeInstanceOf(ClosedResourceError);
    expect(() => clone.clone()).toThrowError(ClosedResourceError);
    await clone.aclose();
  });

  everywhere("await using closes it", async () => {
    const source = new CountedSubject<number>();
    {
      await using stream = toStream(source.counted, { overflow: "error" });
      expect([stream.statistics().openReceiveStreams, source.live]).toEqual([1, 1]);
    }
    expect(source.live).toBe(0);
  });

  everywhere("the end of its scope unsubscribes; what is buffered is still received", async () => {
    const source = new CountedSubject<number>();
    const stream = await failAfter(LONG, async () => {
      const made = toStream(source.counted, { overflow: "error" });
      source.next(1);
      await sleep(1);
      return [made] as const;
    });
    expect(source.live).toBe(0);
    expect(await stream[0].receive()).toBe(1);
    const error = await thrownBy(() => stream[0].receive());
    expect(error).toBeInstanceOf(BrokenResourceError);
    expect((error as Error).message).toContain("has ended");
  });

  everywhere("cancelling its scope unsubscribes at once, whoever receives", async () => {
    const source = new CountedSubject<number>();
    const scope = new CancelScope();
    await taskGroup(async (tg) => {
      const made = await tg.start<[SourceStream<number>]>(async (status) => {
        await scope.enter(async () => {
          status.started([toStream(source.counted, { overflow: "error" })]);
          await sleepForever();
        });
      });
      const waiting = tg.startSoon(() => thrownBy(() => made[0].receive()));
      await sleep(1);
      expect(source.live).toBe(1);
      scope.cancel("enough");
      expect(source.live).toBe(0);
      const error = (await waiting) as Error;
      expect(error).toBeInstanceOf(BrokenResourceError);
      expect((error.cause as { reason?: unknown }).reason).toBe("enough");
    });
  });

  everywhere("in a cancelled scope it does not even subscribe", async () => {
    const source = new CountedSubject<number>();
    const scope = new CancelScope();
    scope.cancel();
    await scope.enter(() => {
      toStream(source.counted, { overflow: "error" });
    });
    expect(source.subscribed).toBe(0);
  });

  everywhere("it lives where it is told to", async () => {
    const source = new CountedSubject<number>();
    await taskGroup(async (tg) => {
      const stream = await failAfter(LONG, () => [toStream(source.counted, { overflow: "error", in: tg })]);
      source.next(7);
      expect(await stream[0]!.receive()).toBe(7);
    });
    expect(source.live).toBe(0);
  });

  everywhere("the end of the run unsubscribes", async () => {
    const source = new CountedSubject<number>();
    await run(() => void toStream(source.counted, { overflow: "error" }));
    expect([source.live, source.subscribed]).toEqual([0, 1]);
  });

  everywhere("a teardown that throws fails the group, and nobody else", async () => {
    const source = new Observable<number>(() => () => {
      throw boom;
    });
    const error = await thrownBy(() =>
      taskGroup(async () => {
        toStream(source, { overflow: "error" }).close();
        await sleep(LONG);
      }),
    );
    expect((error as TaskGroupError).errors.length).toBe(1);
  });

  everywhere("operations inside the source belong to the stream's scope, whoever emits", async () => {
    const log: string[] = [];
    const keys = new Subject<number>();
    const work = operation(async (n: number) => {
      try {
        await sleep(n);
        return n;
      } catch (error) {
        log.push(`${named(error)} ${n}`);
        throw error;
      }
    });
    await taskGroup(async (tg) => {
      const stream = toStream(keys.pipe(switchMap((n) => work(n))), { overflow: "error" });
      await tg.startSoon(async () => {
        await moveOnAfter(1, async () => {
          keys.next(LONG);
          await sleepForever();
        });
      });
      await sleep(2);
      expect(log).toEqual([]);
      keys.next(3);
      expect(await stream.receive()).toBe(3);
      keys.next(LONG);
      stream.close();
      await sleep(1);
    });
    expect(log).toEqual([`Cancelled ${LONG}`, `Cancelled ${LONG}`]);
  });

  everywhere("it is an Observable, and can be looped over", async () => {
    const plusOne = toStream(of(1, 2), { overflow: "error" }).pipe(
      map((n) => n + 1),
      toArray(),
    );
    expect(await lastValueFrom(plusOne)).toEqual([2, 3]);
    const seen: number[] = [];
    for await (const n of toStream(timer(0, 1), { overflow: "latest" })) if (seen.push(n) === 2) break;
    expect(seen.length).toBe(2);
  });
});

describe("toStream(): sources that can wait", () => {
  function counting(log: string[], upTo = Infinity): AsyncIterable<number> & { pulled: number } {
    return {
      pulled: 0,
      async *[Symbol.asyncIterator]() {
        try {
          for (let n = 1; n <= upTo; n++) {
            this.pulled = n;
            await sleep(0);
            yield n;
          }
        } finally {
          log.push("closed");
        }
      },
    };
  }

  everywhere("nothing is pulled before somebody receives, and nothing more than that", async () => {
    const log: string[] = [];
    const source = counting(log);
    await taskGroup(async () => {
      const stream = toStream(source);
      await sleep(5);
      expect(source.pulled).toBe(0);
      expect(await stream.receive()).toBe(1);
      await sleep(5);
      expect(source.pulled).toBe(1);
      await stream.aclose();
      expect(log).toEqual(["closed"]);
    });
  });

  everywhere("a buffer is filled ahead, and no further", async () => {
    const source = counting([]);
    await taskGroup(async () => {
      const stream = toStream(source, { maxBufferSize: 3 });
      await sleep(5);
      expect([source.pulled, stream.statistics().currentBufferUsed]).toEqual([3, 3]);
      expect(await stream.receive()).toBe(1);
      await sleep(5);
      expect(source.pulled).toBe(4);
    });
  });

  everywhere("a receiver that is cancelled loses nothing: the item is there for the next", async () => {
    await taskGroup(async () => {
      const stream = toStream(
        (async function* () {
          await sleep(5);
          yield "slow";
        })(),
      );
      expect(await moveOnAfter(1, () => stream.receive())).toBeUndefined();
      await sleep(10);
      expect(await stream.receive()).toBe("slow");
      expect(await thrownBy(() => stream.receive())).toBeInstanceOf(EndOfStream);
    });
  });

  everywhere("all kinds of them: operations, iterables, streams of ours", async () => {
    const value = operation(async () => {
      await sleep(1);
      return 42;
    });
    const [send, receive] = createMemoryObjectStream<number>(5);
    for (const n of [1, 2]) send.sendNowait(n);
    send.close();
    await taskGroup(async () => {
      const all: unknown[] = [];
      for (const stream of [
        toStream(value()),
        toStream(new Set([1, 2])),
        toStream(receive),
      ] as SourceStream<number>[]) {
        const items: number[] = [];
        for await (const item of stream) items.push(item);
        all.push(items);
      }
      expect(all).toEqual([[42], [1, 2], [1, 2]]);
    });
  });

  everywhere("an operation is not run before somebody receives, and its error comes as it is", async () => {
    const boom = new Error("boom");
    let runs = 0;
    await taskGroup(async () => {
      const stream = toStream(
        operation(() => {
          runs++;
          throw boom;
        })(),
      );
      await sleep(2);
      expect(runs).toBe(0);
      expect(await thrownBy(() => stream.receive())).toBe(boom);
      expect(runs).toBe(1);
    });
  });

  everywhere("a stream of ours stays open, and gets back what was read ahead", async () => {
    const [send, receive] = createMemoryObjectStream<number>(10);
    for (const n of [1, 2, 3, 4, 5]) send.sendNowait(n);
    await taskGroup(async () => {
      const ahead = toStream(receive, { maxBufferSize: 3 });
      await sleep(2);
      expect(receive.statistics().currentBufferUsed).toBe(2);
      expect(await ahead.receive()).toBe(1);
      await ahead.aclose();
    });
    const rest: number[] = [];
    while (receive.statistics().currentBufferUsed > 0) rest.push(receive.receiveNowait());
    expect(rest).toEqual([2, 3, 4, 5]);
    expect(receive.statistics().openReceiveStreams).toBe(1);
  });

  everywhere("the group's end does not wait for it, it ends it", async () => {
    const log: string[] = [];
    await taskGroup(async () => {
      const stream = toStream(counting(log));
      expect(await stream.receive()).toBe(1);
    });
    expect(log).toEqual(["closed"]);
    const endless = new Observable<number>(() => undefined);
    await taskGroup(() => void toStream(endless, { overflow: "error" }));
  });

  everywhere("nor does a scope's, a child's, or the run's", async () => {
    const log: string[] = [];
    const use = async () => {
      const stream = toStream(counting(log));
      expect(await stream.receive()).toBe(1);
    };
    await taskGroup(async (tg) => {
      await moveOnAfter(LONG, use);
      await tg.startSoon(use);
      await use();
    });
    await run(use);
    expect(log.length).toBe(4);
  });

  everywhere("a pull that nobody waits for any more is cancelled at the end", async () => {
    const log: string[] = [];
    await taskGroup(async () => {
      const stream = toStream(
        (async function* () {
          try {
            await sleepForever();
            yield 1;
          } catch (error) {
            log.push(named(error));
            throw error;
          }
        })(),
      );
      await moveOnAfter(1, () => stream.receive());
    });
    expect(log).toEqual(["Cancelled"]);
  });

  everywhere("an error of the source ends the stream; one of closing it goes to the group", async () => {
    const boom = new Error("boom");
    await taskGroup(async () => {
      const stream = toStream(
        (async function* () {
          await sleep(0);
          yield 1;
          throw boom;
        })(),
        { maxBufferSize: 4 },
      );
      await sleep(3);
      expect(await stream.receive()).toBe(1);
      expect(await thrownBy(() => stream.receive())).toBe(boom);
    });
    const error = await thrownBy(() =>
      taskGroup(async () => {
        const stream = toStream(
          (async function* () {
            try {
              await sleep(0);
              yield 1;
            } finally {
              // eslint-disable-next-line no-unsafe-finally -- that is the case.
              throw boom;
            }
          })(),
        );
        await stream.receive();
        await stream.aclose();
      }),
    );
    expect((error as TaskGroupError).errors).toEqual([boom]);
  });

  everywhere("a source that was cancelled by itself breaks the stream, and cancels nobody", async () => {
    await taskGroup(async () => {
      const stray = await thrownBy(() => {
        const scope = new CancelScope();
        scope.cancel();
        return scope.enter(async () => {
          try {
            await sleep(1);
          } catch (error) {
            throw new Error("kept", { cause: error });
          }
        });
      });
      const stream = toStream(
        throwError(() => (stray as Error).cause),
        { overflow: "error" },
      );
      const error = await thrownBy(() => stream.receive());
      expect(error).toBeInstanceOf(BrokenResourceError);
      await sleep(1);
    });
  });

  everywhere("it works from generators, too", function* () {
    const stream = toStream([1, 2, 3], { maxBufferSize: 1 });
    const seen: number[] = [];
    seen.push(yield* stream.receive(), yield* stream.receive());
    yield* stream.aclose();
    expect(seen).toEqual([1, 2]);
  });
});
