import { createMemoryObjectStream, run } from "anyrx";
import {
  batch,
  collect,
  filter,
  flatMap,
  forEach,
  mapConcurrent,
  pipeline,
  retryEach,
  scan,
  take,
} from "anyrx/pipeline";

// What is checked here is that it compiles: no parameter below says its type.
describe("the types of a pipeline", () => {
  it("are narrowed by a guard", async () => {
    const words: PromiseLike<string[]> = pipeline(
      ["a", null, "b"],
      filter((word) => word !== null),
      collect(),
    );
    expect(await run(() => words)).toEqual(["a", "b"]);
  });

  it("follow from its source, stage by stage", async () => {
    const texts: PromiseLike<string[]> = pipeline(
      ["a b", "c"],
      flatMap((line) => line.split(" ")),
      mapConcurrent(async (word) => Promise.resolve(word.length)),
      filter((length) => length.toFixed() !== ""),
      scan((sum, n) => sum + n, 0),
      batch({ size: 2 }),
      mapConcurrent((sums) => sums.map((sum) => sum.toFixed()).join()),
      collect(),
    );
    expect(await run(() => texts)).toEqual(["1,2", "3"]);
  });

  it("reach the sink, with options and without", async () => {
    const count: PromiseLike<number> = pipeline(
      [1, 2],
      forEach((n) => n.toFixed()),
      { drain: true },
    );
    const sum: PromiseLike<number> = pipeline([1, 2, 3], take(2), async (input) => {
      let sum = 0;
      for await (const n of input) sum += n;
      return sum;
    });
    expect([await run(() => count), await run(() => sum)]).toEqual([2, 3]);
  });

  it("come from functions of every style, and from streams", async () => {
    const [send, receive] = createMemoryObjectStream<number>(3);
    send.sendNowait(1);
    send.close();
    const all: PromiseLike<string[]> = pipeline(
      receive,
      mapConcurrent(function* (n) {
        return n + 1;
      }),
      retryEach(async (n, attempt) => Promise.resolve(n.toFixed(attempt))),
      async function* (input) {
        for await (const text of input) yield text.length;
      },
      mapConcurrent((n) => n.toFixed()),
      collect(),
    );
    expect(await run(() => all)).toEqual(["3"]);
  });

  it("refuse a stage that takes something else", () => {
    // @ts-expect-error -- A number has no length.
    void pipeline([1], mapConcurrent((text: string) => text.length), collect()); // prettier-ignore
    expect().nothing();
  });
});
