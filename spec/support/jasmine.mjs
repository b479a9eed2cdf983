import { Tally } from "../../tools/tally.mjs";

/** What jasmine runs, and how: in random order, the seed printed; a spec that expects nothing fails. */
export default {
  spec_dir: "spec",
  helpers: ["support/patience.ts", "support/real-time.ts"],
  spec_files: ["**/*.spec.ts"],
  reporters: [new Tally()],
  defaultReporter: {
    randomSeedReproductionCmd: (seed) => `npm test -- --seed=${seed}${process.env.ANYRX_SPECS ?? ""}`,
  },
  env: { random: true, forbidDuplicateNames: true, failSpecWithNoExpectations: true },
};
