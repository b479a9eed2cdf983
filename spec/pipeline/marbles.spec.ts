import { createMemoryObjectStream, isBrokenResourceError, sleep, taskGroup, toStream } from "anyrx";
import {
  batch,
  buffer,
  filter,
  mapConcurrent,
  rateLimit,
  scan,
  type StreamStage,
  take,
  takeUntil,
  throttle,
} from "anyrx/pipeline";
import { marbles } from "anyrx/testing";

/** Sends what `marbles` draws as the stream has room for it, and draws what `stage` makes of it. */
function drawn(
  input: string,
  stage: StreamStage<string, unknown>,
  pull: string | undefined,
  output: string,
): Promise<unknown> {
  return marbles((t) =>
    taskGroup(async (tg) => {
      const [send, receive] = createMemoryObjectStream<string>();
      const out = stage(receive);
      t.expectStream(out, pull === undefined ? {} : { pull }).toBe(output);
      tg.startSoon(async () => {
        let at = 0;
        try {
          for (const mark of input) {
            if (mark === "|") send.close();
            else if (mark !== "-") await send.send(mark);
            await sleep(Math.max(0, ++at - t.now()));
          }
        } catch (error) {
          if (!isBrokenResourceError(error)) throw error; // The stage wants no more.
        }
      });
    }),
  );
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
  const cases: Record<
    string,
    [input: string, stage: StreamStage<string, unknown>, pull: string | undefined, output: string]
  > = {
    "mapConcurrent() as it comes": ["a-b-c|", upper, undefined, "A-B-C|"],
    "mapConcurrent() on demand": ["abc|", upper, "--x--x--x-x", "--A--B--C-|"],
    "mapConcurrent() in order": ["ab-c|", slow, undefined, "---(ab) @4ms (c|)"],
    "mapConcurrent() as they are done": ["ab-c|", loose, undefined, "--ba(c|)"],
    "filter()": ["a-b-c|", filter((item: string) => item !== "b"), undefined, "a---c|"],
    "scan()": ["a-b-c|", scan((_: string, item: string) => item, ""), undefined, "a-b-c|"],
    "take()": ["a-b-c|", take(2), undefined, "a-(b|)"],
    "takeUntil()": ["a-b-c|", takeUntil(sleep(3)), undefined, "a-b|"],
    "buffer(), on demand": ["abc|", buffer(2), "----x-x-x-x", "----a-b-c-|"],
    "batch() by size": ["abcd|", joined(batch({ size: 2 })), undefined, "-b-d|"],
    "batch() by time": ["ab----|", joined(batch({ size: 9, within: 3 })), undefined, "---b--|"],
    "throttle()": ["abcd--|", throttle(2), undefined, "a-c---|"],
    "rateLimit()": ["abc---|", rateLimit({ count: 1, per: 2 }), undefined, "a-b-c-|"],
  };
  for (const [title, [input, stage, pull, output]] of Object.entries(cases)) {
    it(title, async () => {
      await expectAsync(drawn(input, stage, pull, output)).toBeResolved();
    });
  }
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
