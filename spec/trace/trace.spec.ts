import {
  CancelScope,
  checkpoint,
  createMemoryObjectStream,
  createPortal,
  currentTask,
  Future,
  moveOnAfter,
  operation,
  run,
  select,
  sleep,
  sleepForever,
  taskGroup,
} from "anyrx";
import { concatMap, from, interval, lastValueFrom, take } from "rxjs";
import { bound } from "../../src/kernel/binding.ts";
import { instruments, record } from "../../src/kernel/instruments.ts";
import { recordTrace, type TraceEvent } from "../../src/testing/index.ts";
import { BACKENDS, expectSentence } from "../field/everywhere.ts";
import { only, pipeline, timeouts, traceOf } from "./programs.ts";
import { mayWait } from "../support/real-time.ts";

/** `type@time`, and what is told of the type. */
function log(events: readonly TraceEvent[]): string[] {
  const tasks = new Map(events.flatMap((event) => (event.type === "spawned" ? [[event.task, event.name]] : [])));
  return events.map((event) => {
    const who = "task" in event ? ` ${tasks.get(event.task) ?? "nobody"}` : "";
    const what =
      event.type === "blocked"
        ? ` ${event.on}`
        : event.type === "resumed" || event.type === "exited"
          ? ` ${event.outcome}`
          : event.type === "entered"
            ? ` ${event.kind} "${event.name}"`
            : event.type === "sent"
              ? ` ${event.value} ${event.buffered ? "into the buffer" : "to a receiver"}`
              : "";
    return `${event.type}@${event.time}${who}${what}`;
  });
}

describe("recordTrace()", () => {
  mayWait("it is about real clocks, and about what takes too long on them");
  it("tells the whole life of a run, in order", async () => {
    const trace = await traceOf(() =>
      taskGroup(
        (tg) => {
          tg.startSoon(() => sleep(5), { name: "child" });
        },
        { name: "crew" },
      ),
    );
    expect(log(trace.events)).toEqual([
      "run@0",
      "spawned@0 main",
      "started@0 main",
      'entered@0 main group "crew"',
      "spawned@0 child",
      'blocked@0 main the end of the task group "crew"',
      "started@0 child",
      "blocked@0 child sleep(5)",
      "resumed@5 child settled",
      "exited@5 child finished",
      "left@5 main",
      "resumed@5 main settled",
      "exited@5 main finished",
      "end@5",
    ]);
  });

  for (const style of ["async", "generator", "Observable"] as const) {
    it(`sees the same of a body in the style ${style}`, async () => {
      const bodies = {
        async: async () => {
          await sleep(5);
        },
        *generator() {
          yield* sleep(5);
        },
        Observable: () => sleep(5),
      };
      const trace = await traceOf(() => moveOnAfter(10, () => bodies[style](), { name: "limit" }));
      const seen = log(trace.events).filter((line) => !line.includes("the end of"));
      expect(seen.filter((line) => /entered|sleep|left|exited/.test(line))).toEqual([
        'entered@0 main scope "limit"',
        "blocked@0 main sleep(5)",
        "left@5 main",
        "exited@5 main finished",
      ]);
    });
  }

  it("tells of scopes: their deadline, what cancelled them, whether they caught it", async () => {
    const trace = await traceOf(() =>
      moveOnAfter(100, () => moveOnAfter(7, () => sleepForever(), { name: "inner", shield: true }), { name: "outer" }),
    );
    const [outer, inner] = only(trace, "entered");
    expect(outer).toEqual(jasmine.objectContaining({ name: "outer", parent: 0, deadline: 100, shield: false }));
    expect(inner).toEqual(
      jasmine.objectContaining({ name: "inner", parent: outer!.scope, deadline: 7, shield: true, early: false }),
    );
    expect(only(trace, "cancelled")).toEqual([
      jasmine.objectContaining({ time: 7, scope: inner!.scope, source: "deadline", whole: "scope" }),
    ]);
    expect(only(trace, "left").map(({ scope, caught }) => [scope, caught])).toEqual([
      [inner!.scope, true],
      [outer!.scope, false],
    ]);
    expect(only(trace, "resumed").find(({ outcome }) => outcome === "cancelled")?.time).toBe(7);
  });

  it("tells the last deadline of a scope that has moved it", async () => {
    const trace = await traceOf(() =>
      new CancelScope({ deadline: 50 }).enter(async (scope) => {
        scope.deadline = 80;
        await sleep(1);
        scope.deadline = Infinity;
      }),
    );
    expect(only(trace, "entered").map(({ deadline }) => deadline)).toEqual([50]);
    expect(only(trace, "left").map(({ deadline }) => deadline)).toEqual([null]);
  });

  it("tells who cancelled what: a scope before it was entered, a task by its handle, a run by its signal", async () => {
    const control = new AbortController();
    const trace = await traceOf(
      () =>
        taskGroup(async (tg) => {
          const scope = new CancelScope({ name: "early" });
          scope.cancel("too late");
          await scope.enter(() => sleep(1));
          const child = tg.startSoon(() => sleepForever(), { name: "child" });
          const unborn = tg.startSoon(() => sleepForever(), { name: "unborn" });
          unborn.cancel("never mind");
          await sleep(3);
          child.cancel("enough");
          await sleep(3);
          control.abort("Ctrl-C");
          await sleep(100);
        }),
      { signal: control.signal },
    );
    expect(only(trace, "cancelled").map(({ time, whole, reason, source }) => [time, whole, reason, source])).toEqual([
      [0, "scope", "too late", "cancel"],
      [0, "task", "never mind", "cancel"],
      [3, "task", "enough", "cancel"],
      [6, "run", "Ctrl-C", "signal"],
    ]);
    const [main] = only(trace, "spawned");
    expect(only(trace, "cancelled").map(({ by }) => by)).toEqual([main!.task, main!.task, main!.task, 0]);
  });

  it("names the task whose failure cancels the others", async () => {
    const trace = await traceOf(timeouts);
    const writer = only(trace, "spawned").find(({ name }) => name === "writer")!;
    const cancelled = only(trace, "cancelled").find(({ source }) => source === "failure")!;
    expect(cancelled.by).toBe(writer.task);
    expect(only(trace, "exited").find(({ task }) => task === writer.task)).toEqual(
      jasmine.objectContaining({ outcome: "failed", error: "RangeError: disk full", time: 130 }),
    );
  });

  it("is the same each time in virtual time, whatever ran before", async () => {
    const main = () =>
      taskGroup(async (tg) => {
        const nameless = tg.startSoon(async () => {
          await sleep(2);
        });
        tg.startSoon(async () => nameless.wait());
        await pipeline();
        await Promise.all([timeouts().then(undefined, () => undefined), moveOnAfter(5, () => nameless.wait())]);
      });
    const first = await traceOf(main);
    await run(() => taskGroup((tg) => void tg.startSoon(() => 1)));
    expect((await traceOf(main)).toJSON()).toEqual(first.toJSON());
    expect(only(first, "blocked").map(({ on }) => on)).toContain('the end of the task "task 2"');
  });

  it("is data: what JSON makes of it is the same", async () => {
    const trace = await traceOf(timeouts);
    expect(JSON.parse(JSON.stringify(trace))).toEqual(trace.toJSON());
    expect(Object.keys(trace.toJSON())).toEqual(["version", "events", "dropped"]);
  });

  for (const backend of BACKENDS) {
    it(`dates what happens by the clock of its run [${backend}]`, async () => {
      // Real time on two backends: that is what is measured.
      const trace = await traceOf(() => moveOnAfter(1000, () => sleep(20), { name: "limit" }), { backend });
      expect(trace.events[0]).toEqual(jasmine.objectContaining({ type: "run", backend, time: 0, outside: false }));
      const end = trace.events.at(-1)!;
      expect(end.type).toBe("end");
      expect(end.time).toBeGreaterThanOrEqual(19);
      if (backend === "virtual") expect(end.time).toBe(20);
      const { deadline, time } = only(trace, "entered")[0]!;
      expect(deadline!).toBeGreaterThanOrEqual(1000);
      expect(deadline! - time).toBeLessThanOrEqual(1000);
      const times = trace.events.map((event) => event.time);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    });
  }

  it("keeps runs apart that go on at once", async () => {
    using trace = recordTrace();
    await Promise.all([
      run(() => sleep(5), { backend: "virtual" }),
      run(() => sleep(7), { backend: "virtual" }),
      run(() => checkpoint(), { backend: "native" }),
    ]);
    expect(only(trace, "run").map(({ run, backend }) => [run, backend])).toEqual([
      [1, "virtual"],
      [2, "virtual"],
      [3, "native"],
    ]);
    expect(only(trace, "spawned").map(({ run }) => run)).toEqual([1, 2, 3]);
    const ends = only(trace, "end");
    expect(ends.find(({ run }) => run === 1)?.time).toBe(5);
    expect(ends.find(({ run }) => run === 2)?.time).toBe(7);
  });

  it("shows what goes on outside of any run as a run of its own", async () => {
    using trace = recordTrace();
    await checkpoint();
    await taskGroup((tg) => tg.startSoon(() => checkpoint(), { name: "stray" }));
    const [outside] = only(trace, "run");
    expect(outside).toEqual(jasmine.objectContaining({ outside: true, backend: "native" }));
    expect(only(trace, "spawned").map(({ name }) => name)).toContain("stray");
    expect(only(trace, "end")).toEqual([]);
  });

  it("begins in the middle of a run with what is there", async () => {
    const events: TraceEvent[] = [];
    await run(
      () =>
        taskGroup(
          async (tg) => {
            tg.startSoon(() => moveOnAfter(50, () => sleep(20), { name: "limit" }), { name: "child" });
            await sleep(5);
            tg.startSoon(() => undefined, { name: "unborn" });
            using trace = recordTrace();
            await sleep(30);
            events.push(...trace.events);
          },
          { name: "crew" },
        ),
      { backend: "virtual" },
    );
    expect(log(events)).toEqual([
      "run@5",
      "spawned@5 main",
      "started@5 main",
      "spawned@5 child",
      "started@5 child",
      "spawned@5 unborn",
      'entered@5 main group "crew"',
      'entered@5 child scope "limit"',
      'blocked@5 main the end of the task group "crew"',
      "blocked@5 child the end of a cancel scope",
      "blocked@5 child sleep(20)",
      "started@5 unborn",
      "exited@5 unborn finished",
      "blocked@5 main sleep(30)",
      "resumed@20 child settled",
      "left@20 child",
      "resumed@20 child settled",
      "exited@20 child finished",
      "resumed@35 main settled",
    ]);
    expect(events.filter((event) => "early" in event && !event.early)).toEqual([]);
  });

  it("tells a generator in a scope of its own as waiting for what it waits for inside", async () => {
    const trace = await traceOf(function* () {
      yield* moveOnAfter(
        50,
        function* () {
          yield* sleep(20);
        },
        { name: "limit" },
      );
    });
    expect(log(trace.events).filter((line) => /^(?:entered|blocked|resumed|left)@\d+ main/.test(line))).toEqual([
      'entered@0 main scope "limit"',
      "blocked@0 main sleep(20)",
      "resumed@20 main settled",
      "left@20 main",
    ]);
  });

  it("holds as many events as it may, and counts the others", async () => {
    const whole = await traceOf(pipeline);
    using trace = recordTrace({ limit: 10 });
    await run(pipeline, { backend: "virtual" });
    expect(trace.events).toEqual(whole.events.slice(0, 10));
    expect(trace.dropped).toBe(whole.events.length - 10);
    using none = recordTrace({ limit: 0 });
    await run(() => 1);
    expect(none.events).toEqual([]);
    expect(none.dropped).toBeGreaterThan(0);
  });

  it("refuses a limit that is none", () => {
    expectSentence(() => recordTrace({ limit: -1 }), RangeError);
    expectSentence(() => recordTrace({ limit: 1.5 }), RangeError);
    expectSentence(() => recordTrace({ limit: NaN }), RangeError);
    expectSentence(() => recordTrace({ limit: "10" as never }), TypeError);
    expect(instruments.on).toBeNull();
  });

  it("ends by stop() and by `using`, once, and leaves nothing behind", async () => {
    const trace = recordTrace();
    {
      using second = recordTrace();
      expect(second.recording).toBe(true);
      trace.stop();
      trace.stop();
      expect([trace.recording, second.recording]).toEqual([false, true]);
      await run(() => 1);
      expect(second.events.length).toBeGreaterThan(0);
    }
    expect(trace.events).toEqual([]);
    expect(instruments.on).toBeNull();
    const [send] = createMemoryObjectStream<number>(1);
    const { channel } = send as unknown as { channel: object };
    expect(channel.constructor.name).toBe("Channel");
  });

  it("takes no part: what is recorded ends as what is not, and no later", async () => {
    const ends: string[] = [];
    const main = async () => {
      const at = Date.now();
      await timeouts().then(undefined, (error: unknown) => ends.push(String(error)));
      return Date.now() - at;
    };
    await run(main, { backend: "virtual" });
    using _ = recordTrace();
    await run(main, { backend: "virtual" });
    expect(ends.length).toBe(2);
    expect(ends[0]).toBe(ends[1]);
  });

  it("takes whatever was given as a name", async () => {
    const odd = Object.defineProperty(() => undefined, "name", { value: 7 });
    const trace = await traceOf(() =>
      taskGroup(
        (tg) => {
          tg.startSoon(odd);
          tg.startSoon(() => undefined, { name: Symbol("s") as never });
          tg.startSoon(() => undefined, { name: "x".repeat(1_000_000) });
          createMemoryObjectStream(1, {
            name: {
              toString: () => {
                throw new Error("no");
              },
            } as never,
          })[0].sendNowait(1);
        },
        { name: 5 as never },
      ),
    );
    expect(only(trace, "spawned").map(({ name }) => name)).toEqual(["main", "7", "Symbol(s)", "x".repeat(1000)]);
    expect(only(trace, "entered", "stream").map(({ name }) => name)).toEqual(["5", "something that cannot be printed"]);
  });

  it("does not keep what it has seen", async () => {
    using trace = recordTrace();
    const gone: WeakRef<object>[] = [];
    await (async () => {
      await run(async () => {
        const [send, receive] = createMemoryObjectStream<object>(1);
        const item = { big: true };
        gone.push(new WeakRef(item), new WeakRef(currentTask()), new WeakRef(send));
        await send.send(item);
        await receive.receive();
        send.close();
        receive.close();
      });
    })();
    for (let i = 0; i < 20 && gone.some((one) => one.deref() !== undefined); i++) {
      await new Promise((done) => setImmediate(done)); // Weak references hold until the turn ends.
      globalThis.gc?.();
    }
    expect(gone.map((one) => one.deref())).toEqual([undefined, undefined, undefined]);
    expect(trace.events.length).toBeGreaterThan(0);
  });

  it("does not remember tasks that have ended, when it is full", async () => {
    using trace = recordTrace({ limit: 10 });
    await run(() =>
      taskGroup((tg) => {
        for (let i = 0; i < 500; i++) tg.startSoon(() => checkpoint());
      }),
    );
    const { recorder } = trace as unknown as { recorder: Record<"numbers" | "nameless", Map<unknown, unknown>> };
    expect(recorder.numbers.size).toBeLessThan(3);
    expect(recorder.nameless.size).toBeLessThan(3);
  });

  it("sees services, started tasks, portals, futures and subscriptions as the tasks and waits that they are", async () => {
    const trace = await traceOf(() =>
      taskGroup(async (tg) => {
        tg.startService(() => sleepForever(), { name: "service" });
        await tg.start(
          async (status) => {
            await sleep(2);
            status.started();
            await sleep(2);
          },
          { name: "started" },
        );
        const future = new Future<number>();
        tg.startSoon(() => future, { name: "waiter" });
        future.returnValue = 1;
        const portal = createPortal(tg);
        await portal.call(() => sleep(1));
        portal.stop();
        await lastValueFrom(from([1, 2]).pipe(concatMap(() => sleep(1))));
        await lastValueFrom(interval(0).pipe(take(1)));
      }),
    );
    expect(only(trace, "spawned").map(({ name }) => name)).toEqual(
      jasmine.arrayContaining(["main", "service", "started", "waiter"]),
    );
    const exited = only(trace, "exited");
    expect(exited.length).toBe(only(trace, "spawned").length);
    expect(exited.find(({ task }) => task === only(trace, "spawned")[1]!.task)?.outcome).toBe("cancelled");
    const open = new Set(only(trace, "blocked").map(({ wait }) => wait));
    for (const { wait } of only(trace, "resumed")) open.delete(wait);
    expect([...open]).toEqual([]);
  });

  it("tells of a wait that its subscriber gave up", async () => {
    const trace = await traceOf(async () => {
      const subscription = sleep(50).subscribe();
      await sleep(5);
      subscription.unsubscribe();
      await sleep(1);
    });
    expect(only(trace, "resumed").map(({ time, outcome }) => [time, outcome])).toEqual([
      [5, "settled"],
      [5, "abandoned"],
      [6, "settled"],
    ]);
  });
});

describe("recordTrace(): items", () => {
  const passages = (trace: { readonly events: readonly TraceEvent[] }): string[] => {
    const names = new Map(only(trace, "spawned").map(({ task, name }) => [task, name]));
    return only(trace, "sent", "received", "returned").map(
      (event) =>
        `${event.item} ${event.type}@${event.time} by ${names.get(event.task) ?? "nobody"}` +
        (event.type === "sent" && event.buffered ? ", buffered" : ""),
    );
  };

  it("go from hand to hand, and through the buffer", async () => {
    const trace = await traceOf(() =>
      taskGroup((tg) => {
        const [send, receive] = createMemoryObjectStream<string>(1, { name: "words" });
        tg.startSoon(
          async () => {
            await send.send("first"); // The receiver waits.
            await sleep(1);
            await send.send("second"); // Into the buffer.
            await send.send("third"); // Waits for room.
          },
          { name: "sender" },
        );
        tg.startSoon(
          async () => {
            await receive.receive();
            await sleep(10);
            await receive.receive();
            await sleep(10);
            await receive.receive();
          },
          { name: "receiver" },
        );
      }),
    );
    // The first receive may run before or after the first send: the sender was spawned first, so its item is buffered.
    expect(passages(trace)).toEqual([
      "1 sent@0 by sender, buffered",
      "1 received@0 by receiver",
      "2 sent@1 by sender, buffered",
      "3 sent@10 by sender, buffered",
      "2 received@10 by receiver",
      "3 received@20 by receiver",
    ]);
    expect(only(trace, "stream")).toEqual([jasmine.objectContaining({ stream: 1, name: "words", capacity: 1 })]);
    expect(only(trace, "sent").map(({ value }) => value)).toEqual(['"first"', '"second"', '"third"']);
  });

  for (const backend of BACKENDS) {
    for (const context of ["store", "handoff"] as const) {
      it(`are told with their tasks, by every way to send and to receive [${backend}, ${context}]`, async () => {
        const trace = await traceOf(
          () =>
            taskGroup((tg) => {
              const [send, receive] = createMemoryObjectStream<number>(0);
              tg.startSoon(
                async () => {
                  await send.send(1);
                  await send.send(2);
                  await send.send(3);
                  await send.send(4);
                  while (send.statistics().tasksWaitingReceive === 0) await checkpoint();
                  send.sendNowait(5);
                  send.close();
                },
                { name: "sender" },
              );
              tg.startSoon(
                async () => {
                  await receive.receive();
                  await select([receive, sleepForever()]);
                  await taskGroup(function* () {
                    yield* receive.receive();
                  });
                  await operation(() => receive.pipe(take(1)))();
                  for await (const _ of receive) await checkpoint();
                },
                { name: "receiver" },
              );
            }),
          { backend, context },
        );
        expect(only(trace, "sent").map(({ value }) => value)).toEqual(["1", "2", "3", "4", "5"]);
        expect(passages(trace).map((line) => line.replace(/@[\d.]+/, ""))).toEqual(
          [1, 2, 3, 4, 5].flatMap((item) => [`${item} sent by sender`, `${item} received by receiver`]),
        );
      });
    }
  }

  it("that go back to their stream are told, and who gets them then", async () => {
    const trace = await traceOf(() =>
      taskGroup(async (tg) => {
        const [send, receive] = createMemoryObjectStream<string>(0);
        const subscription = receive.receive().subscribe();
        await sleep(1);
        send.sendNowait("precious");
        subscription.unsubscribe(); // It was handed over, but nobody has seen it.
        await sleep(1);
        tg.startSoon(() => receive.receive(), { name: "heir" });
      }),
    );
    expect(passages(trace)).toEqual([
      "1 sent@1 by main",
      "1 received@1 by main",
      "1 returned@1 by main",
      "1 received@2 by heir",
    ]);
  });

  it("keep their numbers in the buffer, whoever takes them, and when they come back", async () => {
    const trace = await traceOf(() =>
      taskGroup(async (tg) => {
        const [send, receive] = createMemoryObjectStream<string>(2);
        tg.startSoon(
          async () => {
            for (const item of ["a", "b", "c", "d", "e"]) await send.send(item);
          },
          { name: "sender" },
        );
        await sleep(1);
        const taken: string[] = [];
        const subscription = receive.receive().subscribe((item) => taken.push(item));
        expect(taken).toEqual(["a"]);
        const waiting = new CancelScope();
        tg.startSoon(() => waiting.enter(() => receive.receive()), { name: "first" });
        await sleep(1);
        for (let i = 0; i < 3; i++) taken.push(await receive.receive());
        subscription.unsubscribe();
        expect(taken).toEqual(["a", "c", "d", "e"]);
      }),
    );
    const values = new Map(only(trace, "sent").map(({ item, value }) => [item, value]));
    expect(only(trace, "received").map(({ item }) => values.get(item))).toEqual(['"a"', '"b"', '"c"', '"d"', '"e"']);
    const returned = await traceOf(async () => {
      const [send, receive] = createMemoryObjectStream<string>(2);
      const subscription = receive.receive().subscribe();
      await sleep(1);
      send.sendNowait("x"); // To the subscriber, who will not see it.
      send.sendNowait("y");
      subscription.unsubscribe();
      await receive.receive();
      await receive.receive();
    });
    expect(only(returned, "received", "returned").map(({ type, item }) => `${type} ${item}`)).toEqual([
      "received 1",
      "returned 1",
      "received 1",
      "received 2",
    ]);
  });

  it("from outside of any task are nobody's", async () => {
    using trace = recordTrace();
    const [send, receive] = createMemoryObjectStream<number>(5);
    send.sendNowait(1); // Before any run there is no clock.
    let resolve!: (value: undefined) => void;
    const promise = new Promise((done) => (resolve = done));
    const main = run(async () => {
      await receive.receive();
      resolve(undefined);
      return await receive.receive();
    });
    await promise;
    send.sendNowait(2);
    expect(await main).toBe(2);
    expect(passages(trace).map((line) => line.replace(/@[\d.]+/, ""))).toEqual([
      "1 received by main",
      "2 sent by nobody, buffered",
      "2 received by main",
    ]);
    expect(only(trace, "sent")[0]!.run).toBe(only(trace, "run")[0]!.run);
  });

  it("of streams that were made before are not seen", async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const trace = await traceOf(async () => {
      await send.send(1);
      await receive.receive();
    });
    expect(passages(trace)).toEqual([]);
  });

  it("are numbered by their stream, also for a later trace", async () => {
    const [send, receive] = await (async () => {
      using _ = recordTrace();
      return createMemoryObjectStream<number>(3);
    })();
    send.sendNowait(1);
    const trace = await traceOf(async () => {
      await send.send(2);
      await receive.receive();
      await receive.receive();
    });
    expect(passages(trace)).toEqual(["2 sent@0 by main, buffered", "1 received@0 by main", "2 received@0 by main"]);
  });

  it("are shown in a few words, without running code of theirs", async () => {
    class Job {
      id = 7;
      get trap(): never {
        throw new Error("a getter ran");
      }
    }
    const cyclic: Record<string, unknown> = { name: "a" };
    cyclic["self"] = cyclic;
    const items: [unknown, string][] = [
      ["a\nb", '"a b"'],
      [-0, "-0"],
      [10n, "10n"],
      [undefined, "undefined"],
      [Symbol("s"), "Symbol(s)"],
      [null, "null"],
      [[1, "x", { a: 1 }], '[1, "x", {…}]'],
      [[1, 2, 3, 4, 5], "Array(5)"],
      [{ id: 1, tags: ["a"] }, "{ id: 1, tags: Array(1) }"],
      [{ a: 1, b: 2, c: 3, d: 4, e: 5 }, "{ a: 1, b: 2, c: 3, d: 4, … }"],
      [new Job(), "Job { id: 7 }"],
      [
        {
          get bad(): never {
            throw new Error("a getter ran");
          },
        },
        "{ bad: undefined }",
      ],
      [cyclic, '{ name: "a", self: {…} }'],
      [new Uint8Array(1 << 20), "Uint8Array(1048576 bytes)"],
      [Object.create(null), "{}"],
      [function work() {}, "work()"],
      [() => 1, "a function"],
      [
        new Proxy(
          {},
          {
            getPrototypeOf: () => {
              throw new Error("a trap");
            },
          },
        ),
        "something that cannot be printed",
      ],
      ["x".repeat(1000), `"${"x".repeat(59)}…`],
    ];
    const trace = await traceOf(() => {
      const [send, receive] = createMemoryObjectStream<unknown>(Infinity);
      for (const [item] of items) send.sendNowait(item);
      receive.close();
      send.close();
    });
    expect(only(trace, "sent").map(({ value }) => value)).toEqual(items.map(([, text]) => text));
    expect(only(trace, "stream")[0]!.capacity).toBeNull();
  });
});

describe("a recorder", () => {
  it("that throws is removed, and the program goes on", async () => {
    const warnings: string[] = [];
    const warn = spyOn(bound.host, "warn").and.callFake((text) => void warnings.push(text));
    using _ = record({
      ...{ spawned: () => {}, started: () => {}, blocked: () => {}, resumed: () => {}, exited: () => {} },
      ...{ cancelled: () => {}, closed: () => {} },
      opened: () => {
        throw new Error("no");
      },
    });
    using trace = recordTrace();
    expect(await run(() => moveOnAfter(5, () => 1))).toBe(1);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warnings[0]).toMatch(
      /^A recorder was removed, since its opened\(\) threw; mend it and add it again\nError: no/,
    );
    expect(only(trace, "end").length).toBe(1);
    trace.stop();
    expect(instruments.on).toBeNull();
  });
});

describe("recordTrace() and a run that ends badly", () => {
  mayWait("a deadlock is told after a grace in real time, and a limit of real time is one");
  it("has all events of a deadlock", async () => {
    const trace = await traceOf(() => operation(() => sleepForever())());
    expect(only(trace, "exited").map(({ outcome }) => outcome)).toEqual(["cancelled"]);
    expect(only(trace, "cancelled").map(({ whole }) => whole)).toEqual(["run"]);
    expect(only(trace, "end").length).toBe(1);
  });
});
