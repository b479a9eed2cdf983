/**
 * The whole test command: every step and all specs, two at a time, then one closing line over all of them.
 *
 *     npm test                               everything
 *     npm test -- spec/kernel/task.spec.ts   these specs only, in one process
 *     npm test -- --seed=1234 --filter=lock  any argument of jasmine's
 *
 * The last line of output is always `N passed, N failed`, and the exit code is not 0 when something failed or when no spec ran. What takes longer
 * than `ANYRX_TEST_LIMIT` ms has failed.
 */
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { inLanes, stopAll } from "./jobs.mjs";
import { Suite } from "./suite.mjs";

/** The folders of spec/ by process, so that these take about as long; those that are not named here are together in one more. */
const SHARDS = [["laws"], ["field"], ["sync", "tasks"], ["testing"], ["trace"], ["effect", "effection"]];

const compile = "compiled: src, spec, demo";
const packed = "the packed package";

const args = process.argv.slice(2);
const limit = process.env.ANYRX_TEST_LIMIT;
const suite = new Suite(limit ? { limit: Number(limit) } : {});

for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
  process.once(signal, () => {
    stopAll();
    suite.broken(`stopped by ${signal}`);
    suite.close();
    process.exit(code);
  });
}

function shards() {
  const names = readdirSync(new URL("../spec", import.meta.url), { recursive: true });
  const folders = new Set();
  for (const name of names.filter((name) => name.endsWith(".spec.ts"))) {
    const [folder, inside] = name.split(/[\\/]/);
    if (inside === undefined) throw new Error(`Cannot run spec/${name}: it lies in no folder; put it into one`);
    folders.add(folder);
  }
  for (const name of SHARDS.flat()) {
    if (!folders.delete(name)) throw new Error(`Cannot run the specs of spec/${name}: there are none; look at SHARDS`);
  }
  return [...SHARDS, [...folders].sort()].map((folders) => {
    const name = `specs: ${folders.join(", ")}`;
    const glob = `spec/${folders.length > 1 ? `{${folders.join(",")}}` : folders[0]}/**/*.spec.ts`;
    return { name, after: compile, work: () => suite.specs(name, [glob]) };
  });
}

const step = (name, args, order = {}) => ({ name, ...order, work: () => suite.step(name, args) });
/** What was found right is remembered, by content. */
const types = (project, ...flags) => [
  ...["node_modules/typescript/bin/tsc", "-p", project, "--incremental"],
  ...["--tsBuildInfoFile", `.tmp/${project}.tsbuildinfo`, ...flags],
];

try {
  if (args.length > 0) await suite.specs("specs", args, { live: true });
  else {
    const [laws, field, sync, testing, trace, neighbors, rest] = shards();
    // What takes long comes first, so that no lane is left with it at the end.
    await inLanes(Math.min(Math.max(availableParallelism(), 2), 4), [
      step(packed, ["tools/pack-test.mjs"]),
      step(compile, ["tools/compile.mjs"]),
      ...[testing, sync, laws, neighbors, field, rest, trace],
      step("types: src, spec, demo, tools", types("tsconfig.json", "--noEmit")),
      step("types: the kernel floors know no host", types("tsconfig.kernel.json")),
      step("the test command bites", ["tools/test-bite.mjs"]),
      step("floors: every rule bites", ["tools/floors-bite.mjs"]),
      step("doc examples", ["tools/doc-examples.mjs"], { after: compile }),
      step("floors: who imports whom", ["tools/floors.mjs"]),
      step("the package under test runners", ["tools/runners.mjs"], { after: packed }),
      step("sizes, against their budgets", ["bench/size.mjs"], { after: packed }),
    ]);
  }
} catch (error) {
  suite.broken(error);
}
process.exitCode = suite.close();
