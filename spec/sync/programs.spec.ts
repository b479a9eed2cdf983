import fc from "fast-check";
import { run } from "anyrx";
import { type Action, type Program, type Step, World } from "./world.ts";

/** How many programs are tried. */
const PROGRAMS = 20_000;

/** Mostly one at a time: several tasks are to want the same. */
const turns = fc.oneof(
  { weight: 3, arbitrary: fc.nat(3).map((turn) => [turn]) },
  { weight: 1, arbitrary: fc.subarray([0, 1, 2, 3], { minLength: 2, maxLength: 3 }) },
);
const pause = fc.nat(2);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("section" as const),
      turns,
      pause,
      how: fc.constantFrom("lease" as const, "release" as const, "hold" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("send" as const, "receive" as const, "await" as const, "signal" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("subscribe" as const),
      to: fc.oneof(turns, fc.constantFrom("receive" as const, "await" as const)),
      pause,
      how: fc.constantFrom("lease" as const, "hold" as const),
    }),
  },
);

const action: fc.Arbitrary<Action> = fc.record({
  who: fc.nat(4),
  what: fc.oneof(
    { weight: 4, arbitrary: fc.constant("nothing" as const) },
    { weight: 4, arbitrary: fc.constantFrom("cancel the step" as const, "unsubscribe" as const) },
    { weight: 1, arbitrary: fc.constant("cancel the task" as const) },
  ),
});

const program: fc.Arbitrary<Program> = fc.record({
  buffer: fc.nat(2),
  permits: fc.integer({ min: 1, max: 2 }),
  tokens: fc.integer({ min: 1, max: 2 }),
  scripts: fc.array(fc.record({ style: fc.nat(2), steps: fc.array(step, { maxLength: 6, size: "max" }) }), {
    minLength: 2,
    maxLength: 5,
    size: "max",
  }),
  actions: fc.array(action, { maxLength: 40, size: "max" }),
});

describe("Random programs over locks, semaphores, limiters, conditions and streams", () => {
  it("keep their invariants, whoever is cancelled or unsubscribed at whichever step", async () => {
    let tried = 0;
    // A failure prints its seed, and the smallest program that still fails.
    await fc.assert(
      fc.asyncProperty(program, async (one) => {
        tried++;
        const world = new World(one);
        await run(() => world.play(), { backend: "virtual" });
        if (world.problems.length > 0) throw new Error(world.problems.join("; "));
      }),
      { numRuns: PROGRAMS },
    );
    expect(tried).toBeGreaterThanOrEqual(PROGRAMS);
  }, 120_000);
});
