import { createMemoryObjectStream, run, sleep, taskGroup } from "anyrx";
import { recordTrace, renderTimeline } from "../../src/testing/index.ts";
import { breaches, readChrome, type ReadEvent } from "./chrome-rules.ts";
import { crowd, pipeline, timeouts, traceOf } from "./programs.ts";

async function eventsOf(main: () => unknown): Promise<readonly ReadEvent[]> {
  return readChrome(renderTimeline(await traceOf(main), { format: "chrome" }));
}

describe("renderTimeline() as Chrome's trace events", () => {
  it("keeps the rules of the format", async () => {
    for (const main of [pipeline, timeouts, () => crowd(20, 3), () => 1]) {
      const events = await eventsOf(main);
      expect(breaches(events)).toEqual([]);
      expect(events.length).toBeGreaterThan(5);
    }
  });

  it("names runs and tasks, in the order of the lanes", async () => {
    const names = (await eventsOf(pipeline)).filter(({ ph }) => ph === "M");
    expect(names.map(({ name, tid, args }) => [name, tid, Object.values(args ?? {})[0]])).toEqual([
      ["process_name", 0, "run 1 (virtual)"],
      ["process_sort_index", 0, 1],
      ["thread_name", 1, "main"],
      ["thread_sort_index", 1, 1],
      ["thread_name", 2, "producer"],
      ["thread_sort_index", 2, 2],
      ["thread_name", 3, "worker"],
      ["thread_sort_index", 3, 3],
      ["thread_name", 4, "collector"],
      ["thread_sort_index", 4, 4],
    ]);
  });

  it("writes scopes and waits as slices within the task, in µs", async () => {
    const slices = (await eventsOf(timeouts)).filter(({ ph, tid }) => (ph === "B" || ph === "E") && tid === 3);
    expect(slices.map(({ ph, name, ts }) => `${ph} ${name} ${ts}`)).toEqual([
      "B fetcher 0",
      "B fetch 0",
      "B sleep(1000) 0",
      "E sleep(1000) 90000",
      "E fetch 90000",
      "B sleep(1000) 90000",
      "E sleep(1000) 130000",
      "B cleanup 130000",
      "B sleep(20) 130000",
      "E sleep(20) 150000",
      "E cleanup 150000",
      "E fetcher 150000",
    ]);
    expect(slices[1]!.args).toEqual({ kind: "scope", deadline: 90, cancelled: "its deadline passed" });
  });

  it("writes items as flows, and cancellations as instants", async () => {
    const events = await eventsOf(pipeline);
    const flows = events.filter(({ ph, name }) => (ph === "s" || ph === "f") && name === "jobs");
    expect(flows.filter(({ ph }) => ph === "s").map(({ tid, ts, args }) => [tid, ts, args?.["value"]])).toEqual([
      [2, 1000, "1"],
      [2, 2000, "2"],
      [2, 3000, "3"],
      [2, 5000, "4"],
      [2, 9000, "5"],
    ]);
    expect(flows.filter(({ ph }) => ph === "f").map(({ tid, ts }) => [tid, ts])).toEqual([
      [3, 1000],
      [3, 5000],
      [3, 9000],
      [3, 13000],
      [3, 17000],
    ]);
    const instants = (await eventsOf(timeouts)).filter(({ ph }) => ph === "i");
    expect(instants.map(({ tid, ts, name }) => [tid, ts, name])).toEqual([
      [3, 90000, "the scope was cancelled"],
      [1, 130000, "the scope was cancelled"],
      [1, 150000, "the run was cancelled"],
    ]);
  });

  it("gives a task that does two things at once a second thread", async () => {
    const events = await eventsOf(async () => {
      await Promise.all([sleep(5), sleep(9)]);
    });
    expect(breaches(events)).toEqual([]);
    const threads = events.filter(({ name }) => name === "thread_name");
    expect(threads.map(({ args }) => args?.["name"])).toEqual(["main", "main (2)"]);
  });

  it("ends what had not ended, and leaves out items that are on their way", async () => {
    const rendered: string[] = [];
    await run(
      () =>
        taskGroup(async (tg) => {
          const [send] = createMemoryObjectStream<number>(5);
          using trace = recordTrace();
          tg.startSoon(() => sleep(1000), { name: "sleeper" });
          await send.send(1);
          await sleep(3);
          rendered.push(renderTimeline(trace, { format: "chrome" }));
          tg.cancel();
        }),
      { backend: "virtual" },
    );
    const events = readChrome(rendered[0]!);
    expect(breaches(events)).toEqual([]);
    expect(events.some(({ ph }) => ph === "s")).toBe(false);
    expect(events.filter(({ ph, name }) => ph === "E" && name === "sleep(1000)").map(({ ts }) => ts)).toEqual([3000]);
  });

  it("keeps hostile names as they are", async () => {
    const evil = '</script>"\u0000\ud800\u202e';
    const events = await eventsOf(() => taskGroup((tg) => void tg.startSoon(() => sleep(1), { name: evil })));
    expect(breaches(events)).toEqual([]);
    expect(events.find(({ name, tid }) => name === "thread_name" && tid === 2)?.args).toEqual({ name: evil });
  });
});
