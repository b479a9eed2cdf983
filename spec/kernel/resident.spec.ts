import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { reallyWaits } from "../support/real-time.ts";

/** Which of `classes`, by file, has no living instance once `program` has ended and all garbage is collected. */
async function forgotten(classes: Readonly<Record<string, readonly string[]>>, program: string): Promise<string[]> {
  const script = `
    import { queryObjects } from "node:v8";
    import { CancelScope, checkpoint, createMemoryObjectStream, failAfter, run, sleep, taskGroup } from "anyrx";
    ${program}
    const gone = [];
    for (const [file, names] of Object.entries(${JSON.stringify(classes)})) {
      const found = await import("./src/" + file);
      for (const name of names) if (queryObjects(found[name], { format: "count" }) === 0) gone.push(name);
    }
    console.log(JSON.stringify(gone));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["-C", "@anyrx/source", "--expose-gc", "--import", "./tools/ts.mjs", "--input-type=module", "-e", script],
    { cwd: fileURLToPath(new URL("../..", import.meta.url)) },
  );
  return JSON.parse(stdout) as string[];
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
      "kernel/frame.ts": ["Frame"],
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
});
