/** Checks the floors of src/ against `.dependency-cruiser.cjs`: `npm run floors`. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cruise } from "./cruise.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
if (!existsSync(new URL("../src", import.meta.url))) {
  console.log("Cannot check the floors: there is no src folder");
  process.exit(1);
}
const { violations, modules } = await cruise(root);
for (const { rule, from, to, comment, cycle } of violations) {
  console.log(`${from} -> ${cycle ? cycle.join(" -> ") : to}\n    ${rule}: ${comment}`);
}
console.log(`${modules} modules, ${violations.length} violations`);
process.exitCode = violations.length > 0 ? 1 : 0;
