/**
 * The bench: `npm run bench`, everything; `npm run bench -- W3 W4`, these workloads alone.
 *
 *     --quick            small and few, to see that it works: nothing is kept
 *     --rounds N         how often each contestant is measured (9)
 *     --host NAME        on another runtime: node24, bun
 *     --json FILE        write the results there, instead of bench/results/<host>.json
 *     --warm             play each turn once untimed before it is timed; with --json only, since other results are cold ones
 *     --chart            draw the charts again from the results that are there, and measure nothing
 *
 * Each workload has a process of its own. Results are kept in bench/results, one file for each host; a run of some workloads replaces those
 * alone. A miss of a bar is said and is no error; a contestant that did not do its work is one.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { drawAll } from "./chart.mjs";
import { prepare, runtime, versions } from "./prepare.mjs";
import { table } from "./table.mjs";
import { named, names } from "./workloads/index.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const results = join(here, "results");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    host: { type: "string" },
    json: { type: "string" },
    warm: { type: "boolean", default: false },
    chart: { type: "boolean", default: false },
  },
});

/** What the runtime calls itself: "node20", "node24", "bun". */
function describe(binary) {
  const script = "console.log(JSON.stringify({ bun: process.versions.bun, node: process.versions.node }))";
  const { bun, node } = JSON.parse(execFileSync(binary, ["-e", script], { encoding: "utf8" }));
  return bun === undefined
    ? { host: `node${node.split(".")[0]}`, runtime: `Node ${node}` }
    : { host: "bun", runtime: `Bun ${bun}` };
}

/** The commit that is measured, where there is a repository. */
function commit() {
  const { status, stdout } = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: here, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "unknown";
}

function playOne(binary, bun, name, options) {
  const dir = mkdtempSync(join(tmpdir(), "anyrx-bench-"));
  const file = join(dir, "result.json");
  try {
    const flags = bun
      ? []
      : ["--expose-gc", "--disable-warning=AnyrxWarning", "--disable-warning=MaxListenersExceededWarning"];
    const { status, signal } = spawnSync(
      binary,
      [...flags, join(here, "child.mjs"), name, JSON.stringify(options), file],
      {
        stdio: "inherit",
        cwd: here,
        env: { ...process.env, NODE_ENV: "production" },
      },
    );
    if (status !== 0) throw new Error(`Cannot measure ${name}: its process ended with ${String(status ?? signal)}`);
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function measure() {
  const asked = [...new Set(positionals.length > 0 ? positionals.flatMap(named) : names)];
  prepare();
  const binary = runtime(values.host);
  const { host, runtime: version } = describe(binary);
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 9));
  if (!(rounds >= 1)) throw new Error(`Cannot measure ${String(values.rounds)} rounds: it is no count; use 1 or more`);
  const options = {
    rounds,
    warmups: values.quick ? 3 : 2,
    scale: values.quick ? 0.1 : 1,
    seed: 20_260,
    warm: values.warm,
  };
  const machine = {
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    os: `${type()} ${release()} ${process.arch}`,
    runtime: version,
  };
  console.log(`${machine.runtime} on ${machine.cpu}, ${String(machine.cores)} cores, ${machine.os}\n`);
  const keep = values.json ?? (values.quick || values.warm ? undefined : join(results, `${host}.json`));
  const failed = [];
  const kept = keep !== undefined && existsSync(keep) ? JSON.parse(readFileSync(keep, "utf8")).workloads : {};
  for (const name of asked) {
    let result;
    try {
      result = playOne(binary, host === "bun", name, options);
    } catch (error) {
      failed.push(name);
      console.error(`${error.message}\n`);
      continue;
    }
    console.log(table(result));
    kept[name] = { date: new Date().toISOString().slice(0, 10), commit: commit(), ...result };
    if (keep === undefined) continue;
    const workloads = Object.fromEntries(names.filter((one) => one in kept).map((one) => [one, kept[one]]));
    mkdirSync(results, { recursive: true });
    const file = { host, machine, versions: versions(), workloads };
    const rounded = (_, value) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);
    writeFileSync(keep, `${JSON.stringify(file, rounded, 2)}\n`);
  }
  if (keep !== undefined && values.json === undefined) drawAll(results);
  if (failed.length > 0) throw new Error(`Failed: ${failed.join(", ")}`);
}

try {
  if (values.chart) drawAll(results);
  else measure();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
