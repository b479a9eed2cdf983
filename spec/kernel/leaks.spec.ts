import { createMemoryObjectStream, setDevMode, sleep } from "../../src/index.ts";

/** Collects garbage until `seen` says so. Really waits: finalizers run when the host likes. */
async function collectUntil(seen: () => boolean): Promise<void> {
  for (let i = 0; i < 20 && !seen(); i++) {
    (globalThis as unknown as { gc(): void }).gc();
    await new Promise((done) => setTimeout(done, 2));
  }
}

describe("Development mode", () => {
  let warnings: string[];
  const listener = (warning: Error): void => {
    if (warning.name === "AnyrxWarning") warnings.push(warning.message);
  };

  beforeEach(() => {
    warnings = [];
    process.on("warning", listener);
    setDevMode(true);
  });
  afterEach(() => {
    setDevMode(false);
    process.off("warning", listener);
  });

  it("reports an end of a stream that was never closed, with where it was made", async () => {
    (() => void createMemoryObjectStream<number>(3, { name: "forgotten" }))();
    await collectUntil(() => warnings.length >= 2);
    expect(warnings.join("\n")).toContain(
      'A send end of the memory object stream "forgotten" was collected as garbage and never closed',
    );
    expect(warnings.join("\n")).toContain('A receive end of the memory object stream "forgotten"');
    expect(warnings[0]).toContain("leaks.spec.ts");
  });

  it("reports an operation that was made and never run, with where it was made", async () => {
    (() => void sleep(5))();
    await collectUntil(() => warnings.length >= 1);
    expect(warnings[0]).toContain("An operation was made and never run");
    expect(warnings[0]).toContain("leaks.spec.ts");
  });

  it("says nothing of what was run and closed", async () => {
    await (async () => {
      const [send, receive] = createMemoryObjectStream<number>(1);
      await send.send(1);
      await receive.receive();
      await sleep(1).in((await import("../../src/index.ts")).currentScope());
      send.close();
      receive.close();
    })();
    await collectUntil(() => warnings.length > 0 || performance.now() < 0);
    expect(warnings.filter((text) => text.includes("leaks.spec.ts"))).toEqual([]); // Other specs leave things, too.
  });
});
