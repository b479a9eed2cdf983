import { createMemoryObjectStream } from "anyrx";
import { warningsOf } from "../support/garbage.ts";

describe("law M9: an end that is garbage collected unclosed", () => {
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
    const sends = await warningsOf(leakySend);
    expect(sends.length).toBe(1);
    expect(sends[0]).toMatch(/send end.*"jobs"/);
    expect(sends[0]).toMatch(/at leakySend .*garbage\.spec\.ts/);
    const receives = await warningsOf(leakyReceive);
    expect(receives.length).toBe(1);
    expect(receives[0]).toMatch(/receive end.*"jobs"/);
    expect(receives[0]).toMatch(/at leakyReceive .*garbage\.spec\.ts/);
  });

  it("is not reported when it was closed", async () => {
    expect(await warningsOf(tidy)).toEqual([]);
  });

  it("is not reported without dev mode", async () => {
    expect(await warningsOf(leakySend, { dev: false })).toEqual([]);
  });
});
