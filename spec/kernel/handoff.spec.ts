import { AsyncLocalStorage } from "node:async_hooks";
import {
  ContextLostError,
  createMemoryObjectStream,
  currentScope,
  currentTask,
  moveOnAfter,
  operation,
  run,
  type RunOptions,
  sleep,
  taskGroup,
} from "../../src/index.ts";
import { turns } from "../field/everywhere.ts";
import { mayWait, reallyWaits } from "../support/real-time.ts";

const virtual: RunOptions = { backend: "virtual", context: "handoff" };
const strict: RunOptions = { backend: "virtual", context: "strict" };

describe("A run that hands its scope off", () => {
  it("knows the task after a `for await` was left, by break and by throw", async () => {
    const names: string[] = [];
    await run(
      () =>
        taskGroup((tg) => {
          for (const name of ["a", "b", "c"]) {
            tg.startSoon(
              async () => {
                const [send, receive] = createMemoryObjectStream<number>(4);
                for (const n of [1, 2, 3]) send.sendNowait(n);
                for await (const n of receive) if (n === 2) break;
                names.push(currentTask().name);
                try {
                  for await (const n of receive) throw new RangeError(String(n));
                } catch {
                  names.push(currentTask().name);
                }
                await sleep(1);
                names.push(currentTask().name);
              },
              { name },
            );
          }
        }),
      strict,
    );
    expect(names.sort()).toEqual(["a", "a", "a", "b", "b", "b", "c", "c", "c"]);
  });

  it("knows the task after every await of an operation, however tasks interleave", async () => {
    const wrong: string[] = [];
    let checks = 0;
    const check = (name: string): void => {
      checks++;
      if (currentTask().name !== name) wrong.push(`${name} is ${currentTask().name}`);
    };
    const helper = operation(async (name: string) => {
      check(name);
      await sleep(1);
      check(name);
      return name;
    });
    await run(async () => {
      const [send, receive] = createMemoryObjectStream<string>(1);
      await taskGroup(async (tg) => {
        for (let i = 0; i < 5; i++) {
          const name = `t${String(i)}`;
          tg.startSoon(
            async () => {
              for (let n = 0; n < 20; n++) {
                check(name);
                await sleep((i + n) % 3);
                check(name);
                await send.send(name);
                check(name);
                await receive.receive();
                check(name);
                check(await helper(name));
                await moveOnAfter(1, async () => {
                  check(name);
                  await sleep(5);
                });
                check(name);
              }
            },
            { name },
          );
        }
        await sleep(1);
        check("main");
      });
      check("main");
    }, strict);
    expect(wrong).toEqual([]);
    expect(checks).toBeGreaterThan(700);
  });

  it("knows the scope in the body of a for await loop", async () => {
    const names: string[] = [];
    await run(async () => {
      const [send, receive] = createMemoryObjectStream<number>(2);
      await taskGroup((tg) => {
        tg.startSoon(
          async () => {
            for (const n of [1, 2, 3, 4]) await send.send(n);
            send.close();
          },
          { name: "producer" },
        );
        tg.startSoon(
          async () => {
            for await (const n of receive) names.push(`${String(n)} ${currentTask().name}`);
            names.push(`end ${currentTask().name}`);
          },
          { name: "consumer" },
        );
      });
    }, strict);
    expect(names).toEqual(["1 consumer", "2 consumer", "3 consumer", "4 consumer", "end consumer"]);
  });

  it("knows the scope of what throws", async () => {
    const names: string[] = [];
    await run(
      () =>
        moveOnAfter(5, async (scope) => {
          try {
            await sleep(100);
          } finally {
            names.push(String(currentScope() === scope));
          }
        }),
      strict,
    );
    expect(names).toEqual(["true"]);
  });

  it("refuses a wait after a foreign await when it is strict", async () => {
    const lost = run(async () => {
      await Promise.resolve();
      await sleep(1);
    }, strict);
    await expectAsync(lost).toBeRejectedWithError(ContextLostError, /Cannot tell the scope of sleep\(1\)/);
  });

  it("reports it, with the call site, when it is not", async () => {
    mayWait("what has lost its scope waits outside of the run");
    const warnings: string[] = [];
    const listener = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", listener);
    await run(async () => {
      await Promise.resolve();
      await sleep(1);
    }, virtual);
    await turns(1); // Warnings are emitted on the next tick.
    process.off("warning", listener);
    expect(warnings.join("\n")).toMatch(/Cannot tell the scope of sleep\(1\)/);
    expect(warnings.join("\n")).toContain("handoff.spec.ts");
  });

  it("takes the scope that is named", async () => {
    const caught = await run(
      () =>
        moveOnAfter(5, async (scope) => {
          await Promise.resolve();
          await sleep(1000).in(scope);
          return "not reached";
        }),
      strict,
    );
    expect(caught).toBeUndefined();
  });

  it("never sees the scope of a run that keeps its own in the host's store", async () => {
    const seen = await run(
      () =>
        run(async () => {
          await Promise.resolve();
          return await sleep(1).then(
            () => "slept",
            (error: unknown) => (error as Error).name,
          );
        }, strict),
      { backend: "native" },
    );
    expect(seen).toBe("ContextLostError");
  });
});

describe("A run that keeps its scope in the host's store", () => {
  it("knows the task after any await, and in timers", async () => {
    reallyWaits("the timers are the host's");
    const names: string[] = [];
    await run(() =>
      taskGroup((tg) => {
        for (const name of ["a", "b"]) {
          tg.startSoon(
            async () => {
              await null;
              await Promise.all([null, new Promise((done) => setTimeout(done, 1))]);
              names.push(`${name} ${currentTask().name}`);
            },
            { name },
          );
        }
      }),
    );
    expect(names.sort()).toEqual(["a a", "b b"]);
  });

  it("lets a raw async function in a generator task see no task rather than a wrong one", async () => {
    const seen: string[] = [];
    await run(() =>
      taskGroup((tg) => {
        tg.startSoon(
          async () => {
            for (let i = 0; i < 20; i++) await sleep(0);
          },
          { name: "async" },
        );
        tg.startSoon(
          function* () {
            const stray = async (): Promise<void> => {
              await null;
              seen.push(currentTask().name);
            };
            for (let i = 0; i < 5; i++) {
              void stray();
              yield* sleep(0);
            }
          },
          { name: "generator" },
        );
      }),
    );
    expect(seen).toEqual(["root", "root", "root", "root", "root"]);
  });

  it("leaves other async contexts of the program alone", async () => {
    reallyWaits("the context has to come back with a timer of the host");
    const storage = new AsyncLocalStorage<string>();
    const seen = await storage.run("mine", () =>
      run(async () => {
        await sleep(1);
        return storage.getStore();
      }),
    );
    expect(seen).toBe("mine");
  });
});
