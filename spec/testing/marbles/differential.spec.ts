import { delay } from "rxjs";
import { compare } from "./differential.ts";
import { KINDS, pipelineOf } from "./pipelines.ts";

describe("marbles() beside TestScheduler", () => {
  const first = Math.floor(Math.random() * 1_000_000_000);

  it(`has more than 21 operators and combinators to choose from`, () => {
    expect(KINDS).toBeGreaterThan(21);
  });

  it(`sees in random pipelines what that sees, where no two things happen at one instant by chance (from ${first})`, async () => {
    for (let seed = first; seed < first + 60; seed++) {
      const outcome = await compare(pipelineOf(seed, true));
      if (typeof outcome === "object") fail(`seed ${seed}: ${outcome.text}`);
    }
    expect().nothing();
  });

  it(`sees the same at one instant as well, but for timers that take each other's places (from ${first})`, async () => {
    const count = 100;
    const ties: string[] = [];
    for (let seed = first; seed < first + count; seed++) {
      const pipeline = pipelineOf(seed);
      const outcome = await compare(pipeline);
      if (typeof outcome === "string") continue;
      if (pipeline.ties) ties.push(`seed ${seed}: ${outcome.text}`);
      else fail(`seed ${seed}: ${outcome.text}`);
    }
    // Of 20,000 it was 1 in 100.
    expect(ties.length)
      .withContext(ties.join("\n\n"))
      .toBeLessThan(count / 10);
  });

  it("would notice a difference", async () => {
    const { build, ...pipeline } = pipelineOf(1);
    let builds = 0;
    const outcome = await compare({
      ...pipeline,
      build: (sources) => (builds++ === 0 ? build(sources) : build(sources).pipe(delay(1))),
    });
    expect(builds).toBe(2);
    expect(typeof outcome).toBe("object");
  });
});
