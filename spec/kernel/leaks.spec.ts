import { createMemoryObjectStream, currentScope, run, sleep } from "../../src/index.ts";
import { warningsOf } from "../support/garbage.ts";

describe("Development mode", () => {
  it("reports an end of a stream that was never closed, with where it was made", async () => {
    const warnings = await warningsOf(() => void createMemoryObjectStream<number>(3, { name: "forgotten" }));
    expect(warnings.join("\n")).toContain(
      'A send end of the memory object stream "forgotten" was collected as garbage and never closed',
    );
    expect(warnings.join("\n")).toContain('A receive end of the memory object stream "forgotten"');
    expect(warnings[0]).toContain("leaks.spec.ts");
  });

  it("reports an operation that was made and never run, with where it was made", async () => {
    const warnings = await warningsOf(() => void sleep(5));
    expect(warnings[0]).toContain("An operation was made and never run");
    expect(warnings[0]).toContain("leaks.spec.ts");
  });

  it("says nothing of what was run and closed", async () => {
    const main = async (): Promise<void> => {
      const [send, receive] = createMemoryObjectStream<number>(1);
      await send.send(1);
      await receive.receive();
      await sleep(1).in(currentScope());
      send.close();
      receive.close();
    };
    expect(await warningsOf(() => run(main, { backend: "virtual" }))).toEqual([]);
  });
});
