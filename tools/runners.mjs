/**
 * Tries the built package under the test runners that people use, in a project as theirs: `tools/runners/<runner>/`.
 *
 *     node tools/runners.mjs                       those that are installed
 *     node tools/runners.mjs --show node vitest    these, and what they print
 *     npm ci --prefix tools/runners                installs vitest, bun and deno for it
 *
 * Every test of `passing` must pass. In `failing`, all but the last must fail, and a person must find both diagrams in what the runner prints,
 * one under the other. Needs `dist/`: `npm run build` makes it.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Where packages may be installed. */
const homes = ["tools/runners", ".", "bench/hosts"].map((folder) => join(root, folder, "node_modules"));
const find = (path) => homes.map((home) => join(home, path)).find((file) => existsSync(file));

/** How each is run on one file, and how its output counts. */
const runners = {
  node: {
    command: (file) => [process.execPath, "--test", "--test-reporter=spec", file],
    counts: [/^ℹ pass (\d+)/m, /^ℹ fail (\d+)/m],
  },
  jasmine: {
    packages: ["jasmine", "jasmine-core"],
    command: (file) => [process.execPath, find("jasmine/bin/jasmine.js"), "--random=false", file],
    counts: [/^(\d+) specs?, (\d+) failures?/m],
  },
  vitest: {
    packages: ["vitest"],
    command: (file) => [process.execPath, find("vitest/vitest.mjs"), "run", "--reporter=default", file],
    counts: [/^ +Tests .*?(\d+) passed/m, /^ +Tests .*?(\d+) failed/m],
  },
  bun: {
    command: (file) => [find(".bin/bun"), "test", `./${file}`],
    needs: ".bin/bun",
    counts: [/^ *(\d+) pass$/m, /^ *(\d+) fail$/m],
  },
  deno: {
    command: (file) => [find(".bin/deno"), "test", "--allow-all", "--no-check", "--node-modules-dir=manual", file],
    needs: ".bin/deno",
    counts: [/(\d+) passed/, /(\d+) failed/],
  },
};

function project(name, packages = []) {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), `anyrx-${name}-`)));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  cpSync(join(root, "tools/runners", name), dir, { recursive: true });
  for (const file of ["package.json", "dist"])
    cpSync(join(root, file), join(dir, "node_modules/anyrx", file), { recursive: true });
  for (const name of ["rxjs", ...packages]) {
    const to = join(dir, "node_modules", name);
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(realpathSync(find(name)), to);
  }
  return dir;
}

/** How many passed and failed; jasmine says how many there are, and how many failed. */
function tally(output, counts) {
  const [first, second] = counts.map((pattern) => pattern.exec(output));
  if (counts.length === 1) return first ? { passed: first[1] - first[2], failed: Number(first[2]) } : null;
  return { passed: Number(first?.[1] ?? 0), failed: Number(second?.[1] ?? 0) };
}

/** The two rows of a picture: both in the output, one under the other, their lines of time beginning in the same column. */
function isDrawn(output, expected, actual) {
  const lines = output.split("\n");
  const place = (i, label, row) => (lines[i]?.includes(label) ? lines[i].indexOf(row, lines[i].indexOf(label)) : -1);
  return lines.some((_, i) => {
    const at = place(i, "expected ", expected);
    return at >= 0 && at === place(i + 1, "actual ", actual);
  });
}

let problems = 0;
function check(holds, runner, text, output) {
  if (holds) return;
  problems++;
  console.log(`FAILED  ${runner}: ${text}\n\n${output.trimEnd()}\n`);
}

const args = process.argv.slice(2);
const wanted = args.filter((arg) => !arg.startsWith("--"));
for (const [name, { command, packages, needs, counts }] of Object.entries(runners)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (![needs ?? "rxjs", ...(packages ?? [])].every(find)) {
    console.log(`SKIPPED ${name}: it is not installed; npm ci --prefix tools/runners`);
    continue;
  }
  const dir = project(name, packages);
  try {
    const run = (file) => {
      const [program, ...rest] = command(file);
      const env = {
        ...process.env,
        NO_COLOR: "1",
        FORCE_COLOR: undefined,
        NODE_TEST_CONTEXT: undefined,
        NODE_OPTIONS: "",
      };
      const { status, stdout, stderr } = spawnSync(program, rest, { cwd: dir, encoding: "utf8", timeout: 60_000, env });
      const output = stripVTControlCharacters(stdout + stderr);
      if (args.includes("--show")) console.log(`──── ${name}, ${file}\n${output}`);
      return { status, output, ...tally(output, counts) };
    };
    const start = performance.now();
    const good = run("passing.test.mjs");
    check(
      good.status === 0 && good.failed === 0 && good.passed > 0,
      name,
      "a test fails that should pass",
      good.output,
    );
    const bad = run("failing.test.mjs");
    check(bad.status !== 0 && bad.failed === 3 && bad.passed === 1, name, "not just the three tests fail", bad.output);
    const drawn = isDrawn(bad.output, "--a-c-|", "--a-b|");
    check(drawn, name, "what it prints does not show the diagrams one under the other", bad.output);
    check(/DeadlockError/.test(bad.output), name, "it does not tell of the deadlock", bad.output);
    if (name !== "jasmine") check(/a worker/.test(bad.output), name, "it does not name what is held", bad.output);
    const took = `${((performance.now() - start) / 1000).toFixed(1)} s`;
    console.log(`${name}: ${good.passed} pass that should, ${bad.failed} fail that should (${took})`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
process.exitCode = problems > 0 ? 1 : 0;
