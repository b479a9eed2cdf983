import { currentBackend, sleep } from "anyrx";
import { toEffect } from "anyrx/effect";
import { toEffection } from "anyrx/effection";
import { Effect, Fiber } from "effect";
import * as effection from "effection";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { reallyWaits } from "../support/real-time.ts";

/** Writes down whose code it is taken for. */
const log: string[] = [];
const note = (who: string): void => void log.push(`${who}: ${currentBackend()}`);

describe("Effect and Effection, where one begins the other on its own stack:", () => {
  beforeEach(() => {
    log.length = 0;
  });

  it("a task that a fiber begins is a task, and the fiber goes on as a fiber", async () => {
    reallyWaits("the clocks of two engines are not led together");
    await Effect.runPromise(
      Effect.gen(function* () {
        const task = yield* Effect.sync(() => {
          note("fiber");
          const begun = effection.run(function* () {
            note("task");
            yield* sleep(1);
            yield* toEffection(async () => {
              await sleep(1);
            });
            note("task, later");
          });
          note("fiber");
          return { begun };
        });
        yield* Effect.promise(() => task.begun);
        yield* toEffect(sleep(1));
        note("fiber, later");
      }),
    );
    expect(log).toEqual([
      "fiber: effect",
      "task: effection",
      "fiber: effect",
      "task, later: effection",
      "fiber, later: effect",
    ]);
  });

  it("a fiber that a task begins is a fiber, and the task goes on as a task", async () => {
    reallyWaits("the clocks of two engines are not led together");
    await effection.run(function* () {
      note("task");
      const fiber = Effect.runFork(
        Effect.gen(function* () {
          note("fiber");
          yield* toEffect(sleep(1));
          note("fiber, later");
        }),
      );
      note("task");
      yield* effection.until(Effect.runPromise(Fiber.join(fiber)));
      yield* sleep(1);
      note("task, later");
    });
    expect(log).toEqual([
      "task: effection",
      "fiber: effect",
      "task: effection",
      "fiber, later: effect",
      "task, later: effection",
    ]);
  });

  it("a fiber in a task in a fiber, all in one step", () => {
    Effect.runSync(
      Effect.sync(() => {
        note("outer");
        void effection.run(function* () {
          note("task");
          Effect.runSync(
            Effect.sync(() => {
              note("inner");
            }),
          );
          note("task");
        });
        note("outer");
      }),
    );
    expect(log).toEqual(["outer: effect", "task: effection", "inner: effect", "task: effection", "outer: effect"]);
  });

  for (const order of [
    ["anyrx/effect", "anyrx/effection"],
    ["anyrx/effection", "anyrx/effect"],
  ]) {
    it(`whichever is imported first: ${order.join(", ")}`, () => {
      reallyWaits("a process of its own");
      const program = `
        import ${JSON.stringify(order[0])};
        import ${JSON.stringify(order[1])};
        import { currentBackend } from "anyrx";
        import { Effect } from "effect";
        import { run } from "effection";
        const log = [];
        const task = (f) => void run(function* () { log.push(currentBackend()); f(); });
        const fiber = (f) => Effect.runSync(Effect.sync(() => { log.push(currentBackend()); f(); }));
        fiber(() => task(() => fiber(() => {})));
        task(() => fiber(() => {}));
        console.log(log.join());`;
      const args = ["-C", "@anyrx/source", "--import", "./tools/ts.mjs", "--input-type=module", "-e", program];
      const output = execFileSync(process.execPath, args, {
        cwd: fileURLToPath(new URL("../..", import.meta.url)),
        encoding: "utf8",
      });
      expect(output.trim()).toBe("effect,effection,effect,effection,effect");
    });
  }
});
