import { afterEach, expect, jest, setSystemTime, test } from "bun:test";
import { debounceTime } from "rxjs";
import { createMemoryObjectStream, sleep, taskGroup } from "anyrx";
import { marbles } from "anyrx/testing";

const globals = () => [setTimeout, clearTimeout, setInterval, Date, performance.now, AbortSignal.timeout];
const real = globals();
afterEach(() => {
  expect(globals().every((value, i) => value === real[i])).toBe(true);
});

test("unchanged operators, and await", () =>
  marbles(async ({ cold, expectObservable, expectPromise }) => {
    expectObservable(cold("ab---c|").pipe(debounceTime(2))).toBe("---b--(c|)");
    const work = async () => {
      await sleep(2);
      await new Promise((resolve) => setTimeout(resolve, 2));
      return "a";
    };
    expectPromise(work()).toBe("----a");
  }));

test("a stream with backpressure", () =>
  marbles(({ expectStream }) =>
    taskGroup(async (tg) => {
      const [send, receive] = createMemoryObjectStream(0);
      expectStream(receive, { pull: "x--x" }).toBe("a--b");
      tg.startSoon(async () => {
        for (const item of "ab") await send.send(item);
      });
    }),
  ));

test("an hour, at once", async () => {
  const start = performance.now();
  const virtual = await marbles(async ({ now }) => {
    await sleep(3_600_000);
    return now();
  });
  expect(virtual).toBe(3_600_000);
  expect(performance.now() - start < 1_000).toBe(true);
});

test("a system time of the runner is left alone", async () => {
  setSystemTime(new Date(5_000));
  await marbles(async () => {
    await sleep(100);
    expect(Date.now()).toBe(100);
  });
  expect(Date.now()).toBe(5_000);
  setSystemTime();
});

test("fake timers of the runner are left alone", async () => {
  jest.useFakeTimers();
  const log = [];
  setTimeout(() => log.push("faked"), 10);
  await marbles(async () => {
    setTimeout(() => log.push("virtual"), 10);
    await sleep(100);
  });
  jest.advanceTimersByTime(10);
  expect(log).toEqual(["virtual", "faked"]);
  jest.useRealTimers();
});
