import { inspect } from "node:util";
import { CancelScope, run, sleep, taskGroup } from "../../src/index.ts";

describe("In a log", () => {
  it("a task, a group and a scope are one line each", async () => {
    const lines: string[] = [];
    await run(
      () =>
        taskGroup(
          async (tg) => {
            const task = tg.startSoon(() => sleep(5), { name: "crawl" });
            lines.push(inspect(task), inspect(tg), inspect(new CancelScope({ name: "request" })));
            await task;
            tg.cancel();
            lines.push(String(task), String(tg.cancelScope));
          },
          { name: "site" },
        ),
      { backend: "virtual" },
    );
    expect(lines).toEqual([
      'Task "crawl" (pending)',
      'TaskGroup "site" (2 left)',
      'CancelScope "request" (new)',
      'Task "crawl" (finished)',
      "CancelScope (active, cancelled)",
    ]);
  });
});
