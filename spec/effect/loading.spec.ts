import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reallyWaits } from "../support/real-time.ts";

const src = fileURLToPath(new URL("../../src/", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));

/** What a file imports for its values, types left out. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const names = String.raw`(?:\* as \w+|\{[^}]*\}|\w+)`;
  const found = text.matchAll(new RegExp(`^(?:import|export) ${names} from "([^"]+)";|^import "([^"]+)";`, "gm"));
  return [...found].map(([, named, bare]) => (named ?? bare)!);
}

/** The packages that importing `entry` loads, through files of ours. */
function packagesBehind(entry: string): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const queue = [join(src, entry)];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const to of importsOf(file)) {
      if (to.startsWith(".")) queue.push(join(file, "..", to));
      else packages.add(to.split("/")[0]!);
    }
  }
  return packages;
}

describe("the package effect", () => {
  it("is behind anyrx/effect, and behind no other entry", () => {
    expect([...packagesBehind("effect/index.ts")].toSorted()).toEqual(["#host", "effect", "rxjs"]);
    const others = ["index.ts", "pipeline/index.ts", "backend/index.ts", "testing/index.ts", "testing/laws/index.ts"];
    for (const entry of others) expect(packagesBehind(entry)).withContext(entry).not.toContain("effect");
  });

  it("is imported by the folders that are named after it alone", () => {
    const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const knowing = files.filter((file) => importsOf(join(src, file)).some((to) => /^effect(\/|$)/.test(to)));
    expect(knowing.filter((file) => !/^(backend[/\\])?effect([/\\.])/.test(file))).toEqual([]);
    expect(knowing.length).toBeGreaterThan(3);
  });

  it("keeps the process as long as a run, and lets it go then", () => {
    reallyWaits("it is about a process");
    const program = `
      import { Event, moveOnAfter, run } from "anyrx";
      import { effectBackend } from "anyrx/effect";
      const event = new Event();
      setTimeout(() => event.set(), 30).unref();
      await run(async () => {
        await moveOnAfter(60_000, () => event.wait());
        console.log("done");
      }, { backend: effectBackend() });
    `;
    const before = performance.now();
    const out = execFileSync(
      process.execPath,
      ["-C", "@anyrx/source", "--import", join(root, "tools/ts.mjs"), "--input-type=module", "-e", program],
      { cwd: root, encoding: "utf8" },
    );
    expect(out.trim()).toBe("done");
    expect(performance.now() - before).toBeLessThan(30_000);
  });
});
