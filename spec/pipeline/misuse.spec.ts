import { Writable } from "node:stream";
import { map as mapOf, of, range } from "rxjs";
import {
  createMemoryObjectStream,
  DeadlockError,
  type MemoryObjectReceiveStream,
  run,
  sleep,
  taskGroup,
  UsageError,
} from "anyrx";
import {
  batch,
  broadcast,
  collect,
  filter,
  flatMap,
  mapConcurrent,
  merge,
  partition,
  pipeline,
  PipelineError,
  type Stage,
  take,
  zip,
} from "anyrx/pipeline";
import { expectSentence } from "../field/everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

const virtually = <R>(main: () => R) => run(main, { backend: "virtual" });

async function errorOf(failing: PromiseLike<unknown>): Promise<Error> {
  try {
    await failing;
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not fail");
}

/** The first `count` numbers, and how many of them nobody has taken. */
function numbers(count: number): { receive: MemoryObjectReceiveStream<number>; left: () => number } {
  const [send, receive] = createMemoryObjectStream<number>(Infinity);
  for (let n = 0; n < count; n++) send.sendNowait(n);
  send.close();
  return { receive, left: () => send.statistics().currentBufferUsed };
}

/** `work` is refused in the grammar of the house, and with these words. */
async function refused(
  work: () => unknown,
  type: abstract new (...args: never[]) => Error,
  words: RegExp,
): Promise<void> {
  let error: Error;
  try {
    await work();
    error = new Error("nothing was thrown");
  } catch (thrown) {
    error = thrown instanceof PipelineError ? (thrown.cause as Error) : (thrown as Error);
  }
  expectSentence(() => {
    throw error;
  }, type);
  expect(error.message).toMatch(words);
}

describe("a writable stream", () => {
  it("is refused as a sink, with the way to make one of it", async () => {
    for (const sink of [new WritableStream<number>(), new Writable()]) {
      await refused(
        () => pipeline([1], sink as never),
        TypeError,
        /^Cannot make a pipeline with the sink .+: it is a writable stream.*; pass \(\) => fromWritable\(writable\)$/,
      );
      await refused(() => pipeline([1], take(1), sink as never), TypeError, /fromWritable/);
    }
  });
});

describe("a number for the options of batch()", () => {
  it("is refused, and shown how", () =>
    refused(() => batch(5 as never), TypeError, /^Cannot batch with the options 5: .*; pass { size: 5 }$/));
});

describe("what is no stream", () => {
  const wrong: Record<string, unknown> = {
    "a number": 7,
    nothing: undefined,
    null: null,
    "an array": [1],
    "an async generator": (async function* () {})(),
    "an Observable": of(1),
  };
  for (const [what, value] of Object.entries(wrong)) {
    it(`is refused by stages, zip() and fans: ${what}`, async () => {
      const { receive, left } = numbers(2);
      await virtually(async () => {
        const it = value as never;
        await refused(() => zip(receive, it), TypeError, /^Cannot zip .+ no receive stream; .*toStream\(\)/);
        await refused(() => broadcast(2)(it), TypeError, /^Cannot run the stage "broadcast" on .+ no receive stream; /);
        await refused(() => partition(Boolean)(it), TypeError, /^Cannot run the stage "partition" on/);
        await refused(() => take(1)(it), TypeError, /^Cannot run the stage "take" on/);
        await refused(() => filter(Boolean, { name: "some" })(it), TypeError, /^Cannot run the stage "some" on/);
      });
      expect(left()).toBe(2);
      expect(receive.statistics().openReceiveStreams).toBe(1);
      receive.close();
    });
  }

  it("is refused by merge() and flatMap() when it has no items, or cannot wait", async () => {
    const { receive, left } = numbers(2);
    await refused(() => merge(receive, 7 as never), TypeError, /^Cannot merge 7: it has no items; /);
    await refused(() => merge(receive, Promise.resolve([1]) as never), TypeError, /^Cannot merge .+: it has no items/);
    await refused(() => merge(receive, range(3) as never), TypeError, /^Cannot merge an Observable: .+ toStream\(/);
    await virtually(async () => {
      const flat = (made: unknown) => () => pipeline([1], flatMap((() => made) as never), collect());
      await refused(flat(7), TypeError, /^Cannot flatten 7: it has no items/);
      await refused(flat(range(3)), TypeError, /^Cannot flatten an Observable: .+ toStream\(/);
    });
    expect(left()).toBe(2);
    receive.close();
  });
});

describe("a receive end", () => {
  const uses: Record<string, (end: MemoryObjectReceiveStream<number>) => unknown> = {
    "a stage": (end) => end.through(filter(() => true, { name: "second" })),
    "a fan": (end) => end.through(partition(() => true, { name: "second" })),
    "zip()": (end) => zip(numbers(1).receive, end),
    "merge()": (end) => merge([1], end),
    "a pipeline": (end) => pipeline(end, collect()),
  };
  for (const [first, use] of Object.entries(uses)) {
    for (const [second, useAgain] of Object.entries(uses)) {
      it(`has one consumer: ${first}, and then not ${second}`, async () => {
        await virtually(() =>
          taskGroup(async (tg) => {
            const { receive } = numbers(5);
            const rest = receive.clone();
            const used = use(receive);
            if (first === "a pipeline") {
              tg.startSoon(() => used);
              await sleep(0);
            }
            await refused(
              () => useAgain(receive),
              UsageError,
              /^Cannot .+: .+ (receives|received) from it already; pass a clone\(\) of it, .* broadcast\(\)/,
            );
            rest.close();
            for (const out of Array.isArray(used) ? used : [used])
              if (first !== "a pipeline") (out as MemoryObjectReceiveStream<number>).close();
          }),
        );
      });
    }
  }

  it("that is refused loses nothing by it, and its first consumer goes on", async () => {
    await virtually(async () => {
      const { receive } = numbers(5);
      const slow = mapConcurrent(async (n: number) => (await sleep(1), n));
      const [all, error] = await taskGroup(async (tg) => {
        const first = tg.startSoon(() => pipeline(receive, slow, collect()));
        await sleep(2);
        const error = await errorOf(pipeline(receive, collect()));
        return [await first, error];
      });
      expect(all).toEqual([0, 1, 2, 3, 4]);
      expect(error).toBeInstanceOf(UsageError);
    });
  });

  it("may be shared by clones of it", async () => {
    await virtually(async () => {
      const { receive } = numbers(4);
      const both = merge(receive.clone().through(take(2)), receive.through(filter(() => true)));
      expect((await pipeline(both, collect())).sort()).toEqual([0, 1, 2, 3]);
    });
  });

  it("is refused twice in one zip()", () => {
    const { receive } = numbers(2);
    expectSentence(() => zip(receive, receive), UsageError);
    receive.close();
  });
});

describe("pipeline(), misused", () => {
  it("without a sink", async () => {
    expectSentence(() => pipeline([1], undefined as never), TypeError);
    expect(() => (pipeline as (...args: unknown[]) => unknown)([1])).toThrowError(
      /^Cannot make a pipeline without a sink: /,
    );
    expect(() => (pipeline as (...args: unknown[]) => unknown)([1], { name: "x" })).toThrowError(/without a sink/);
    const closed: number[] = [];
    function* source() {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        closed.push(1);
      }
    }
    for (const last of [
      mapConcurrent((n: number) => n),
      take<number>(2),
      async function* (input: AsyncIterable<number>) {
        yield* input;
      },
    ] as Stage<number, number>[]) {
      await virtually(() =>
        refused(
          () => pipeline(source(), last as never),
          TypeError,
          /^Cannot end a pipeline with .+: it is a stage, .+; add a sink, such as collect\(\)/,
        ),
      );
    }
    expect(closed.length).toBe(3);
  });

  it("takes no options for options", async () => {
    const options = undefined as { readonly drain?: boolean } | undefined;
    expect(await virtually(() => pipeline([1, 2], collect(), options))).toEqual([1, 2]);
  });

  it("with a stage that gives no stream", async () => {
    const used = (stage: unknown) => () => virtually(() => pipeline([1, 2], stage as never, collect()));
    await refused(
      used(() => undefined),
      TypeError,
      /^Cannot use the stage "stage 1": it gave undefined, .+ return a receive stream/,
    );
    await refused(
      used(async () => [1]),
      TypeError,
      /it gave a promise, .+ return a receive stream/,
    );
    await refused(
      used((input: MemoryObjectReceiveStream<number>) => input.pipe(mapOf((n) => n))),
      TypeError,
      /it gave an Observable, .+ use rx\(/,
    );
    await refused(used(broadcast(2)), TypeError, /it gave 2 streams, .+; merge\(\) them, or/);
    await refused(used(partition(Boolean)), TypeError, /it gave 2 streams/);
  });

  it("with what is no stage, or no sink", () => {
    const make =
      (...args: unknown[]) =>
      () =>
        (pipeline as (...args: unknown[]) => unknown)([1], ...args);
    for (const wrong of [7, "text", null, [take(1)], of(1), {}]) {
      expectSentence(make(wrong, collect()), TypeError);
      expectSentence(make(take(1), wrong, { drain: true }), TypeError);
    }
  });
});

describe("an output of a fan that nobody consumes", () => {
  for (const [name, fan, held] of [
    ["broadcast", broadcast<number>(3), "broadcast 3"],
    ["partition", partition((n: number) => n > 0), "partition 2"],
  ] as const) {
    it(`is told by name when everything waits for it: ${name}()`, async () => {
      reallyWaits("a deadlock is told after a grace in real time");
      const stuck = virtually(() =>
        taskGroup(async (tg) => {
          const [first, second, ...more] =
            numbers(3).receive.through<readonly MemoryObjectReceiveStream<number>[]>(fan);
          tg.startSoon(() => pipeline(first!, collect()));
          if (more.length > 0) tg.startSoon(() => pipeline(second!, collect()));
        }),
      );
      const error = await errorOf(stuck);
      expect(error).toBeInstanceOf(DeadlockError);
      expect((error as DeadlockError).waits.map(({ on }) => on).join("; ")).toContain(`"${held}" (full)`);
    });
  }

  it("holds nobody up once it is closed", async () => {
    await virtually(async () => {
      const [some, rest] = numbers(4).receive.through(partition((n: number) => n % 2 === 0));
      rest.close();
      expect(await pipeline(some, collect())).toEqual([0, 2]);
    });
  });
});
