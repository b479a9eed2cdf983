import { createMemoryObjectStream, setDevMode } from "anyrx";

const collect = (globalThis as { gc?: () => void }).gc;

/** What was reported after the garbage of `make` was collected. */
async function reported(make: () => unknown): Promise<string[]> {
  const warnings: string[] = [];
  const listen = (warning: Error): void => {
    if (warning.name === "AnyrxWarning") warnings.push(warning.message);
  };
  process.on("warning", listen);
  try {
    make();
    // Finalizers run in a turn of their own, some time after the collection.
    for (let turn = 0; turn < 20 && warnings.length === 0; turn++) {
      collect?.();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  } finally {
    process.off("warning", listen);
  }
  return warnings;
}

describe("law M9: an end that is garbage collected unclosed", () => {
  beforeEach(() => {
    setDevMode(true);
  });
  afterEach(() => {
    setDevMode(false);
  });

  /** In a function of its own, so that its name is in the report and nothing of it is left on the stack. */
  function leakySend(): void {
    const [, receive] = createMemoryObjectStream<number>(1, { name: "jobs" });
    receive.close();
  }

  function leakyReceive(): void {
    const [send] = createMemoryObjectStream<number>(1, { name: "jobs" });
    send.close();
  }

  function tidy(): void {
    const [send, receive] = createMemoryObjectStream<number>(1, { name: "jobs" });
    send.clone().close();
    send.close();
    receive.close();
  }

  it("is reported in dev mode, with where it was made", async () => {
    const sends = await reported(leakySend);
    expect(sends.length).toBe(1);
    expect(sends[0]).toMatch(/send end.*"jobs"/);
    expect(sends[0]).toMatch(/at leakySend .*garbage\.spec\.ts/);
    const receives = await reported(leakyReceive);
    expect(receives.length).toBe(1);
    expect(receives[0]).toMatch(/receive end.*"jobs"/);
    expect(receives[0]).toMatch(/at leakyReceive .*garbage\.spec\.ts/);
  });

  it("is not reported when it was closed", async () => {
    expect(await reported(tidy)).toEqual([]);
  });

  it("is not reported without dev mode", async () => {
    setDevMode(false);
    expect(await reported(leakySend)).toEqual([]);
  });
});
