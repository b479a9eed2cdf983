import { readFileSync } from "node:fs";
import { explore, InterleavingError } from "anyrx/testing";
import { thrownBy } from "../../field/everywhere.ts";
import { finds } from "./finds.ts";
import { planted } from "./programs.ts";
import { mayWait } from "../../support/real-time.ts";

describe("explore(), on planted races", () => {
  mayWait("a deadlock is told after a grace in real time, and a limit of real time is one");
  for (const { title, racy, fixed, fails } of planted) {
    it(`finds it, and makes the same run again: ${title}`, async () => {
      const found = (await thrownBy(() => explore(racy))) as InterleavingError;
      expect(found).toBeInstanceOf(InterleavingError);
      expect(found.message).toMatch(fails);
      const again = (await thrownBy(() => explore(racy, { replay: found.replay }))) as InterleavingError;
      expect(again).toBeInstanceOf(InterleavingError);
      expect(again.replay).toBe(found.replay);
      expect(again.message).toMatch(fails);
      expect(again.steps).toEqual(found.steps);
    });

    it(`finds nothing where there is none: ${title}`, async () => {
      for (const mode of ["random", "pct", "all"] as const) {
        const { runs } = await explore(fixed, { mode, runs: 150 });
        expect(runs).withContext(mode).toBeGreaterThan(0);
      }
    });
  }

  // The same file is compared with what other hosts find, by tools/explore-hosts.mjs.
  it("finds the same as on every host, byte for byte", async () => {
    const golden = readFileSync(new URL("./finds.txt", import.meta.url), "utf8")
      .trim()
      .split("\n");
    expect(await finds()).toEqual(golden);
  }, 30_000);
});
