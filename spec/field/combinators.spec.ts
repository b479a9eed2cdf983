/* The combinators as their users meet them: the cases of AnyIO's own tests first, then those against the grain. */
import fc from "fast-check";
import type { TaskGroupError } from "anyrx";
import {
  amap,
  asCompleted,
  type BackendName,
  checkpoint,
  createMemoryObjectStream,
  currentTime,
  gather,
  isCancelled,
  isTaskGroupError,
  map,
  moveOnAfter,
  type Operation,
  operation,
  race,
  retry,
  run,
  sleep,
  sleepForever,
  taskGroup,
} from "anyrx";
import {
  concatMap,
  firstValueFrom,
  from,
  lastValueFrom,
  map as mapEach,
  mergeMap,
  Subject,
  switchMap,
  toArray,
} from "rxjs";
import { everywhere, named, runQuietly, thrownBy, virtually } from "./everywhere.ts";
import { warningsOf } from "../support/garbage.ts";
import { reallyWaits } from "../support/real-time.ts";

const messages = (error: unknown) => (error as TaskGroupError).errors.map((inner) => (inner as Error).message);

/** Something that happens once. */
class Once {
  private readonly ends = createMemoryObjectStream<never>();

  set(): void {
    this.ends[0].close();
  }

  async wait(): Promise<void> {
    for await (const _ of this.ends[1]);
  }
}

/** Events for 1 to 3. Whoever is set sets the next, as `chain` says. */
function chained(first: number, chain: Record<number, number | undefined>): (value: number) => Operation<number> {
  const events = new Map([1, 2, 3].map((value) => [value, new Once()]));
  events.get(first)!.set();
  return operation(async (value: number) => {
    await events.get(value)!.wait();
    const next = chain[value];
    if (next !== undefined) events.get(next)!.set();
    return value;
  });
}

const boom = async () => {
  await checkpoint();
  throw new Error("boom");
};

describe("field: combinators, as AnyIO has them", () => {
  everywhere("gather() gives its results in order, also when they come in the reverse one", async () => {
    const returnWhen = chained(3, { 3: 2, 2: 1 });
    expect(await gather(returnWhen(1), returnWhen(2), returnWhen(3))).toEqual([1, 2, 3]);
  });

  everywhere("gather() passes an error on, in a group", async () => {
    const error = await thrownBy(() => gather(async () => 1, boom));
    expect([isTaskGroupError(error), messages(error)]).toEqual([true, ["boom"]]);
  });

  everywhere("asCompleted() gives its tasks in the order in which they end", async () => {
    const returnWhen = chained(2, { 2: 3, 3: 1 });
    const results: number[] = [];
    await asCompleted([returnWhen(1), returnWhen(2), returnWhen(3)], async (completed) => {
      for await (const task of completed) results.push(task.returnValue);
    });
    expect(results).toEqual([2, 3, 1]);
  });

  everywhere("asCompleted() keeps the names of what it runs apart", async () => {
    const tasks = await asCompleted([checkpoint(), () => 42, async function answer() {}], (completed) =>
      completed.pipe(toArray()),
    );
    expect(new Set(tasks.map((task) => task.name)).size).toBe(3);
  });

  it("asCompleted() wants at least one", async () => {
    expect(named(await thrownBy(() => asCompleted([], () => undefined)))).toBe("RangeError");
  });

  everywhere("asCompleted() passes an error on, in a group", async () => {
    const error = await thrownBy(() =>
      asCompleted([() => sleepForever(), boom], async (completed) => {
        for await (const _ of completed);
      }),
    );
    expect([isTaskGroupError(error), messages(error)]).toEqual([true, ["boom"]]);
  });

  everywhere("asCompleted() cancels what has not ended when its body leaves early", async () => {
    const value = await asCompleted([async () => 1, () => sleepForever()], async (completed) => {
      for await (const task of completed) return task.returnValue;
      return 0;
    });
    expect(value).toBe(1);
  });

  everywhere("map() gives its results in order, also when they come in the reverse one", async () => {
    const returnWhen = chained(3, { 3: 2, 2: 1 });
    const double = async (value: number) => (await returnWhen(value)) * 2;
    expect(await map([1, 2, 3], double)).toEqual([2, 4, 6]);
    expect(await amap(double, [1, 2, 3])).toEqual([2, 4, 6]);
  });

  everywhere("map() of nothing is an empty list", async () => {
    expect(await map([], async (value: number) => value * 2)).toEqual([]);
  });

  everywhere("map() passes an error on, in a group", async () => {
    const error = await thrownBy(() => map([1, 2, 3], async (value) => (value === 2 ? await boom() : value)));
    expect([isTaskGroupError(error), messages(error)]).toEqual([true, ["boom"]]);
  });
});

/** What was begun, and what of it has ended. */
class Ledger {
  begun = 0;
  ended = 0;
  open = 0;
  readonly log: string[] = [];

  /** Work of `ms` in three steps, the last of them a cleanup that takes its time. */
  work<T>(ms: number, value: T): () => Promise<T> {
    return async () => {
      this.begun++;
      try {
        await sleep(ms / 2);
        await sleep(ms / 2);
        return value;
      } finally {
        await moveOnAfter(1000, () => sleep(2), { shield: true });
        this.ended++;
      }
    };
  }

  /** The same, which fails at its end. */
  failing(ms: number): () => Promise<never> {
    const work = this.work(ms, null);
    return async () => {
      await work();
      throw new Error("boom");
    };
  }

  *items(count: number): Generator<number> {
    this.open++;
    try {
      for (let i = 0; i < count; i++) yield i;
    } finally {
      this.open--;
    }
  }

  async *asyncItems(count: number): AsyncGenerator<number> {
    this.open++;
    try {
      for (let i = 0; i < count; i++) {
        await sleep(1);
        yield i;
      }
    } finally {
      await moveOnAfter(1000, () => sleep(1), { shield: true });
      this.open--;
    }
  }
}

/** Every combinator, at work for some 12 ms. */
const combinations: Record<string, (ledger: Ledger) => Operation<unknown>> = {
  gather: (l) => gather(l.work(4, 1), l.work(8, 2), gather(l.work(6, 3), l.work(2, 4))),
  "gather, failing": (l) => gather(l.work(4, 1), l.failing(6), l.work(8, 2)),
  "map of an iterable": (l) => map(l.items(6), () => l.work(2, 1)(), { concurrency: 2 }),
  "map of an iterable, failing": (l) =>
    map(l.items(9), (n) => (n === 3 ? l.failing(2)() : l.work(3, 1)()), { concurrency: 2 }),
  "map of an async iterable": (l) => map(l.asyncItems(5), () => l.work(4, 1)(), { concurrency: 2, ordered: false }),
  "map of an async iterable, failing": (l) => map(l.asyncItems(9), (n) => (n === 2 ? l.failing(2)() : l.work(4, 1)())),
  "map of an Observable": (l) =>
    map(from(l.items(5)).pipe(concatMap((n) => sleep(1).pipe(mapEach(() => n)))), () => l.work(4, 1)()),
  race: (l) => race(l.work(6, 1), l.work(8, 2), () => race(l.work(9, 3), sleepForever())),
  "race, failing": (l) => race(l.work(8, 1), l.failing(6)),
  asCompleted: (l) =>
    asCompleted([l.work(8, 1), l.work(2, 2), l.work(4, 3)], async (completed) => {
      for await (const task of completed) await sleep(task.returnValue);
    }),
  "asCompleted, leaving": (l) => asCompleted([l.work(8, 1), l.work(2, 2)], (completed) => completed.receive()),
  "asCompleted, failing": (l) => asCompleted([l.work(8, 1), l.failing(4)], (completed) => completed),
  retry: (l) => retry((attempt) => (attempt < 3 ? l.failing(2)() : l.work(2, 1)()), { delay: 1 }),
};

describe("field: combinators, left at each step", () => {
  for (const [name, combine] of Object.entries(combinations)) {
    virtually(`${name}: cancelled at each step, all that began has ended when it throws`, async () => {
      for (let step = 0; step <= 20; step += 0.5) {
        const ledger = new Ledger();
        let error: unknown;
        await moveOnAfter(step, async () => {
          try {
            await combine(ledger);
          } catch (thrown) {
            error = thrown;
          }
          expect([ledger.begun - ledger.ended, ledger.open])
            .withContext(`cancelled after ${step} ms`)
            .toEqual([0, 0]);
        });
        const fine =
          error === undefined || isCancelled(error) || (isTaskGroupError(error) && messages(error).join() === "boom");
        expect(fine)
          .withContext(`cancelled after ${step} ms: ${String(error)}`)
          .toBeTrue();
      }
    });

    virtually(`${name}: unsubscribed at each step, the group waits for all that began`, async () => {
      for (let step = 0; step <= 20; step += 0.5) {
        const ledger = new Ledger();
        const group = taskGroup(async () => {
          const subscription = combine(ledger).subscribe({ error: () => undefined });
          await sleep(step);
          subscription.unsubscribe();
        });
        // What fails while it cleans up, when nobody listens any more, is the group's.
        const error = await group.then(
          () => undefined,
          (thrown: unknown) => (thrown as TaskGroupError).leaves().join(),
        );
        expect([undefined, "Error: boom"]).toContain(error);
        expect([ledger.begun - ledger.ended, ledger.open])
          .withContext(`left after ${step} ms`)
          .toEqual([0, 0]);
      }
    });
  }

  virtually("switchMap over a combinator leaves no orphan", async () => {
    const ledger = new Ledger();
    const requests = new Subject<number>();
    const values: unknown[] = [];
    await taskGroup(async (tg) => {
      tg.startSoon(() =>
        requests.pipe(
          switchMap((n) => gather(ledger.work(5, n), ledger.work(6, -n))),
          mapEach((value) => values.push(value)),
        ),
      );
      for (let n = 1; n <= 4; n++) {
        await sleep(3);
        requests.next(n);
      }
      await sleep(7);
      requests.complete();
    });
    expect(values).toEqual([[4, -4]]);
    expect([ledger.begun, ledger.ended]).toEqual([8, 8]);
  });

  virtually("an operator of RxJS runs them side by side, and emits as they end", async () => {
    const values = await lastValueFrom(
      from([3, 1, 2]).pipe(
        mergeMap((n) => gather(sleep(n), () => n)),
        mapEach(([, n]) => n),
        toArray(),
      ),
    );
    expect(values).toEqual([1, 2, 3]);
  });
});

describe("field: combinators, any program", () => {
  const worker = fc.record({
    ms: fc.integer({ min: 0, max: 9 }),
    fails: fc.boolean(),
    cleanup: fc.integer({ min: 0, max: 3 }),
  });
  const program = fc.record({
    workers: fc.array(worker, { minLength: 1, maxLength: 8 }),
    concurrency: fc.constantFrom(1, 2, 3, Infinity),
    ordered: fc.boolean(),
    source: fc.constantFrom("array", "iterable", "async iterable", "Observable", "stream"),
    cancelAt: fc.option(fc.integer({ min: 0, max: 20 }), { nil: Infinity }),
  });

  it("map() gives what a loop would give, or throws what failed; never more at a time than it is told, and no orphan", async () => {
    await fc.assert(
      fc.asyncProperty(program, ({ workers, concurrency, ordered, source, cancelAt }) =>
        run(
          async () => {
            let now = 0;
            let most = 0;
            let begun = 0;
            const work = async ({ ms, fails, cleanup }: (typeof workers)[number], index: number) => {
              begun++;
              most = Math.max(most, ++now);
              try {
                await sleep(ms);
                if (fails) throw new Error(String(index));
                return index;
              } finally {
                await moveOnAfter(Infinity, () => sleep(cleanup), { shield: true });
                now--;
              }
            };
            const [send, receive] = createMemoryObjectStream<(typeof workers)[number]>(workers.length);
            for (const item of workers) send.sendNowait(item);
            send.close();
            async function* slowly() {
              for (const item of workers) {
                await sleep(1);
                yield item;
              }
            }
            const items = {
              array: workers,
              iterable: new Set(workers.map((item) => ({ ...item }))),
              "async iterable": slowly(),
              Observable: from(workers),
              stream: receive,
            }[source] as Iterable<(typeof workers)[number]>;
            let values: number[] | undefined;
            let error: unknown;
            await moveOnAfter(cancelAt, async () => {
              try {
                values = await map(items, work, { concurrency, ordered });
              } catch (thrown) {
                error = thrown;
              }
              expect(now).toBe(0);
            });
            receive.close();
            expect(most).toBeLessThanOrEqual(concurrency);
            if (values !== undefined) {
              const all = workers.map((_, i) => i);
              expect(ordered ? values : values.sort((a, b) => a - b)).toEqual(all);
              expect(workers.some(({ fails }) => fails)).toBeFalse();
            } else if (isTaskGroupError(error)) {
              expect(error.leaves().every((leaf) => workers[Number((leaf as Error).message)]!.fails)).toBeTrue();
            } else expect([isCancelled(error), cancelAt < Infinity]).toEqual([true, true]);
            expect(begun).toBeLessThanOrEqual(workers.length);
          },
          { backend: "virtual" },
        ),
      ),
      { numRuns: 300 },
    );
  }, 60_000);

  it("race() ends as its first does, and no orphan is left", async () => {
    await fc.assert(
      fc.asyncProperty(program, ({ workers, cancelAt }) =>
        run(
          async () => {
            let now = 0;
            const recipes = workers.map(({ ms, fails, cleanup }, index) => async () => {
              now++;
              try {
                await sleep(ms);
                if (fails) throw new Error(String(index));
                return index;
              } finally {
                await moveOnAfter(Infinity, () => sleep(cleanup), { shield: true });
                now--;
              }
            });
            const outcome = await moveOnAfter(cancelAt, async () => {
              const ending = await race(recipes).then(
                (winner) => ({ winner }),
                (error: unknown) => ({ error }),
              );
              expect(now).toBe(0);
              if ("error" in ending && isCancelled(ending.error)) throw ending.error;
              return ending;
            });
            // The end of a body is the end of its cleanup.
            const ends = workers.map(({ ms, cleanup }) => ms + cleanup);
            const first = Math.min(...ends);
            if (outcome === undefined) expect(cancelAt).toBeLessThan(Infinity);
            else if ("winner" in outcome) {
              expect(ends[outcome.winner]).toBe(first);
              expect(workers[outcome.winner]!.fails).toBeFalse();
            } else expect(workers.some(({ fails }) => fails)).toBeTrue();
          },
          { backend: "virtual" },
        ),
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe("field: combinators, elsewhere", () => {
  for (const context of ["handoff", "strict"] as const) {
    for (const backend of ["native", "virtual"] satisfies BackendName[]) {
      it(`keep their scopes where the context is handed off [${backend}, ${context}]`, () =>
        runQuietly(
          async () => {
            const ledger = new Ledger();
            const start = currentTime();
            expect(await gather(ledger.work(2, 1), ledger.work(1, 2))).toEqual([1, 2]);
            expect(await map(ledger.asyncItems(3), (n) => ledger.work(2, n)())).toEqual([0, 1, 2]);
            expect(await race(ledger.work(2, "a"), () => sleepForever())).toBe("a");
            expect((await asCompleted([ledger.work(2, "a")], (completed) => completed)).returnValue).toBe("a");
            expect(await retry((attempt) => (attempt < 2 ? ledger.failing(2)() : 1), { delay: 1 })).toBe(1);
            expect(await moveOnAfter(3, () => map(ledger.asyncItems(9), () => sleepForever()))).toBeUndefined();
            const busy = { concurrency: 1 }; // So that the generator stands at its `yield` when it is closed.
            expect(await moveOnAfter(3, () => map(ledger.asyncItems(9), () => sleepForever(), busy))).toBeUndefined();
            expect([ledger.begun - ledger.ended, ledger.open]).toEqual([0, 0]);
            if (backend === "virtual") expect(currentTime() - start).toBeLessThan(40);
          },
          { backend, context },
        ));
    }
  }

  it("work outside of any run, and all three doors lead to the same", async () => {
    reallyWaits("outside of any run there is no other clock");
    const both = gather(sleep(1), () => "b");
    expect(await both).toEqual([undefined, "b"]);
    expect(await firstValueFrom(both)).toEqual([undefined, "b"]);
    expect(await operation(() => both)()).toEqual([undefined, "b"]);
  });

  it("say nothing in development mode of what they were given, made, or never began", async () => {
    const main = async () => {
      const error = () => undefined;
      await race(() => 1, sleep(5));
      await gather(sleep(1), checkpoint());
      await gather(sleep(1), boom).then(error, error);
      await asCompleted([sleep(1), boom], (completed) => completed).then(error, error);
      await asCompleted([sleep(1)], () => 1);
      await map(from([1, 2]), boom).then(error, error);
      await map(from([1, 2]), () => sleep(1));
      await map(new Ledger().asyncItems(3), boom).then(error, error);
      await retry(boom, { delay: 1 }).then(error, error);
      await moveOnAfter(0, () => map([1], () => sleep(1)));
    };
    expect(await warningsOf(() => run(main, { backend: "virtual" }))).toEqual([]);
  });
});
