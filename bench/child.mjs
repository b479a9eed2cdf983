/** Plays one workload in a process of its own, and writes what came out: `child.mjs <workload> <options as JSON> <file>`. */
import { writeFileSync } from "node:fs";
import { play } from "./harness.mjs";
import { workload } from "./workloads/index.mjs";

// The timers of `AbortSignal.timeout` keep no process alive, and some contestants wait for nothing else.
setInterval(() => {}, 60_000);

const [name, options, file] = process.argv.slice(2);
const result = await play(await workload(name), {
  ...JSON.parse(options),
  note: (text) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  },
});
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
writeFileSync(file, JSON.stringify(result));
// Timers of contestants that never clean up must not keep it alive.
process.exit(0);
