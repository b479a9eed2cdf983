import {
  abortable,
  CancelScope,
  checkpoint,
  ContextLostError,
  type ContextMode,
  createMemoryObjectStream,
  currentScope,
  currentTask,
  failAfter,
  isCancelled,
  moveOnAfter,
  operation,
  run,
  sleep,
  taskGroup,
} from "anyrx";
import { BACKENDS, runQuietly, thrownBy } from "./everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

const MODES: readonly ContextMode[] = ["store", "handoff", "strict"];

function everyMode(title: string, modes: readonly ContextMode[], main: () => unknown): void {
  for (const context of modes) {
    for (const backend of BACKENDS) {
      it(`${title} [${context}, ${backend}]`, () => runQuietly(main, { backend, context }));
    }
  }
}

const foreign = (): Promise<void> => Promise.resolve();

describe("field: the ambient scope", () => {
  everyMode("is right after every await of an operation, in interleaved tasks", MODES, async () => {
    const wrong: string[] = [];
    const look = (name: string) => {
      if (currentTask().name !== name) wrong.push(`${name} saw ${currentTask().name}`);
    };
    const [send, receive] = createMemoryObjectStream<number>(1);
    await taskGroup((tg) => {
      for (let i = 0; i < 5; i++) {
        const name = `t${i}`;
        tg.startSoon(
          async () => {
            for (let k = 0; k < 10; k++) {
              look(name);
              await checkpoint();
              look(name);
              await sleep((i + k) % 3);
              look(name);
              await new CancelScope().enter(async () => {
                look(name);
                await checkpoint();
                look(name);
              });
              look(name);
              await taskGroup((inner) => void inner.startSoon(() => checkpoint()));
              look(name);
            }
          },
          { name },
        );
      }
      tg.startSoon(
        async () => {
          for (let k = 0; k < 20; k++) {
            await send.send(k);
            look("sender");
          }
          send.close();
        },
        { name: "sender" },
      );
      tg.startSoon(
        async () => {
          for await (const _ of receive) look("receiver");
          look("receiver");
        },
        { name: "receiver" },
      );
    });
    expect(wrong).toEqual([]);
  });

  everyMode("is right in the catch and the finally after a wait that threw", MODES, async () => {
    const seen: string[] = [];
    const outer = new CancelScope({ name: "outer" });
    await outer.enter(async () => {
      try {
        await moveOnAfter(1, async () => {
          try {
            await sleep(60_000);
          } finally {
            seen.push(isCancelled(await thrownBy(() => checkpoint())) ? "inner" : "?");
          }
        });
        seen.push(currentScope().name);
        await failAfter(1, () => sleep(60_000));
      } catch {
        seen.push(currentScope().name);
        await checkpoint();
        seen.push(currentScope().name);
      }
    });
    expect(seen).toEqual(["inner", "outer", "outer", "outer"]);
  });

  everyMode("is right after Promise.all of operations is awaited through an operation", MODES, async () => {
    const both = operation(async () => {
      const [a, b] = [sleep(1).then(() => 1), sleep(2).then(() => 2)];
      return (await a) + (await b);
    });
    expect(await both()).toBe(3);
    expect(currentTask().name).toBe("main");
  });

  everyMode("a generator task always knows its scope, also after foreign calls", MODES, function* () {
    for (let i = 0; i < 3; i++) {
      void foreign();
      yield* checkpoint();
      expect(currentTask().name).toBe("main");
      yield* sleep(1);
      expect(currentTask().name).toBe("main");
    }
  });

  everyMode("the store is right after a foreign await as well", ["store"], async () => {
    await taskGroup((tg) => {
      for (const name of ["a", "b"]) {
        tg.startSoon(
          async () => {
            await foreign();
            expect(currentTask().name).toBe(name);
            await new Promise((done) => setImmediate(done));
            expect(currentTask().name).toBe(name);
          },
          { name },
        );
      }
    });
  });

  everyMode(
    "strict refuses a wait after a foreign await, and never takes another task's scope",
    ["strict"],
    async () => {
      const seen: string[] = [];
      await taskGroup((tg) => {
        tg.startSoon(async () => {
          await foreign();
          const error = await thrownBy(() => sleep(1));
          seen.push(error instanceof ContextLostError ? "lost" : String(error));
        });
        tg.startSoon(async () => {
          for (let i = 0; i < 10; i++) await checkpoint();
        });
      });
      expect(seen).toEqual(["lost"]);
    },
  );

  everyMode("strict: op.in(scope) is the way out, and the scope is back after it", ["strict"], async () => {
    const scope = currentScope();
    await foreign();
    await sleep(1).in(scope);
    expect(currentTask().name).toBe("main");
    await sleep(1);
    expect(currentTask().name).toBe("main");
  });

  everyMode("a function wrapped by operation is right inside and after, whoever awaits", MODES, async () => {
    const inner = operation(async () => {
      await sleep(1);
      return currentTask().name;
    });
    const seen = await taskGroup(async (tg) => {
      const a = tg.startSoon(() => inner(), { name: "a" });
      const b = tg.startSoon(() => inner(), { name: "b" });
      return [await a, await b, await inner(), currentTask().name];
    });
    expect(seen).toEqual(["a", "b", "main", "main"]);
  });

  everyMode("nested runs keep their own scopes", MODES, function* () {
    reallyWaits("the inner run is native");
    const inner: string[] = [];
    yield* abortable(() =>
      run(
        async () => {
          inner.push(currentTask().name);
          await sleep(1);
          inner.push(currentTask().name);
        },
        { backend: "native" },
      ),
    );
    expect(inner).toEqual(["main", "main"]);
    expect(currentTask().name).toBe("main");
  });
});
