import { debounceTime, mergeMap } from "rxjs";
import {
  createMemoryObjectStream,
  isBrokenResourceError,
  type MemoryObjectReceiveStream,
  sleep,
  taskGroup,
  toStream,
} from "anyrx";
import {
  batch,
  broadcast,
  type BroadcastOptions,
  buffer,
  filter,
  flatMap,
  mapConcurrent,
  merge,
  partition,
  rateLimit,
  retryEach,
  rx,
  scan,
  type StreamStage,
  take,
  takeUntil,
  throttle,
  zip,
} from "anyrx/pipeline";
import { marbles } from "anyrx/testing";

/** What is drawn: inputs, what is made of them, and where they are not the whole story, the demand and what the senders feel of it. */
interface Drawing {
  readonly inputs: readonly string[];
  readonly make: (inputs: Receive[]) => readonly MemoryObjectReceiveStream<unknown>[];
  /** When an item of each output is asked for. Default: whenever there is one. */
  readonly pulls?: readonly (string | undefined)[];
  readonly outputs: readonly string[];
  /** What its letters stand for, where that is not themselves. */
  readonly values?: Record<string, unknown>;
  /** When each item of each input was taken off its sender's hands. Default: as soon as it was there. */
  readonly sent?: readonly string[];
}

type Receive = MemoryObjectReceiveStream<string>;

const anyError = (error: unknown) => error instanceof Error;

/** Sends what the inputs draw, as there is room for it, and compares what comes of it with what else is drawn. */
function drawn({ inputs, make, pulls = [], outputs, values, sent = [] }: Drawing): Promise<unknown> {
  return marbles((t) =>
    taskGroup(async (tg) => {
      const ends = inputs.map(() => createMemoryObjectStream<string>());
      make(ends.map(([, receive]) => receive)).forEach((out, i) => {
        const pull = pulls[i];
        t.expectStream(out, pull === undefined ? {} : { pull }).toBe(outputs[i]!, values, anyError);
      });
      inputs.forEach((input, i) => {
        const [send] = ends[i]!;
        const felt = t.probe<string>(`sent ${String(i + 1)}`);
        felt.toBe(sent[i] ?? input.replace(/[|#].*/, "")); // By default, at once.
        tg.startSoon(async () => {
          let at = 0;
          try {
            for (const mark of input) {
              if (mark === "|") send.close();
              else if (mark === "#") send.error(new Error("bad"));
              else if (mark !== "-") {
                await send.send(mark);
                felt(mark);
              }
              await sleep(Math.max(0, ++at - t.now()));
            }
          } catch (error) {
            if (!isBrokenResourceError(error)) throw error; // Nobody wants more.
          }
        });
      });
    }),
  );
}

/** One spec for each drawing; and one that shows that each can fail: a drawing of the same a millisecond later is refused. */
function eachDrawn(cases: Record<string, Drawing>): void {
  for (const [title, drawing] of Object.entries(cases)) {
    it(title, async () => {
      await expectAsync(drawn(drawing)).toBeResolved();
      for (const rows of ["outputs", "sent"] as const) {
        for (const [i, row] of (drawing[rows] ?? []).entries()) {
          const late = {
            ...drawing,
            [rows]: drawing[rows]?.with(i, `-${row.replaceAll(/@(\d+)ms/g, (_, ms) => `@${String(+ms + 1)}ms`)}`),
          };
          await expectAsync(drawn(late))
            .withContext(`${rows} ${String(i + 1)}, later`)
            .toBeRejected();
        }
      }
    });
  }
}

describe("stages, drawn", () => {
  const upper = mapConcurrent((item: string) => item.toUpperCase());
  const slow = mapConcurrent(async (item: string) => (await sleep(item === "a" ? 3 : 1), item), { concurrency: 2 });
  const loose = mapConcurrent(async (item: string) => (await sleep(item === "a" ? 3 : 1), item), {
    concurrency: 2,
    ordered: false,
  });
  const joined =
    (stage: StreamStage<string, string[]>): StreamStage<string, string> =>
    (input) =>
      input.through(stage).through(mapConcurrent((items: string[]) => items.at(-1)!));
  const twice = (item: string) => [item, item.toUpperCase()];
  /** Fails for "b", as often as it says. */
  const flaky = (failures: number) => (item: string, attempt: number) => {
    if (item === "b" && attempt <= failures) throw new Error("not yet");
    return item;
  };
  const alone = (
    input: string,
    stage: StreamStage<string, unknown>,
    output: string,
    pull?: string,
    sent?: string,
  ): Drawing => ({
    inputs: [input],
    make: ([receive]) => [stage(receive!)],
    pulls: [pull],
    outputs: [output],
    ...(sent === undefined ? {} : { sent: [sent] }),
  });
  eachDrawn({
    "mapConcurrent() as it comes": alone("a-b-c|", upper, "A-B-C|"),
    "mapConcurrent() on demand": alone("abc|", upper, "--A--B--C-|", "--x--x--x-x", "a-b--c"),
    "mapConcurrent() in order": alone("ab-c|", slow, "---(ab) @4ms (c|)"),
    "mapConcurrent() as they are done": alone("ab-c|", loose, "--ba(c|)"),
    "filter()": alone(
      "a-b-c|",
      filter((item: string) => item !== "b"),
      "a---c|",
    ),
    "scan()": alone(
      "a-b-c|",
      scan((_: string, item: string) => item, ""),
      "a-b-c|",
    ),
    "take()": alone("a-b-c|", take(2), "a-(b|)", undefined, "a-b"),
    "takeUntil()": alone("a-b-c|", takeUntil(sleep(3)), "a-b|", undefined, "a-b"),
    "buffer(), on demand": alone("abc|", buffer(2), "----a-b-c-|", "----x-x-x-x", "abc"),
    "batch() by size": alone("abcd|", joined(batch({ size: 2 })), "-b-d|"),
    "batch() by time": alone("ab----|", joined(batch({ size: 9, within: 3 })), "---b--|"),
    "throttle()": alone("abcd--|", throttle(2), "a-c---|"),
    "rateLimit()": alone("abc---|", rateLimit({ count: 1, per: 2 }), "a-b-c-|"),
    "flatMap() as it comes": alone("a-b-|", flatMap(twice), "(aA) @2ms (bB) @4ms |"),
    "flatMap() on demand: the next item is taken when all of the last one were": alone(
      "ab|",
      flatMap(twice),
      "--a--A--b--B-|",
      "--x--x--x--x-x",
      "a----b",
    ),
    "flatMap() of what takes its time": alone(
      "ab----|",
      flatMap(async function* (item: string) {
        for (const each of twice(item)) {
          await sleep(1);
          yield each;
        }
      }),
      "-aAbB-|",
      undefined,
      "a-b",
    ),
    "retryEach() one after the other": alone(
      "abc|",
      retryEach(flaky(2), { delay: 1 }),
      "a---(bc|)",
      undefined,
      "ab--c",
    ),
    "retryEach() side by side": alone(
      "ab-c|",
      retryEach(flaky(1), { delay: 3, concurrency: 2, ordered: false }),
      "a--c(b|)",
    ),
    "retryEach() on demand": alone(
      "abc|",
      retryEach(flaky(1), { delay: 1 }),
      "----a--b--c-|",
      "----x--x--x-x",
      "a---b--c",
    ),
    "retryEach() that gives up": alone("ab|", retryEach(flaky(2), { attempts: 2, delay: 3 }), "a---#"),
    "rx() as it comes": alone("a-b-|", rx(mergeMap(twice)), "(aA) @2ms (bB) @4ms |"),
    "rx() on demand: the next item is taken when all that was emitted was": alone(
      "abc|",
      rx(mergeMap(twice)),
      "--a--A--b--B--c--C-|",
      "--x--x--x--x--x--x-x",
      "a----b-----c",
    ),
    "rx() of what emits later than it takes": alone("ab-----|", rx(debounceTime(2)), "---b---|"),
  });
});

describe("fans, drawn", () => {
  const merged: Drawing["make"] = (inputs) => [merge(...inputs)];
  const zipped: Drawing["make"] = ([a, b]) => [zip(a!, b!)];
  const spread =
    (options: BroadcastOptions): Drawing["make"] =>
    ([receive]) =>
      receive!.through(broadcast<string>(2, options));
  const parted: Drawing["make"] = ([receive]) => receive!.through(partition((item: string) => item < "c"));
  eachDrawn({
    "merge() as they come": { inputs: ["a-c-|", "-b-|"], make: merged, outputs: ["abc-|"] },
    "merge() on demand: one item of each waits": {
      inputs: ["ac|", "-bd|"],
      make: merged,
      pulls: ["---x--x--x--x-x"],
      outputs: ["---a--b--c--d-|"],
      sent: ["a--c", "-b----d"],
    },
    "merge() when one fails": { inputs: ["a----|", "-b#"], make: merged, outputs: ["ab#"] },
    "zip() at the pace of the slower one": {
      inputs: ["ab|", "--c--d|"],
      make: zipped,
      outputs: ["--p--(q|)"],
      values: { p: ["a", "c"], q: ["b", "d"] },
      sent: ["a-b", "--c--d"],
    },
    "zip() on demand: one of each waits": {
      inputs: ["abc|", "xyz|"],
      make: zipped,
      pulls: ["--x--x--x-x"],
      outputs: ["--p--q--r-|"],
      values: { p: ["a", "x"], q: ["b", "y"], r: ["c", "z"] },
      sent: ["a-b--c", "x-y--z"],
    },
    "zip() ends with the first of them": {
      inputs: ["a|", "b-c-|"],
      make: zipped,
      outputs: ["p|"],
      values: { p: ["a", "b"] },
      sent: ["a", "b"],
    },
    "broadcast() waits for the slowest": {
      inputs: ["abc|"],
      make: spread({ slowest: "wait" }),
      pulls: [undefined, "----x---x---x-x"],
      outputs: ["a---b---c---|", "----a---b---c-|"],
      sent: ["a---b---c"],
    },
    "broadcast() waits for the slowest, as far as its buffer does not do": {
      inputs: ["abc|"],
      make: spread({ slowest: "wait", maxBufferSize: 1 }),
      pulls: [undefined, "----x---x---x-x"],
      outputs: ["ab--c---|", "----a---b---c-|"],
      sent: ["ab--c"],
    },
    "broadcast() drops what the slowest has no room for": {
      inputs: ["a-b-c-d-|"],
      make: spread({ slowest: "drop", maxBufferSize: 1 }),
      pulls: [undefined, "---x-x---x-x"],
      outputs: ["a-b-c-d-|", "---a-c---d-|"],
    },
    "broadcast() drops, without a buffer, what nobody waits for": {
      inputs: ["a-b-c-d-|"],
      make: spread({ slowest: "drop" }),
      pulls: [undefined, "---x---------x"],
      outputs: ["a-b-c-d-|", "----c--------|"],
    },
    "partition(): an item holds the others up until its own stream has room": {
      inputs: ["acbd|"],
      make: parted,
      pulls: [undefined, "----x---x-x"],
      outputs: ["a---b---|", "----c---d-|"],
      sent: ["ac--(bd)"],
    },
  });
});

describe("overflow, drawn", () => {
  for (const [overflow, output] of [
    ["dropOldest", "----c---d---|"],
    ["dropNewest", "----a---b---|"],
    ["error", "----a---b---#"],
    ["latest", "----d---|"],
  ] as const) {
    it(overflow, async () => {
      const test = marbles((t) =>
        taskGroup(async () => {
          const source$ = t.cold("abcd|");
          const stream = toStream(source$, { overflow, maxBufferSize: overflow === "latest" ? 1 : 2 });
          t.expectStream(stream, { pull: "----x---x---x" }).toBe(
            output,
            undefined,
            (error: unknown) => error instanceof Error,
          );
          await sleep(20);
        }),
      );
      await expectAsync(test).toBeResolved();
    });
  }
});
