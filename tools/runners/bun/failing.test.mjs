import { afterEach, expect, test } from "bun:test";
import { delay } from "rxjs";
import { sleepForever } from "anyrx";
import { marbles } from "anyrx/testing";

const real = [setTimeout, Date, performance.now];
afterEach(() => {
  expect([setTimeout, Date, performance.now].every((value, i) => value === real[i])).toBe(true);
});

test("differs from its diagram", () =>
  marbles(({ cold, expectObservable }) => {
    expectObservable(cold("-a-b-|").pipe(delay(1))).toBe("--a-c-|");
  }));

test("waits for ever", () =>
  marbles(async ({ expectPromise }) => {
    expectPromise(Promise.resolve("a")).toBe("a");
    await sleepForever();
  }));

test("is held for ever", () =>
  marbles(
    ({ hold }) => {
      hold("a worker");
      return sleepForever();
    },
    { realTimeout: 200 },
  ));

test("comes after those, in real time", async () => {
  const start = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(Date.now() - start >= 15).toBe(true);
});
