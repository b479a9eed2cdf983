import { run } from "anyrx";
import { marbles } from "anyrx/testing";
import { programOf } from "./programs.ts";

/** How many programs are compared. */
const COUNT = 40;
/** How long a unit of time takes in real life, in ms. Timers are late, and lateness adds up: who differs is asked again, at a slower pace. */
const UNITS = [25, 75, 225];

/** Runs the programs of `seeds` in real time, all at once. */
async function inLife(seeds: readonly number[], unit: number): Promise<string[]> {
  const world = { unit, now: () => performance.now() };
  const results = await Promise.all(seeds.map((seed) => run(() => programOf(seed)(world))));
  return results.map((result) => JSON.stringify(result));
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
    let seeds = Array.from({ length: COUNT }, (_, i) => first + i);
    for (const unit of UNITS) {
      const [virtual, real] = [await inTests(seeds, unit), await inLife(seeds, unit)];
      seeds = seeds.filter((_, i) => virtual[i] !== real[i]);
      if (seeds.length === 0) break;
    }
    expect(seeds).withContext("programs that end otherwise on real timers").toEqual([]);
  }, 30_000);
});
