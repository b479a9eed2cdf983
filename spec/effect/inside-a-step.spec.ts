import { run, sleep } from "anyrx";
import "anyrx/effect";
import { Effect } from "effect";
import { mayWait } from "../support/real-time.ts";

describe("A fiber that a generator task begins by hand", () => {
  mayWait("it runs on Effect's own clock");

  it("is no part of the task: each waits for what it has yielded", async () => {
    const log: string[] = [];
    await run(function* () {
      const fiber = Effect.runFork(
        Effect.gen(function* () {
          log.push("fiber");
          yield* sleep(5);
          log.push("fiber woke");
        }),
      );
      log.push("task");
      yield* sleep(1);
      log.push("task woke");
      yield* sleep(20);
      log.push(fiber.pollUnsafe()?._tag ?? "running");
    });
    expect(log).toEqual(["fiber", "task", "task woke", "fiber woke", "Success"]);
  });
});
