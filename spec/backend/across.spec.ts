import {
  type BackendName,
  CapacityLimiter,
  createMemoryObjectStream,
  currentBackend,
  Event,
  isCancelled,
  Lock,
  moveOnAfter,
  run,
  sleep,
  taskGroup,
} from "anyrx";
import "anyrx/effect";
import "anyrx/effection";
import { mayWait } from "../support/real-time.ts";

const engines: readonly BackendName[] = ["native", "rx", "effect", "effection"];
const pairs = engines.flatMap((one) => engines.filter((other) => other !== one).map((other) => [one, other] as const));

describe("Between two engines", () => {
  mayWait("both have real clocks");

  for (const [one, other] of pairs) {
    it(`items go from ${one} to ${other}, each task on its own engine`, async () => {
      const [send, receive] = createMemoryObjectStream<number>(1);
      const got: number[] = [];
      const seen = new Set<string>();
      await Promise.all([
        run(
          async () => {
            for (let n = 0; n < 200; n++) {
              await send.send(n);
              seen.add(`sends on ${currentBackend()}`);
            }
            send.close();
          },
          { backend: one },
        ),
        run(
          () =>
            taskGroup((tg) => {
              for (let i = 0; i < 2; i++) {
                tg.startSoon(async () => {
                  for await (const n of receive) {
                    got.push(n);
                    seen.add(`receives on ${currentBackend()}`);
                    if (n % 50 === 0) await sleep(1);
                  }
                });
              }
            }),
          { backend: other },
        ),
      ]);
      expect(got.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
      expect([...seen].sort()).toEqual([`receives on ${other}`, `sends on ${one}`]);
    });
  }

  for (const [one, other] of pairs.slice(0, 6)) {
    it(`a lock, a limiter and an event are shared by ${one} and ${other}`, async () => {
      const lock = new Lock();
      const limiter = new CapacityLimiter(2);
      const start = new Event();
      let inside = 0;
      let most = 0;
      let rounds = 0;
      const work = () =>
        taskGroup((tg) => {
          for (let i = 0; i < 4; i++) {
            tg.startSoon(function* () {
              yield* start.wait();
              for (let round = 0; round < 5; round++) {
                using _token = yield* limiter.acquire();
                using _lease = yield* lock.acquire();
                most = Math.max(most, ++inside);
                yield* sleep(0);
                inside--;
                rounds++;
              }
            });
          }
        });
      const runs = [run(work, { backend: one }), run(work, { backend: other })];
      await run(() => start.set(), { backend: other });
      await Promise.all(runs);
      expect({ most, rounds, borrowed: limiter.borrowedTokens }).toEqual({ most: 1, rounds: 40, borrowed: 0 });
    });
  }

  it("who is cancelled on one engine leaves the item to the other", async () => {
    const [send, receive] = createMemoryObjectStream<string>(0);
    const left = run(() => moveOnAfter(5, () => receive.receive()), { backend: "effect" });
    expect(await left).toBeUndefined();
    const scope = new AbortController();
    const cancelled = run(() => receive.receive(), { backend: "effection", signal: scope.signal }).catch(isCancelled);
    scope.abort();
    expect(await cancelled).toBe(true);
    const got = run(() => receive.receive());
    await run(() => send.send("item"), { backend: "rx" });
    expect(await got).toBe("item");
  });
});
