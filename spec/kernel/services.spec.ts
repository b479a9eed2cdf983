import {
  checkpoint,
  createMemoryObjectStream,
  currentTime,
  Event,
  isCancelled,
  moveOnAfter,
  operation,
  sleep,
  sleepForever,
  taskGroup,
  UsageError,
} from "anyrx";
import { everywhere, expectSentence, named, thrownBy, virtually } from "../field/everywhere.ts";

describe("startService()", () => {
  everywhere("ends the service when the body and the ordinary children are done", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      const service = tg.startService(async () => {
        try {
          await sleepForever();
        } finally {
          log.push("service");
        }
      });
      tg.startSoon(async () => {
        await sleep(3);
        log.push("child");
      });
      await sleep(1);
      log.push("body");
      expect(service.status).toBe("pending");
    });
    expect(log).toEqual(["body", "child", "service"]);
  });

  everywhere("serves while the others clean up, also when the group is cancelled", async () => {
    const [log, lines] = createMemoryObjectStream<string>();
    const written: string[] = [];
    await taskGroup(async (tg) => {
      tg.startService(async () => {
        for await (const line of lines) written.push(line);
      });
      tg.startSoon(async () => {
        try {
          await sleepForever();
        } finally {
          await moveOnAfter(1000, () => log.send("cleaned up"), { shield: true });
        }
      });
      await sleep(1);
      tg.cancel();
    });
    expect(written).toEqual(["cleaned up"]);
  });

  everywhere("a service whose waits are work of its own is dismissed all the same", async () => {
    let ended = false;
    const forever = operation(async () => {
      try {
        await sleepForever();
      } finally {
        ended = true;
      }
    });
    await taskGroup((tg) => {
      tg.startService(async () => {
        await forever();
      });
      tg.startService(() => forever());
    });
    expect(ended).toBe(true);
  });

  everywhere("work that a service leaves behind is shielded and dismissed with it", async () => {
    const log: string[] = [];
    const forever = operation(async () => {
      try {
        await sleepForever();
      } catch (error) {
        log.push(isCancelled(error) ? error.source : "?");
        throw error;
      }
    });
    await taskGroup(async (tg) => {
      tg.startService(() => void forever().subscribe({ error: () => undefined }));
      tg.startSoon(async () => {
        try {
          await sleepForever();
        } finally {
          await moveOnAfter(1000, () => sleep(2), { shield: true });
          log.push("child");
        }
      });
      await sleep(1);
      tg.cancel();
    });
    expect(log).toEqual(["child", "end"]);
  });

  virtually("one that is started when the others have ended is dismissed at once", async () => {
    await taskGroup((tg) => {
      tg.startService(async () => {
        try {
          await sleepForever();
        } finally {
          const late = tg.startService(() => sleepForever());
          await moveOnAfter(1000, () => late.wait(), { shield: true });
        }
      });
    });
    expect(currentTime()).toBe(0);
  });

  everywhere("a failing service cancels the group", async () => {
    const error = await thrownBy(() =>
      taskGroup(async (tg) => {
        tg.startService(() => {
          throw new Error("no service");
        });
        await sleepForever();
      }),
    );
    expect((error as AggregateError).errors.map((inner) => (inner as Error).message)).toEqual(["no service"]);
  });

  everywhere("several are dismissed together, and may clean up", async () => {
    const log: string[] = [];
    await taskGroup((tg) => {
      for (const name of ["a", "b"]) {
        tg.startService(function* () {
          try {
            yield* sleepForever();
          } finally {
            yield* moveOnAfter(1000, () => sleep(1), { shield: true });
            log.push(name);
          }
        });
      }
    });
    expect(log.sort()).toEqual(["a", "b"]);
  });

  everywhere("one that ends by itself is not missed, and one that starts a child waits for it", async () => {
    const log: string[] = [];
    const spawned = new Event();
    await taskGroup(async (tg) => {
      const brief = tg.startService(() => 7);
      tg.startService(async () => {
        await sleep(1);
        tg.startSoon(async () => {
          await sleep(2);
          log.push("late child");
        });
        spawned.set();
        await sleepForever();
      });
      await spawned.wait();
      expect(brief.returnValue).toBe(7);
    });
    expect(log).toEqual(["late child"]);
  });

  everywhere("its handle can cancel it", async () => {
    await taskGroup(async (tg) => {
      const service = tg.startService(() => sleepForever());
      await checkpoint();
      service.cancel();
      await service.wait();
      expect(service.status).toBe("cancelled");
    });
  });

  virtually("is refused after the end, and without a function", async () => {
    let group: Parameters<Parameters<typeof taskGroup>[0]>[0] | undefined;
    await taskGroup((tg) => {
      group = tg;
      expectSentence(() => tg.startService(1 as never), TypeError);
    });
    expectSentence(() => group?.startService(() => 1), UsageError);
  });
});

describe("start() with returnHandle", () => {
  everywhere("gives the handle and what it started with", async () => {
    await taskGroup(async (tg) => {
      const { handle, startValue } = await tg.start<number, Promise<string>>(
        async (status) => {
          status.started(3);
          await checkpoint();
          return "over";
        },
        { returnHandle: true },
      );
      expect([startValue, handle.startValue]).toEqual([3, 3]);
      expect(await handle).toBe("over");
    });
  });

  everywhere("keeps what it started with when the task is cancelled", async () => {
    await taskGroup(async (tg) => {
      const { handle } = await tg.start<number>(
        async (status) => {
          status.started(3);
          await sleepForever();
        },
        { returnHandle: true },
      );
      handle.cancel();
      await handle.wait();
      expect(handle.startValue).toBe(3);
    });
  });

  everywhere("has no start value when it was started otherwise, or is not ready", async () => {
    await taskGroup(async (tg) => {
      const task = tg.startSoon(() => 1);
      expectSentence(() => task.startValue, UsageError);
      const error = await thrownBy(() => tg.start((status) => status.task.startValue));
      expect(named(error)).toBe("UsageError");
    });
  });
});
