import { truncateSync } from "node:fs";
import { join } from "node:path";
import { isCancelled, run, TimeoutError } from "anyrx";
import type { PipelineProgress } from "anyrx/pipeline";
import { RUNS } from "../../demo/compare.ts";
import { countWords, PATHS, RESULTS, WORKERS } from "../../demo/job.ts";
import { sides } from "../../demo/sides.ts";
import { Timeline } from "../../demo/timeline.ts";
import { nobody } from "../../demo/witness.ts";
import { folderOf } from "./fixture.ts";
import { onRealClock } from "../support/real-time.ts";

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
    Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${String(i)}.txt`, "x ".repeat(i * 20 + 1)])),
  );

  it("counts what is in a folder, and reports what cannot be read", async () => {
    const { sums, elapsed } = await run(() => countWords(small.path), { backend: "virtual" });
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
    expect(elapsed).withContext("the largest file, at 1024 bytes per ms").toBe(2);
  });

  it("keeps all workers at work, and the walker no further ahead than the streams hold", async () => {
    const { atWork, inFlight } = await run(() => countWords(many.path), { backend: "virtual" });
    expect(atWork.peak).toBe(WORKERS);
    expect(inFlight.peak).withContext("with two in the source, and one in the collector").toBe(ROOM);
  });

  it("tells its progress: at once, after what has changed, and at the end", async () => {
    const seen: PipelineProgress[] = [];
    await run(() => countWords(many.path, { ...nobody, progress: (now) => seen.push(now) }), { backend: "virtual" });
    expect(seen.map(({ done }) => done)).toEqual([false, false, true]);
    const [walker, workers, collector] = seen[1]!.stages;
    expect([walker?.buffered, workers?.buffered])
      .withContext("the collector is the slow one")
      .toEqual([PATHS, RESULTS]);
    expect([walker?.waiting, workers?.waiting]).toEqual([1, WORKERS]);
    expect(walker!.out - workers!.in).toBe(PATHS);
    expect(workers!.out - collector!.in).toBe(RESULTS);
    expect(seen[2]!.stages.map((stage) => [stage.name, stage.in, stage.buffered, stage.waiting])).toEqual([
      ["source", 101, 0, 0],
      ["worker", 101, 0, 0],
      ["sink", 101, 0, 0],
    ]);
  });

  it("walks and collects at the same times in every virtual run, whatever the disk does", async () => {
    const drawn: string[] = [];
    for (let i = 0; i < 3; i++) {
      const timeline = new Timeline();
      await run(() => countWords(many.path, { ...nobody, mark: (who, sign) => timeline.mark(who, sign) }), {
        backend: "virtual",
      });
      drawn.push(timeline.draw(100).join("\n"));
    }
    // Which of two workers that finish a real read at one instant goes on first is the disk's to say. What comes out, and when, is not.
    const ends = drawn.map((all) =>
      all
        .split("\n")
        .filter((line) => !line.startsWith("worker"))
        .join("\n"),
    );
    expect(new Set(ends).size).withContext(drawn.join("\n\n")).toBe(1);
    expect(drawn[0]).toMatch(/^walker {5}o.*-.*\|$/m);
    expect(drawn[0]).toMatch(/^worker 4 {3}[=o-]*o--+=[=o-]*( \.{3} [=o-]*)?o$/m);
    expect(drawn[0]).toMatch(/^collector {2}o*\.{9}o.*\|$/m);
  });

  it("gives up when its minute is over", async () => {
    // A hole of a file: as long as 61 s of work, and no block on the disk.
    truncateSync(join(large.path, "long.txt"), 61 * 1000 * 1024);
    const log: string[] = [];
    let told = 0;
    const witness = {
      ...nobody,
      progress: () => told++,
      cut: (who: string, what: string) => log.push(`${who} ${what}`),
    };
    await expectAsync(run(() => countWords(large.path, witness), { backend: "virtual" })).toBeRejectedWithError(
      TimeoutError,
    );
    expect(log).toEqual(["collector kept 1 result", jasmine.stringMatching(/^worker \d let go of long.txt$/)]);
    expect(told).withContext("at once, 100 ms after the last change, and at the end").toBe(3);
  });

  for (const { backend, side } of RUNS) {
    it(`cleans up and loses no file when it is cancelled: ${side} on ${backend}`, async () => {
      if (backend !== "virtual") onRealClock();
      const controller = new AbortController();
      const log: string[] = [];
      let taken = 0;
      let last: PipelineProgress | null = null;
      const job = () =>
        countWords(many.path, {
          mark: (who, sign) => {
            if (sign === "=" && who.startsWith("worker") && ++taken === 20) controller.abort("enough");
          },
          cut: (who, what) => log.push(`${who}: ${what}`),
          progress: (now) => (last = now),
        });
      const error: unknown = await sides[side](job, { backend, signal: controller.signal }).catch((e: unknown) => {
        log.push("rejected");
        return e;
      });
      expect(isCancelled(error) && error.reason).toBe("enough");
      expect(log.at(-1)).toBe("rejected");
      const text = log.join("\n");
      const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
      const found = number(/^walker: stopped after (\d+) paths$/m);
      const kept = number(/^collector: kept (\d+) results$/m);
      const dropped = log.filter((line) => /^worker \d: let go of \d+\.txt$/.test(line)).length;
      expect(dropped).withContext(text).toBeGreaterThan(0);
      expect(log.length).toBe(dropped + 3);
      expect(found).toBeGreaterThanOrEqual(taken);
      expect(found - kept)
        .withContext("all others were in flight")
        .toBeLessThanOrEqual(ROOM);
      const { stages, done } = last as unknown as PipelineProgress;
      expect([done, stages[2]?.in]).withContext("the last progress says the same").toEqual([true, kept]);
    });
  }
});

/** How many files can be in flight: in the streams, in hand, two in the source, and one in the collector. */
const ROOM = PATHS + RESULTS + WORKERS + 3;
