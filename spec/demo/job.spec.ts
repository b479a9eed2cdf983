import { truncateSync } from "node:fs";
import { join } from "node:path";
import { currentTask, currentTime, isCancelled, run, TimeoutError } from "anyrx";
import { RUNS } from "../../demo/compare.ts";
import { countWords } from "../../demo/job.ts";
import { sides } from "../../demo/sides.ts";
import { Timeline } from "../../demo/timeline.ts";
import { nobody } from "../../demo/witness.ts";
import { folderOf } from "./fixture.ts";

describe("countWords()", () => {
  const small = folderOf({
    "a.ts": "let apple = pear + pear;\n",
    "sub/b.ts": "apple; // pear\n",
    "sub/deep/c.txt": "-".repeat(2048),
    ".hidden/d.ts": "hidden",
    "node_modules/e.ts": "hidden",
  });
  const large = folderOf({ "long.txt": "" });
  // Sizes that differ, so that no two files of a virtual run take the same time.
  const many = folderOf(
    Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${String(i)}.txt`, "x ".repeat(i * 50 + 1)])),
  );

  it("counts what is in a folder, and reports what cannot be read", async () => {
    const { sums, started, cancelled, elapsed } = await run(() => countWords(small.path), { backend: "virtual" });
    expect(sums).toEqual({
      files: 3,
      unreadable: ["missing on purpose (ENOENT)"],
      bytes: 25 + 15 + 2048,
      lines: 3,
      words: 6 + 3 + 1,
      top: [
        ["apple", 2],
        ["pear", 2],
      ],
    });
    expect({ started, cancelled }).toEqual({ started: 7, cancelled: 1 });
    expect(elapsed).withContext("the largest file, at 1024 bytes per ms").toBe(2);
  });

  it("fills its streams to the brim, and blocks who sends", async () => {
    const { paths, results } = await run(() => countWords(many.path), { backend: "virtual" });
    expect([paths.capacity, paths.buffered, paths.blocked]).toEqual([8, 8, 1]);
    expect([results.capacity, results.buffered, results.blocked]).toEqual([4, 4, 4]);
  });

  it("takes the same course in every virtual run, whatever the disk does", async () => {
    const drawn: string[] = [];
    for (let i = 0; i < 3; i++) {
      const timeline = new Timeline();
      await run(() => countWords(many.path, { ...nobody, mark: (sign) => timeline.mark(sign) }), {
        backend: "virtual",
      });
      drawn.push(timeline.draw(100).join("\n"));
    }
    expect(new Set(drawn).size).withContext(drawn.join("\n\n")).toBe(1);
    expect(drawn[0]).toMatch(/^walker {5}o.*~.*\|$/m);
    expect(drawn[0]).toMatch(/^ticker {5}\.{25}o.*x$/m);
  });

  it("gives up when its minute is over", async () => {
    // A hole of a file: as long as 61 s of work, and no block on the disk.
    truncateSync(join(large.path, "long.txt"), 61 * 1000 * 1024);
    let error: unknown;
    const ticks: number[] = [];
    const tick = (): unknown => ticks.push(currentTime());
    await run(() => countWords(large.path, { ...nobody, tick }), { backend: "virtual" }).catch(
      (e: unknown) => (error = e),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    expect(ticks.at(-1)).toBe(59_975);
  });

  for (const { backend, side } of RUNS) {
    it(`cleans up and loses no result when it is cancelled: ${side} on ${backend}`, async () => {
      const controller = new AbortController();
      const log: string[] = [];
      let taken = 0;
      const job = () =>
        countWords(many.path, {
          ...nobody,
          mark: (sign) => {
            if (sign === "o" && currentTask().name === "collector" && ++taken === 12) controller.abort("enough");
          },
          cut: (what) => log.push(`${currentTask().name}: ${what}`),
        });
      const error: unknown = await sides[side](job, { backend, signal: controller.signal }).catch((e: unknown) => {
        log.push("rejected");
        return e;
      });
      expect(isCancelled(error) && error.reason).toBe("enough");
      expect(log.map((line) => line.split(":")[0]).sort()).toEqual([
        "collector",
        "rejected",
        "walker",
        "worker 1",
        "worker 2",
        "worker 3",
        "worker 4",
      ]);
      expect(log.at(-1)).toBe("rejected");
      const results = (who: string): number =>
        log
          .filter((line) => line.startsWith(who))
          .reduce((sum, line) => sum + Number(/(\d+) results?/.exec(line)?.[1]), 0);
      expect(results("collector")).toBe(results("worker"));
    });
  }
});
