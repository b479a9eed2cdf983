import { run } from "anyrx";
import { marbles } from "anyrx/testing";
import { programOf } from "./programs.ts";
import { mayWait } from "../../support/real-time.ts";

/** How many programs are compared. */
const COUNT = 60;
/** How many ms make a unit of them, which take ten or so. Those that differ are given more time: a machine may be busy in ways that no timer shows. */
const UNITS = [60, 120, 240];
/** By how many units the timers of a program may be late, all of them together: what it decides by time is never closer than 0.4. */
const TOLERABLE = 0.3;

interface Ending {
  readonly seed: number;
  readonly real: string;
  readonly virtual: string;
}

/** How the programs end whose timers were not too late in real time. They really wait, all at once. */
async function endings(seeds: readonly number[], unit: number): Promise<Ending[]> {
  const real = await Promise.all(
    seeds.map(async (seed) => {
      let late = 0;
      const world = { unit, now: () => performance.now(), late: (ms: number) => void (late += Math.max(ms, 0)) };
      const result = await run(() => programOf(seed)(world));
      return { seed, late, real: JSON.stringify(result) };
    }),
  );
  const found: Ending[] = [];
  for (const { seed, late, real: result } of real) {
    if (late > TOLERABLE * unit) continue;
    const virtual = await marbles(({ now }) => programOf(seed)({ unit, now, late: () => undefined }));
    found.push({ seed, real: result, virtual: JSON.stringify(virtual) });
  }
  return found;
}

describe("marbles() is true to life", () => {
  mayWait("what happens in real time is what virtual time is compared with");
  const first = Math.floor(Math.random() * 1_000_000_000);

  // It really waits: what happens in real time is what virtual time is compared with.
  it(`async programs end as on real timers (from ${first})`, async () => {
    let seeds = Array.from({ length: COUNT }, (_, i) => first + i);
    let same = 0;
    let differ: Ending[] = [];
    for (const unit of UNITS) {
      if (seeds.length === 0) break;
      const found = await endings(seeds, unit);
      differ = found.filter(({ real, virtual }) => real !== virtual);
      same += found.length - differ.length;
      seeds = differ.map(({ seed }) => seed);
    }
    for (const { seed, real, virtual } of differ) expect(virtual).withContext(`seed ${seed}`).toBe(real);
    if (same === 0) pending("the timers of this machine are too late");
    expect(differ.length).toBe(0);
  }, 20_000);
});
