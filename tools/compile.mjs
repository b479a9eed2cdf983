/** Compiles all that the tests load, so that no two of their processes do the same at the same time; forgets what was not used for a week. */
import { readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cache, compiled } from "./ts-hooks.mjs";

const WEEK = 7 * 86_400_000;
const root = fileURLToPath(new URL("..", import.meta.url));
const now = new Date();
let count = 0;

for (const folder of ["src", "spec", "demo"]) {
  for (const name of readdirSync(join(root, folder), { recursive: true })) {
    if (!name.endsWith(".ts")) continue;
    utimesSync(compiled(join(root, folder, name)).kept, now, now);
    count++;
  }
}
for (const name of readdirSync(cache)) {
  const path = join(cache, name);
  const used = statSync(path, { throwIfNoEntry: false })?.mtime;
  if (used !== undefined && now - used > WEEK) rmSync(path, { force: true });
}
console.log(`${count} files`);
