/**
 * A suite: steps and specs, what each of them counts for, and the line that closes over all of them.
 *
 * A step that is not jasmine counts as one test. Whatever ends without a report of its own, by a crash, by its time limit or because there was
 * nothing to do, counts as a failure.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./jobs.mjs";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const jasmine = [
  ...["-C", "@anyrx/source", "--expose-gc", "--disable-warning=AnyrxWarning", "--enable-source-maps"],
  ...["--import", "./tools/ts.mjs", "node_modules/jasmine/bin/jasmine.js"],
];
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

export class Suite {
  passed = 0;
  failed = 0;
  skipped = 0;
  #limit;
  #print;

  /** @param {{ limit?: number, print?: (text: string) => void }} [options] - `limit`: how long a step may take, in ms. */
  constructor({ limit = 300_000, print = console.log } = {}) {
    this.#limit = limit;
    this.#print = print;
  }

  /** A program that is right when it ends with 0: silent then, with its whole output otherwise. */
  async step(name, args) {
    const { why, output, took } = await run(args, { cwd, limit: this.#limit });
    if (why !== null) return this.#fail(name, took, `${why}: node ${args.join(" ")}`, output);
    // A step says "SKIPPED: reason" for a part that this machine cannot do.
    const skipped = output.split("\n").filter((line) => line.startsWith("SKIPPED"));
    this.passed++;
    this.skipped += skipped.length;
    this.#print([`ok      ${name} (${seconds(took)})`, ...skipped.map((line) => `        ${line}`)].join("\n"));
  }

  /** Specs in a process of their own, by the arguments of jasmine; all of them without any. `live`: jasmine prints them itself, as they come. */
  async specs(name, args, { live = false } = {}) {
    const dir = mkdtempSync(join(tmpdir(), "anyrx-test-"));
    const file = join(dir, "tally.json");
    const env = { ANYRX_TALLY: file, ANYRX_SPECS: live ? "" : args.map((arg) => ` "${arg}"`).join("") };
    try {
      const { why, output, took } = await run([...jasmine, ...args], { cwd, limit: this.#limit, env, live });
      const report = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
      if (report === null) return this.#fail(name, took, `jasmine ended without a report, ${why ?? "exit 0"}`, output);
      this.passed += report.passed;
      this.skipped += report.skipped;
      // What fails after its report: a process that hangs or crashes at its end.
      this.failed += report.failed;
      if (report.failed === 0 && why === null) {
        const counts = `${report.passed} passed, ${seconds(took)}, seed ${report.seed}`;
        if (!live) this.#print(`ok      ${name} (${counts})`);
        return;
      }
      if (report.failed === 0) this.failed++;
      const reason = report.failed === 0 ? `after its report, ${why}` : `${report.failed} failed`;
      // A line of dots says nothing by now.
      if (!live) this.#tell(name, took, reason, output.replace(/^[.F*]+$/gm, ""));
      else if (report.failed === 0) this.#tell(name, took, reason, "");
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }

  /** Something went wrong that is no step's. */
  broken(error) {
    this.failed++;
    this.#print(`\nFAILED  ${error?.stack ?? error}\n`);
  }

  /** Prints the closing line. Gives the exit code. */
  close() {
    if (this.skipped > 0) this.#print(`${this.skipped} skipped`);
    this.#print(`${this.passed} passed, ${this.failed} failed`);
    return this.failed > 0 || this.passed === 0 ? 1 : 0;
  }

  #fail(name, took, reason, output) {
    this.failed++;
    this.#tell(name, took, reason, output);
  }

  #tell(name, took, reason, output) {
    const text = output.trim();
    this.#print(`\nFAILED  ${name} (${seconds(took)}, ${reason})\n${text === "" ? "" : `\n${text}\n`}`);
  }
}
