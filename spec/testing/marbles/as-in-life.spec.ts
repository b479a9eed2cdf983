import { run } from "anyrx";
import { marbles } from "anyrx/testing";
import { programOf } from "./programs.ts";

/** How many programs are compared. */
const COUNT = 40;
/** How late the timers of the host may be, as a part of the unit, for a program to decide as it would on a quiet machine. */
const TOLERABLE = 0.3;

/** Runs the programs of `seeds` in real time, all at once. Also tells how late timers were. */
async function inLife(seeds: readonly number[], unit: number): Promise<{ results: string[]; late: number }> {
  let late = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    const now = performance.now();
    late = Math.max(late, now - last - 2);
    last = now;
  }, 2);
  try {
    const world = { unit, now: () => performance.now() };
    const results = await Promise.all(seeds.map((seed) => run(() => programOf(seed)(world))));
    return { results: results.map((result) => JSON.stringify(result)), late };
  } finally {
    clearInterval(watch);
  }
}

async function inTests(seeds: readonly number[], unit: number): Promise<string[]> {
  const results: string[] = [];
  for (const seed of seeds) results.push(JSON.stringify(await marbles(({ now }) => programOf(seed)({ unit, now }))));
  return results;
}

describe("marbles() is true to life", () => {
  const first = Math.floor(Math.random() * 1_000_000_000);

  // It really waits, and all at once: what happens in real time is what virtual time is compared with.
  it(`async programs end as on real timers (from ${first})`, async () => {
    const seeds = Array.from({ length: COUNT }, (_, i) => first + i);
    for (const unit of [25, 25, 50, 100]) {
      const { results, late } = await inLife(seeds, unit);
      if (late > TOLERABLE * unit) continue; // A machine so busy decides otherwise by itself.
      const virtual = await inTests(seeds, unit);
      for (const [i, seed] of seeds.entries()) expect(virtual[i]).withContext(`seed ${seed}`).toBe(results[i]);
      return;
    }
    pending("this machine is too busy for timers");
  });
});
