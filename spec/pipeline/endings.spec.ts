import { map as mapOf, merge as mergeOf, NEVER } from "rxjs";
import {
  type BackendName,
  CancelScope,
  createMemoryObjectStream,
  currentScope,
  currentTime,
  Event,
  fromWritable,
  isBrokenResourceError,
  isCancelled,
  isDeadlockError,
  type MemoryObjectReceiveStream,
  moveOnAfter,
  operation,
  run,
  sleep,
  sleepForever,
  taskGroup,
  type TaskGroupError,
} from "anyrx";
import {
  collect,
  flatMap,
  forEach,
  mapConcurrent,
  pipeline,
  type PipelineError,
  type PipelineProgress,
  rx,
  type Stage,
  take,
  takeUntil,
} from "anyrx/pipeline";
import { mayWait, reallyWaits } from "../support/real-time.ts";

const virtually = <R>(main: () => R) => run(main, { backend: "virtual" });
const bad = new Error("bad");

async function* every(gap: number, log: string[] = []): AsyncGenerator<number> {
  try {
    for (let n = 0; ; n++) {
      await sleep(gap);
      yield n;
    }
  } finally {
    log.push("source closed");
  }
}

async function errorOf(failing: PromiseLike<unknown>): Promise<PipelineError> {
  try {
    await failing;
  } catch (error) {
    return error as PipelineError;
  }
  throw new Error("it did not fail");
}

/** A stream that holds `items`, and a second end to see what is left of them. */
function streamOf(...items: number[]): [MemoryObjectReceiveStream<number>, () => number[]] {
  const [send, receive] = createMemoryObjectStream<number>(Infinity);
  for (const item of items) send.sendNowait(item);
  const other = receive.clone();
  return [
    receive,
    () => {
      const left = Array.from({ length: other.statistics().currentBufferUsed }, () => other.receiveNowait());
      other.close();
      send.close();
      return left;
    },
  ];
}

describe("an error of a pipeline", () => {
  const failing = () => {
    throw bad;
  };

  const cases: Record<string, [stage: string, make: () => PromiseLike<unknown>]> = {
    "a worker": ["failing", () => pipeline([1, 2], mapConcurrent(failing, { concurrency: 2 }), collect())],
    "a sink of several workers": ["sink", () => pipeline([1, 2], forEach(failing, { concurrency: 2 }))],
    "an operator": ["rx", () => pipeline([1], rx(mapOf(failing)), collect())],
    "a notifier": [
      "takeUntil",
      () =>
        pipeline(
          every(5),
          takeUntil(() => sleep(12).then(failing)),
          collect(),
        ),
    ],
    "a source that sends": ["source", () => pipeline((send) => send.send(1).then(failing), collect())],
    "a stage that is being built": ["stage 1", () => pipeline([1], (): number[] => failing(), collect())],
  };
  for (const [who, [stage, make]] of Object.entries(cases)) {
    it(`is that of ${who}, itself`, async () => {
      const error = await virtually(() => errorOf(make()));
      expect(error.cause).toBe(bad);
      expect(error.stage).toBe(stage);
    });
  }

  it("is handed on by a stage outside of any pipeline, itself", async () => {
    await virtually(() =>
      taskGroup(async () => {
        const [receive, left] = streamOf(1, 2);
        const out = receive.through(mapConcurrent(failing, { concurrency: 2 }));
        expect(await errorOf(out.receive())).toBe(bad as never);
        left();
      }),
    );
  });

  it("is not dropped when it comes after the end: of a stage outside of any pipeline whose output was closed", async () => {
    const error: unknown = await errorOf(
      virtually(() =>
        taskGroup(async () => {
          const [receive, left] = streamOf(1);
          const out = receive.through(mapConcurrent(() => sleepForever().then(undefined, failing)));
          await sleep(1);
          out.close();
          left();
        }),
      ),
    );
    expect((error as TaskGroupError).errors).toEqual([bad]);
  });

  const closing = {
    "a generator": (function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        failing();
      }
    })(),
    "an async iterable": {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: 1 }),
        return: () => Promise.reject(bad),
      }),
    } as AsyncIterable<number>,
  };
  for (const [what, source] of Object.entries(closing)) {
    it(`is not dropped when it comes after the end: of ${what} that is closed early`, async () => {
      const error = await errorOf(virtually(() => pipeline(source, take(1), collect())));
      expect([error.stage, error.cause]).toEqual(["source", bad]);
    });
  }

  it("is not dropped when it comes after the end: of a stage that is closed early", async () => {
    const stage: Stage<number, number> = async function* hasty(input) {
      try {
        for await (const n of input) yield n;
      } finally {
        failing();
      }
    };
    const error = await errorOf(virtually(() => pipeline([1, 2, 3], stage, take(1), collect())));
    expect([error.stage, error.cause]).toEqual(["hasty", bad]);
  });
});

describe("the end of a pipeline", () => {
  mayWait("it is about real clocks, and about what takes too long on them");
  it("closes streams that stages have made", async () => {
    await virtually(async () => {
      const made: MemoryObjectReceiveStream<number>[] = [];
      const open = () => {
        const [send, receive] = createMemoryObjectStream<number>(9);
        for (const n of [1, 2, 3]) send.sendNowait(n);
        made.push(receive);
        return receive;
      };
      expect(await pipeline([1], open, take(2), collect())).toEqual([1, 2]);
      expect(await pipeline([1], flatMap(open), take(2), collect())).toEqual([1, 2]);
      expect(made.map((receive) => receive.statistics().openReceiveStreams)).toEqual([0, 0]);
    });
  });

  it("tells whoever receives from its sink that it was cancelled, and does not cancel them", async () => {
    await virtually(async () => {
      const [send, receive] = createMemoryObjectStream<number>(9);
      await moveOnAfter(12, () => pipeline(every(5), send));
      expect([await receive.receive(), await receive.receive()]).toEqual([0, 1]);
      const error: unknown = await errorOf(receive.receive());
      expect(isBrokenResourceError(error) && isCancelled(error.cause)).toBe(true);
    });
  });

  it("comes without an error for a source that sends, when nobody wants any more", async () => {
    const log: string[] = [];
    const source = async (send: { send(n: number): PromiseLike<void> }) => {
      try {
        for (let n = 0; ; n++) await send.send(n);
      } catch (error) {
        log.push(isCancelled(error) ? "cancelled" : String(error));
        throw error;
      }
    };
    expect(await virtually(() => pipeline(source, take(2), collect()))).toEqual([0, 1]);
    expect(log).toEqual(["cancelled"]);
  });

  it("comes when the notifier of takeUntil() emits, also when that is what a function gives", async () => {
    const items = await virtually(() =>
      pipeline(
        every(10),
        takeUntil(() => mergeOf(sleep(25), NEVER)),
        collect(),
      ),
    );
    expect(items).toEqual([0, 1]);
  });

  for (const backend of ["native", "rx", "virtual"] as const satisfies readonly BackendName[]) {
    it(`is the same where the context is strict: ${backend}`, async () => {
      const log: string[] = [];
      const items = await run(
        async () => {
          const slow = async (n: number) => {
            await sleep(1);
            return n;
          };
          const sink = async (input: AsyncIterable<number>) => {
            const seen: number[] = [];
            for await (const n of input) {
              await sleep(0);
              seen.push(n);
            }
            return seen;
          };
          return await pipeline(every(1, log), mapConcurrent(slow, { concurrency: 3 }), take(4), sink);
        },
        { backend, context: "strict" },
      );
      expect(items).toEqual([0, 1, 2, 3]);
      expect(log).toEqual(["source closed"]);
    });
  }
});

describe("a pipeline into a foreign stream", () => {
  /** A sink of the web that takes its time, and notes what happens to it. */
  function noted(log: string[], trouble: { write?: Error; close?: Error } = {}) {
    return new WritableStream<number>({
      write: async (n) => {
        await null;
        log.push(String(n));
        if (trouble.write !== undefined) throw trouble.write;
      },
      close: async () => {
        await null;
        if (trouble.close !== undefined) throw trouble.close;
        log.push("closed");
      },
      abort: (reason) => void log.push(`aborted: ${(reason as Error).name}`),
    });
  }

  it("ends when that has everything, and is closed", async () => {
    const log: string[] = [];
    await virtually(async () => {
      const double = mapConcurrent((n: number) => n * 2);
      const ended: PromiseLike<unknown> = pipeline([1, 2, 3], double, fromWritable<number>(noted(log)));
      await ended;
      log.push("ended");
    });
    expect(log).toEqual(["2", "4", "6", "closed", "ended"]);
  });

  it("aborts it when a stage fails, and when it is cancelled", async () => {
    const log: string[] = [];
    await virtually(async () => {
      const failing = mapConcurrent((n: number) => {
        if (n === 2) throw bad;
        return n;
      });
      const error = await errorOf(pipeline([1, 2], failing, fromWritable<number>(noted(log))));
      expect(error.cause).toBe(bad);
      await sleep(1);
      expect(log.splice(0)).toEqual(["1", "aborted: PipelineError"]);
      await moveOnAfter(15, () => pipeline(every(10), fromWritable<number>(noted(log))));
      await sleep(1);
      expect(log[0]).toBe("0");
      expect(log[1]).toMatch(/^aborted: (Cancelled|BrokenResourceError)$/);
    });
  });

  for (const [what, trouble] of [
    ["writing", { write: bad }],
    ["closing", { close: bad }],
  ] as const) {
    it(`fails when ${what} fails`, async () => {
      await virtually(async () => {
        const error = await errorOf(pipeline([1, 2, 3, 4, 5], fromWritable<number>(noted([], trouble))));
        expect([error.stage, error.cause]).toEqual(["sink", bad]);
      });
    });
  }

  it("closes one that knows of no errors all the same", async () => {
    await virtually(async () => {
      for (const stage of [take<number>(1), mapConcurrent(() => Promise.reject<number>(bad))]) {
        let closed = 0;
        const target = {
          send: operation(() => undefined),
          aclose: operation(() => {
            closed++;
          }),
        };
        await pipeline([1], stage, target).then(undefined, () => undefined);
        expect(closed).toBe(1);
      }
    });
  });
});

describe("a pipeline that drains", () => {
  const sources: Record<string, () => [source: unknown, left: () => number[]]> = {
    "a generator": () => {
      const items = (function* () {
        for (let n = 0; n < 9; n++) yield n;
      })();
      return [items, () => [4, 5, 6, 7, 8]];
    },
    "an async generator": () => [every(0), () => [4, 5, 6, 7, 8]],
    "a receive stream": () => streamOf(0, 1, 2, 3, 4, 5, 6, 7, 8),
    "a function that sends": () => {
      let next = 0;
      const source = async (send: { send(n: number): PromiseLike<void> }) => {
        for (; ; next++) await send.send(next);
      };
      return [source, () => Array.from({ length: 9 - next }, (_, i) => next + i)];
    },
  };
  for (const [what, make] of Object.entries(sources)) {
    it(`sends on what it has taken from ${what}`, async () => {
      const seen: number[] = [];
      await virtually(async () => {
        const [source, left] = make();
        const slow = forEach(async (n: number) => {
          await sleep(10);
          seen.push(n);
        });
        await moveOnAfter(25, () => pipeline(source as number[], slow, { drain: true }));
        expect([...seen, ...left()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
        expect(currentTime()).withContext("one in the sink, and one in hand").toBe(40);
      });
    });
  }

  it("fails when its sink fails then", async () => {
    const [error, time] = await virtually(async () => {
      const slow = forEach(async (n: number) => {
        await sleep(10);
        if (n === 2) throw bad;
      });
      return [await errorOf(moveOnAfter(15, () => pipeline([1, 2, 3, 4], slow, { drain: true }))), currentTime()];
    });
    expect([error.stage, error.cause, time]).toEqual(["sink", bad, 20]);
  });
});

describe("progress$", () => {
  const told = ({ stages, done }: PipelineProgress) =>
    stages.map((stage) => `${stage.name} ${String(stage.in)}`).join(" ") + (done ? " done" : "");

  it("tells of the latest run, where there are several", async () => {
    const seen: string[] = [];
    await virtually(() =>
      taskGroup(async (tg) => {
        const sum = pipeline(
          [1, 2, 3],
          mapConcurrent(() => sleep(60)),
          collect(),
        );
        sum.progress$.subscribe({ next: (now) => seen.push(told(now)), complete: () => seen.push("complete") });
        tg.startSoon(() => sum);
        await sleep(90);
        await sum;
      }),
    );
    expect(seen.slice(-3)).toEqual([
      "source 2 mapConcurrent 2 sink 1",
      "source 3 mapConcurrent 3 sink 3 done",
      "complete",
    ]);
  });

  it("tells whoever comes late how it ended", async () => {
    const seen: string[] = [];
    const whole = pipeline([1, 2], collect());
    await virtually(() => whole);
    whole.progress$.subscribe({ next: (now) => seen.push(told(now)), complete: () => seen.push("complete") });
    expect(seen).toEqual(["source 2 sink 2 done", "complete"]);
  });

  it("does not count what was dropped as taken", async () => {
    const whole = pipeline(
      [1, 2, 3, 4, 5, 6],
      forEach(() => sleep(10)),
      { maxBufferSize: 3 },
    );
    await virtually(() => moveOnAfter(15, () => whole));
    let last = "";
    whole.progress$.subscribe((now) => (last = told(now)));
    expect(last).toBe("source 5 sink 2 done");
  });

  it("does not hide that the pipeline is stuck, and tells how far it came", async () => {
    reallyWaits("a deadlock is told after a grace in real time");
    const seen: string[] = [];
    const stuck = pipeline(
      [1, 2, 3],
      mapConcurrent(async (n: number) => {
        await sleep(150);
        if (n === 2) await new Event().wait();
        return n;
      }),
      collect(),
    );
    const error: unknown = await errorOf(
      virtually(() => {
        stuck.progress$.subscribe((now) => seen.push(`${told(now)} @${String(currentTime())}`));
        return stuck;
      }),
    );
    expect(isDeadlockError(error)).toBeTrue();
    expect(seen).toEqual([
      " @0",
      "source 1 mapConcurrent 1 sink 0 @100",
      "source 2 mapConcurrent 2 sink 1 @250",
      "source 2 mapConcurrent 2 sink 1 done @300",
    ]);
  });

  it("tells within 100 ms what changed, also when nothing is sent any more", async () => {
    const seen: string[] = [];
    const slow = async (input: AsyncIterable<number>) => {
      for await (const _ of input) await sleep(1_000);
    };
    await virtually(async () => {
      const whole = pipeline([1, 2, 3], slow, { maxBufferSize: 3 });
      whole.progress$.subscribe((now) => seen.push(`${told(now)} @${String(currentTime())}`));
      await whole;
    });
    expect(seen).toEqual([
      " @0",
      "source 3 sink 1 @100",
      "source 3 sink 2 @1100",
      "source 3 sink 3 @2100",
      "source 3 sink 3 done @3000",
    ]);
  });

  it("tells of a stage that begins to wait for the next one", async () => {
    const seen: string[] = [];
    const late = async (input: AsyncIterable<number>) => {
      await sleep(1_000);
      for await (const _ of input);
    };
    await virtually(async () => {
      const whole = pipeline(every(250), take(1), late);
      whole.progress$.subscribe(({ stages }) =>
        seen.push(`${stages.map(({ waiting }) => waiting).join("")} @${String(currentTime())}`),
      );
      await whole;
    });
    expect(seen).toContain("010 @350");
  });

  it("calls whoever watches in the scope they subscribed in", async () => {
    const seen = new Set<string>();
    await virtually(() =>
      new CancelScope({ name: "watching" }).enter(async () => {
        const whole = pipeline(every(60), take(3), collect());
        whole.progress$.subscribe(() => seen.add(currentScope().name));
        await new CancelScope({ name: "running" }).enter(() => whole);
      }),
    );
    expect([...seen]).toEqual(["watching"]);
  });

  it("tells whoever subscribes as it ends of the run that begins then, to its end", async () => {
    const log: string[] = [];
    await virtually(async () => {
      let runs = 0;
      const whole = pipeline(() => ++runs, collect());
      whole.progress$.subscribe(({ done }) => {
        if (!done || runs > 1) return;
        whole.subscribe();
        whole.progress$.subscribe({ next: (now) => log.push(told(now)), complete: () => log.push("complete") });
        log.push("subscribed");
      });
      await whole;
      await sleep(1);
    });
    expect(log).toEqual(["source 0 sink 0", "subscribed", "source 0 sink 0 done", "complete"]);
  });
});

describe("a pipeline that drains into a writable stream", () => {
  function target(log: string[]) {
    return new WritableStream<number>({
      write(n) {
        log.push(`${n}`);
      },
      close() {
        log.push("closed");
      },
      abort(error: unknown) {
        log.push(`aborted ${String(error)}`);
      },
    });
  }
  async function* numbers() {
    for (let n = 1; ; n++) {
      await sleep(10);
      yield n;
    }
  }
  const slow = mapConcurrent(
    function* (n: number) {
      yield* sleep(25);
      return n;
    },
    { concurrency: 3 },
  );

  it("closes one that was made outside, after the last item", async () => {
    const log: string[] = [];
    await run(
      async () => {
        const sink = fromWritable(target(log));
        await moveOnAfter(35, () => pipeline(numbers(), slow, sink, { drain: true }));
        log.push("moved on");
      },
      { backend: "virtual" },
    );
    expect(log).toEqual(["1", "2", "3", "closed", "moved on"]);
  });

  it("keeps one open that its sink function makes, and closes it then", async () => {
    const log: string[] = [];
    await run(
      async () => {
        const sink = () => fromWritable(target(log));
        await moveOnAfter(35, () => pipeline(numbers(), slow, sink, { drain: true }));
        log.push("moved on");
        await pipeline([7], sink);
      },
      { backend: "virtual" },
    );
    expect(log).toEqual(["1", "2", "3", "closed", "moved on", "7", "closed"]);
  });

  it("ends a memory stream in order, and breaks it off when it is not to drain", async () => {
    const log: string[] = [];
    await run(
      () =>
        taskGroup(async (tg) => {
          for (const drain of [true, false]) {
            const [send, receive] = createMemoryObjectStream<number>(0);
            tg.startSoon(async () => {
              try {
                for await (const n of receive) log.push(`${n}`);
                log.push("end");
              } catch (error) {
                log.push((error as Error).name);
              }
            });
            await moveOnAfter(35, () => pipeline(numbers(), slow, send, { drain }));
          }
        }),
      { backend: "virtual" },
    );
    expect(log).toEqual(["1", "2", "3", "end", "BrokenResourceError"]);
  });

  it("breaks off what its sink function made when it fails", async () => {
    const log: string[] = [];
    await run(
      async () => {
        const fails = (n: number) => {
          if (n > 1) throw new RangeError("no");
          return n;
        };
        const sink = () => fromWritable(target(log));
        log.push(String(await errorOf(pipeline([1, 2], mapConcurrent(fails, { concurrency: 1 }), sink))));
      },
      { backend: "virtual" },
    );
    expect(log.map((line) => line.split(":")[0])).toEqual(["aborted Cancelled", "PipelineError"]);
  });
});
