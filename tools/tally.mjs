/**
 * The jasmine reporter that counts. It stands beside jasmine's own reporter and says nothing but the closing line.
 *
 * Under `tools/test.mjs` the counts go to the file named by `ANYRX_TALLY` instead, and the closing line is printed there.
 */
import { writeFileSync } from "node:fs";

export class Tally {
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  /** Errors that belong to no spec: a hook of a suite, a spec file that does not load. */
  #stray = 0;

  specDone(result) {
    if (result.status === "passed") this.#passed++;
    else if (result.status === "failed") this.#failed++;
    else this.#skipped++;
  }

  suiteDone(result) {
    this.#stray += result.failedExpectations.length;
  }

  jasmineDone(result) {
    this.#stray += result.failedExpectations.length;
    let failed = this.#failed + this.#stray;
    // Jasmine calls a run without specs, or with a focused spec, incomplete. Neither may look like success.
    if (failed === 0 && (result.overallStatus !== "passed" || this.#passed === 0)) failed = 1;
    const tally = { passed: this.#passed, failed, skipped: this.#skipped, seed: result.order?.seed };
    const file = process.env.ANYRX_TALLY;
    if (file) writeFileSync(file, JSON.stringify(tally));
    else console.log(`${tally.passed} passed, ${tally.failed} failed`);
  }
}
