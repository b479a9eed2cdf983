import {
  CancelScope,
  currentEffectiveDeadline,
  currentScope,
  currentTask,
  isCancelled,
  moveOnAfter,
  run,
  setDevMode,
  sleep,
  sleepForever,
  taskGroup,
  type Cancelled,
} from "anyrx";
import { everywhere, thrownBy, virtually } from "../field/everywhere.ts";

/** Sleeps in a softly shielded scope, and says what became of it. */
async function request(log: string[], name: string, time: number): Promise<void> {
  await new CancelScope({ shield: "soft" }).enter(async () => {
    try {
      await sleep(time);
      log.push(`${name} answered`);
    } catch (error) {
      log.push(`${name} ${isCancelled(error) ? String(error.reason) : "failed"}`);
      throw error;
    }
  });
}

describe("cancel({ reason, grace })", () => {
  virtually("lets softly shielded waits finish within the grace, and no others", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(() => request(log, "quick", 100));
      tg.startSoon(() => request(log, "slow", 1000));
      tg.startSoon(() => sleepForever());
      await sleep(10);
      tg.cancel({ reason: "shutdown", grace: 500 });
      expect(tg.cancelScope.cancelReason).toBe("shutdown");
    });
    expect(log).toEqual(["quick answered", "slow shutdown"]);
  });

  virtually("without a grace a soft shield is none", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(() => request(log, "quick", 100));
      await sleep(10);
      tg.cancel("now");
    });
    expect(log).toEqual(["quick now"]);
  });

  virtually("a soft scope that is entered during the grace is spared until its end", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        try {
          await sleepForever();
        } finally {
          await request(log, "cleanup", 50);
        }
      });
      await sleep(10);
      tg.cancel({ grace: 500 });
    });
    expect(log).toEqual(["cleanup answered"]);
  });

  virtually("a second cancel cuts the grace short, and cannot extend it", async () => {
    const log: string[] = [];
    const ended: number[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        await request(log, "one", 1000);
        ended.push(1);
      });
      await sleep(10);
      tg.cancel({ reason: "first", grace: 100 });
      tg.cancel({ reason: "second", grace: 10_000 });
      await new CancelScope({ shield: true }).enter(() => sleep(50));
      expect(log).toEqual([]);
      tg.cancel("third");
      await new CancelScope({ shield: true }).enter(() => sleep(1));
      expect(log).toEqual(["one first"]);
    });
  });

  virtually("a hard cancel inside of a graceful one reaches soft scopes, and the other way round", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      const inner = new CancelScope();
      tg.startSoon(() => inner.enter(() => request(log, "inner", 1000)));
      tg.startSoon(() => request(log, "outer", 60));
      await sleep(10);
      tg.cancel({ grace: 100 });
      inner.cancel("hard");
    });
    expect(log).toEqual(["inner hard", "outer answered"]);
  });

  virtually("an own hard shield stays one", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(() =>
        new CancelScope({ shield: true }).enter(async () => {
          await sleep(1000);
          log.push("finished");
        }),
      );
      await sleep(10);
      tg.cancel({ grace: 100 });
    });
    expect(log).toEqual(["finished"]);
  });

  virtually("currentEffectiveDeadline() in a soft scope is the end of the grace", async () => {
    let seen: number[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(() =>
        new CancelScope({ shield: "soft" }).enter(async () => {
          const before = currentEffectiveDeadline();
          await sleep(20);
          seen = [before, currentEffectiveDeadline()];
        }),
      );
      await sleep(10);
      tg.cancel({ grace: 100 });
    });
    expect(seen).toEqual([Infinity, 110]);
  });

  virtually("a plain cancel that comes while a soft part is spared leaves by its scope", async () => {
    // The soft part goes on in a group that is cancelled gracefully; the group ends quietly once it is done.
    const value = await moveOnAfter(1000, async () => {
      await taskGroup(async (tg) => {
        tg.startSoon(() => request([], "r", 30));
        await sleep(1);
        tg.cancel({ grace: 100 });
      });
      return "quiet";
    });
    expect(value).toBe("quiet");
  });

  it("takes an object that is no order for a reason", () => {
    class Why {
      readonly grace = "none";
    }
    for (const reason of [{ code: 7 }, { reason: 1, code: 2 }, new Why(), {}, [], null, "text"]) {
      const scope = new CancelScope();
      scope.cancel(reason);
      expect(scope.cancelReason).toBe(reason);
    }
    const scope = new CancelScope();
    scope.cancel({ reason: { code: 7 } });
    expect(scope.cancelReason).toEqual({ code: 7 });
    expect(() => {
      new CancelScope().cancel({ grace: -1 });
    }).toThrowError(RangeError, /^Cannot grant a grace for -1 ms/);
    expect(() => new CancelScope({ shield: "hard" as never })).toThrowError(
      TypeError,
      /^Cannot set a shield to "hard"/,
    );
  });
});

describe("Cancelled says who did it", () => {
  async function caught(body: () => unknown): Promise<Cancelled> {
    return (await thrownBy(body)) as Cancelled;
  }

  everywhere("cancel(): the task that called it, and its reason", async () => {
    let seen: Cancelled | undefined;
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        seen = await caught(sleepForever);
        throw seen;
      });
      await sleep(1);
      tg.startSoon(
        () => {
          tg.cancel("enough");
        },
        { name: "boss" },
      );
      await sleepForever();
    });
    expect([seen?.source, seen?.task?.name, seen?.reason]).toEqual(["cancel", "boss", "enough"]);
    expect(seen?.message).toContain('by the task "boss" (enough)');
  });

  everywhere("a deadline, a failure, a signal", async () => {
    const sources: unknown[] = [];
    const note = async (): Promise<void> => {
      const error = await caught(sleepForever);
      sources.push(`${error.source} ${error.task?.name ?? "-"}`);
      throw error;
    };
    await moveOnAfter(1, note);
    await thrownBy(() =>
      taskGroup((tg) => {
        tg.startSoon(note);
        tg.startSoon(
          () => {
            throw new Error("bug");
          },
          { name: "culprit" },
        );
      }),
    );
    const controller = new AbortController();
    await taskGroup(async (tg) => {
      tg.startSoon(() => CancelScope.from(controller.signal).enter(note));
      await sleep(1);
      controller.abort("stop");
    });
    expect(sources).toEqual(["deadline -", "failure culprit", "signal -"]);
  });

  everywhere("outside of any run it names no task", () => {
    const scope = currentScope();
    expect(scope.cancelCalled).toBe(false);
    expect(currentTask().info().name).toBe("main");
  });

  it("outside of any run it is nobody's", () => {
    const scope = new CancelScope();
    scope.cancel();
    return scope.enter(async () => {
      const error = await caught(() => sleep(1));
      expect(error.task).toBeNull();
    });
  });

  it("has a stack in development mode only", async () => {
    const stackOf = (): Promise<string> =>
      run(async () => {
        const scope = new CancelScope();
        let stack = "";
        await scope.enter(async () => {
          (function culprit() {
            scope.cancel();
          })();
          stack = (await caught(() => sleep(1))).stack ?? "";
        });
        return stack;
      });
    expect(await stackOf()).not.toContain("culprit");
    setDevMode(true);
    try {
      expect(await stackOf()).toContain("culprit");
    } finally {
      setDevMode(false);
    }
  });
});
