import {
  createMemoryObjectStream,
  currentTask,
  currentTime,
  moveOnAfter,
  operation,
  race,
  sleep,
  sleepForever,
  TaskCancelled,
  taskGroup,
  TaskGroupError,
} from "anyrx";
import { firstValueFrom, map, Observable, of } from "rxjs";
import { everywhere, expectSentence, named, thrownBy, virtually } from "../field/everywhere.ts";

/** `value`, after `ms`. */
const late = operation(function* <T>(ms: number, value: T) {
  yield* sleep(ms);
  return value;
});

describe("race()", () => {
  everywhere("gives the value of the first to end, of every style of recipe", async () => {
    const slow = () => sleepForever();
    expect(await race(late(2, "operation"), slow)).toBe("operation");
    expect(
      await race(slow, async () => {
        await sleep(2);
        return "async";
      }),
    ).toBe("async");
    expect(
      await race(slow, function* () {
        yield* sleep(2);
        return "generator";
      }),
    ).toBe("generator");
    expect(await race(slow, () => sleep(2).pipe(map(() => "observable")))).toBe("observable");
    expect(await race([slow, () => "plain"])).toBe("plain");
  });

  it("types the value as one of them", async () => {
    const value: string | number = await race(late(0, "a"), () => 1);
    expect(["a", 1]).toContain(value);
  });

  virtually("the losers are cancelled, and waited for", async () => {
    const log: string[] = [];
    const value = await race(late(10, "first"), async () => {
      try {
        await sleepForever();
      } catch (error) {
        log.push(`${named(error)}@${currentTime()}`);
        throw error;
      } finally {
        await moveOnAfter(5, () => sleepForever(), { shield: true });
      }
    });
    expect([...log, value, currentTime()]).toEqual(["Cancelled@10", "first", 15]);
  });

  virtually("the first to end may fail: then the race has failed, as one group", async () => {
    const error = await thrownBy(() =>
      race(late(20, "late"), async () => {
        await sleep(10);
        throw new Error("boom");
      }),
    );
    expect(error).toBeInstanceOf(TaskGroupError);
    expect((error as TaskGroupError).errors.map(String)).toEqual(["Error: boom"]);
    expect((error as TaskGroupError).group).toBe("race");
    expect(currentTime()).toBe(10);
  });

  virtually("what a loser throws while it cleans up is not dropped", async () => {
    const error = await thrownBy(() =>
      race(late(1, "first"), async () => {
        try {
          await sleepForever();
        } finally {
          // eslint-disable-next-line no-unsafe-finally -- a cleanup that fails is what this is about
          throw new Error("cleanup");
        }
      }),
    );
    expect((error as TaskGroupError).errors.map(String)).toEqual(["Error: cleanup"]);
  });

  virtually("a loser that returns all the same does not win", async () => {
    const value = await race(late(1, "first"), async () => {
      await thrownBy(() => sleepForever());
      return "stubborn";
    });
    expect(value).toBe("first");
  });

  everywhere("the first of two that end in the same turn wins", async () => {
    expect(
      await race(
        () => "first",
        () => "second",
      ),
    ).toBe("first");
    expect(await race(late(3, "first"), late(3, "second"))).toBe("first");
  });

  everywhere("one that has not begun when the race is decided never begins", async () => {
    let begun = 0;
    await race(
      () => "at once",
      () => ++begun,
    );
    const error = await thrownBy(() =>
      race(
        () => {
          throw new Error("at once");
        },
        () => ++begun,
      ),
    );
    expect((error as TaskGroupError).errors.length).toBe(1);
    expect(begun).toBe(0);
  });

  virtually("undefined is a value like any other", async () => {
    expect(await race(() => undefined, late(1, "late"))).toBeUndefined();
    expect(await race(sleep(1), late(2, "late"))).toBeUndefined();
  });

  virtually("one that cancels itself is out of the race; when all are, nobody has won", async () => {
    const quitter = async () => {
      currentTask().cancel();
      await sleep(1);
      return "quitter";
    };
    expect(await race(quitter, late(5, "patient"))).toBe("patient");
    expect(await thrownBy(() => race(quitter, quitter))).toBeInstanceOf(TaskCancelled);
  });

  virtually("a cancellation that nobody around has ordered decides nothing: TaskCancelled", async () => {
    let kept: unknown;
    await moveOnAfter(0, async () => {
      kept = await thrownBy(() => sleep(1));
    });
    const stray = () => {
      throw kept;
    };
    expect(await thrownBy(() => race(stray, sleepForever()))).toBeInstanceOf(TaskCancelled);
    expect(await thrownBy(() => race(sleepForever(), stray))).toBeInstanceOf(TaskCancelled);
  });

  virtually(
    "cancelled from outside throws a bare Cancelled, also when it was decided and still cleans up",
    async () => {
      const log: string[] = [];
      await moveOnAfter(10, async () => {
        const error = await thrownBy(() =>
          race(late(5, "first"), async () => {
            try {
              await sleepForever();
            } finally {
              await moveOnAfter(20, () => sleepForever(), { shield: true });
            }
          }),
        );
        log.push(`${named(error)}@${currentTime()}`);
      });
      expect(log).toEqual(["Cancelled@25"]);
    },
  );

  virtually("unsubscribed, it leaves no orphan", async () => {
    const log: string[] = [];
    await taskGroup(async () => {
      const subscription = race(async () => {
        try {
          await sleepForever();
        } finally {
          await moveOnAfter(5, () => sleepForever(), { shield: true });
          log.push(`clean@${currentTime()}`);
        }
      }, sleepForever()).subscribe();
      await sleep(1);
      subscription.unsubscribe();
    });
    expect([...log, `end@${currentTime()}`]).toEqual(["clean@6", "end@6"]);
  });

  virtually("a loser that waits for an item takes none", async () => {
    const [send, receive] = createMemoryObjectStream<string>(1);
    expect(await race(receive.receive(), late(1, "timer"))).toBe("timer");
    send.sendNowait("item");
    expect(receive.receiveNowait()).toBe("item");
  });

  everywhere("an Observable that loses is unsubscribed", async () => {
    let live = 0;
    const endless = new Observable<never>(() => {
      live++;
      return () => {
        live--;
      };
    });
    expect(await race(endless, () => endless, late(2, "first"))).toBe("first");
    expect(live).toBe(0);
  });

  it("may be consumed again", async () => {
    let calls = 0;
    const again = race(() => ++calls, sleepForever());
    expect([await again, await firstValueFrom(again)]).toEqual([1, 2]);
  });

  it("refuses an empty race, and what it cannot run, at the call", () => {
    expectSentence(() => race(), RangeError);
    expectSentence(() => race([]), RangeError);
    for (const wrong of [Promise.resolve(1), 1, null, undefined, "text"]) {
      expectSentence(() => race(of(1), wrong as never), TypeError);
    }
  });
});
