import { checkpoint, createMemoryObjectStream, run, sleep, sleepForever, taskGroup } from "anyrx";
import { recordTrace, renderTimeline, type TraceData } from "../../src/testing/index.ts";
import { columnsOf } from "../../src/testing/trace/printable.ts";
import { expectSentence } from "../field/everywhere.ts";
import { crowd, pipeline, timeouts, traceOf } from "./programs.ts";

/** The timeline of what `main` does in virtual time, as lines. */
async function linesOf(main: () => unknown, width?: number): Promise<string[]> {
  return renderTimeline(await traceOf(main), { width }).split("\n");
}

describe("renderTimeline() as text", () => {
  it("draws a pipeline: what came first can be read from left to right", async () => {
    expect(await linesOf(pipeline)).toEqual([
      "run on virtual, 22 ms",
      "",
      "ms          0   2   4   6     9       13      17        22",
      "main        ^[==========================================]|",
      " producer   ^.a.a.a.->a.->>>>>a|",
      " worker     ^<A.......bA......bA......bA......bA......b|",
      " collector  ^<<<<<<<<<B.-<<<<<B.-<<<<<B.-<<<<<B.-<<<<<B.|",
      "",
      'a sends to "jobs"   A receives from "jobs"   b sends to "results"   B receives from "results"',
      "^ begins   | ended   [ enters a scope   ] leaves it   . sleeps   < waits to receive",
      "> waits to send   = waits for what it began   - runs, or awaits a foreign promise",
    ]);
  });

  it("draws a timeout, a failure, its siblings and a cleanup, and says what was cancelled", async () => {
    expect(await linesOf(timeouts)).toEqual([
      "run on virtual, 150 ms",
      "",
      "ms        0    25   50   75   100  125  150",
      "main      ^[[===========================]]#",
      " quick    ^.....|",
      " fetcher  ^[................x]......x[..]!",
      " writer   ^.........................#",
      " ticker   ^....-....-....-....-....-!",
      "",
      ' 90 ms  the scope "fetch" of "fetcher" was cancelled: its deadline passed',
      '130 ms  "writer" failed: RangeError: disk full',
      '130 ms  the group "crew" of "main" was cancelled by "writer": RangeError: disk full',
      '150 ms  "main" failed: TaskGroupError of "crew" with 1 error (RangeError: disk full)',
      "",
      "^ begins   | ended   ! ended by its cancellation   # failed   x its wait was cancelled",
      "[ enters a scope   ] leaves it   . sleeps   = waits for what it began",
      "- runs, or awaits a foreign promise",
    ]);
  });

  it("draws those who wait for a permit", async () => {
    expect((await linesOf(() => crowd(6, 2))).slice(2, 10)).toEqual([
      "ms         0   2   4   6       10    13                    24            31              39",
      "main       ^=============================================================================|",
      " worker 1  ^.-.......................|",
      " worker 2  ^...-...............|",
      " worker 3  ^.....-:::::::::::::-.............................|",
      " worker 4  ^.......-:::::::::::::::::-.....................|",
      " worker 5  ^.........-:::::::::::::::::::::::::::::::::::::-.............|",
      " worker 6  ^...........-:::::::::::::::::::::::::::::::::::::-...........................|",
    ]);
  });

  it("indents who was spawned by whom, in the order of spawning", async () => {
    const lines = await linesOf(() =>
      taskGroup((tg) => {
        tg.startSoon(
          async () => {
            tg.startSoon(() => sleep(4), { name: "a1" });
            await sleep(1);
            tg.startSoon(() => sleep(1), { name: "a2" });
          },
          { name: "a" },
        );
        tg.startSoon(() => sleep(2), { name: "b" });
      }),
    );
    expect(lines.slice(2, 8)).toEqual([
      "ms    0    1    2         4",
      "main  ^===================|",
      " a    ^....|",
      "  a1  ^...................|",
      "  a2       ^....|",
      " b    ^.........|",
    ]);
  });

  it("cuts out time in which nothing happens, and says so in the ruler", async () => {
    const lines = await linesOf(async () => {
      for (let i = 0; i < 5; i++) await sleep(2);
      await sleep(3_600_000);
      await sleep(2);
    });
    expect(lines.slice(2, 4)).toEqual([
      "ms    0   2   4   6   8   10~~~~    3600012",
      "main  ^...-...-...-...-...-.....-...|",
    ]);
  });

  it("draws in slices of time what has more instants than the line has columns, and stays within the line", async () => {
    const busy = () =>
      taskGroup((tg) => {
        for (let n = 1; n <= 3; n++) {
          tg.startSoon(
            async () => {
              for (let i = 0; i < 200; i++) await sleep(n);
            },
            { name: `every ${n} ms` },
          );
        }
      });
    const lines = await linesOf(busy, 60);
    expect(lines.slice(2, 7)).toEqual([
      "ms           0  60  140  240  340  440     600",
      "main         ^=============================|",
      " every 1 ms  ^---------|",
      " every 2 ms  ^-------------------|",
      " every 3 ms  ^-----------------------------|",
    ]);
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(60);
  });

  it("leaves nothing of one instant out where there is room, and says where there is none", async () => {
    const [, , , few] = await linesOf(() => {
      const [send, receive] = createMemoryObjectStream<number>(9);
      for (let i = 0; i < 2; i++) send.sendNowait(i);
      receive.receiveNowait();
      receive.close();
      send.close();
    });
    expect(few).toBe("main  ^aaA|");
    const [, , , many] = await linesOf(async () => {
      const [send, receive] = createMemoryObjectStream<number>(9);
      for (let i = 0; i < 9; i++) send.sendNowait(i);
      await sleep(3);
      receive.close();
      send.close();
    });
    expect(many).toBe("main  ^aaaa+|");
  });

  it("draws runs one after the other, each with its own clock", async () => {
    using trace = recordTrace();
    await run(() => sleep(5), { backend: "virtual" });
    await run(() => sleep(3), { backend: "virtual" });
    await run(() => checkpoint(), { backend: "rx" });
    const text = renderTimeline(trace);
    expect(text).toMatch(
      /^1: run on virtual, 5 ms\n\n.*\nmain {2}\^\.\.\.\.\|\n\n2: run on virtual, 3 ms\n\n.*\nmain {2}\^\.{5}\|\n\n3: run on rx, /,
    );
  });

  it("draws a run that goes on, from where it was recorded", async () => {
    const lines: string[] = [];
    await run(
      () =>
        taskGroup(async (tg) => {
          await sleep(10);
          using trace = recordTrace();
          tg.startSoon(() => sleepForever(), { name: "patient" });
          await sleep(5);
          lines.push(...renderTimeline(trace).split("\n").slice(0, 5));
          tg.cancel();
        }),
      { backend: "virtual" },
    );
    expect(lines).toEqual([
      "run on virtual, 10 ms to 15 ms, not ended",
      "",
      "ms        10   15",
      "main      .....-",
      " patient  ^.....",
    ]);
  });

  it("says that a trace was full, that nothing was recorded", async () => {
    using none = recordTrace();
    expect(renderTimeline(none)).toBe("nothing was recorded");
    using short = recordTrace({ limit: 6 });
    await run(() => sleep(1), { backend: "virtual" });
    expect(renderTimeline(short)).toContain("\n\nThe trace was full: 1 more event was not recorded.\n\n");
  });

  it("keeps names from breaking lines, moving the cursor and turning the text around", async () => {
    const evil = "\u001b[31mred\nline\u202e\ud800\u0000";
    const lines = await linesOf(() =>
      taskGroup((tg) => {
        tg.startSoon(() => sleep(1), { name: evil });
        tg.startSoon(() => sleep(1), { name: "日本語 🚀" });
        tg.startSoon(() => sleep(1), { name: "x".repeat(1_000_000) });
      }),
    );
    expect(lines.slice(4, 7)).toEqual([
      " ␛[31mred␊line��␀             ^....|",
      " 日本語 🚀                    ^....|",
      " xxxxxxxxxxxxxxxxxxxxxxxxxx…  ^....|",
    ]);
  });

  it("explains every sign that it uses, and no other", async () => {
    const text = renderTimeline(await traceOf(timeouts));
    const legend = text.slice(text.lastIndexOf("\n\n"));
    const explained = legend.split(/\n| {3}/).flatMap((entry) => (entry === "" ? [] : [entry.slice(0, 1)]));
    const used = new Set(
      text
        .split("\n")
        .slice(3, 8)
        .flatMap((line) => Array.from(line.slice(10).replaceAll(" ", ""))),
    );
    expect(explained.sort()).toEqual([...used].sort());
  });

  it("is drawn from data as well, and skips what that does not explain", async () => {
    const trace = await traceOf(pipeline);
    const data = JSON.parse(JSON.stringify(trace)) as TraceData;
    expect(renderTimeline(data)).toBe(renderTimeline(trace));
    const strays = data.events.filter((event) => event.type !== "spawned" && event.type !== "stream");
    expect(renderTimeline({ ...data, events: strays })).toContain("run on virtual, 22 ms");
    expect(renderTimeline({ ...data, events: data.events.slice(1) })).toBe("nothing was recorded");
    expect(renderTimeline({ ...data, events: [{ ...data.events[0]!, time: NaN }] })).toBe("nothing was recorded");
  });
});

describe("renderTimeline()", () => {
  it("refuses what is no trace, no format, no width", async () => {
    const trace = await traceOf(() => 1);
    expectSentence(() => renderTimeline(null as never), TypeError);
    expectSentence(() => renderTimeline({ version: 2, events: [], dropped: 0 } as never), TypeError);
    expectSentence(() => renderTimeline({ version: 1 } as never), TypeError);
    expectSentence(() => renderTimeline(trace, { format: "png" as never }), TypeError);
    expectSentence(() => renderTimeline(trace, { format: "toString" as never }), TypeError);
    expectSentence(() => renderTimeline(trace, { width: 39 }), RangeError);
    expectSentence(() => renderTimeline(trace, { width: NaN }), RangeError);
    expectSentence(() => renderTimeline(trace, { width: Infinity }), RangeError);
    expectSentence(() => renderTimeline(trace, { width: "80" as never }), RangeError);
    expectSentence(() => renderTimeline(trace, { format: "svg", width: 100 }), RangeError);
  });
});
