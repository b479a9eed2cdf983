/**
 * Proves that the floors hold something up: in a throw-away project, breaks every rule of `.dependency-cruiser.cjs` and every
 * promise of `tsconfig.kernel.json`, and fails when a break goes unnoticed or when an allowed import is refused.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise } from "./cruise.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const config = createRequire(import.meta.url)("../.dependency-cruiser.cjs");

/** Files with their imports. `bad` names the one rule that must refuse the line; a line without it must pass. */
const files = {
  "base/leaf.ts": [],
  "base/rx.ts": [["rxjs"]],
  "base/other-door.ts": [["rxjs", { bad: "rxjs-door" }]],
  "base/up.ts": [["../port/port.ts", { bad: "floor-base" }]],
  "base/cycle-a.ts": [["./cycle-b.ts", { type: true, bad: "no-cycle" }]],
  // A cycle is reported once, from its first file.
  "base/cycle-b.ts": [["./cycle-a.ts", { type: true }]],
  "base/lost.ts": [["./nowhere.ts", { bad: "resolvable" }]],
  "base/built-in.ts": [["node:fs", { bad: "node-in-its-host" }]],
  "base/package.ts": [["fast-check", { bad: "no-other-package" }]],
  "base/spec.ts": [["../../spec/helper.ts", { bad: "src-alone" }]],
  "port/port.ts": [["../base/leaf.ts"]],
  "port/up.ts": [["../kernel/task.ts", { bad: "floor-port" }]],
  "kernel/task.ts": [["../port/port.ts"], ["../base/rx.ts"]],
  "kernel/up.ts": [["../time/sleep.ts", { bad: "floor-kernel" }]],
  "kernel/host.ts": [["#host", { bad: ["host-by-condition", "floor-kernel"] }]],
  "kernel/barrel.ts": [["../index.ts", { bad: "no-barrel" }]],
  "effection/index.ts": [["../index.ts"], ["../testing/index.ts", { bad: "composed-alone" }]],
  "kernel/barrel-type.ts": [["../testing/laws/index.ts", { type: true, bad: ["no-barrel", "floor-kernel"] }]],
  "time/sleep.ts": [["../kernel/task.ts"]],
  "time/up.ts": [["../rx/bridge.ts", { bad: "floor-time-sync-stream" }]],
  "time/aside.ts": [["../sync/lock.ts", { bad: "time-alone" }]],
  "sync/lock.ts": [["../time/sleep.ts"]],
  "sync/aside.ts": [["../stream/memory.ts", { bad: "sync-without-stream" }]],
  "stream/memory.ts": [["../sync/lock.ts"], ["../time/sleep.ts"]],
  "stream/up.ts": [["../tasks/race.ts", { bad: "floor-time-sync-stream" }]],
  "tasks/race.ts": [["../stream/memory.ts"], ["../time/sleep.ts"], ["../kernel/task.ts"]],
  "tasks/up.ts": [["../rx/bridge.ts", { bad: "floor-tasks" }]],
  "rx/bridge.ts": [["../stream/memory.ts"], ["../base/rx.ts"], ["../tasks/race.ts"]],
  "rx/up.ts": [["../pipeline/stage.ts", { bad: "floor-rx" }]],
  "pipeline/stage.ts": [["../tasks/race.ts"], ["../rx/bridge.ts"]],
  "pipeline/up.ts": [["../backend/native.ts", { type: true, bad: "floor-pipeline" }]],
  "backend/native.ts": [["../port/port.ts"], ["../kernel/task.ts", { type: true }], ["../base/heap.ts"]],
  "backend/effect.ts": [["./effect/fiber.ts"], ["./native.ts", { bad: "siblings-backend" }]],
  "backend/effect/fiber.ts": [["../../port/port.ts"], ["../../base/heap.ts"]],
  "backend/secret.ts": [["../base/leaf.ts", { bad: "backend-in-the-open" }]],
  "base/heap.ts": [],
  "effect/to-effect.ts": [["../backend/effect.ts"], ["../kernel/task.ts"], ["effect"]],
  "effect/meets.ts": [
    ["../effection/scope.ts", { bad: "neighbors-apart" }],
    ["../backend/effection.ts", { bad: "neighbors-apart" }],
    ["effection", { bad: "engine-by-name" }],
    ["../testing/marbles.ts", { bad: "floor-effect-effection" }],
  ],
  "effection/scope.ts": [["effection"], ["../backend/effection.ts"]],
  "backend/effection.ts": [["effection"]],
  "backend/greedy.ts": [["../kernel/task.ts", { bad: "implements-port" }]],
  "backend/knowing.ts": [
    ["../time/sleep.ts", { type: true, bad: "implements-port-only" }],
    ["../tasks/race.ts", { type: true, bad: "implements-port-only" }],
  ],
  "backend/up.ts": [["../host/node.ts", { bad: ["floor-backend", "host-by-condition"] }]],
  "host/node.ts": [["../port/port.ts", { type: true }], ["node:net"], ["./node/socket.ts"]],
  "host/node/socket.ts": [["node:net"]],
  "host/browser.ts": [["./node/socket.ts", { bad: "siblings-host" }]],
  "host/up.ts": [
    ["../net/tcp.ts", { bad: "floor-host" }],
    ["../effect/to-effect.ts", { bad: "floor-host" }],
  ],
  "net/tcp.ts": [["../port/port.ts", { type: true }], ["../stream/memory.ts"]],
  "net/direct.ts": [["../host/node.ts", { bad: "host-by-condition" }]],
  "net/up.ts": [["../testing/marbles.ts", { bad: "floor-net-fs-process-thread" }]],
  "testing/marbles.ts": [["../net/tcp.ts"]],
  "testing/jasmine/matchers.ts": [["../marbles.ts"]],
  "testing/runner.ts": [["./jasmine/matchers.ts", { type: true, bad: "runner-by-choice" }]],
  "testing/index.ts": [["./jasmine/matchers.ts", { bad: "runner-by-choice" }]],
  "testing/laws/index.ts": [["../marbles.ts"]],
  "index.ts": [["#host"], ["./testing/marbles.ts"], ["./kernel/task.ts"]],
};

/** What `tsconfig.kernel.json` must refuse, each by the name it does not know. */
const unknown = {
  setTimeout: "setTimeout(() => {}, 1);",
  process: "process.exit();",
  AbortController: "new AbortController();",
  queueMicrotask: "queueMicrotask(() => {});",
  console: "console.log(1);",
  Buffer: "Buffer.alloc(1);",
  document: "document.title;",
};

const problems = [];
const dir = mkdtempSync(join(tmpdir(), "anyrx-floors-"));
try {
  const put = (path, text) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  for (const file of ["package.json", "tsconfig.json", "tsconfig.kernel.json"])
    cpSync(join(root, file), join(dir, file));
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  put("spec/helper.ts", "export {};\n");
  for (const [path, imports] of Object.entries(files)) {
    const lines = imports.map(
      ([to, { type = false } = {}], i) => `import ${type ? "type " : ""}* as m${i} from "${to}";\n`,
    );
    put(
      `src/${path}`,
      lines.join("") + imports.map((_, i) => `export type T${i} = typeof m${i};\n`).join("") + "export {};\n",
    );
  }

  const { violations } = await cruise(dir);
  const seen = new Set(violations.map(({ rule, from }) => `${rule} ${from}`));
  const wanted = new Set();
  for (const [path, imports] of Object.entries(files)) {
    for (const [, { bad = [] } = {}] of imports) for (const rule of [bad].flat()) wanted.add(`${rule} src/${path}`);
  }
  for (const entry of wanted) if (!seen.has(entry)) problems.push(`not refused: ${entry}`);
  for (const entry of seen) if (!wanted.has(entry)) problems.push(`refused, though allowed: ${entry}`);
  const tried = new Set([...wanted].map((entry) => entry.split(" ")[0]));
  for (const { name } of config.forbidden) if (!tried.has(name)) problems.push(`no break tried for the rule ${name}`);

  rmSync(join(dir, "src"), { recursive: true });
  put(
    "src/kernel/host.ts",
    `import { Observable } from "rxjs";\nnew Observable();\n${Object.values(unknown).join("\n")}\nexport {};\n`,
  );
  let output = "";
  try {
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.kernel.json"], {
      cwd: dir,
    });
  } catch (error) {
    output = String(error.stdout);
  }
  for (const name of Object.keys(unknown)) {
    if (!output.includes(`'${name}'`)) problems.push(`tsconfig.kernel.json lets ${name} through`);
  }
  if (output.includes("Observable")) problems.push(`tsconfig.kernel.json refuses rxjs:\n${output}`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}

for (const problem of problems) console.log(problem);
console.log(
  `${config.forbidden.length} rules and ${Object.keys(unknown).length} host names tried, ${problems.length} problems`,
);
process.exitCode = problems.length > 0 ? 1 : 0;
