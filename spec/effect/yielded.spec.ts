import { run } from "anyrx";
import { Effect } from "effect";
import { sleep as effectionSleep } from "effection";

/** What a generator of ours is told that yields from `foreign`. */
async function told(foreign: unknown): Promise<string> {
  try {
    await run(
      function* () {
        yield* foreign as Iterable<never>;
      },
      { backend: "virtual" },
    );
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing";
}

describe("A generator task that yields what is another engine's", () => {
  it("is told how to run an effect", async () => {
    expect(await told(Effect.sleep(1))).toBe(
      'Cannot go on with a generator task: it yielded an effect; yield* fromEffect(effect), from "anyrx/effect"',
    );
  });

  it("is told how to run an operation of Effection", async () => {
    expect(await told(effectionSleep(1))).toMatch(
      /^Cannot go on with a generator task: it yielded an operation of Effection \(.+\); yield\* fromEffection\(operation\), from "anyrx\/effection"$/,
    );
  });
});
