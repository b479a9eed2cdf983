import { spawnSync } from "node:child_process";
import { reallyWaits } from "../support/real-time.ts";

/** Runs a program in a process of its own, and gives what it printed. */
function printed(program: string): string {
  const flags = ["-C", "@anyrx/source", "--import", "./tools/ts.mjs", "--input-type=module"];
  return spawnSync(process.execPath, [...flags, "-e", program], { encoding: "utf8" }).stdout;
}

describe("A process", () => {
  reallyWaits("it is about how long a process lives");

  for (const backend of ["native", "rx"]) {
    it(`lives as long as a run on ${backend} does, whatever that waits for`, () => {
      const output = printed(`
        import { run, sleepForever } from "anyrx";
        const controller = new AbortController();
        setTimeout(() => { console.log("alive"); controller.abort("enough"); }, 100).unref();
        run(() => sleepForever(), { backend: "${backend}", signal: controller.signal }).catch((error) => console.log(error.name));
      `);
      expect(output).toBe("alive\nCancelled\n");
    });
  }

  it("does not outlive its runs for the sake of a timeout that never fired", () => {
    const output = printed(`
      import { failAfter, run, sleep } from "anyrx";
      await run(() => failAfter(3_600_000, () => sleep(1)));
      console.log("over");
    `);
    expect(output).toBe("over\n");
  });
});
