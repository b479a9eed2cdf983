import { interval, take } from "rxjs";
import { VirtualBackend } from "../../src/backend/virtual.ts";
import { host } from "../../src/host/node.ts";
import {
  abortable,
  createMemoryObjectStream,
  currentTime,
  DeadlockError,
  iterate,
  moveOnAfter,
  run,
  sleep,
  sleepForever,
  taskGroup,
} from "../../src/index.ts";
import { reallyWaits } from "../support/real-time.ts";

const backend = "virtual";

describe("The virtual backend", () => {
  it("jumps over any time, beyond what host timers can keep", async () => {
    const centuries = 300 * 365 * 86_400_000;
    expect(
      await run(
        async () => {
          await sleep(centuries);
          return currentTime();
        },
        { backend },
      ),
    ).toBe(centuries);
  });

  it("lets any chain of promises end before the clock moves", async () => {
    const log: string[] = [];
    await run(
      () =>
        taskGroup((tg) => {
          tg.startSoon(async () => {
            for (let i = 0; i < 20_000; i++) await null;
            log.push(`chain@${String(currentTime())}`);
            await sleep(1);
            log.push(`slept@${String(currentTime())}`);
          });
          tg.startSoon(async () => {
            await sleep(2);
            log.push(`timer@${String(currentTime())}`);
          });
        }),
      { backend },
    );
    expect(log).toEqual(["chain@0", "slept@1", "timer@2"]);
  });

  it("lets microtasks run between timers of one instant", async () => {
    const log: string[] = [];
    await run(
      () =>
        taskGroup((tg) => {
          for (const name of ["a", "b"]) {
            tg.startSoon(async () => {
              await sleep(5);
              log.push(name);
              for (let i = 0; i < 50; i++) await null;
              log.push(`${name}+50`);
            });
          }
        }),
      { backend },
    );
    expect(log).toEqual(["a", "a+50", "b", "b+50"]);
  });

  it("stands still while real work is held", async () => {
    reallyWaits("it is about work that takes real time");
    const winner = await run(
      () =>
        moveOnAfter(1000, () =>
          abortable(
            () =>
              new Promise((done) =>
                setTimeout(() => {
                  done("work");
                }, 15),
              ),
          ),
        ),
      { backend },
    );
    expect(winner).toBe("work");
  });

  it("tells a deadlock: who waits for what, since when", async () => {
    reallyWaits("a deadlock is called one after a time for the world to move");
    const deadlocked = run(
      async () => {
        const [sendA, receiveA] = createMemoryObjectStream<number>(0, { name: "a" });
        const [sendB, receiveB] = createMemoryObjectStream<number>(0, { name: "b" });
        await taskGroup(
          (tg) => {
            tg.startSoon(
              async () => {
                await sleep(2);
                await receiveA.receive();
                await sendB.send(1);
              },
              { name: "ping" },
            );
            tg.startSoon(
              async () => {
                await receiveB.receive();
                await sendA.send(1);
              },
              { name: "pong" },
            );
          },
          { name: "game" },
        );
      },
      { backend },
    );
    const error = (await deadlocked.catch((e: unknown) => e)) as DeadlockError;
    expect(error).toBeInstanceOf(DeadlockError);
    expect(error.time).toBe(2);
    expect(error.waits).toEqual([
      { task: "main", on: 'the end of the task group "game" (2 left)', since: NaN },
      { task: "ping", on: 'receive on the memory object stream "a" (empty)', since: 2 },
      { task: "pong", on: 'receive on the memory object stream "b" (empty)', since: 0 },
    ]);
    expect(error.message).toContain('\n  - pong: waits for receive on the memory object stream "b" (empty) since t=0');
  });

  it("lets a deadlocked program clean up, in virtual time", async () => {
    reallyWaits("a deadlock is called one after a time for the world to move");
    const log: string[] = [];
    const deadlocked = run(
      async () => {
        try {
          await sleepForever();
        } finally {
          await moveOnAfter(
            100,
            async () => {
              await sleep(7);
              log.push(`cleaned@${String(currentTime())}`);
            },
            { shield: true },
          );
        }
      },
      { backend },
    );
    await expectAsync(deadlocked).toBeRejectedWithError(DeadlockError);
    expect(log).toEqual(["cleaned@7"]);
  });

  it("tells a deadlock also when the cleanup hangs", async () => {
    reallyWaits("a deadlock is called one after a time for the world to move");
    const deadlocked = run(() => moveOnAfter(Infinity, () => sleepForever(), { shield: true }), { backend });
    await expectAsync(deadlocked).toBeRejectedWithError(DeadlockError);
  });

  it("takes real events for no standstill, however little they make the code do", async () => {
    reallyWaits("longer than a standstill may last, for events of the host that are closer together");
    const seen: number[] = [];
    await run(
      async () => {
        for await (const n of iterate(interval(4).pipe(take(12)), { overflow: "error", maxBufferSize: Infinity })) {
          seen.push(n);
        }
      },
      { backend },
    );
    expect(seen.length).toBe(12);
  });

  it("tells a deadlock over a foreign promise that never settles", async () => {
    reallyWaits("a deadlock is called one after a time for the world to move");
    await expectAsync(run(() => new Promise(() => undefined), { backend })).toBeRejectedWithError(
      DeadlockError,
      /foreign promise is awaited/,
    );
  });

  it("keeps the clocks of two runs apart", async () => {
    const times = await Promise.all(
      [100, 200].map((delay) =>
        run(
          async () => {
            await sleep(delay);
            return currentTime();
          },
          { backend },
        ),
      ),
    );
    expect(times).toEqual([100, 200]);
  });
});

describe("A run inside of a run on the same virtual clock", () => {
  it("does not stop that clock", async () => {
    const shared = new VirtualBackend(host);
    const time = await run(
      async () => {
        await run(() => sleep(50), { backend: shared });
        return currentTime();
      },
      { backend: shared },
    );
    expect(time).toBe(50);
  });
});

describe("The timers of the virtual backend", () => {
  it("are forgotten when most of them were disposed", () => {
    const backend = new VirtualBackend(host);
    for (let i = 0; i < 10_000; i++) backend.arm(i + 1000, { run: () => undefined })[Symbol.dispose]();
    expect(Reflect.get(Reflect.get(backend, "timers") as object, "size")).toBeLessThan(200);
  });
});
