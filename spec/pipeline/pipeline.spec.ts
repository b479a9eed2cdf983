import { debounceTime, filter as filterOf, map as mapOf, mergeMap, of, pipe, range } from "rxjs";
import {
  CancelScope,
  createMemoryObjectStream,
  currentTime,
  getRunningTasks,
  isCancelled,
  moveOnAfter,
  run,
  sleep,
  sleepForever,
  taskGroup,
} from "anyrx";
import {
  batch,
  broadcast,
  buffer,
  collect,
  filter,
  flatMap,
  forEach,
  mapConcurrent,
  merge,
  partition,
  pipeline,
  PipelineError,
  rateLimit,
  retryEach,
  rx,
  scan,
  type Stage,
  stage,
  take,
  takeUntil,
  throttle,
  zip,
} from "anyrx/pipeline";
import { VirtualTime } from "anyrx/testing";

const virtually = <R>(main: () => R) => run(main, { backend: "virtual" });

/** Numbers, one each `gap` ms; notes when it is closed. */
async function* every(gap: number, count = Infinity, log: string[] = []): AsyncGenerator<number> {
  try {
    for (let n = 0; n < count; n++) {
      await sleep(gap);
      yield n;
    }
  } finally {
    log.push("source closed");
  }
}

function failing(error: Error) {
  return stage<number, number>("failing", function* (input, send) {
    yield* send(yield* input.receive());
    throw error;
  });
}

describe("pipeline()", () => {
  it("runs nothing before it is consumed, and each time anew", async () => {
    let calls = 0;
    const sum = pipeline(
      [1, 2, 3],
      mapConcurrent((n: number) => (calls++, n * 10)),
      collect(),
    );
    expect(calls).toBe(0);
    expect(await virtually(() => sum)).toEqual([10, 20, 30]);
    expect(await virtually(() => sum)).toEqual([10, 20, 30]);
    expect(calls).toBe(6);
  });

  it("takes its items from anything that can wait", async () => {
    await virtually(async () => {
      const [send, receive] = createMemoryObjectStream<number>(3);
      for (const n of [1, 2, 3]) send.sendNowait(n);
      send.close();
      expect(await pipeline(receive, collect())).toEqual([1, 2, 3]);
      expect(receive.statistics().openReceiveStreams).toBe(0);
      expect(await pipeline(every(5, 3), collect())).toEqual([0, 1, 2]);
      expect(await pipeline(new Set("ab"), collect())).toEqual(["a", "b"]);
      const produced = pipeline(async (out: { send(n: number): PromiseLike<void> }) => {
        for (const n of [7, 8]) await out.send(n);
      }, collect());
      expect(await produced).toEqual([7, 8]);
    });
  });

  it("refuses what it cannot run, and says the way out", () => {
    const refused = (make: () => unknown): string => {
      try {
        make();
      } catch (error) {
        return String(error);
      }
      return "nothing was thrown";
    };
    expect(refused(() => pipeline(range(3) as never, collect()))).toMatch(
      /TypeError: Cannot .* it cannot be told to wait; use toStream/,
    );
    expect(refused(() => pipeline(7 as never, collect()))).toMatch(/it has no items/);
    expect(refused(() => pipeline([1], {} as never, collect()))).toMatch(/as stage 1: it is no function/);
    expect(refused(() => pipeline([1], 3 as never))).toMatch(/the sink 3: it is neither/);
    expect(refused(() => pipeline([1], collect(), { maxBufferSize: -1 }))).toMatch(/RangeError/);
    expect(refused(() => mapConcurrent(1 as never))).toMatch(/TypeError/);
    expect(refused(() => mapConcurrent(String, { concurrency: 0 }))).toMatch(/RangeError/);
    expect(refused(() => batch({ size: 0 }))).toMatch(/RangeError/);
    expect(refused(() => rateLimit({ count: 0, per: 1 }))).toMatch(/RangeError/);
    expect(refused(() => take(-1))).toMatch(/RangeError/);
    expect(refused(() => broadcast(0))).toMatch(/RangeError/);
    expect(refused(() => retryEach(String, { attempts: 0 }))).toMatch(/RangeError/);
  });

  it("keeps the source no further ahead than its buffers hold", async () => {
    const made: number[] = [];
    const ahead: number[] = [];
    function* source() {
      for (let n = 0; n < 20; n++) {
        made.push(n);
        yield n;
      }
    }
    await virtually(() =>
      pipeline(
        source(),
        filter(() => true),
        forEach(async (n: number) => {
          await sleep(10);
          ahead.push(made.length - n);
        }),
      ),
    );
    expect(Math.max(...ahead)).toBeLessThanOrEqual(4);
  });

  for (const [what, build] of [
    [
      "the source",
      (bad: Error) =>
        pipeline(
          throwing(bad),
          filter(() => true),
          forEach(() => sleepForever()),
        ),
    ],
    [
      "a stage",
      (bad: Error) =>
        pipeline(
          every(1),
          failing(bad),
          forEach(() => undefined),
        ),
    ],
    [
      "the sink",
      (bad: Error) =>
        pipeline(
          every(1),
          filter(() => true),
          forEach(() => Promise.reject(bad)),
        ),
    ],
  ] as const) {
    it(`tells that ${what} failed, by name, and ends all of it`, async () => {
      const bad = new Error("bad");
      await virtually(async () => {
        const error: unknown = await build(bad).then(undefined, (thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(PipelineError);
        expect((error as PipelineError).cause).toBe(bad);
        expect((error as PipelineError).stage).toBe(what === "a stage" ? "failing" : what.replace("the ", ""));
        expect((error as PipelineError).message).toContain(
          what === "a stage" ? 'its stage "failing"' : what.replace("the", "its"),
        );
        expect(getRunningTasks().length).withContext("nothing is left").toBe(1);
      });
    });
  }

  it("does not take a failure for the end of the items", async () => {
    let ended = false;
    const sink = async (input: AsyncIterable<number>) => {
      for await (const _ of input);
      ended = true;
    };
    await expectAsync(virtually(() => pipeline(every(1), failing(new Error("bad")), sink))).toBeRejected();
    await expectAsync(virtually(() => pipeline(throwing(new Error("bad")), sink))).toBeRejected();
    expect(ended).toBe(false);
  });

  it("closes its source when the sink ends early, and when a stage does", async () => {
    const log: string[] = [];
    await virtually(async () => {
      expect(await pipeline(every(5, Infinity, log), take(2), collect())).toEqual([0, 1]);
      expect(log).toEqual(["source closed"]);
      const first = async (input: AsyncIterable<number>) => {
        for await (const n of input) return n;
        return -1;
      };
      expect(
        await pipeline(
          every(5, Infinity, log),
          mapConcurrent((n: number) => n + 1),
          first,
        ),
      ).toBe(1);
      expect(log.length).toBe(2);
      const [send, receive] = createMemoryObjectStream<number>(9);
      for (const n of [1, 2, 3]) send.sendNowait(n);
      expect(await pipeline(receive, take(1), collect())).toEqual([1]);
      expect(send.statistics().openReceiveStreams).toBe(0);
    });
  });

  it("cancels what works on items that nobody wants any more", async () => {
    const log: string[] = [];
    const work = async (n: number) => {
      try {
        if (n > 0) await sleep(1_000);
        return n;
      } catch (error) {
        log.push(`${String(n)} ${isCancelled(error) ? "cancelled" : "?"}`);
        throw error;
      }
    };
    const time = await virtually(async () => {
      await pipeline([0, 1, 2], mapConcurrent(work, { concurrency: 3 }), take(1), collect());
      return currentTime();
    });
    expect(time).toBe(0);
    expect(log.sort()).toEqual(["1 cancelled", "2 cancelled"]);
  });

  it("is cancelled as a whole, between items", async () => {
    const log: string[] = [];
    const seen: number[] = [];
    await virtually(async () => {
      await moveOnAfter(25, () =>
        pipeline(
          every(10, Infinity, log),
          forEach((n: number) => void seen.push(n)),
        ),
      );
      expect(getRunningTasks().length).toBe(1);
    });
    expect([seen, log]).toEqual([[0, 1], ["source closed"]]);
  });

  it("finishes what is in flight when it drains", async () => {
    const seen: number[] = [];
    const result = await virtually(async () => {
      const scope = new CancelScope();
      const value = await scope.enter(() =>
        taskGroup(async (tg) => {
          tg.startSoon(async () => {
            await sleep(25);
            scope.cancel();
          });
          await pipeline(
            every(10),
            mapConcurrent(
              async (n: number) => {
                await sleep(100);
                return n;
              },
              { concurrency: 5 },
            ),
            forEach((n: number) => void seen.push(n)),
            { drain: true },
          );
        }),
      );
      return [value, scope.cancelledCaught, currentTime()];
    });
    expect(result).toEqual([undefined, true, 120]);
    expect(seen).toEqual([0, 1]);
  });

  it("does not drain after a failure", async () => {
    const seen: number[] = [];
    const source = async function* () {
      yield 1;
      await sleep(5);
      throw new Error("bad");
    };
    const time = await virtually(async () => {
      const slow = forEach(async (n: number) => {
        await sleep(1_000);
        seen.push(n);
      });
      await expectAsync(Promise.resolve(pipeline(source(), slow, { drain: true }))).toBeRejectedWithError(
        PipelineError,
      );
      return currentTime();
    });
    expect([seen, time]).toEqual([[], 5]);
  });

  it("sends into a stream, and ends it with the pipeline", async () => {
    await virtually(async () => {
      const [send, receive] = createMemoryObjectStream<number>(9);
      await pipeline([1, 2], send);
      expect(await pipeline(receive, collect())).toEqual([1, 2]);
      const [broken, told] = createMemoryObjectStream<number>(9);
      await expectAsync(Promise.resolve(pipeline(every(1), failing(new Error("bad")), broken))).toBeRejected();
      expect(() => told.receiveNowait()).toThrowError(PipelineError);
    });
  });

  it("takes a function of one's own for a stage: an async generator, or any from a stream to a stream", async () => {
    const doubled: Stage<number, number> = async function* (input) {
      for await (const n of input) {
        yield n;
        yield n;
      }
    };
    const odd = (input: Parameters<typeof doubled>[0]) => input.through(filter((n: number) => n % 2 === 1));
    expect(await virtually(() => pipeline([1, 2, 3], doubled, odd, collect()))).toEqual([1, 1, 3, 3]);
    const wrong = virtually(() => pipeline([1], (() => 7) as never, collect()));
    await expectAsync(wrong).toBeRejectedWithError(PipelineError, /stage 1/);
  });

  it("tells its progress while it runs, and keeps no timer after it", async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    await time.run(async () => {
      const whole = pipeline(
        every(60, 5),
        mapConcurrent(async (n: number) => {
          await sleep(100);
          return n;
        }),
        collect(),
      );
      let completed = false;
      whole.progress$.subscribe({
        next: ({ stages, done }) =>
          seen.push(
            stages.map(({ name, in: taken, out }) => `${name} ${String(taken)}>${String(out)}`).join(" ") +
              (done ? " done" : ""),
          ),
        complete: () => (completed = true),
      });
      await whole;
      expect(completed).toBe(true);
      const ended = time.now;
      await time.advance(1_000);
      expect(time.now).toBe(ended + 1_000);
    });
    expect(seen[0]).toBe("");
    expect(seen).toContain("source 1>1 mapConcurrent 1>0 sink 0>0");
    expect(seen.at(-1)).toBe("source 5>5 mapConcurrent 5>5 sink 5>0 done");
  });
});

async function* throwing(error: Error): AsyncGenerator<number> {
  yield 1;
  await sleep(1);
  throw error;
}

describe("mapConcurrent()", () => {
  for (const ordered of [true, false]) {
    it(`works on as many items at once as it may, and gives them ${ordered ? "in order" : "as they are done"}`, async () => {
      let inside = 0;
      let most = 0;
      const work = async (n: number) => {
        most = Math.max(most, ++inside);
        await sleep(n % 2 === 0 ? 30 : 10);
        inside--;
        return n;
      };
      const items = await virtually(() =>
        pipeline([0, 1, 2, 3, 4, 5], mapConcurrent(work, { concurrency: 3, ordered }), collect()),
      );
      expect(most).toBe(3);
      expect(items).toEqual(ordered ? [0, 1, 2, 3, 4, 5] : [1, 3, 0, 2, 5, 4]);
    });
  }

  it("has no bound when asked for none", async () => {
    const time = await virtually(async () => {
      await pipeline(
        range50(),
        mapConcurrent(() => sleep(10), { concurrency: Infinity }),
        forEach(() => undefined),
      );
      return currentTime();
    });
    expect(time).toBe(10);
  });

  it("holds no more than its concurrency when the first item is slow", async () => {
    const begun: number[] = [];
    await virtually(async () => {
      await moveOnAfter(50, () =>
        pipeline(
          range50(),
          mapConcurrent(
            async (n: number) => {
              begun.push(n);
              if (n === 0) await sleepForever();
              return n;
            },
            { concurrency: 4 },
          ),
          collect(),
        ),
      );
    });
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it("takes functions of every style", async () => {
    const results = await virtually(async () => [
      await pipeline(
        [1, 2],
        mapConcurrent(function* (n: number) {
          yield* sleep(1);
          return n;
        }),
        collect(),
      ),
      await pipeline(
        [1, 2],
        mapConcurrent((n: number) => of(n, n + 1)),
        collect(),
      ),
      await pipeline(
        [1, 2],
        mapConcurrent((n: number, i: number) => n * 10 + i),
        collect(),
      ),
      await pipeline(
        [1, 2],
        mapConcurrent((n: number) => sleep(n)),
        collect(),
      ),
    ]);
    expect(results).toEqual([
      [1, 2],
      [2, 3],
      [10, 21],
      [undefined, undefined],
    ]);
  });
});

function range50(): number[] {
  return Array.from({ length: 50 }, (_, i) => i);
}

describe("stages", () => {
  it("flatMap() makes items of lists, async iterables, promises and generators", async () => {
    const all = await virtually(async () => [
      await pipeline(
        [1, 2],
        flatMap((n: number) => [n, n]),
        collect(),
      ),
      await pipeline(
        [1, 2],
        flatMap((n: number) => every(n, n)),
        collect(),
      ),
      await pipeline(
        [1, 2],
        flatMap(async (n: number) => {
          await sleep(1);
          return [n];
        }),
        collect(),
      ),
      await pipeline(
        [1, 2],
        flatMap(function* (n: number) {
          yield n;
          yield -n;
        }),
        collect(),
      ),
    ]);
    expect(all).toEqual([
      [1, 1, 2, 2],
      [0, 0, 1],
      [1, 2],
      [1, -1, 2, -2],
    ]);
  });

  it("batch() sends what is full, what is due, and what is left", async () => {
    const stamps = await virtually(() =>
      pipeline(
        every(10, 8),
        batch({ size: 3, within: 25 }),
        mapConcurrent((items: number[]) => `${items.join("")}@${String(currentTime())}`),
        collect(),
      ),
    );
    expect(stamps).toEqual(["012@30", "345@60", "67@80"]);
    const due = await virtually(() =>
      pipeline(
        every(10, 5),
        batch({ size: 9, within: 15 }),
        mapConcurrent((items: number[]) => `${items.join("")}@${String(currentTime())}`),
        collect(),
      ),
    );
    expect(due).toEqual(["01@25", "23@45", "4@50"]);
  });

  it("rateLimit() lets no more pass in any stretch of time, and drops none", async () => {
    const stamps = await virtually(() =>
      pipeline(
        every(10, 7),
        rateLimit({ count: 2, per: 50 }),
        mapConcurrent(() => currentTime()),
        collect(),
      ),
    );
    expect(stamps).toEqual([10, 20, 60, 70, 110, 120, 160]);
  });

  it("throttle() lets the first of each stretch pass, the last, or both", async () => {
    const stamp = mapConcurrent((n: number) => `${String(n)}@${String(currentTime())}`);
    const both = await virtually(async () => [
      await pipeline(every(10, 6), throttle(25), stamp, collect()),
      await pipeline(every(10, 6), throttle(25, { leading: false, trailing: true }), stamp, collect()),
    ]);
    expect(both[0]).toEqual(["0@10", "3@40"]);
    expect(both[1]?.map((text) => text.split("@")[0])).toEqual(["2", "4", "5"]);
  });

  it("scan(), filter(), buffer() and takeUntil() do what they say", async () => {
    const all = await virtually(async () => [
      await pipeline(
        [1, 2, 3],
        scan((sum: number, n: number) => sum + n, 0),
        collect(),
      ),
      await pipeline(
        [1, 2, 3],
        filter(async (n: number) => {
          await sleep(1);
          return n > 1;
        }),
        collect(),
      ),
      await pipeline([1, 2, 3], buffer(2), collect()),
      await pipeline(every(10), takeUntil(sleep(35)), collect()),
      await pipeline(
        every(10),
        takeUntil(async () => {
          await sleep(25);
        }),
        collect(),
      ),
      await pipeline(every(10, 2), takeUntil(sleepForever()), collect()),
      await pipeline(every(10), take(0), collect()),
    ]);
    expect(all).toEqual([[1, 3, 6], [2, 3], [1, 2, 3], [0, 1, 2], [0, 1], [0, 1], []]);
  });

  it("retryEach() tries again for one item while others go on", async () => {
    const attempts = new Map<number, number>();
    const items = await virtually(() =>
      pipeline(
        [1, 2, 3],
        retryEach(
          async (n: number, attempt: number) => {
            await sleep(1);
            attempts.set(n, attempt);
            if (attempt < n) throw new Error("not yet");
            return n;
          },
          { attempts: 3, delay: 10, concurrency: 3 },
        ),
        collect(),
      ),
    );
    expect(items).toEqual([1, 2, 3]);
    expect([...attempts.values()].sort()).toEqual([1, 2, 3]);
    const failed = virtually(() =>
      pipeline(
        [9],
        retryEach(
          function never() {
            throw new Error("no");
          },
          { attempts: 2, delay: 1 },
        ),
        collect(),
      ),
    );
    await expectAsync(failed).toBeRejectedWithError(PipelineError, /stage "never" failed/);
  });

  it("rx() runs a chain of operators, and holds the source while what it emitted waits", async () => {
    const time = new VirtualTime();
    const made: number[] = [];
    const result = await time.run(async () => {
      const slow = forEach(() => sleep(10));
      async function* source() {
        for (let n = 0; n < 10; n++) {
          made.push(n);
          yield n;
          await sleep(0);
        }
      }
      const ahead: number[] = [];
      await taskGroup(async (tg) => {
        tg.startSoon(() =>
          pipeline(
            source(),
            rx(
              pipe(
                mergeMap((n: number) => [n, n]),
                filterOf((n) => n >= 0),
              ),
            ),
            slow,
          ),
        );
        await sleep(55);
        ahead.push(made.length);
      });
      return ahead;
    });
    expect(result[0]).toBeLessThan(7);
    const quiet = await new VirtualTime().run(() =>
      pipeline(
        bursts(),
        rx(
          pipe(
            debounceTime(20),
            mapOf((n: number) => n * 10),
          ),
        ),
        collect(),
      ),
    );
    expect(quiet).toEqual([20, 50]);
    const bad = virtually(() =>
      pipeline(
        [1],
        rx(
          mapOf(() => {
            throw new Error("inside");
          }),
        ),
        collect(),
      ),
    );
    await expectAsync(bad).toBeRejectedWithError(PipelineError, /inside/);
  });

  it("merge() and zip() bring streams together; broadcast() and partition() part them", async () => {
    await virtually(async () => {
      const merged = await pipeline(merge(every(10, 3), [7, 8]), collect());
      expect(merged).toEqual([7, 8, 0, 1, 2]);
      await taskGroup(async (tg) => {
        const [send, receive] = createMemoryObjectStream<number>(9);
        for (const n of [1, 2, 3, 4]) send.sendNowait(n);
        send.close();
        const [even, odd] = receive.through(partition((n: number) => n % 2 === 0));
        const evens = tg.startSoon(() => pipeline(even, collect()));
        const odds = tg.startSoon(() => pipeline(odd, collect()));
        expect([await evens, await odds]).toEqual([
          [2, 4],
          [1, 3],
        ]);
      });
      await taskGroup(async (tg) => {
        const [send, receive] = createMemoryObjectStream<number>(9);
        for (const n of [1, 2, 3]) send.sendNowait(n);
        send.close();
        const [a, b] = receive.through(broadcast(2));
        const both = tg.startSoon(() => pipeline(zip(a!, b!), collect()));
        expect(await both).toEqual([
          [1, 1],
          [2, 2],
          [3, 3],
        ]);
      });
    });
  });

  it("merge() does not fail when it is closed while several wait to be sent", async () => {
    await virtually(async () => {
      const endless = () => every(0);
      expect(await pipeline(merge(endless(), endless(), endless()), take(2), collect())).toEqual([0, 0]);
      await taskGroup(async () => {
        const out = merge(endless(), endless(), endless());
        await sleep(1);
        out.close();
      });
      expect(getRunningTasks().length).toBe(1);
    });
  });

  it("broadcast() drops for the slow one, or waits for it", async () => {
    const played = (slowest: "wait" | "drop") =>
      virtually(() =>
        taskGroup(async (tg) => {
          const [send, receive] = createMemoryObjectStream<number>();
          const [fast, slow] = receive.through(broadcast<number>(2, { slowest, maxBufferSize: 1 }));
          const quick = tg.startSoon(() => pipeline(fast!, collect()));
          const late = tg.startSoon(() =>
            pipeline(
              slow!,
              mapConcurrent(async (n: number) => {
                await sleep(25);
                return n;
              }),
              collect(),
            ),
          );
          for (let n = 0; n < 6; n++) {
            await sleep(10);
            await send.send(n);
          }
          send.close();
          return [await quick, await late];
        }),
      );
    expect(await played("wait")).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3, 4, 5],
    ]);
    const [quick, late] = await played("drop");
    expect(quick).toEqual([0, 1, 2, 3, 4, 5]);
    expect(late!.length).toBeLessThan(6);
  });

  it("outside of a pipeline are cancelled by closing what they give, and hand their errors on", async () => {
    const log: string[] = [];
    await virtually(() =>
      taskGroup(async () => {
        const [send, receive] = createMemoryObjectStream<number>(9);
        for (const n of [1, 2, 3]) send.sendNowait(n);
        const out = receive.through(
          mapConcurrent(async (n: number) => {
            try {
              if (n === 2) await sleepForever();
              return n;
            } finally {
              log.push(`${String(n)} over`);
            }
          }),
        );
        expect(await out.receive()).toBe(1);
        await sleep(1);
        out.close();
        await sleep(1);
        expect(log).toEqual(["1 over", "2 over"]);
        expect(send.statistics().openReceiveStreams).toBe(0);
        const [more, bad] = createMemoryObjectStream<number>(9);
        for (const n of [1, 2]) more.sendNowait(n);
        const failed = bad.through(failing(new Error("bad")));
        expect(await failed.receive()).toBe(1);
        await expectAsync(Promise.resolve(failed.receive())).toBeRejectedWithError("bad");
      }),
    );
  });
});

async function* bursts(): AsyncGenerator<number> {
  for (const n of [0, 1, 2]) {
    yield n;
    await sleep(5);
  }
  await sleep(50);
  for (const n of [3, 4, 5]) {
    yield n;
    await sleep(5);
  }
}
