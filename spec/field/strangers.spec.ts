/* The cases that a stranger found who came with the README alone. Each hung, leaked or lied once. */
import {
  abortable,
  type Backend,
  CancelScope,
  currentScope,
  currentTask,
  currentTime,
  createMemoryObjectStream,
  isCancelled,
  moveOnAfter,
  operation,
  run,
  rxBackend,
  sleep,
  sleepForever,
  taskGroup,
  TaskGroupError,
  UnsupportedError,
} from "anyrx";
import { concatMap, from, lastValueFrom, mergeMap, of, queueScheduler, retry, switchMap } from "rxjs";
import { everywhere, thrownBy, virtually } from "./everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

describe("field: strangers", () => {
  it("an abort listener that unsubscribes another wait keeps nobody from being told", async () => {
    reallyWaits("a virtual clock stands still while a promise of the world is awaited");
    const ended = await moveOnAfter(5, async () => {
      const held: { unsubscribe?: () => void } = {};
      const a = abortable(
        (signal) =>
          new Promise(() => {
            signal.addEventListener("abort", () => {
              held.unsubscribe?.();
            });
          }),
      ).then(null, () => "a");
      const other = sleepForever().subscribe({ error() {} });
      held.unsubscribe = () => {
        other.unsubscribe();
      };
      const c = sleepForever().then(null, () => "c");
      return await Promise.all([a, c]);
    });
    expect(ended).toEqual(["a", "c"]);
  });

  everywhere("an async callback of mergeMap keeps its scope across its awaits, and is cancelled", async () => {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<number>(1);
    await taskGroup(async (tg) => {
      tg.startSoon(
        () =>
          receive.pipe(
            mergeMap(async (n) => {
              await sleep(1);
              log.push(`${String(n)} ${currentTask().name}`);
              try {
                await sleep(5000);
              } catch (error) {
                log.push((error as Error).name);
                throw error;
              }
            }),
          ),
        { name: "chain" },
      );
      await send.send(1);
      await sleep(10);
      tg.cancel();
    });
    expect(log).toEqual(["1 chain", "Cancelled"]);
  });

  everywhere("retry() over a cancelled operation does not keep its scope open for ever", async () => {
    const endless = operation(async () => {
      await sleepForever();
    });
    expect(await moveOnAfter(5, () => endless().pipe(retry()))).toBeUndefined();
    await moveOnAfter(5, () => sleepForever().pipe(retry()));
  });

  virtually("work that a started child left behind counts for the group it began in", async () => {
    const log: string[] = [];
    const slow = operation(async () => {
      await moveOnAfter(500, () => sleep(20), { shield: true });
    });
    await taskGroup(async (outer) => {
      await taskGroup(async () => {
        await outer
          .start(async () => {
            void slow().then();
          })
          .then(null, () => undefined);
        await sleep(50);
        log.push("inner body");
      });
      log.push("inner group");
    });
    expect(log).toEqual(["inner body", "inner group"]);
  });

  everywhere(
    "a child that lets a cancellation pass that nobody around ordered does not leave its siblings waiting",
    async () => {
      const controller = new AbortController();
      controller.abort();
      await taskGroup((tg) => {
        tg.startSoon(() => sleepForever());
        tg.startSoon(() => run(() => sleepForever(), { signal: controller.signal }));
      });
      expect().nothing();
    },
  );

  it("the rx backend runs no timer inside its caller, also on a scheduler that does", async () => {
    let time = 0;
    const scheduler = Object.assign(Object.create(queueScheduler) as object, { now: () => (time += 1) });
    const result = await run(
      function* () {
        yield* sleep(0.5);
        yield* sleep(0.5);
        return "ended";
      },
      { backend: rxBackend(scheduler as typeof queueScheduler) },
    );
    expect(result).toBe("ended");
  });

  it("the rx backend wakes nobody early", async () => {
    reallyWaits("it is about host timers that fire early");
    const early = await run(
      async () => {
        let count = 0;
        for (let i = 0; i < 30; i++) {
          const deadline = currentTime() + 1.3;
          await sleep(1.3);
          if (currentTime() < deadline) count++;
        }
        return count;
      },
      { backend: "rx" },
    );
    expect(early).toBe(0);
  });

  everywhere("the scope inside a subscribed operation has all its doors", async () => {
    const inside = await lastValueFrom(of(1).pipe(switchMap(() => operation(() => ({ scope: currentScope() }))())));
    expect(inside.scope).toBeInstanceOf(CancelScope);
  });

  everywhere("what still waits when a run ends is cancelled", async () => {
    const [send, receive] = createMemoryObjectStream<number>(0);
    const log: string[] = [];
    await run(
      async () => {
        void sleep(60_000).then(
          () => log.push("slept"),
          (error: unknown) => log.push(isCancelled(error) ? "cancelled" : "?"),
        );
        receive.subscribe({ error: (error: unknown) => log.push(isCancelled(error) ? "unsubscribed" : "?") });
      },
      { backend: "native" },
    );
    await sleep(1);
    expect(log).toEqual(["cancelled", "unsubscribed"]);
    expect(receive.statistics().tasksWaitingReceive).toBe(0);
    send.close();
  });

  it("a real run inside a virtual one is no deadlock", async () => {
    reallyWaits("one of the runs is real, and takes longer than a virtual clock takes to call a deadlock");
    const value = await run(
      async () => await run(() => sleep(30).pipe(concatMap(() => of("real"))), { backend: "native" }),
      {
        backend: "virtual",
      },
    );
    expect(value).toBe("real");
  });

  it("a failure 3,000 groups deep overflows no stack, and its message stays short", async () => {
    let nest: () => unknown = () => {
      throw new RangeError("deep");
    };
    for (let i = 0; i < 3000; i++) {
      const inner = nest;
      nest = () => taskGroup(inner);
    }
    const error = (await thrownBy(() => run(nest as () => Promise<unknown>))) as TaskGroupError;
    expect(error).toBeInstanceOf(TaskGroupError);
    expect(error.leaves().map(String)).toEqual(["RangeError: deep"]);
    expect(error.split((leaf) => leaf instanceof RangeError)[1]).toBeNull();
    expect(error.message.length).toBeLessThan(200);
  });

  everywhere("a task cannot end with its own end", async () => {
    const error = await thrownBy(() => taskGroup((tg) => void tg.startSoon((self) => self)));
    expect(((error as TaskGroupError).errors[0] as Error).message).toContain("Cannot end a task with its own end");
  });

  it("a backend that lacks methods is refused at the call", () => {
    expect(() => void run(() => 1, { backend: { arm() {} } as unknown as Backend })).toThrowError(
      UnsupportedError,
      /it has no now, no defer, no hold/,
    );
    expect(() => void run(() => 1, { backend: null as unknown as Backend })).toThrowError(
      /Cannot run on the backend null/,
    );
  });

  everywhere("a source is sent with backpressure by concatMap", async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const seen: number[] = [];
    await taskGroup((tg) => {
      tg.startSoon(() => from([1, 2, 3, 4]).pipe(concatMap((n) => send.send(n))));
      tg.startSoon(async () => {
        for (let i = 0; i < 4; i++) seen.push(await receive.receive());
      });
    });
    expect(seen).toEqual([1, 2, 3, 4]);
  });
});
