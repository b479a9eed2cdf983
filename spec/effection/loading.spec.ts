import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { reallyWaits } from "../support/real-time.ts";

const FROM = /(?:^|\n)(?:import|export)(?: [^"';]*? from)? "([^"]+)"/g;

/** Everything that `file` imports, and what that imports; packages by their name. */
function reach(file: URL): Set<string> {
  const seen = new Set<string>();
  const queue = [file.href];
  for (let href = queue.pop(); href !== undefined; href = queue.pop()) {
    if (seen.has(href)) continue;
    seen.add(href);
    if (!href.endsWith(".ts")) continue;
    for (const [, to = ""] of readFileSync(new URL(href), "utf8").matchAll(FROM))
      queue.push(to.startsWith(".") ? new URL(to, href).href : to);
  }
  return seen;
}

const source = (path: string) => new URL(`../../src/${path}`, import.meta.url);

describe("the package effection", () => {
  it("is loaded by anyrx/effection", () => {
    expect(reach(source("effection/index.ts"))).toContain("effection");
  });

  for (const entry of ["index.ts", "pipeline/index.ts", "backend/index.ts", "testing/index.ts"]) {
    it(`is not loaded by ${entry}`, () => {
      const reached = [...reach(source(entry))];
      expect(reached.length).toBeGreaterThan(1);
      expect(reached.filter((href) => href.replace(/^.*\/src\//, "").includes("effection"))).toEqual([]);
    });
  }

  it("is all that has to be imported beside anyrx/effection", () => {
    reallyWaits("a process of its own");
    const program = `
      import { fromEffection } from "anyrx/effection";
      import { sleep } from "effection";
      console.log(await fromEffection(function* () { yield* sleep(1); return "alone"; }));`;
    const args = ["-C", "@anyrx/source", "--import", "./tools/ts.mjs", "--input-type=module", "-e", program];
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    expect(execFileSync(process.execPath, args, { cwd, encoding: "utf8" }).trim()).toBe("alone");
  });
});
