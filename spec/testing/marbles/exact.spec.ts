import { createMemoryObjectStream, operation, sleep, taskGroup } from "anyrx";
import { marbles } from "anyrx/testing";
import { asapScheduler, firstValueFrom, timer } from "rxjs";
import { draws } from "./failing.ts";

/** Between two timers. */
const BETWEEN = 3;

async function nap(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe("marbles() is exact", () => {
  for (const depth of [1, 10, 1_000, 100_000]) {
    it(`however many reactions lie between two timers: ${depth}`, async () => {
      await marbles(async ({ now, sleep: own }) => {
        // Due long before the chain would be, if time did not wait for it.
        setTimeout(() => undefined, 100);
        await nap(BETWEEN);
        for (let i = 0; i < depth; i++) await null;
        await nap(BETWEEN);
        expect(now()).toBe(2 * BETWEEN);
        for (let i = 0; i < depth; i++) await Promise.resolve();
        await own(BETWEEN);
        expect(now()).toBe(3 * BETWEEN);
      });
    });
  }

  for (const depth of [1, 10, 200, 2_000]) {
    it(`however deep async functions are nested, awaited or returned: ${depth}`, async () => {
      const awaited = async (n: number): Promise<void> => {
        if (n > 0) await awaited(n - 1);
        else await nap(BETWEEN);
      };
      const returned = async (n: number): Promise<void> => {
        if (n === 0) {
          await nap(BETWEEN);
          return;
        }
        return returned(n - 1);
      };
      await marbles(async ({ now }) => {
        setTimeout(() => undefined, 100);
        await awaited(depth);
        expect(now()).toBe(BETWEEN);
        await returned(depth);
        expect(now()).toBe(2 * BETWEEN);
      });
    });
  }

  draws("through 12 stages of async generators", ({ expectStream }) => {
    async function* source(): AsyncGenerator<string> {
      for (const letter of "abc") {
        await nap(2);
        yield letter;
      }
    }
    async function* stage(items: AsyncIterable<string>): AsyncGenerator<string> {
      for await (const item of items) {
        await null;
        yield item;
      }
    }
    setTimeout(() => undefined, 100);
    let items: AsyncIterable<string> = source();
    for (let i = 0; i < 12; i++) items = stage(items);
    expectStream(items).toBe("--a-b-(c|)");
  });

  draws("through 12 streams, each with a task that passes on", async ({ expectStream }) => {
    const first = createMemoryObjectStream<string>();
    await taskGroup(async (tg) => {
      let [, receive] = first;
      for (let i = 0; i < 12; i++) {
        const [send, next] = createMemoryObjectStream<string>();
        const from = receive;
        tg.startSoon(async () => {
          for await (const item of from) await send.send(item);
          send.close();
        });
        receive = next;
      }
      expectStream(receive).toBe("--a-b-(c|)");
      for (const letter of "abc") {
        await sleep(2);
        await first[0].send(letter);
      }
      first[0].close();
    });
  });

  draws("in the order of one instant: subscriptions, hot observables, then timers as they were set", async (t) => {
    const order = t.probe<string>("order");
    const letters = Object.fromEntries(
      ["unsubscribed", "subscribed", "hot", "cold", "timer", "sleep", "setTimeout", "operation", "task"].map(
        (name, i) => [String.fromCharCode(97 + i), name],
      ),
    );
    order.toBe("---(abcdefghi)", letters);
    const note = (name: string) => (): void => {
      order(name);
    };
    t.cold("---c").subscribe(note("cold"));
    timer(3).subscribe(note("timer"));
    void t.sleep(3).then(note("sleep"));
    setTimeout(note("setTimeout"), 3);
    operation(async () => {
      await sleep(3);
      order("operation");
    })().subscribe();
    void firstValueFrom(timer(2)).then(() => {
      setTimeout(note("task"), 1);
    });
    t.hot("---h").subscribe(note("hot"));
    t.expectObservable(
      {
        subscribe: () => ({ unsubscribe: note("unsubscribed") }),
      },
      "^--!",
    ).toBe("-");
    t.expectObservable({ subscribe: () => (order("subscribed"), { unsubscribe: () => undefined }) }, "---^").toBe("-");
    await t.sleep(5);
  });

  draws("asap comes in a reaction, as on every host: before the next timer", async ({ probe, sleep: own }) => {
    const order = probe<string>();
    order.toBe("--(abc)");
    timer(2).subscribe(() => {
      asapScheduler.schedule(() => {
        order("b");
      });
      order("a");
    });
    timer(2).subscribe(() => {
      order("c");
    });
    await own(5);
  });
});
