/** Runs dependency-cruiser over the src folder of a project, by the rules of this one. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const bin = fileURLToPath(new URL("../node_modules/dependency-cruiser/bin/dependency-cruise.mjs", import.meta.url));
const config = fileURLToPath(new URL("../.dependency-cruiser.cjs", import.meta.url));
const rules = createRequire(import.meta.url)(config).forbidden;

/**
 * @param {string} cwd - The project's folder: `src`, `package.json` and `tsconfig.json` are read there.
 * @returns {Promise<{ modules: number, violations: { rule: string, comment: string, from: string, to: string, cycle?: string[] }[] }>}
 */
export async function cruise(cwd) {
  const args = [bin, "--config", config, "--output-type", "json", "src"];
  const run = promisify(execFile)(process.execPath, args, { cwd, maxBuffer: 1 << 28 });
  // The exit code is the number of violations: what counts is whether there is a report.
  const { stdout, stderr } = await run.catch((error) => error);
  let report;
  try {
    report = JSON.parse(stdout);
  } catch {
    throw new Error(`dependency-cruiser gave no report:\n${stdout}\n${stderr}`);
  }
  return {
    modules: report.modules.filter((module) => module.source.startsWith("src/")).length,
    violations: report.summary.violations.map(({ rule, from, to, cycle }) => ({
      rule: rule.name,
      comment: rules.find(({ name }) => name === rule.name).comment,
      from,
      to,
      cycle: cycle?.map((step) => step.name),
    })),
  };
}
