import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { debounceTime } from "rxjs";
import { createMemoryObjectStream, sleep, taskGroup } from "anyrx";
import { marbles } from "anyrx/testing";

const globals = () => [setTimeout, clearTimeout, setInterval, Date, performance.now, AbortSignal.timeout];
const real = globals();
afterEach(() => {
  assert.equal(
    globals().every((value, i) => value === real[i]),
    true,
  );
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
  assert.equal(virtual, 3_600_000);
  assert.equal(performance.now() - start < 1_000, true);
});

test("mocked timers of the runner are left alone", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 5_000 });
  const mocked = setTimeout;
  const log = [];
  setTimeout(() => log.push("mocked"), 10);
  await marbles(async () => {
    setTimeout(() => log.push(`virtual ${Date.now()}`), 10);
    await sleep(100);
  });
  assert.equal(setTimeout, mocked);
  mock.timers.tick(10);
  assert.deepEqual(log, ["virtual 10", "mocked"]);
  assert.equal(Date.now(), 5_010);
  mock.timers.reset();
});
