import { setTimeout as delayed } from "node:timers/promises";
import { Subject } from "rxjs";
import {
  checkpoint,
  createMemoryObjectStream,
  Lock,
  Operation,
  run,
  sleep,
  sleepForever,
  TaskGroupError,
  taskGroup,
  UsageError,
} from "anyrx";
import { explore, type ExploreOptions, InterleavingError, LivelockError, VirtualTime } from "anyrx/testing";
import { expectSentence, thrownBy } from "../../field/everywhere.ts";
import { mayWait } from "../../support/real-time.ts";

/** What it finds. */
async function found(body: () => unknown, options?: ExploreOptions): Promise<InterleavingError> {
  const error = await thrownBy(() => explore(body, options));
  expect(error).toBeInstanceOf(InterleavingError);
  return error as InterleavingError;
}

/** `count` tasks note the order in which they begin, as letters; `check` is told. */
function letters(count: number, check: (order: string) => void): () => Promise<void> {
  return async () => {
    let order = "";
    await taskGroup((tg) => {
      for (let i = 0; i < count; i++) tg.startSoon(() => (order += String.fromCharCode(97 + i)));
    });
    check(order);
  };
}

function refuse(bad: string): (order: string) => void {
  return (order) => {
    if (order === bad) throw new Error(`came as ${order}`);
  };
}

/** Resolves once the host has turned: real time, as far as a virtual clock can tell. */
const { setImmediate: realTurn } = globalThis;

describe("explore()", () => {
  mayWait("a deadlock is told after a grace in real time, and a limit of real time is one");
  it("goes through every order of a small program, once each", async () => {
    const orders = new Set<string>();
    const result = await explore(
      letters(4, (order) => orders.add(order)),
      { mode: "all" },
    );
    expect(result).toEqual({ runs: 24, complete: true, seed: 0, checkpoints: 0 });
    expect(orders.size).toBe(24);
  });

  it("draws every order of a small program", async () => {
    for (const mode of ["random", "pct"] as const) {
      const orders = new Set<string>();
      await explore(
        letters(4, (order) => orders.add(order)),
        { mode, runs: 400 },
      );
      expect(orders.size).withContext(mode).toBe(24);
    }
  });

  it("permutes timers that are due at the same instant, and no others", async () => {
    const orders = new Set<string>();
    await explore(
      async () => {
        let order = "";
        const note = (text: string) => () => (order += text);
        setTimeout(note("a"), 5);
        setTimeout(note("b"), 5);
        setTimeout(note("c"), 6);
        await sleep(7);
        orders.add(order);
      },
      { mode: "all" },
    );
    expect([...orders].sort()).toEqual(["abc", "bac"]);
  });

  it("lets a deadline come before or after what happens at the same instant", async () => {
    const outcomes = new Set<boolean>();
    await explore(
      async () => {
        let done = false;
        const time = new VirtualTime({ capture: "none" });
        expect(time.now).toBe(0);
        await taskGroup(async (tg) => {
          tg.startSoon(async () => {
            await sleep(5);
            tg.cancel();
          });
          await sleep(5);
          done = true;
        });
        outcomes.add(done);
      },
      { mode: "all" },
    );
    expect(outcomes.size).toBe(2);
  });

  it("draws the same orders from the same seed, and others from another", async () => {
    const drawn = async (seed?: number): Promise<string> => {
      const orders: string[] = [];
      await explore(
        letters(5, (order) => orders.push(order)),
        { runs: 20, seed },
      );
      return orders.join(" ");
    };
    const first = await drawn();
    expect(first.split(" ")[0]).toBe("abcde");
    expect(await drawn(0)).toBe(first);
    expect(await drawn(1)).not.toBe(first);
  });

  it("runs bodies of all three styles", async () => {
    const lock = new Lock();
    function* generator() {
      yield* checkpoint();
      throw new Error("generator");
    }
    const bodies = [async () => Promise.reject(new Error("async")), generator, () => lock.hold(generator)];
    expect(await Promise.all(bodies.map(async (body) => String((await found(body)).cause)))).toEqual([
      "Error: async",
      "Error: generator",
      "Error: generator",
    ]);
  });

  it("makes a failure simpler: as few choices as will do", async () => {
    const error = await found(
      letters(6, (order) => {
        if (order.indexOf("f") < order.indexOf("b")) throw new Error("f before b");
      }),
    );
    expect(error.replay).toBe("5");
    expect(error.runs).toBeGreaterThan(1);
  });

  it("keeps to the kind of failure that it found", async () => {
    const program = letters(4, (order) => {
      if (order.startsWith("d")) throw new TypeError("d came first");
      if (order.startsWith("cd")) throw new RangeError("c and d came first");
    });
    const range = await thrownBy(() => explore(program, { replay: "22" }));
    expect(String((range as Error).cause)).toBe("RangeError: c and d came first");
    const seen = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const { cause, replay } = await found(program, { seed });
      seen.add(`${(cause as Error).name} ${replay}`);
    }
    expect([...seen].sort()).toEqual(["RangeError 22", "TypeError 3"]);
  });

  it("takes what came instead for no part of the kind", async () => {
    const program = letters(4, (order) => {
      if (order.startsWith("c")) throw new Error(`came as ${order}`);
    });
    expect((await found(program)).replay).toBe("2");
  });

  it("writes choices from 36 candidates on, too", async () => {
    const program = (count: number) => letters(count, refuse2(count));
    function refuse2(count: number): (order: string) => void {
      return (order) => {
        if (order.codePointAt(0) === 96 + count) throw new Error("the last came first");
      };
    }
    expect((await found(program(36))).replay).toBe("z0");
    expect((await found(program(40))).replay).toBe("z4");
    const { replay } = await found(program(75));
    expect(replay).toBe("zz4");
    await found(program(75), { replay });
  });

  it("says so when the program fails in its default order", async () => {
    const error = await found(() => {
      throw new Error("always");
    });
    expect([error.replay, error.runs, error.seed]).toEqual(["0", 1, 0]);
    expect(error.message).toContain("the default order ends with Error: always; replay it with");
  });

  it("draws the schedule: who went on when, after which wait, and before whom", async () => {
    const error = await found(async () => {
      const [send, receive] = createMemoryObjectStream<string>(2, { name: "words" });
      await taskGroup((tg) => {
        tg.startSoon(() => send.send("hello"), { name: "first" });
        tg.startSoon(
          async () => {
            await checkpoint();
            await send.send("world");
          },
          { name: "second" },
        );
      });
      if ((await receive.receive()) !== "hello") throw new Error("not polite");
    });
    expect(error.message.replace(/explore\.spec\.ts:\d+/g, "L")).toBe(
      `Cannot let the tasks go on in any order: run ${String(error.runs)} ends with Error: not polite; replay it with { replay: "11" }

  t=0  main        begins
  t=0      second  begins  ◀ before first
  t=0      second  goes on after checkpoint() (L)  ◀ before first
  t=0    first     begins
  t=0      second  goes on after send to the memory object stream "words" (L)
  t=0    first     goes on after send to the memory object stream "words" (L)
  t=0  main        goes on after the end of the task group (L)
  t=0  main        goes on after receive on the memory object stream "words" (L)`,
    );
    expect(error.steps[1]).toEqual({
      time: 0,
      task: "second",
      lane: 2,
      what: "begins",
      before: "first",
      line: null,
    });
  });

  it("folds a long schedule around what was out of turn", async () => {
    const error = await found(
      letters(60, (order) => {
        if (order.codePointAt(10) === 97 + 58) throw new Error("early");
      }),
    );
    expect(error.steps.length).toBeGreaterThan(60);
    const lines = error.message.split("\n");
    expect(lines.length).toBeLessThan(50);
    expect(lines.some((line) => line.includes("◀ before"))).toBeTrue();
    expect(lines.some((line) => / … \d+ more/.test(line))).toBeTrue();
  });

  it("shows who waits for what when it comes to a standstill", async () => {
    const error = await found(
      () => {
        const lock = new Lock({ name: "door" });
        return taskGroup(async (tg) => {
          await lock.acquire();
          tg.startSoon(() => lock.acquire(), { name: "guest" });
          await sleepForever();
        });
      },
      { deadlockGrace: 1 },
    );
    expect(error.message).toContain('- guest: waits for acquire the lock "door" (held by "main", 1 waiting) since t=0');
  });

  it("takes errors for failures that nobody else could receive", async () => {
    const late = [
      () => void Promise.reject(new Error("rejected")),
      () => void setTimeout(() => fails("timer"), 0),
      () => {
        const subject = new Subject<void>();
        subject.subscribe(() => fails("subscriber"));
        subject.next();
      },
    ];
    const causes: string[] = [];
    for (const body of late) causes.push(String((await found(body)).cause));
    expect(causes).toEqual(["Error: rejected", "Error: timer", "Error: subscriber"]);
  });

  it("takes groups of errors apart to know a failure again", async () => {
    const error = await found(() =>
      taskGroup((tg) => {
        for (const text of ["one", "two"]) tg.startSoon(() => fails(text));
      }),
    );
    expect(error.cause).toBeInstanceOf(TaskGroupError);
  });

  it("keeps nobody waiting for ever: a task that polls has its fill in every mode", async () => {
    for (const mode of ["random", "pct", "all"] as const) {
      const { runs } = await explore(
        () =>
          taskGroup((tg) => {
            let ready = false;
            tg.startSoon(async () => {
              while (!ready) await checkpoint();
            });
            tg.startSoon(async () => {
              await checkpoint();
              ready = true;
            });
          }),
        { mode, runs: 200 },
      );
      expect(runs).toBe(200);
    }
  });

  it("ends a program that goes on for ever", async () => {
    const spin = async (): Promise<void> => {
      for (;;) await checkpoint();
    };
    const error = await found(spin, { maxStepsPerInstant: 200 });
    expect(error.cause).toBeInstanceOf(LivelockError);
    const later = await found(
      async () => {
        for (;;) await sleep(5);
      },
      { maxTime: 100 },
    );
    expect((later.cause as LivelockError).limit).toBe("maxTime");
  });

  it("waits for no real work that nobody waits for any more", async () => {
    const { runs } = await explore(
      (time) => {
        time.hold("something that never ends");
      },
      { runs: 2 },
    );
    expect(runs).toBe(2);
  });

  it("leaves timers behind that repeat", async () => {
    const { runs } = await explore(
      () => {
        setInterval(() => undefined, 0);
        setInterval(() => undefined, 5);
      },
      { runs: 2, maxStepsPerInstant: 50 },
    );
    expect(runs).toBe(2);
  });

  it("hands over its virtual time", async () => {
    const times: number[] = [];
    await explore(
      async (time) => {
        await time.advance(10);
        // Real time: what the host does meanwhile is not seen by the clock.
        await time.real(() => new Promise((done) => realTurn(done)));
        times.push(time.now, Date.now(), performance.now());
      },
      { runs: 2, epoch: 1_000 },
    );
    expect(times).toEqual([10, 1010, 10, 10, 1010, 10]);
  });

  it("puts the globals back, whatever happens", async () => {
    const { setTimeout: timer, Date: date } = globalThis;
    await explore(() => delayed(5), { runs: 2 });
    await found(() => fails("x"));
    await thrownBy(() => explore(() => undefined, { replay: "9" }));
    expect([globalThis.setTimeout, globalThis.Date]).toEqual([timer, date]);
    await explore(() => expect(globalThis.setTimeout).toBe(timer), { runs: 1, capture: "none" });
  });

  it("waits for a virtual clock that has the globals, and says so when it would wait for itself", async () => {
    const both = await Promise.all([explore(() => sleep(5), { runs: 3 }), explore(() => sleep(5), { runs: 3 })]);
    expect(both.map(({ runs }) => runs)).toEqual([3, 3]);
    const inside = new VirtualTime().run(() => explore(() => sleep(5)));
    await expectAsync(inside).toBeRejectedWithError(UsageError, /^Cannot capture the globals here: .+; .+/);
  });

  it("goes on beside another that captures nothing", async () => {
    const both = await Promise.all(
      ["one", "two"].map((text) => found(() => sleep(1).then(() => fails(text)), { capture: "none" })),
    );
    expect(both.map(({ cause }) => String(cause))).toEqual(["Error: one", "Error: two"]);
    expect(Reflect.get(Operation, "_made")).toBeNull();
  });

  it("works inside of a run that lives in real time", async () => {
    const result = await run(() => explore(() => sleep(60_000), { runs: 3 }));
    expect(result.runs).toBe(3);
  });

  it("begins no new run when its time is used up", async () => {
    expect(await explore(() => sleep(1), { budget: 0 })).toEqual({ runs: 1, complete: false, seed: 0, checkpoints: 0 });
  });

  it("gives up what takes too long in real time, without making it simpler", async () => {
    // Really waits, for 30 ms: that is what it is about.
    const error = await found(() => new Promise(() => setInterval(() => undefined, 5)), { realTimeout: 30 });
    expect((error.cause as Error).name).toBe("RealTimeoutError");
    expect(error.steps).toEqual([]);
  });

  it("says so when a failure does not come again", async () => {
    let calls = 0;
    const error = await found(() => {
      if (++calls === 3) throw new Error("third");
    });
    expect([error.runs, error.message.includes("though not when it is run again")]).toEqual([3, true]);
  });

  it("says so when runs of the same order differ", async () => {
    let calls = 1;
    const error = await thrownBy(() =>
      explore(
        () => {
          calls++;
          return taskGroup((tg) => {
            for (let i = 0; i < calls; i++) tg.startSoon(() => undefined);
          });
        },
        { mode: "all" },
      ),
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toMatch(/^UsageError: Cannot explore every order: choice 1 .+; leave out/);
  });
});

describe("explore({ replay })", () => {
  const program = letters(3, refuse("cab"));

  it("makes the one run, whatever else is said", async () => {
    const error = await found(program, { replay: "2", mode: "all", runs: 7 });
    expect([error.replay, error.runs]).toEqual(["2", 1]);
    expect(error.message).toContain("the replayed run ends with Error: came as cab");
    expect(await explore(program, { replay: "1" })).toEqual({ runs: 1, complete: false, seed: 0, checkpoints: 0 });
  });

  it("refuses what is no replay", async () => {
    for (const replay of [
      "",
      " ",
      "00 1",
      "0Z",
      "z",
      "1z",
      "cancel@",
      "cancel@1/",
      "cancel@01",
      "burn@1",
      "cancel@-1",
    ]) {
      const error = await thrownBy(() => explore(program, { replay }));
      expect(error).withContext(replay).toBeInstanceOf(UsageError);
      expectSentence(() => {
        throw error;
      }, UsageError);
    }
    await expectAsync(explore(program, { replay: 1 as never })).toBeRejectedWithError(TypeError, /it is no string/);
  });

  it("refuses one that does not fit the program", async () => {
    const changed = /so the program has changed; explore it anew$/;
    for (const replay of ["3", "z0", "0000001", "cancel@1", "timeout@9/2"])
      await expectAsync(explore(program, { replay })).withContext(replay).toBeRejectedWithError(UsageError, changed);
  });
});

describe("the options of explore()", () => {
  const wrong: [ExploreOptions, typeof TypeError | typeof RangeError][] = [
    [{ mode: "most" as never }, TypeError],
    [{ inject: "fire" as never }, TypeError],
    [{ capture: "some" as never }, TypeError],
    [{ runs: 0 }, RangeError],
    [{ runs: 1.5 }, RangeError],
    [{ runs: NaN }, RangeError],
    [{ runs: "9" as never }, TypeError],
    [{ seed: -1 }, RangeError],
    [{ seed: 2 ** 32 }, RangeError],
    [{ depth: 0 }, RangeError],
    [{ budget: NaN }, RangeError],
    [{ after: 5 as never }, TypeError],
    [{ realTimeout: -1 }, RangeError],
  ];
  for (const [options, type] of wrong) {
    it(`are checked: ${JSON.stringify(options, (_, value: unknown) => (Number.isNaN(value) ? "NaN" : value))}`, async () => {
      const error = await thrownBy(() => explore(() => undefined, options));
      expectSentence(() => {
        throw error;
      }, type);
    });
  }

  it("are nothing without a body", async () => {
    await expectAsync(explore(null as never)).toBeRejectedWithError(TypeError, /^Cannot explore a program: the body/);
  });
});

function fails(text: string): never {
  throw new Error(text);
}
