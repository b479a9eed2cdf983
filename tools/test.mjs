/**
 * The whole test command: every step in turn, then one closing line over all of them.
 *
 *     npm test                               everything
 *     npm test -- spec/kernel/task.spec.ts   these specs only
 *     npm test -- --seed=1234 --filter=lock  any argument of jasmine's
 *
 * A step that is not jasmine counts as one test. The last line of output is always `N passed, N failed`, and the exit
 * code is not 0 when something failed or when no spec ran.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const total = { passed: 0, failed: 0, skipped: 0 };

/** Runs `node …args` in the project and gives its exit code and what it printed. */
function node(args, { show = false, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
    });
    let output = "";
    child.stdout?.on("data", (chunk) => (output += chunk));
    child.stderr?.on("data", (chunk) => (output += chunk));
    child.on("close", (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

/** One step that is not jasmine: silent when it holds, its whole output when it does not. */
async function step(name, args) {
  const start = performance.now();
  const { code, output } = await node(args);
  const took = `${((performance.now() - start) / 1000).toFixed(1)} s`;
  // A step says "SKIPPED: reason" for a part that this machine cannot do.
  const skipped = output.split("\n").filter((line) => line.startsWith("SKIPPED"));
  total.skipped += skipped.length;
  if (code === 0) {
    total.passed++;
    console.log(`ok      ${name} (${took})`);
    for (const line of skipped) console.log(`        ${line}`);
  } else {
    total.failed++;
    console.log(`\nFAILED  ${name} (${took}, exit ${code}): node ${args.join(" ")}\n\n${output.trimEnd()}\n`);
  }
}

async function specs(args) {
  const dir = mkdtempSync(join(tmpdir(), "anyrx-test-"));
  const file = join(dir, "tally.json");
  try {
    const { code } = await node(
      [
        ...[
          "-C",
          "@anyrx/source",
          "--expose-gc",
          "--disable-warning=AnyrxWarning",
          "--enable-source-maps",
          "--import",
          "./tools/ts.mjs",
        ],
        ...["node_modules/jasmine/bin/jasmine.js", ...args],
      ],
      { show: true, env: { ANYRX_TALLY: file } },
    );
    if (existsSync(file)) {
      const tally = JSON.parse(readFileSync(file, "utf8"));
      for (const key of Object.keys(total)) total[key] += tally[key];
      if (code !== 0 && tally.failed === 0) total.failed++;
    } else {
      total.failed++;
      console.log(`\nFAILED  specs: jasmine ended without a report (exit ${code})\n`);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const tsc = "node_modules/typescript/bin/tsc";
const args = process.argv.slice(2);

if (args.length > 0) {
  await specs(args);
} else {
  // Two at a time on what needs no quiet machine. The specs then run alone: some of them measure time.
  await Promise.all([
    (async () => {
      await step("types: the kernel floors know no host", [tsc, "-p", "tsconfig.kernel.json"]);
      await step("types: src, spec, demo, tools", [tsc, "-p", "tsconfig.json", "--noEmit"]);
    })(),
    (async () => {
      await step("floors: who imports whom", ["tools/floors.mjs"]);
      await step("floors: every rule bites", ["tools/floors-bite.mjs"]);
    })(),
  ]);
  await specs([]);
  await step("doc examples", ["tools/doc-examples.mjs"]);
  await step("the packed package", ["tools/pack-test.mjs"]);
  await step("sizes, against their budgets", ["bench/size.mjs"]);
}

if (total.skipped > 0) console.log(`${total.skipped} skipped`);
if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
console.log(`${total.passed} passed, ${total.failed} failed`);
