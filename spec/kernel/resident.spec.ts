import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { reallyWaits } from "../support/real-time.ts";

/** What `program` logs, in a process of its own. */
async function alone(program: string): Promise<unknown> {
  const script = `
    import { createMemoryObjectStream, currentTask, failAfter, run, sleep } from "anyrx";
    ${program}
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["-C", "@anyrx/source", "--expose-gc", "--import", "./tools/ts.mjs", "--input-type=module", "-e", script],
    { cwd: fileURLToPath(new URL("../..", import.meta.url)) },
  );
  return JSON.parse(stdout);
}

/** Which of `classes`, by file, has no living instance once `program` has ended and all garbage is collected. */
function forgotten(classes: Readonly<Record<string, readonly string[]>>, program: string): Promise<unknown> {
  return alone(`
    ${program}
    const { queryObjects } = await import("node:v8");
    const gone = [];
    for (const [file, names] of Object.entries(${JSON.stringify(classes)})) {
      const found = await import("./src/" + file);
      for (const name of names) if (queryObjects(found[name], { format: "count" }) === 0) gone.push(name);
    }
    console.log(JSON.stringify(gone));
  `);
}

describe("One living instance", () => {
  beforeEach(() => {
    reallyWaits("a process in which nothing else is alive");
  });

  it("is left of each class of the kernel that comes and goes by the thousand", async () => {
    const classes = {
      "kernel/task.ts": ["Task"],
      "kernel/task-group.ts": ["TaskGroup"],
      "kernel/cancel-scope.ts": ["CancelScope", "Scoped"],
      "kernel/frame.ts": ["Frame", "Level"],
      "kernel/promise-waiter.ts": ["PromiseWaiter", "HandingOff"],
      "kernel/subscriber-waiter.ts": ["SubscriberWaiter"],
      "kernel/body-sink.ts": ["BodySink"],
      "kernel/checkpoint.ts": ["Checkpoint"],
      "base/cancelled.ts": ["Cancelled"],
    };
    expect(await forgotten(classes, `await run(() => 1);`)).toEqual([]);
  });

  it("is left of those of streams and timeouts, once there was one", async () => {
    const classes = {
      "stream/memory-channel.ts": ["Channel"],
      "stream/memory-object-stream.ts": ["MemoryObjectSendStream", "MemoryObjectReceiveStream"],
      "stream/item-loops.ts": ["Items"],
      "base/errors.ts": ["TimeoutError"],
    };
    const program = `await run(async () => { createMemoryObjectStream(); await failAfter(10, () => 1); });`;
    expect(await forgotten(classes, program)).toEqual([]);
  });

  it("keeps nothing of the task that made it move in", async () => {
    const program = `
      let first;
      await (async () => {
        await run(async () => {
          first = new WeakRef(currentTask());
          createMemoryObjectStream();
          await sleep(1);
          await failAfter(10, () => 1);
        });
      })();
      for (let i = 0; i < 20 && first.deref() !== undefined; i++) {
        await new Promise((done) => setImmediate(done));
        gc();
      }
      console.log(first.deref() === undefined);
    `;
    expect(await alone(program)).toBe(true);
  });
});
