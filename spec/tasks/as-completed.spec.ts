import {
  asCompleted,
  type Cancelled,
  type CompletedTask,
  createMemoryObjectStream,
  currentTask,
  currentTime,
  EndOfStream,
  type MemoryObjectReceiveStream,
  moveOnAfter,
  operation,
  sleep,
  sleepForever,
  TaskCancelled,
  taskGroup,
  TaskGroupError,
} from "anyrx";
import { firstValueFrom, map, of, tap, toArray } from "rxjs";
import { everywhere, expectSentence, named, thrownBy, virtually } from "../field/everywhere.ts";

/** `ms`, after `ms`. */
const late = operation(function* (ms: number) {
  yield* sleep(ms);
  return ms;
});

describe("asCompleted()", () => {
  virtually("gives the tasks in the order in which the tasks end, and then the end of the stream", async () => {
    const seen: [number, string][] = [];
    const ended = await asCompleted([late(20), late(2), () => late(10)], async (completed) => {
      for await (const task of completed) seen.push([task.returnValue, task.status]);
      return named(await thrownBy(() => completed.receive()));
    });
    expect(seen).toEqual([
      [2, "finished"],
      [10, "finished"],
      [20, "finished"],
    ]);
    expect(ended).toBe("EndOfStream");
  });

  virtually("hands each handle over in the very step in which its task ends", async () => {
    const log: string[] = [];
    await asCompleted([late(20), late(10)], async (completed) => {
      for await (const task of completed) log.push(`${task.status}@${currentTime()}`);
    });
    expect(log).toEqual(["finished@10", "finished@20"]);
  });

  virtually("the stream is looped over, subscribed to, received from, in each style of body", async () => {
    const recipes = [late(6), late(1)];
    const values = (tasks: readonly CompletedTask<number>[]) => tasks.map((task) => task.returnValue);
    const viaObservable = await asCompleted(recipes, (completed) => completed.pipe(toArray()));
    const viaGenerator = await asCompleted(recipes, function* (completed) {
      return [yield* completed.receive(), yield* completed.receive()];
    });
    // Not the handles themselves: JavaScript lets no thenable out of an `await`.
    const viaAwait = await asCompleted(recipes, async (completed) => [
      await completed.receive(),
      await completed.receive(),
    ]);
    expect([viaObservable, viaGenerator, viaAwait].map(values)).toEqual([
      [1, 6],
      [1, 6],
      [1, 6],
    ]);
  });

  virtually("a completed task says who it is, which it was, and how it ended", async () => {
    async function fetchOne() {
      return "value";
    }
    const tasks = await asCompleted([sleep(1), fetchOne, late(2)], (completed) => completed.pipe(toArray()));
    expect(tasks.map((task) => String(task).replace(/\d+/, "N"))).toEqual([
      'CompletedTask "fetchOne" (finished)',
      'CompletedTask "sleep(N)" (finished)',
      'CompletedTask "task N" (finished)',
    ]);
    expect(tasks.map((task) => [task.index, task.exception, task.info().name === task.name])).toEqual([
      [1, undefined, true],
      [0, undefined, true],
      [2, undefined, true],
    ]);
  });

  it("gives the value of the body, which may be a plain function", async () => {
    const value: string = await asCompleted([() => 1], () => "value");
    expect(value).toBe("value");
  });

  virtually("leaving the body cancels the rest, and waits for it", async () => {
    const log: string[] = [];
    const value = await asCompleted(
      [
        late(3),
        async () => {
          try {
            await sleepForever();
          } finally {
            await moveOnAfter(5, () => sleepForever(), { shield: true });
            log.push(`clean@${currentTime()}`);
          }
          return 0;
        },
      ],
      async (completed) => {
        return (await completed.receive()).returnValue;
      },
    );
    expect([value, ...log, `end@${currentTime()}`]).toEqual([3, "clean@8", "end@8"]);
  });

  virtually("a body that leaves at once still lets each task begin", async () => {
    let begun = 0;
    await asCompleted(
      [
        async () => {
          begun++;
          await sleepForever();
        },
      ],
      () => undefined,
    );
    expect([begun, currentTime()]).toEqual([1, 0]);
  });

  virtually("a task that fails cancels the others and the body: one group", async () => {
    const log: string[] = [];
    const error = await thrownBy(() =>
      asCompleted(
        [
          () => sleepForever(),
          async () => {
            await sleep(5);
            throw new Error("boom");
          },
        ],
        async (completed) => {
          try {
            for await (const task of completed) log.push(task.status);
          } catch (inner) {
            log.push(`${named(inner)}@${currentTime()}`);
            throw inner;
          }
        },
      ),
    );
    expect(error).toBeInstanceOf(TaskGroupError);
    expect((error as TaskGroupError).errors.map(String)).toEqual(["Error: boom"]);
    expect(log).toEqual(["Cancelled@5"]);
  });

  virtually("a body that throws makes a group as well, and cancels the tasks", async () => {
    const error = await thrownBy(() =>
      asCompleted([sleepForever()], async () => {
        await sleep(2);
        throw new Error("body");
      }),
    );
    expect((error as TaskGroupError).errors.map(String)).toEqual(["Error: body"]);
    expect(currentTime()).toBe(2);
  });

  virtually("a task that cancelled itself is in the stream, and has no value", async () => {
    const tasks = await asCompleted(
      [
        late(1),
        async function quitter() {
          currentTask().cancel("enough");
          await sleep(1);
          return 0;
        },
      ],
      (completed) => completed.pipe(toArray()),
    );
    expect(tasks.map((task) => task.status)).toEqual(["cancelled", "finished"]);
    expect(() => tasks[0]!.returnValue).toThrowError(TaskCancelled, /"quitter"/);
    const error = await thrownBy(() => tasks[0]!.exception);
    expect(((error as TaskCancelled).cause as Cancelled).reason).toBe("enough");
  });

  virtually("a cancellation that nobody around has ordered does not pass for a value", async () => {
    let kept: unknown;
    await moveOnAfter(0, async () => {
      kept = await thrownBy(() => sleep(1));
    });
    const stray = () => {
      throw kept;
    };
    expect(await thrownBy(() => asCompleted([sleepForever()], stray))).toBe(kept);
    expect(named(await thrownBy(() => asCompleted([stray], () => sleepForever())))).toBe("Cancelled");
  });

  virtually("cancelled from outside throws a bare Cancelled, once all have cleaned up", async () => {
    const log: string[] = [];
    await moveOnAfter(10, async () => {
      const error = await thrownBy(() =>
        asCompleted(
          [
            async () => {
              try {
                await sleepForever();
              } finally {
                await moveOnAfter(5, () => sleepForever(), { shield: true });
              }
            },
          ],
          () => sleepForever(),
        ),
      );
      log.push(`${named(error)}@${currentTime()}`);
    });
    expect(log).toEqual(["Cancelled@15"]);
  });

  virtually("unsubscribed, it leaves no orphan", async () => {
    const log: string[] = [];
    await taskGroup(async () => {
      const subscription = asCompleted(
        [
          async () => {
            try {
              await sleepForever();
            } finally {
              await moveOnAfter(5, () => sleepForever(), { shield: true });
              log.push(`clean@${currentTime()}`);
            }
          },
        ],
        (completed) => completed,
      ).subscribe();
      await sleep(1);
      subscription.unsubscribe();
    });
    expect([...log, `end@${currentTime()}`]).toEqual(["clean@6", "end@6"]);
  });

  everywhere("a body that closes the stream, or clones it, disturbs no task", async () => {
    let ended = 0;
    const task = async () => {
      await sleep(2);
      ended++;
    };
    let clone!: MemoryObjectReceiveStream<CompletedTask<void>>;
    await asCompleted([task, task], async (completed) => {
      completed.close();
      await sleep(20);
    });
    await asCompleted([task], async (completed) => {
      clone = completed.clone();
      await sleep(20);
    });
    expect(ended).toBe(3);
    expect(clone.receiveNowait().status).toBe("finished");
    expect(() => clone.receiveNowait()).toThrowError(EndOfStream);
    clone.close();
  });

  virtually("a task that ends while a slow body is busy waits for nobody", async () => {
    const log: string[] = [];
    await asCompleted([late(1), late(2), late(3)], async (completed) => {
      await sleep(50);
      expect(completed.statistics().currentBufferUsed).toBe(3);
      for await (const task of completed) log.push(`${task.returnValue}@${currentTime()}`);
    });
    expect(log).toEqual(["1@50", "2@50", "3@50"]);
  });

  it("may be consumed again, and runs everything anew", async () => {
    let calls = 0;
    const twice = asCompleted([() => ++calls], (completed) => completed.pipe(map((task) => task.returnValue)));
    expect([await twice, await firstValueFrom(twice)]).toEqual([1, 2]);
  });

  it("refuses nothing at all, and what it cannot run, at the call", () => {
    expectSentence(() => asCompleted([], () => 1), RangeError);
    expect(() => asCompleted([], () => 1)).toThrowError(/at least one/);
    for (const wrong of [undefined, null, 1, [Promise.resolve()], ["text"]]) {
      expectSentence(() => asCompleted(wrong as never, () => 1), TypeError);
    }
    expectSentence(() => asCompleted([of(1)], undefined as never), TypeError);
  });

  virtually("serves as a pipeline: the completed go on while the others run", async () => {
    const [send, receive] = createMemoryObjectStream<number>(3);
    await asCompleted([late(3), late(1)], (completed) =>
      completed.pipe(tap((task) => send.sendNowait(task.returnValue))),
    );
    expect([receive.receiveNowait(), receive.receiveNowait()]).toEqual([1, 3]);
  });
});
