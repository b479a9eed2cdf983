/**
 * Random async programs, which end alike on any clock: what they decide by time is never a tie.
 *
 * @module
 */

import {
  createMemoryObjectStream,
  failAfter,
  isTimeoutError,
  type Operation,
  operation,
  race,
  sleep,
  taskGroup,
} from "anyrx";
import { randomFrom } from "../../../src/base/random.ts";

/** What a program runs on. */
export interface World {
  /** How many ms make a unit of the program. */
  readonly unit: number;
  readonly now: () => number;
  /** Told by how many ms a timer was late. */
  readonly late: (ms: number) => void;
}

/** What a program came to: what happened in which unit, in each of its branches. */
export type Result = string | readonly Result[];

type Step = (world: Clock) => Promise<Result>;

/** The clock of a program. */
class Clock {
  private readonly world: World;
  private readonly start: number;

  constructor(world: World) {
    this.world = world;
    this.start = world.now();
  }

  /** The unit that has begun. Timers are late, and now and then a little early. */
  at(what: string): string {
    return `${what}@${Math.floor((this.world.now() - this.start + 3) / this.world.unit)}`;
  }

  ms(units: number): number {
    return units * this.world.unit;
  }

  /** Sleeps, by a timer of the host or one of ours. */
  async nap(units: number, ours = true): Promise<void> {
    const start = this.world.now();
    if (ours) await sleep(this.ms(units));
    else await new Promise((resolve) => setTimeout(resolve, this.ms(units)));
    this.world.late(this.world.now() - start - this.ms(units));
  }

  /** Waits for `work`, which may take that long; and when it takes longer, until a unit begins again. `null` when it did. */
  async within<T>(units: number, work: () => Operation<T>): Promise<T | null> {
    const start = this.world.now();
    try {
      return await failAfter(this.ms(units), work);
    } catch (error) {
      if (!isTimeoutError(error)) throw error;
      this.world.late(this.world.now() - start - this.ms(units));
      await this.nap(Math.ceil(units) - units);
      return null;
    }
  }
}

/** The program of a seed. It takes a dozen units or so. */
export function programOf(seed: number): (world: World) => Promise<Result> {
  const random = randomFrom(seed);
  const int = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const flip = (): boolean => random() < 0.5;

  const kinds: Record<string, (depth: number) => Step> = {
    sleep() {
      const [units, ours] = [int(1, 3), flip()];
      return async (clock) => {
        await clock.nap(units, ours);
        return clock.at("slept");
      };
    },
    reactions() {
      const count = int(1, 200);
      return async (clock) => {
        for (let i = 0; i < count; i++) await null;
        return clock.at("reacted");
      };
    },
    nested(depth) {
      const inner = sequence(depth - 1);
      const call = (levels: number, clock: Clock): Promise<Result> =>
        levels === 0 ? inner(clock) : call(levels - 1, clock);
      const levels = int(1, 30);
      return async (clock) => [await call(levels, clock)];
    },
    branches(depth) {
      const parts = Array.from({ length: int(2, 3) }, () => sequence(depth - 1));
      if (flip()) return (clock) => Promise.all(parts.map((part) => part(clock)));
      return async (clock) => {
        const results: Result[] = [];
        await taskGroup((tg) => {
          for (const [i, part] of parts.entries())
            tg.startSoon(async () => {
              results[i] = await part(clock);
            });
        });
        return results;
      };
    },
    race() {
      const first = int(1, 2);
      const [ours, anyrx] = [flip(), flip()];
      const units = flip() ? [first, first + int(1, 2)] : [first + int(1, 2), first];
      return async (clock) => {
        const run = (i: number) => async (): Promise<string> => {
          await clock.nap(units[i]!, ours);
          return `racer ${i}`;
        };
        return clock.at(await (anyrx ? race([run(0), run(1)]) : Promise.race([run(0)(), run(1)()])));
      };
    },
    timeout() {
      const [limit, units] = [int(1, 3), int(1, 3)];
      return async (clock) => {
        const inTime = await clock.within(
          limit + 0.4,
          operation(() => clock.nap(units).then(() => true)),
        );
        return clock.at(inTime === null ? "too late" : "in time");
      };
    },
    generators() {
      const [pauses, ours] = [Array.from({ length: int(2, 3) }, () => int(0, 1)), flip()];
      return async (clock) => {
        async function* stage0(): AsyncGenerator<string> {
          for (const [i, units] of pauses.entries()) {
            if (units > 0) await clock.nap(units, ours);
            yield String(i);
          }
        }
        async function* stage(name: string, from: AsyncIterable<string>): AsyncGenerator<string> {
          for await (const item of from) {
            await null;
            yield item + name;
          }
        }
        const seen: string[] = [];
        for await (const item of stage("c", stage("b", stage("a", stage0())))) seen.push(clock.at(item));
        return seen;
      };
    },
    queue() {
      const pauses = Array.from({ length: 3 }, () => int(0, 2));
      const patience = int(1, 2) + 0.4;
      return async (clock) => {
        const [send, receive] = createMemoryObjectStream<string>();
        const seen: string[] = [];
        await taskGroup(async (tg) => {
          tg.startSoon(async () => {
            for (const [i, units] of pauses.entries()) {
              if (units > 0) await clock.nap(units);
              await send.send(`item ${i}`);
            }
            send.close();
          });
          try {
            for (let item: string | null = ""; item !== null;) {
              item = await clock.within(patience, () => receive.receive());
              seen.push(clock.at(item ?? "timeout"));
            }
          } catch (error) {
            seen.push(clock.at((error as Error).name));
          }
          tg.cancel();
        });
        receive.close();
        return seen;
      };
    },
  };

  const sequence = (depth: number): Step => {
    const names = Object.keys(kinds).filter((name) => depth > 0 || (name !== "nested" && name !== "branches"));
    const steps = Array.from({ length: int(1, 2) }, () => kinds[names[int(0, names.length - 1)]!]!(depth));
    return async (clock) => {
      const results: Result[] = [];
      for (const step of steps) results.push(await step(clock));
      return results;
    };
  };

  const main = sequence(2);
  return (world) => main(new Clock(world));
}
