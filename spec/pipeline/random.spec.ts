import * as fc from "fast-check";
import { checkpoint, createMemoryObjectStream, getRunningTasks, moveOnAfter, run, sleep } from "anyrx";
import {
  batch,
  broadcast,
  buffer,
  filter,
  flatMap,
  mapConcurrent,
  merge,
  pipeline,
  PipelineError,
  type Stage,
  stage,
} from "anyrx/pipeline";

/** A stage, and how many items it can hold. Each lets every item pass, once. */
interface Piece {
  readonly make: (trouble: Trouble) => Stage<number, number>;
  readonly holds: number;
}

/** Fails or dawdles now and then. */
type Trouble = (item: number) => Promise<number>;

const pieces: Record<string, (n: number) => Piece> = {
  ordered: (n) => ({ make: (trouble) => mapConcurrent(trouble, { concurrency: n }), holds: n }),
  unordered: (n) => ({ make: (trouble) => mapConcurrent(trouble, { concurrency: n, ordered: false }), holds: n }),
  filtered: () => ({ make: () => filter(() => true), holds: 1 }),
  buffered: (n) => ({ make: () => buffer(n), holds: n + 1 }),
  generated: () => ({
    make: () =>
      async function* (input) {
        for await (const item of input) yield item;
      },
    holds: 2,
  }),
  batched: (n) => ({
    make: () => (input) =>
      input.through(batch<number>({ size: n, within: 3 })).through(flatMap((items: number[]) => items)),
    holds: 2 * n + 2,
  }),
  parted: () => ({
    make: () => (input) => merge(...input.through(broadcast<number>(2))).through(half()),
    holds: 8,
  }),
};

/** Lets one of each two equal items pass. */
function half(): Stage<number, number> & ReturnType<typeof stage<number, number>> {
  const seen = new Set<number>();
  return stage<number, number>("half", function* (input, send) {
    for (;;) {
      const item = yield* input.receive();
      if (!seen.delete(item)) {
        seen.add(item);
        yield* send(item);
      }
    }
  });
}

const chains = fc.array(fc.tuple(fc.constantFrom(...Object.keys(pieces)), fc.integer({ min: 1, max: 4 })), {
  maxLength: 5,
});

describe("any pipeline", () => {
  it("closes its source and its sink, leaves nothing behind, and accounts for every item, however it ends", async () => {
    let failed = 0;
    let cut = 0;
    await fc.assert(
      fc.asyncProperty(
        chains,
        fc.integer({ min: 0, max: 30 }),
        fc.option(fc.integer({ min: 0, max: 40 })),
        fc.option(fc.integer({ min: 0, max: 60 })),
        fc.integer({ min: 0, max: 3 }),
        fc.boolean(),
        async (chain, count, bad, limit, maxBufferSize, drain) => {
          const made = chain.map(([name, n]) => (pieces[name] as (n: number) => Piece)(n));
          let sent = 0;
          let closed = 0;
          let asked = false;
          async function* items() {
            try {
              for (; sent < count;) {
                if (sent % 3 === 0) await sleep(1);
                yield sent++;
              }
            } finally {
              closed++;
              await checkpoint(); // Throws, where the pipeline is cancelled.
            }
          }
          const source = (): AsyncIterable<number> => ({
            [Symbol.asyncIterator]: () => {
              const iterator = items();
              const next = iterator.next.bind(iterator);
              iterator.next = () => ((asked = true), next());
              return iterator;
            },
          });
          const trouble: Trouble = async (item) => {
            if (item % 4 === 1) await sleep(item % 7);
            if (item === bad) throw new Error(`bad ${String(item)}`);
            return item;
          };
          const [sink, out] = createMemoryObjectStream<number>(Infinity);
          await run(
            async () => {
              const whole = (pipeline as (...args: unknown[]) => PromiseLike<unknown>)(
                source(),
                ...made.map(({ make }) => make(trouble)),
                sink,
                { maxBufferSize, drain },
              );
              try {
                if (limit === null) await whole;
                else await moveOnAfter(limit, async () => await whole);
              } catch (error) {
                if (!(error instanceof PipelineError)) throw error;
                failed++;
              }
              expect(getRunningTasks().length).withContext("tasks left behind").toBe(1);
            },
            { backend: "virtual" },
          );
          const got: number[] = [];
          let end: unknown = null;
          while (end === null) {
            try {
              got.push(out.receiveNowait());
            } catch (error) {
              end = error;
            }
          }
          out.close();
          expect(closed)
            .withContext("times that the source was closed")
            .toBe(asked ? 1 : 0);
          expect(sink.statistics().openSendStreams).withContext("open sinks").toBe(0);
          expect(new Set(got).size).withContext("items that came twice").toBe(got.length);
          const whole = end instanceof Error && end.name === "EndOfStream";
          if (!whole) cut++;
          const room = made.reduce((sum, { holds }) => sum + holds, 0) + (made.length * 3 + 3) * (maxBufferSize + 1);
          // One that drains ends in order as well, with all that the source has given.
          const given = drain ? sent : count;
          if (whole) expect(got.toSorted((a, b) => a - b)).toEqual(Array.from({ length: given }, (_, i) => i));
          else
            expect(sent - got.length)
              .withContext("items that were in flight")
              .toBeLessThanOrEqual(room);
          if (whole && chain.every(([name]) => name !== "unordered" && name !== "parted"))
            expect(got).toEqual(got.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 300 },
    );
    expect(failed).withContext("runs that failed").toBeGreaterThan(5);
    expect(cut).withContext("runs that were cut short").toBeGreaterThan(failed);
  });
});
