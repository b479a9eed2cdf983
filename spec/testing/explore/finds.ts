/**
 * What exploring finds in the corpus, as lines: the same on every host, or replays were worth nothing.
 *
 *     node -C @anyrx/source --import ./tools/ts.mjs spec/testing/explore/finds.ts
 *
 * `node tools/explore-hosts.mjs <host> …` compares them.
 *
 * @module
 */

import { explore, isInterleavingError } from "anyrx/testing";
import { leaking, selfish, untidy } from "./leaks.ts";
import { planted } from "./programs.ts";

/** One line for each search: the program, how it was searched, the run that failed, its replay. */
export async function finds(): Promise<string[]> {
  const lines: string[] = [];
  const note = async (title: string, how: string, search: () => Promise<unknown>): Promise<void> => {
    let found = "nothing";
    try {
      await search();
    } catch (error) {
      found = isInterleavingError(error) ? `run ${String(error.runs)}, ${error.replay}` : String(error);
    }
    lines.push(`${title}: ${how}: ${found}`);
  };
  for (const { title, racy } of planted) {
    for (const mode of ["random", "pct", "all"] as const)
      await note(title, mode, () => explore(racy, { mode, runs: 300, deadlockGrace: 1 }));
  }
  for (const { title, leaky } of [...leaking, untidy, selfish]) {
    for (const inject of ["cancel", "timeout", "cancelTask"] as const)
      await note(title, inject, () => explore(leaky, { inject, deadlockGrace: 1 }));
    await note(title, "cancelTask, random", () =>
      explore(leaky, { inject: "cancelTask", mode: "random", runs: 100, deadlockGrace: 1 }),
    );
  }
  return lines;
}
