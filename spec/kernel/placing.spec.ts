import { AsyncLocalStorage } from "node:async_hooks";
import { VirtualTimeScheduler } from "rxjs";
import {
  abortable,
  checkpoint,
  currentScope,
  currentTask,
  moveOnAfter,
  run as plainRun,
  rxBackend,
  type Scope,
  sleep,
  taskGroup,
} from "../../src/index.ts";
import { flushed } from "../../src/testing/index.ts";
import { bound } from "../../src/kernel/binding.ts";
import { placing } from "../support/placing.ts";

const run = placing((main: () => unknown) => plainRun(main, { backend: "virtual" }));

describe("An engine whose tasks enter the host's store from the ground of the run", () => {
  it("knows each task after a foreign await, however they begin", async () => {
    const wrong: string[] = [];
    await run(() =>
      taskGroup((tg) => {
        for (const name of ["a", "b", "c"]) {
          tg.startSoon(
            async () => {
              await Promise.resolve();
              if (currentTask().name !== name) wrong.push(`${name} is ${currentTask().name}`);
              await checkpoint();
              await Promise.resolve();
              if (currentTask().name !== name) wrong.push(`${name} is ${currentTask().name} later`);
            },
            { name },
          );
          tg.startSoon(function* () {
            yield* checkpoint();
          });
        }
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("shows a callback of a generator no task that began before it in the same batch", async () => {
    const seen: [of: string, value: unknown][] = [];
    const look = (of: string): void => void Promise.resolve().then(() => seen.push([of, bound.host.store.get()]));
    await run(() =>
      taskGroup((tg) => {
        const late = tg.startSoon(function* () {
          yield* checkpoint();
          look("resumed");
        });
        tg.startSoon(async () => {
          await late;
        });
        tg.startSoon(function* () {
          look("begun");
          yield* sleep(1);
        });
        tg.startSoon(async () => {
          await late;
        });
      }),
    );
    expect(seen).toEqual([
      ["begun", undefined],
      ["resumed", undefined],
    ]);
  });

  it("leaves nothing in the store of who ran it, nor in that of another", async () => {
    const other = new AsyncLocalStorage<string>();
    const scopes: Scope[] = [];
    await other.run("theirs", async () => {
      await run(() =>
        taskGroup((tg) => {
          tg.startSoon(async () => {
            scopes.push(currentScope());
            await sleep(1);
          });
        }),
      );
      expect(bound.host.store.get()).toBeUndefined();
      expect(other.getStore()).toBe("theirs");
    });
    expect(scopes.length).toBe(1);
  });

  it("shows its tasks what the stores of others held where it was run, and its scopes what they hold there", async () => {
    const other = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const request = (name: string): Promise<unknown> =>
      other.run(name, () =>
        run(() =>
          taskGroup((tg) => {
            tg.startSoon(async () => {
              await sleep(1);
              seen.push(other.getStore());
              await other.run(`${name}, inside`, async () => {
                await moveOnAfter(1000, async () => {
                  await sleep(1);
                  seen.push(other.getStore());
                });
              });
              seen.push(other.getStore());
            });
          }),
        ),
      );
    await request("first");
    await request("second");
    expect(seen).toEqual(["first", "first, inside", "first", "second", "second, inside", "second"]);
  });

  it("hides the task that a run is begun in from the tasks of that run", async () => {
    const names: string[] = [];
    await run(() =>
      taskGroup((tg) => {
        tg.startSoon(
          async () => {
            await abortable(() =>
              run(() =>
                taskGroup((inner) => {
                  inner.startSoon(
                    async () => {
                      await Promise.resolve();
                      names.push(currentTask().name);
                    },
                    { name: "inner" },
                  );
                  inner.startSoon(function* () {
                    yield* checkpoint();
                    void Promise.resolve().then(() => names.push(String(bound.host.store.get())));
                  });
                }),
              ),
            );
            names.push(currentTask().name);
          },
          { name: "outer" },
        );
      }),
    );
    expect(names).toEqual(["inner", "undefined", "outer"]);
  });

  it("leaves nothing in the store for what comes after its batch", () => {
    const scheduler = new VirtualTimeScheduler();
    const seen: unknown[] = [];
    const done = placing(() =>
      plainRun(() => taskGroup((tg) => void tg.startSoon(async () => sleep(1))), { backend: rxBackend(scheduler) }),
    )();
    scheduler.schedule(() => seen.push(bound.host.store.get()));
    scheduler.flush();
    expect(seen).toEqual([undefined]);
    return flushed(scheduler, done);
  });

  it("tells each task of its own end, also when a promise calls back wherever it likes", async () => {
    const waiting: (() => void)[] = [];
    class Elsewhere<T> extends Promise<T> {
      override then<A = T, B = never>(
        onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
        onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
      ): Promise<A | B> {
        waiting.push(() => void super.then(onFulfilled, onRejected));
        return new Promise<never>(() => undefined);
      }
    }
    const values = await run(() =>
      taskGroup(async (tg) => {
        const odd = tg.startSoon(() => Elsewhere.resolve("odd"));
        const other = tg.startSoon(async () => {
          await sleep(1);
          for (const go of waiting) go();
          await sleep(1);
          return "other";
        });
        return [await odd, await other];
      }),
    );
    expect(values).toEqual(["odd", "other"]);
  });

  it("tells a task of its end, also when its promise makes something else of itself", async () => {
    class Odd<T> extends Promise<T> {
      static override get [Symbol.species](): PromiseConstructor {
        return function (this: object, executor: (resolve: () => void, reject: () => void) => void) {
          executor(
            () => undefined,
            () => undefined,
          );
        } as unknown as PromiseConstructor;
      }
    }
    const value = await run(() => taskGroup(async (tg) => tg.startSoon(() => Odd.resolve("odd"))));
    expect(value).toBe("odd");
  });

  it("shows raw async functions in what a body returns no scope, from its first step on", async () => {
    const seen: unknown[] = [];
    const raw = async (): Promise<void> => {
      await null;
      seen.push(bound.host.store.get());
    };
    function* steps(): Generator<never, void> {
      void raw();
      yield* checkpoint();
      void raw();
      yield* sleep(1);
    }
    await run(() =>
      taskGroup((tg) => {
        tg.startSoon(() => steps());
        tg.startSoon(() => moveOnAfter(50, steps));
      }),
    );
    expect(seen).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("goes on with the others after a body that throws", async () => {
    const names: string[] = [];
    const broken = run(() =>
      taskGroup((tg) => {
        tg.startSoon(() => {
          throw new RangeError("at once");
        });
        tg.startSoon(
          async () => {
            await Promise.resolve();
            names.push(currentTask().name);
          },
          { name: "other" },
        );
      }),
    );
    await expectAsync(broken).toBeRejected();
    expect(names).toEqual(["other"]);
  });
});
