/**
 * Compares what exploring finds on several hosts, byte for byte: `node tools/explore-hosts.mjs /path/to/node24 /path/to/bun …`.
 *
 * The first host is the one that runs this. Fails when one of them finds anything else, or the golden file of the specs does not say the same.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const script = "spec/testing/explore/print-finds.ts";
const golden = readFileSync(join(root, "spec/testing/explore/finds.txt"), "utf8").trim();
let failed = false;

for (const host of [process.execPath, ...process.argv.slice(2)]) {
  const bun = basename(host).startsWith("bun");
  const args = bun
    ? ["--conditions", "@anyrx/source", script]
    : ["-C", "@anyrx/source", "--import", "./tools/ts.mjs", script];
  const version = execFileSync(host, ["--version"], { encoding: "utf8" }).trim();
  const found = execFileSync(host, args, { cwd: root, encoding: "utf8" }).trim();
  const same = found === golden;
  console.log(
    `${same ? "same  " : "DIFFERS"} ${bun ? "Bun" : "Node"} ${version}: ${found.split("\n").length} searches`,
  );
  if (same) continue;
  failed = true;
  const expected = golden.split("\n");
  for (const [i, line] of found.split("\n").entries())
    if (line !== expected[i]) console.log(`  - ${expected[i]}\n  + ${line}`);
}
if (failed) process.exitCode = 1;
