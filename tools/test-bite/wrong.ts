/** Specs each of which fails but for the first, and the real time that each waits. */
import { execFileSync } from "node:child_process";
import { setTimeout as later } from "node:timers/promises";
import { onRealClock, reallyWaits } from "../../spec/support/real-time.ts";

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

describe("bite:", () => {
  it("right", async () => {
    reallyWaits("it is to show that a reason is enough");
    await wait(2);
    expect().nothing();
  });
  it("wrong: an expectation", () => {
    expect(1).toBe(2);
  });
  it("wrong: waits without a reason", async () => {
    await wait(2);
    expect().nothing();
  });
  it("wrong: waits for a promise of a timer", async () => {
    await later(2);
    expect().nothing();
  });
  it("wrong: waits for a signal", async () => {
    const signal = AbortSignal.timeout(2);
    await new Promise((done) => {
      signal.addEventListener("abort", done);
    });
    expect().nothing();
  });
  it("wrong: waits for a process", () => {
    execFileSync(process.execPath, ["--version"]);
    expect().nothing();
  });
  it("wrong: waits too long for a real clock", async () => {
    onRealClock();
    await wait(60);
    expect().nothing();
  });
  it("wrong: does not wait, though it says so", () => {
    reallyWaits("it is to show that a reason is not enough");
    expect().nothing();
  });
});

describe("bite: a suite", () => {
  reallyWaits("it is to show that it holds for each of its specs");

  it("right, it waits", async () => {
    await wait(2);
    expect().nothing();
  });
  it("wrong: does not", () => {
    expect().nothing();
  });
});
