import {
  CancelScope,
  currentEffectiveDeadline,
  currentTask,
  currentTime,
  isCancelled,
  moveOnAfter,
  operation,
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

  virtually("a second cancel cuts the grace short", async () => {
    const log: string[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(() => request(log, "one", 1000));
      await sleep(10);
      tg.cancel({ reason: "first", grace: 100 });
      await new CancelScope({ shield: true }).enter(() => sleep(50));
      expect(log).toEqual([]);
      tg.cancel("second");
      await new CancelScope({ shield: true }).enter(() => sleep(1));
      expect(log).toEqual(["one first"]);
    });
  });

  virtually("a second cancel cannot extend the grace", async () => {
    let end = NaN;
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        try {
          await request([], "one", 10_000);
        } finally {
          end = currentTime();
        }
      });
      await sleep(10);
      tg.cancel({ grace: 100 });
      tg.cancel({ grace: 5000 });
    });
    expect(end).toBe(110);
  });

  virtually(
    "moving the deadline does not end the grace's timer; a deadline that comes first ends the grace",
    async () => {
      for (const [deadline, expected] of [
        [5000, 110],
        [50, 50],
      ] as const) {
        const start = currentTime();
        await taskGroup(async (tg) => {
          tg.startSoon(() => request([], "one", 10_000));
          await sleep(10);
          tg.cancel({ grace: 100 });
          tg.cancelScope.deadline = start + deadline;
        });
        expect(currentTime() - start).toBe(expected);
      }
    },
  );

  virtually("before its scope is entered there is nothing to spare, and after it nothing is left of it", async () => {
    const log: string[] = [];
    const scope = new CancelScope();
    scope.cancel({ reason: "early", grace: 100 });
    await scope.enter(() => request(log, "r", 10));
    expect(log).toEqual(["r early"]);
    scope.cancel({ grace: 100 });
    expect(scope.cancelReason).toBe("early");
    expect(currentTime()).toBe(0);
  });

  virtually("a shield that softens during the grace holds until its end; one that is lowered does not", async () => {
    const ends: number[] = [];
    await taskGroup(async (tg) => {
      const scopes = [true, "soft"].map((shield) => new CancelScope({ shield: shield as boolean | "soft" }));
      for (const scope of scopes) {
        tg.startSoon(async () => {
          await scope.enter(async () => {
            try {
              await sleep(1000);
            } finally {
              ends.push(currentTime());
            }
          });
        });
      }
      await sleep(10);
      tg.cancel({ grace: 100 });
      scopes[0]!.shield = "soft";
      expect(scopes[0]!.shield).toBe("soft");
      scopes[1]!.shield = false;
    });
    expect(ends).toEqual([10, 110]);
  });

  virtually("currentEffectiveDeadline() is the first of the graces and deadlines that reach it", async () => {
    const seen: number[] = [];
    const look = (): unknown =>
      new CancelScope({ shield: "soft" }).enter(async () => {
        await sleep(20);
        seen.push(currentEffectiveDeadline());
      });
    await taskGroup(async (outer) => {
      outer.startSoon(() =>
        taskGroup(async (inner) => {
          inner.startSoon(look);
          await sleep(1);
          inner.cancel({ grace: 50 });
        }),
      );
      outer.startSoon(() => moveOnAfter(30, look));
      await sleep(2);
      outer.cancel({ grace: 100 });
    });
    expect(seen.sort((a, b) => a - b)).toEqual([30, 51]);
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

  virtually("a group that was cancelled gracefully ends quietly once its soft parts are done", async () => {
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

  it("outside of any run it is nobody's", async () => {
    const scope = new CancelScope();
    await operation(async () => {
      expect(currentTask().name).toBe("root");
      scope.cancel();
      await scope.enter(async () => {
        const error = await caught(() => sleep(1));
        expect(error.task).toBeNull();
      });
    })();
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
