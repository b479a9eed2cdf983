import { afterEach, expect, test, vi } from "vitest";
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

test("fake timers of the runner are left alone", async () => {
  vi.useFakeTimers({ now: 5_000 });
  const faked = setTimeout;
  const log = [];
  setTimeout(() => log.push("faked"), 10);
  await marbles(async () => {
    setTimeout(() => log.push(`virtual ${Date.now()}`), 10);
    await sleep(100);
  });
  expect(setTimeout).toBe(faked);
  await vi.advanceTimersByTimeAsync(10);
  expect(log).toEqual(["virtual 10", "faked"]);
  expect(Date.now()).toBe(5_010);
  vi.useRealTimers();
});

test("asymmetric matchers of the runner are values", () =>
  marbles(({ cold, expectObservable }) => {
    expectObservable(cold("a|", { a: { id: 1 } })).toBe("a|", {
      a: expect.objectContaining({ id: expect.any(Number) }),
    });
  }));
