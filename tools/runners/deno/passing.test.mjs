import assert from "node:assert/strict";
import { debounceTime } from "rxjs";
import { createMemoryObjectStream, sleep, taskGroup } from "anyrx";
import { marbles } from "anyrx/testing";

const globals = () => [setTimeout, clearTimeout, setInterval, Date, performance.now, AbortSignal.timeout];
const real = globals();
Deno.test.afterEach(() => {
  assert.equal(
    globals().every((value, i) => value === real[i]),
    true,
  );
});

Deno.test("unchanged operators, and await", () =>
  marbles(async ({ cold, expectObservable, expectPromise }) => {
    expectObservable(cold("ab---c|").pipe(debounceTime(2))).toBe("---b--(c|)");
    const work = async () => {
      await sleep(2);
      await new Promise((resolve) => setTimeout(resolve, 2));
      return "a";
    };
    expectPromise(work()).toBe("----a");
  }),
);

Deno.test("a stream with backpressure", () =>
  marbles(({ expectStream }) =>
    taskGroup(async (tg) => {
      const [send, receive] = createMemoryObjectStream(0);
      expectStream(receive, { pull: "x--x" }).toBe("a--b");
      tg.startSoon(async () => {
        for (const item of "ab") await send.send(item);
      });
    }),
  ),
);

Deno.test("an hour, at once", async () => {
  const start = performance.now();
  const virtual = await marbles(async ({ now }) => {
    await sleep(3_600_000);
    return now();
  });
  assert.equal(virtual, 3_600_000);
  assert.equal(performance.now() - start < 1_000, true);
});

Deno.test({
  name: "nothing is left behind",
  sanitizeOps: true,
  sanitizeResources: true,
  fn: () =>
    marbles(async ({ cold, expectObservable }) => {
      expectObservable(cold("ab---c|").pipe(debounceTime(2))).toBe("---b--(c|)");
      setTimeout(() => {}, 1_000);
      await sleep(10);
    }),
});
