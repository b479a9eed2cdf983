import { execFile } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  abortable,
  addInstrument,
  CancelScope,
  checkpoint,
  createMemoryObjectStream,
  currentScope,
  currentTask,
  getRunningTasks,
  type Instrument,
  run,
  sleep,
  sleepForever,
  taskGroup,
  taskTree,
  waitAllTasksBlocked,
} from "anyrx";
import { everywhere, expectSentence, virtually } from "../field/everywhere.ts";
import { reallyWaits } from "../support/real-time.ts";

describe("waitAllTasksBlocked()", () => {
  everywhere("comes back when the others have come as far as they can", async () => {
    const log: string[] = [];
    const [send, receive] = createMemoryObjectStream<number>();
    await taskGroup(async (tg) => {
      tg.startSoon(async () => {
        for (let i = 0; i < 200; i++) await checkpoint();
        for (let i = 0; i < 200; i++) await Promise.resolve();
        log.push("there");
        await receive.receive();
        log.push("received");
      });
      await waitAllTasksBlocked();
      expect(log).toEqual(["there"]);
      send.sendNowait(1);
      await waitAllTasksBlocked();
      expect(log).toEqual(["there", "received"]);
    });
  });

  virtually("takes no virtual time, whatever timers are due", async () => {
    await taskGroup(async (tg) => {
      let woke = false;
      tg.startSoon(async () => {
        await sleep(5);
        woke = true;
      });
      await waitAllTasksBlocked();
      expect(woke).toBe(false);
      await sleep(6);
      expect(woke).toBe(true);
    });
  });

  everywhere("several may wait for it, also one after the other", async () => {
    const log: string[] = [];
    await taskGroup((tg) => {
      for (const name of ["a", "b"]) {
        tg.startSoon(async () => {
          await waitAllTasksBlocked();
          log.push(name);
          await waitAllTasksBlocked();
          log.push(name);
        });
      }
    });
    expect(log.sort()).toEqual(["a", "a", "b", "b"]);
  });

  virtually("cancelled, it lets the clock go", async () => {
    const scope = new CancelScope();
    await taskGroup(async (tg) => {
      tg.startSoon(() => scope.enter(() => waitAllTasksBlocked()));
      await checkpoint();
      scope.cancel();
      await sleep(1000);
    });
  });
});

describe("taskTree()", () => {
  virtually("prints every task, its scope with deadline and flags, what it waits for and since when", async () => {
    const [, jobs] = createMemoryObjectStream<number>(0, { name: "jobs" });
    let text = "";
    await taskGroup(
      async (tg) => {
        tg.startSoon(() => jobs.receive(), { name: "worker" });
        const doomed = tg.startSoon(
          async () => {
            try {
              await sleepForever();
            } finally {
              await new CancelScope({ name: "cleanup", shield: true, deadline: 500 }).enter(() => sleepForever());
            }
          },
          { name: "doomed" },
        );
        await sleep(20);
        doomed.cancel();
        await sleep(5);
        tg.startSoon(() => 1, { name: "late" });
        text = String(taskTree());
        tg.cancel();
      },
      { name: "crawl" },
    );
    expect(text.split("\n")).toEqual([
      'run on "virtual" at t=25',
      '└─ task "main" (pending)',
      '   └─ group "crawl"',
      '      ├─ task "worker" (pending)',
      '      │  └─ waits for receive on the memory object stream "jobs" (empty) since t=0',
      '      ├─ task "doomed" (cancelling)',
      '      │  └─ scope "cleanup" (deadline t=500, shielded)',
      "      │     └─ waits for sleepForever() since t=20",
      '      └─ task "late" (not begun)',
    ]);
  });

  virtually("says what a group waits for at its end", async () => {
    let text = "";
    await taskGroup(async (outer) => {
      outer.startSoon(() =>
        taskGroup(
          (tg) => {
            tg.startSoon(() => sleep(10), { name: "slow" });
          },
          { name: "inner" },
        ),
      );
      await sleep(1);
      text = String(taskTree());
    });
    expect(text).toContain('waits for the end of the task group "inner" (1 left)');
  });

  virtually("takes no more time for each task when there are many", async () => {
    await taskGroup((tg) => {
      for (let i = 0; i < 40_000; i++) tg.startSoon(() => 1);
      expect(getRunningTasks().length).toBe(40_001);
      expect(JSON.stringify(taskTree().children[0]?.children[0]?.children.length)).toBe("40000");
    });
  });

  virtually("is not recursive: 20,000 scopes deep", async () => {
    const dive = (depth: number): unknown =>
      depth === 0
        ? sleep(1).pipe()
        : new CancelScope().enter(function* () {
            yield* new CancelScope().enter(() => dive(depth - 1));
          });
    await taskGroup(async (tg) => {
      tg.startSoon(() => dive(10_000));
      await waitAllTasksBlocked();
      let depth = 0;
      for (let node = taskTree(); node.children[0] !== undefined; node = node.children[0]) depth++;
      expect(depth).toBeGreaterThan(20_000);
      expect(String(taskTree()).length).toBeGreaterThan(20_000);
      tg.cancel();
    });
  });
});

describe("taskTree() from outside", () => {
  it("shows all runs that go on, and what awaits a foreign promise", async () => {
    let open = (): void => undefined;
    const foreign = new Promise<void>((resolve) => (open = resolve));
    // Another spec may have left a run on a loop that stands still.
    const strangers = new Set(getRunningTasks().map(({ id }) => id));
    const ours = () => getRunningTasks().filter(({ id }) => !strangers.has(id));
    const before = String(taskTree()).match(/run on "native"/g)?.length ?? 0;
    const runs = ["one", "two"].map((name) =>
      run(() =>
        taskGroup((tg) => {
          tg.startSoon(() => foreign, { name });
        }),
      ),
    );
    await new Promise((done) => setImmediate(done));
    const text = String(taskTree());
    expect(text.match(/run on "native"/g)?.length).toBe(before + 2);
    expect(text).toContain('task "one" (pending)');
    expect(text).toMatch(
      /task "two" \(pending\)\n.*waits for nothing that is known here, so perhaps a foreign promise/,
    );
    expect(ours().map(({ name }) => name)).toEqual(["main", "one", "main", "two"]);
    open();
    await Promise.all(runs);
    expect(ours()).toEqual([]);
  });
});

describe("getRunningTasks()", () => {
  everywhere("tells of every task of this run, and of no other", async () => {
    await taskGroup(async (tg) => {
      const task = tg.startSoon(() => sleepForever(), { name: "child" });
      const [main, child, ...others] = getRunningTasks();
      expect([main?.name, child?.name, others.length]).toEqual(["main", "child", 0]);
      expect(child?.parentId).toBe(currentTask().id);
      expect(child?.hasPendingCancellation()).toBe(false);
      await waitAllTasksBlocked();
      expect(getRunningTasks().map(({ name }) => name)).toEqual(["main", "child"]);
      task.cancel();
      expect(child?.hasPendingCancellation()).toBe(true);
      await task.wait();
      expect(getRunningTasks().map(({ name }) => name)).toEqual(["main"]);
    });
  });
});

describe("TaskInfo.hasPendingCancellation()", () => {
  everywhere("looks at the scope that the next wait is in", async () => {
    await new CancelScope({ shield: true }).enter(() => {
      expect(currentTask().info().hasPendingCancellation()).toBe(false);
      currentScope().cancel();
      expect(currentTask().info().hasPendingCancellation()).toBe(true);
    });
    await taskGroup(async (tg) => {
      const child = tg.startSoon(() => new CancelScope({ shield: true }).enter(() => sleep(3)));
      await waitAllTasksBlocked();
      tg.cancel();
      expect(currentTask().info().hasPendingCancellation()).toBe(true);
      expect(child.info().hasPendingCancellation()).toBe(false);
      expect(child.status).toBe("cancelling");
    });
  });
});

describe("instruments", () => {
  function recorder(log: string[]): Instrument {
    return {
      taskSpawned: ({ name }) => log.push(`spawned ${name}`),
      taskStarted: ({ name }) => log.push(`started ${name}`),
      taskBlocked: ({ name }, on) => log.push(`${name} blocked by ${on}`),
      taskResumed: ({ name }) => log.push(`resumed ${name}`),
      taskExited: ({ name }, outcome) => log.push(`${name} ${outcome}`),
      scopeCancelled: (scope, { reason }) => log.push(`cancelled ${scope}: ${String(reason)}`),
    };
  }

  it("are told what tasks do, in order", async () => {
    const log: string[] = [];
    {
      using _ = addInstrument(recorder(log));
      await run(
        () =>
          taskGroup(async (tg) => {
            const child = tg.startSoon(() => sleep(5), { name: "child" });
            await child;
            tg.startSoon(() => sleepForever(), { name: "other" });
            await sleep(1);
            tg.cancel("enough");
          }),
        { backend: "virtual" },
      );
    }
    await run(() => sleep(1), { backend: "virtual" });
    expect(log).toEqual([
      "spawned main",
      "started main",
      "spawned child",
      "main blocked by the end of the task group",
      "started child",
      "child blocked by sleep(5)",
      'main blocked by the end of the task "child"',
      "resumed child",
      "child finished",
      "resumed main",
      "spawned other",
      "started other",
      "other blocked by sleepForever()",
      "main blocked by sleep(1)",
      "resumed main",
      "cancelled : enough",
      "resumed other",
      "other cancelled",
      "resumed main",
      "main finished",
    ]);
  });

  it("one that throws is removed and reported; the others play on", async () => {
    const log: string[] = [];
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on("warning", listen);
    using _bad = addInstrument({
      taskSpawned: () => {
        throw new Error("out of tune");
      },
    });
    using _good = addInstrument({ taskExited: ({ name }) => log.push(name) });
    await run(() => taskGroup((tg) => tg.startSoon(() => 1, { name: "child" })));
    await new Promise((done) => setImmediate(done));
    process.off("warning", listen);
    expect(log).toEqual(["child", "main"]);
    expect(warnings.filter(({ message }) => message.includes("out of tune")).length).toBe(1);
    expect(warnings[0]?.message).toContain("taskSpawned()");
  });

  it("publishes on the host's diagnostics channels", async () => {
    const seen: unknown[] = [];
    const listen = (message: unknown): void => {
      const { task, outcome } = message as { task: { name: string }; outcome: string };
      seen.push([task.name, outcome]);
    };
    subscribe("anyrx:taskExited", listen);
    await run(() => taskGroup((tg) => tg.startSoon(() => 1, { name: "child" })));
    unsubscribe("anyrx:taskExited", listen);
    await run(() => 1);
    expect(seen).toEqual([
      ["child", "finished"],
      ["main", "finished"],
    ]);
  });

  it("are told beside the host's channels, whoever comes first or goes first", async () => {
    const log: string[] = [];
    const listen = (message: unknown): void =>
      void log.push(`channel ${(message as { task: { name: string } }).task.name}`);
    const instrument: Instrument = { taskExited: ({ name }) => log.push(`instrument ${name}`) };
    const work = async (name: string): Promise<void> => {
      await run(() => taskGroup((tg) => tg.startSoon(() => sleep(1), { name })), { backend: "virtual" });
      log.splice(0, Infinity, ...log.filter((line) => !line.endsWith("main")));
    };
    subscribe("anyrx:taskExited", listen);
    subscribe("anyrx:taskResumed", listen);
    try {
      await work("a");
      const added = addInstrument(instrument);
      await work("b");
      unsubscribe("anyrx:taskResumed", listen);
      added[Symbol.dispose]();
      await work("c");
      unsubscribe("anyrx:taskExited", listen);
      using _ = addInstrument(instrument);
      await work("d");
      subscribe("anyrx:taskExited", listen);
      await work("e");
    } finally {
      unsubscribe("anyrx:taskExited", listen);
    }
    await work("f");
    expect(log).toEqual([
      ...["channel a", "channel a"],
      ...["channel b", "channel b", "instrument b"],
      "channel c",
      "instrument d",
      ...["channel e", "instrument e"],
    ]);
  });

  it("hear nothing of the library's own tasks, and may ask it while they hear", async () => {
    reallyWaits("a process in which nobody has run anything before");
    const script = `
      import { addInstrument, createMemoryObjectStream, currentTime, run } from "anyrx";
      const log = [];
      addInstrument({ taskSpawned: ({ name }) => { log.push(name); currentTime(); }, taskBlocked: ({ name }) => log.push("blocked " + name) });
      createMemoryObjectStream();
      await run(() => 1);
      console.log(log.join());
    `;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["-C", "@anyrx/source", "--import", "./tools/ts.mjs", "--input-type=module", "-e", script],
      { cwd: fileURLToPath(new URL("../..", import.meta.url)) },
    );
    expect(stdout.trim()).toBe("main");
  });

  it("are removed one by one, also twice and while they are told", async () => {
    const log: string[] = [];
    const instrument: Instrument = { taskSpawned: ({ name }) => log.push(name) };
    const first = addInstrument(instrument);
    const second = addInstrument(instrument);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    await run(() => 1);
    expect(log).toEqual(["main"]);
    second[Symbol.dispose]();
    const remover = addInstrument({
      taskSpawned: () => {
        later[Symbol.dispose]();
      },
    });
    const later = addInstrument({ taskSpawned: () => log.push("removed meanwhile") });
    await run(() => 1);
    remover[Symbol.dispose]();
    expect(log).toEqual(["main"]);
  });

  it("an unprintable error of one, or a wait that cannot be described, breaks nothing", async () => {
    const warned = new Promise<Error>((done) => process.once("warning", done));
    using _bad = addInstrument({
      taskExited: () => {
        throw Object.create(null) as Error;
      },
    });
    const log: string[] = [];
    using _good = addInstrument({ taskBlocked: (_, on) => log.push(on) });
    const fetching = (): Promise<number> => Promise.resolve(7);
    Object.defineProperty(fetching, "name", {
      get() {
        throw new Error("no name");
      },
    });
    expect(await run(() => abortable(fetching))).toBe(7);
    expect(log).toEqual(["something that cannot be described"]);
    expect((await warned).message).toContain("taskExited()");
  });

  it("refuses what is no object", () => {
    expectSentence(() => addInstrument(1 as never), TypeError);
  });
});

describe("run(main, { seed })", () => {
  async function order(seed: number | undefined): Promise<number[]> {
    const begun: number[] = [];
    await run(
      () =>
        taskGroup((tg) => {
          for (let i = 0; i < 20; i++) tg.startSoon(() => begun.push(i));
        }),
      { seed },
    );
    return begun;
  }

  it("shuffles who begins first, the same way for the same seed, and loses nobody (G9)", async () => {
    const straight = Array.from({ length: 20 }, (_, i) => i);
    expect(await order(undefined)).toEqual(straight);
    const shuffled = await order(7);
    expect(shuffled).not.toEqual(straight);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(straight);
    expect(await order(7)).toEqual(shuffled);
    expect(await order(8)).not.toEqual(shuffled);
  });

  it("refuses a seed that is no integer", () => {
    expectSentence(() => run(() => 1, { seed: 1.5 }), TypeError);
  });
});
