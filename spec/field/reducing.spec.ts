import {
  type AnyItems,
  BrokenResourceError,
  CancelScope,
  checkpoint,
  ClosedResourceError,
  createMemoryObjectStream,
  Future,
  isCancelled,
  type MemoryObjectReceiveStream,
  moveOnAfter,
  reduce,
  run,
  sleep,
  taskGroup,
  type TaskGroupError,
  tee,
} from "anyrx";
import { concatMap, from, map, NEVER, Observable, of, Subject, throwError, toArray } from "rxjs";
import { BACKENDS, blocked, everywhere, expectSentence, LONG, named, runQuietly, thrownBy } from "./everywhere.ts";

const add = async (sum: number, n: number) => {
  await checkpoint();
  return sum + n;
};

/** The same items from every kind of source. */
const sources: readonly (readonly [kind: string, make: (items: number[]) => AnyItems<number>])[] = [
  ["an array", (items) => items],
  ["a set", (items) => new Set(items)],
  ["a generator", (items) => items[Symbol.iterator]()],
  [
    "an async generator",
    async function* (items) {
      for (const item of items) {
        await sleep(1);
        yield item;
      }
    },
  ],
  [
    "an async iterable without return",
    (items) => ({
      [Symbol.asyncIterator]: () => {
        const iterator = items[Symbol.iterator]();
        return { next: () => Promise.resolve(iterator.next()) };
      },
    }),
  ],
  ["an Observable", (items) => from(items)],
  ["an Observable that takes its time", (items) => from(items).pipe(concatMap((n) => sleep(1).pipe(map(() => n))))],
  [
    "a receive stream",
    (items) => {
      const [send, receive] = createMemoryObjectStream<number>(Infinity);
      for (const item of items) send.sendNowait(item);
      send.close();
      return receive;
    },
  ],
];

describe("field: reduce()", () => {
  for (const [kind, make] of sources) {
    everywhere(`reduces ${kind}, with and without an initial value`, async () => {
      expect(await reduce(add, make([1, 2, 3]))).toBe(6);
      const text: string = await reduce(
        async (value: string, n: number) => (await checkpoint(), `${value}${n}`),
        make([1, 2]),
        ">",
      );
      expect(text).toBe(">12");
      expect(await reduce(add, make([5]))).toBe(5);
      expect(await reduce(add, make([]), 7)).toBe(7);
      const error = await thrownBy(() => reduce(add, make([])));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(/^Cannot reduce no items .+: .+; .+[^.]$/);
    });
  }

  everywhere("takes a function of any style", async () => {
    const combine: readonly Parameters<typeof reduce<number>>[0][] = [
      (sum, n) => sum + n,
      async (sum, n) => sum + n,
      function* (sum, n) {
        yield* checkpoint();
        return sum + n;
      },
      (sum, n) => sleep(1).pipe(map(() => sum + n)),
      (sum, n) => of(0, sum + n),
    ];
    for (const each of combine) expect(await reduce<number>(each, [1, 2, 3])).toBe(6);
  });

  everywhere("undefined is an initial value", async () => {
    expect(await reduce((value: unknown, n: number) => [value, n], [1], undefined)).toEqual([undefined, 1]);
  });

  everywhere("it is an operation: it can be run again, in each style", async () => {
    const sum = reduce(add, [1, 2, 3]);
    expect([await sum, await sum]).toEqual([6, 6]);
    const got = await taskGroup(async (tg) => {
      const tasks = [
        tg.startSoon(function* () {
          return yield* sum;
        }),
        tg.startSoon(() => sum.pipe(map((n) => n + 1))),
      ];
      return [await tasks[0]!, await tasks[1]!];
    });
    expect(got).toEqual([6, 7]);
  });

  everywhere("the next item is taken when the last one is done with", async () => {
    const [send, receive] = createMemoryObjectStream<number>(0);
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        for (const n of [1, 2, 3]) {
          await send.send(n);
          log.push(`sent ${String(n)}`);
        }
        send.close();
      });
      const sum = await reduce(
        async (value: number, n: number) => {
          await sleep(2);
          log.push(`added ${String(n)}`);
          return value + n;
        },
        receive,
        0,
      );
      expect(sum).toBe(6);
    });
    expect(log).toEqual(["sent 1", "added 1", "sent 2", "added 2", "sent 3", "added 3"]);
  });

  everywhere("what an Observable emits meanwhile is not lost", async () => {
    const source = new Subject<number>();
    const got = await taskGroup(async (tg) => {
      const task = tg.startSoon(() =>
        reduce(async (all: number[], n: number) => (await sleep(1), [...all, n]), source, []),
      );
      await blocked();
      for (const n of [1, 2, 3, 4]) source.next(n);
      source.complete();
      return [await task];
    });
    expect(got).toEqual([[1, 2, 3, 4]]);
    expect(source.observed).toBeFalse();
  });

  everywhere("an error of the function closes the source, and is thrown", async () => {
    const boom = new Error("boom");
    for (const fails of [
      () => {
        throw boom;
      },
      () => Promise.reject(boom),
    ] as (() => never)[]) {
      const log: string[] = [];
      const sync = (function* () {
        try {
          yield 1;
          yield 2;
        } finally {
          log.push("closed");
        }
      })();
      const later = (async function* () {
        try {
          yield 1;
          yield 2;
        } finally {
          await moveOnAfter(LONG, () => sleep(1), { shield: true });
          log.push("closed");
        }
      })();
      const source = new Observable<1 | 2>((subscriber) => {
        subscriber.next(1);
        subscriber.next(2);
        return () => log.push("closed");
      });
      for (const items of [sync, later, source]) expect(await thrownBy(() => reduce(fails, items))).toBe(boom);
      expect(log).toEqual(["closed", "closed", "closed"]);
    }
  });

  everywhere("the error of the function wins over one of closing the source", async () => {
    const items = (async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        // eslint-disable-next-line no-unsafe-finally -- on purpose
        throw new RangeError("closing");
      }
    })();
    const error = await thrownBy(() => reduce(() => Promise.reject(new TypeError("combining")), items));
    expect(named(error)).toBe("TypeError");
  });

  everywhere("an error of the source is thrown, after what came before it", async () => {
    const seen: number[] = [];
    const combine = (value: number, n: number) => {
      seen.push(n);
      return value + n;
    };
    const boom = new Error("boom");
    const pulled = (async function* () {
      yield 1;
      throw boom;
    })();
    const emitted = new Observable<number>((subscriber) => {
      subscriber.next(2);
      subscriber.error(boom);
    });
    for (const items of [pulled, emitted]) expect(await thrownBy(() => reduce(combine, items, 0))).toBe(boom);
    expect(seen).toEqual([1, 2]);
    expect(
      await thrownBy(() =>
        reduce(
          combine,
          throwError(() => boom),
        ),
      ),
    ).toBe(boom);
  });

  everywhere("it is a checkpoint, also without any item", async () => {
    const scope = new CancelScope();
    scope.cancel();
    let touched = false;
    const items = (function* () {
      touched = true;
      yield 1;
    })();
    await scope.enter(async () => {
      for (const work of [() => reduce(add, [], 1), () => reduce(add, NEVER, 1), () => reduce(add, items, 1)])
        expect(isCancelled(await thrownBy(work))).toBeTrue();
    });
    expect(touched).toBeFalse();
  });

  everywhere("it is cancelled while it waits for an item, and closes the source", async () => {
    const log: string[] = [];
    const source = new Observable<number>((subscriber) => {
      subscriber.next(1);
      return () => log.push("unsubscribed");
    });
    const [, receive] = createMemoryObjectStream<number>(1);
    for (const items of [source, receive]) expect(await moveOnAfter(2, () => reduce(add, items, 0))).toBeUndefined();
    expect(receive.statistics().tasksWaitingReceive).toBe(0);
    const generator = (async function* () {
      try {
        yield 1;
        await sleep(LONG);
      } catch (error) {
        log.push(named(error));
        throw error;
      }
    })();
    expect(await moveOnAfter(2, () => reduce(add, generator, 0))).toBeUndefined();
    expect(log).toEqual(["unsubscribed", "Cancelled"]);
  });

  everywhere("it is cancelled between items when nothing ever waits", async () => {
    let taken = 0;
    const scope = new CancelScope();
    const endless = (function* () {
      for (;;) {
        if (++taken === 1000) scope.cancel();
        yield taken;
      }
    })();
    await scope.enter(() => reduce((sum: number, n: number) => sum + n, endless));
    expect(scope.cancelledCaught).toBeTrue();
    expect(taken).toBe(1000);
  });

  everywhere("an operation is a source of one item", async () => {
    const one = sleep(1).pipe(map(() => 1));
    expect(await reduce(add, one, 1)).toBe(2);
    expect(await reduce(add, reduce(add, [1, 2]), 1)).toBe(4);
  });

  for (const backend of BACKENDS) {
    it(`the source's code, and the function's, know their scope where it is handed off [${backend}]`, () =>
      runQuietly(
        async () => {
          const items = async function* () {
            for (const n of [1, 2, 3]) {
              await sleep(1);
              await checkpoint();
              yield n;
            }
          };
          expect(await reduce(add, items())).toBe(6);
          expect(await reduce(add, of(1, 2, 3).pipe(concatMap((n) => sleep(1).pipe(map(() => n)))))).toBe(6);
          await moveOnAfter(2, () => reduce(add, items()));
          await checkpoint();
        },
        { backend, context: "strict" },
      ));
  }

  it("refuses what cannot be reduced", () => {
    for (const items of [1, null, undefined, {}, Promise.resolve([1])])
      expectSentence(() => reduce(add, items as never), TypeError);
    expectSentence(() => reduce(1 as never, [1]), TypeError);
  });

  it("works outside of any run", async () => {
    expect(await reduce(add, [1, 2, 3])).toBe(6);
  });
});

type Copy = MemoryObjectReceiveStream<number>;

describe("field: tee()", () => {
  for (const [kind, make] of sources) {
    everywhere(`gives every item of ${kind} to each copy`, async () => {
      const got = await taskGroup(async (tg) => {
        const tasks = tee(tg, make([1, 2, 3]), 3).map((copy) => tg.startSoon(() => copy.pipe(toArray())));
        const values: number[][] = [];
        for (const task of tasks) values.push(await task);
        return values;
      });
      expect(got).toEqual([
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
      ]);
    });
  }

  it("a fast copy is at most the buffer and one item ahead of the slowest", async () => {
    for (const [maxBufferSize, most] of [
      [0, 1],
      [2, 3],
    ] as const) {
      const seen = [0, 0];
      let ahead = 0;
      let taken = 0;
      const source = async function* () {
        for (; taken < 20; taken++) yield taken;
      };
      await run(
        () =>
          taskGroup((tg) => {
            tee(tg, source(), 2, { maxBufferSize }).forEach((copy, i) => {
              tg.startSoon(async () => {
                for await (const _ of copy) {
                  seen[i]!++;
                  ahead = Math.max(ahead, seen[0]! - seen[1]!);
                  if (i === 1) await sleep(10);
                }
              });
            });
          }),
        { backend: "virtual" },
      );
      expect(seen).toEqual([20, 20]);
      expect(ahead).toBe(most);
    }
  });

  everywhere("a copy that is closed is no longer waited for", async () => {
    const log: string[] = [];
    await taskGroup((tg) => {
      for (const copy of tee(tg, [1, 2, 3], 2, { maxBufferSize: 5 })) copy.close();
      const [reads, leaves, closed] = tee(tg, [1, 2, 3, 4], 3) as [Copy, Copy, Copy];
      closed.close();
      tg.startSoon(async () => {
        for await (const n of reads) log.push(`reads ${String(n)}`);
      });
      tg.startSoon(async () => {
        using copy = leaves;
        log.push(`leaves ${String(await copy.receive())}`);
        await blocked(); // The second item waits for it.
        log.push("left");
      });
    });
    expect(log).toEqual(["reads 1", "leaves 1", "reads 2", "left", "reads 3", "reads 4"]);
  });

  everywhere("when all copies are closed, the source is", async () => {
    const log: string[] = [];
    const endless = [
      (function* () {
        try {
          for (let n = 1; ; n++) yield n;
        } finally {
          log.push("closed");
        }
      })(),
      (async function* () {
        try {
          for (let n = 1; ; n++) yield n;
        } finally {
          log.push("closed");
        }
      })(),
    ];
    for (const source of endless) {
      await taskGroup(async (tg) => {
        const copies = tee(tg, source);
        for (const copy of copies) tg.startSoon(async () => void log.push(String(await copy.receive())));
        await blocked();
        for (const copy of copies) copy.close();
      });
    }
    expect(log).toEqual(["1", "1", "closed", "1", "1", "closed"]);
  });

  everywhere("a slow copy holds up the next item, not this one", async () => {
    for (const maxBufferSize of [0, 1]) {
      await taskGroup(async (tg) => {
        const [slow, fast] = tee(tg, [1, 2, 3, 4], 2, { maxBufferSize }) as [Copy, Copy];
        const seen: number[] = [];
        const enough = new Future<void>();
        tg.startSoon(async () => {
          await blocked(); // By now its buffer is full, and the slow one's is.
          for await (const n of fast) if (seen.push(n) === maxBufferSize + 1) enough.returnValue = undefined;
        });
        await enough;
        await blocked();
        expect(seen.length).toBe(maxBufferSize + 1);
        for await (const _ of slow);
      });
    }
  });

  everywhere("an error of the source ends each copy, after what came before", async () => {
    const boom = new Error("boom");
    const log: string[] = [];
    await taskGroup((tg) => {
      const source = async function* () {
        yield 1;
        throw boom;
      };
      for (const copy of tee(tg, source(), 2, { maxBufferSize: 5 })) {
        tg.startSoon(async () => {
          log.push(String(await copy.receive()));
          expect(await thrownBy(() => copy.receive())).toBe(boom);
          expect(await thrownBy(() => copy.receive())).toBe(boom);
        });
      }
    });
    expect(log).toEqual(["1", "1"]);
  });

  everywhere("and fails the group when no copy is left", async () => {
    const error = await thrownBy(() =>
      taskGroup((tg) => {
        const copies = tee(
          tg,
          throwError(() => new Error("boom")),
        );
        for (const copy of copies) copy.close();
      }),
    );
    expect((error as TaskGroupError).leaves().map(String)).toEqual(["Error: boom"]);
  });

  everywhere("a copy does not take a cancelled group for the end", async () => {
    const [copy] = await taskGroup(async (tg) => {
      const copies = tee(tg, NEVER);
      await blocked();
      tg.cancel();
      return copies;
    });
    const error = await thrownBy(() => copy!.receive());
    expect(error).toBeInstanceOf(BrokenResourceError);
    expect(isCancelled((error as Error).cause)).toBeTrue();
    copy!.close();
    expect(await thrownBy(() => copy!.receive())).toBeInstanceOf(ClosedResourceError);
  });

  everywhere("none is none, and a wrong number is refused", async () => {
    await taskGroup((tg) => {
      let touched = false;
      const source = (function* () {
        touched = true;
        yield 1;
      })();
      expect(tee(tg, source, 0)).toEqual([]);
      expect(touched).toBeFalse();
      for (const n of [-1, 1.5, NaN, "2"]) expectSentence(() => tee(tg, [1], n as never), RangeError);
      expectSentence(() => tee(tg, 1 as never), TypeError);
      expectSentence(() => tee({} as never, [1]), TypeError);
      expectSentence(() => tee(tg, [1], 2, { maxBufferSize: -1 }), RangeError);
    });
  });
});
