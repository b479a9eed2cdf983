/**
 * Programs with a planted race, each beside the version that has none.
 *
 * @module
 */

import { concatMap, defer, from, ignoreElements, mergeMap, of, Subject } from "rxjs";
import {
  checkpoint,
  Condition,
  createMemoryObjectStream,
  Event,
  Lock,
  moveOnAfter,
  Semaphore,
  sleep,
  taskGroup,
  type TaskGroup,
} from "anyrx";
import type { ExploredBody, ExploreOptions } from "anyrx/testing";

/** A program with a race, and without. */
export interface Planted {
  readonly title: string;
  readonly racy: ExploredBody;
  readonly fixed: ExploredBody;
  /** What is said of its failure. */
  readonly fails: RegExp;
  readonly options?: ExploreOptions;
}

/** An assertion like those of any framework: it throws. */
export function equal(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) throw new Error(`expected ${String(expected)}, not ${String(actual)}`);
}

function together(...works: (() => unknown)[]): PromiseLike<unknown> {
  return taskGroup((tg) => {
    for (const [i, work] of works.entries()) tg.startSoon(work, { name: String.fromCharCode(97 + i) });
  });
}

/** Each of `locks` tasks takes one lock and then the next; the last of them the wrong way round. */
function circle(locks: number, ordered: boolean): ExploredBody {
  return () => {
    const all = Array.from({ length: locks }, (_, i) => new Lock({ name: String(i) }));
    const pairs = all.map((lock, i) => [lock, all[(i + 1) % locks] as Lock] as const);
    return together(
      ...pairs.map(([first, second], i) => async () => {
        const [one, two] = ordered && i === locks - 1 ? [second, first] : [first, second];
        await sleep(i); // In the default order they do not meet.
        await sleep(locks - i);
        using _one = await one.acquire();
        using _two = await two.acquire();
      }),
    );
  };
}

/** Takes the last seat if there is one. */
function seats(guarded: boolean): ExploredBody {
  return async () => {
    let free = 1;
    const lock = new Lock();
    const book = async (): Promise<void> => {
      using _ = guarded ? await lock.acquire() : undefined;
      if (free === 0) return;
      await checkpoint();
      free--;
    };
    await together(book, book);
    equal(free, 0);
  };
}

function* seatsOfGenerators(): Generator<never, void, unknown> {
  let free = 1;
  function* book(): Generator<never, void, unknown> {
    if (free === 0) return;
    yield* checkpoint();
    free--;
  }
  yield* taskGroup((tg) => {
    tg.startSoon(book);
    tg.startSoon(book);
  });
  equal(free, 0);
}

function* seatsOfGuardedGenerators(): Generator<never, void, unknown> {
  let free = 1;
  const lock = new Lock();
  function* book(): Generator<never, void, unknown> {
    if (free === 0) return;
    yield* checkpoint();
    free--;
  }
  yield* taskGroup((tg) => {
    tg.startSoon(() => lock.hold(book));
    tg.startSoon(() => lock.hold(book));
  });
  equal(free, 0);
}

/** Reads, waits and writes, in chains of operators. */
function sums(serial: boolean): ExploredBody {
  return () => {
    let total = 0;
    const add = (n: number) =>
      defer(() => {
        const before = total;
        return checkpoint().pipe(
          mergeMap(() => {
            total = before + n;
            return of(n);
          }),
        );
      });
    return from([1, 2, 3]).pipe(serial ? concatMap(add) : mergeMap(add), ignoreElements(), (source) =>
      defer(async () => {
        await source.forEach(() => undefined);
        equal(total, 6);
      }),
    );
  };
}

/** A flag that is looked at before the wait, and an event that is replaced after it was set. */
function wakeUps(looksAgain: boolean): ExploredBody {
  return () => {
    let ready = false;
    let event = new Event();
    return together(
      async () => {
        if (ready) return;
        if (!looksAgain) await checkpoint(); // It may have been set by now.
        await event.wait();
      },
      async () => {
        await checkpoint();
        ready = true;
        event.set();
        event = new Event();
      },
    );
  };
}

function notified(checks: boolean): ExploredBody {
  return () => {
    const condition = new Condition();
    const jobs: string[] = [];
    return together(
      async () => {
        using _ = await condition.acquire();
        if (checks) await condition.waitFor(() => jobs.length > 0);
        else await condition.wait();
        equal(jobs.pop(), "sweep");
      },
      async () => {
        await checkpoint();
        await checkpoint();
        using _ = await condition.acquire();
        jobs.push("sweep");
        condition.notify();
      },
    );
  };
}

function counters(atomic: boolean): ExploredBody {
  return async () => {
    let total = 0;
    const add = async (pause: number): Promise<void> => {
      await sleep(pause);
      if (atomic) {
        await sleep(5);
        total += 1;
      } else {
        const before = total;
        await sleep(5);
        total = before + 1;
      }
    };
    // One ends at the instant at which the other begins.
    await together(
      () => add(1),
      () => add(6),
    );
    equal(total, 2);
  };
}

/** A worker is cancelled between the acquire and the `try`. */
function permits(safe: boolean): ExploredBody {
  return async () => {
    const semaphore = new Semaphore(1, { name: "db" });
    await taskGroup(async (tg) => {
      const worker = tg.startSoon(async () => {
        if (safe) {
          using _ = await semaphore.acquire();
          await checkpoint();
          return;
        }
        await semaphore.acquire();
        await checkpoint();
        semaphore.release();
      });
      for (let i = 0; i < 3; i++) await checkpoint();
      worker.cancel();
    });
    equal(semaphore.value, 1);
  };
}

/** A consumer takes an item, waits, and only then notes it; it may be cancelled between the two. */
function deliveries(safe: boolean): ExploredBody {
  return async () => {
    const [send, receive] = createMemoryObjectStream<number>(10);
    const seen: number[] = [];
    const left: number[] = [];
    await taskGroup(async (tg) => {
      const consumer = tg.startSoon(async () => {
        for (;;) {
          const item = await receive.receive();
          if (safe) seen.push(item);
          await checkpoint();
          if (!safe) seen.push(item);
        }
      });
      for (const item of [1, 2]) {
        await send.send(item);
        await checkpoint();
      }
      consumer.cancel();
    });
    while (receive.statistics().currentBufferUsed > 0) left.push(receive.receiveNowait());
    equal([...seen, ...left].join(), "1,2");
  };
}

function releases(checks: boolean): ExploredBody {
  return async () => {
    const semaphore = new Semaphore(1, { maxValue: 1 });
    let open = false;
    const close = async (): Promise<void> => {
      if (!open) return;
      if (checks) open = false;
      await checkpoint();
      open = false;
      semaphore.release();
    };
    await semaphore.acquire();
    open = true;
    await together(close, close);
  };
}

function starting(tells: boolean): ExploredBody {
  return () =>
    taskGroup(async (tg) => {
      let cached = false;
      tg.startSoon(async () => {
        await checkpoint();
        cached = true;
      });
      await checkpoint();
      await tg.start(async (status) => {
        if (cached && !tells) return; // It is there already: nobody is told so.
        await checkpoint();
        status.started();
      });
    });
}

function closing(waits: boolean): ExploredBody {
  return () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const stop = new Event();
    return together(
      async () => {
        using _ = send;
        await send.send(1);
        await checkpoint();
        await send.send(2);
        stop.set();
      },
      async () => {
        using _ = receive;
        equal(await receive.receive(), 1);
        if (waits) {
          equal(await receive.receive(), 2);
          await stop.wait();
        } else await moveOnAfter(0, () => receive.receive());
      },
    );
  };
}

function philosophers(polite: boolean): ExploredBody {
  return () => {
    const forks = Array.from({ length: 3 }, (_, i) => new Lock({ name: `fork ${String(i)}` }));
    return together(
      ...forks.map((_, i) => async () => {
        const pair = [i, (i + 1) % forks.length];
        if (polite) pair.sort();
        const [left, right] = pair.map((at) => forks[at] as Lock) as [Lock, Lock];
        for (let meal = 0; meal < 2; meal++) {
          await sleep(1); // Think.
          using _left = await left.acquire();
          using _right = await right.acquire();
          await checkpoint();
        }
      }),
    );
  };
}

/** A cache whose entry is thrown away and made again while somebody fetches: what was fetched is stored over the newer one. */
function caches(versioned: boolean): ExploredBody {
  return async () => {
    let source = 1;
    let cached: { value: number; version: number } | null = null;
    let version = 0;
    const fetch = async (): Promise<void> => {
      const [value, began] = [source, version];
      await checkpoint();
      if (!versioned || began === version) cached ??= { value, version: began };
    };
    await together(fetch, async () => {
      await checkpoint();
      source = 2;
      version++;
      cached = null;
    });
    equal((cached as { value: number } | null)?.value ?? 2, 2);
  };
}

/** A timeout comes at the very instant at which the work is done. */
function timeouts(tolerant: boolean): ExploredBody {
  return async () => {
    let done = false;
    await moveOnAfter(10, async () => {
      await sleep(10);
      done = true;
    });
    if (!tolerant) equal(done, true);
  };
}

function permutation(bad: string): ExploredBody {
  return async () => {
    const order: number[] = [];
    const arrive = (i: number) => async () => {
      await checkpoint();
      order.push(i);
    };
    await together(...[0, 1, 2, 3, 4].map(arrive));
    if (order.join("") === bad) throw new Error("this one");
  };
}

/** Two consumers of a bounded stream, each of which handles what it got after a wait. */
function consumers(count: number): ExploredBody {
  return async () => {
    const [send, receive] = createMemoryObjectStream<number>(1);
    const handled: number[] = [];
    await taskGroup((tg: TaskGroup) => {
      tg.startSoon(async () => {
        using _ = send;
        for (let i = 0; i < 4; i++) await send.send(i);
      });
      for (let c = 0; c < count; c++) {
        tg.startSoon(async () => {
          for await (const item of receive) {
            await checkpoint();
            handled.push(item);
          }
        });
      }
    });
    equal(handled.join(""), "0123");
  };
}

/** A subject emits between the look at the state and the subscription. */
function subscriptions(subscribesFirst: boolean): ExploredBody {
  return () => {
    const changes = new Subject<number>();
    let state = 0;
    return together(
      async () => {
        const heard = new Event();
        const listen = (): void => void changes.subscribe(() => heard.set());
        if (subscribesFirst) listen();
        if (state > 0) return;
        await checkpoint();
        if (!subscribesFirst) listen();
        await heard.wait();
      },
      async () => {
        await checkpoint();
        state = 1;
        changes.next(1);
      },
    );
  };
}

/** Nothing of this library but the run: promises and timers of the host. */
function plain(ordered: boolean): ExploredBody {
  const delay = (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms));
  return async () => {
    const log: string[] = [];
    const write = async (text: string, ms: number): Promise<void> => {
      await delay(ms);
      log.push(text);
    };
    await Promise.all([write("first", 5), write("second", ordered ? 6 : 5)]);
    equal(log.join(), "first,second");
  };
}

/** The whole corpus. */
export const planted: readonly Planted[] = [
  { title: "lock order, 2 locks", racy: circle(2, false), fixed: circle(2, true), fails: /standstill/ },
  { title: "lock order, 3 locks", racy: circle(3, false), fixed: circle(3, true), fails: /standstill/ },
  { title: "check, then act", racy: seats(false), fixed: seats(true), fails: /expected 0, not -1/ },
  {
    title: "check, then act, in generators",
    racy: seatsOfGenerators,
    fixed: seatsOfGuardedGenerators,
    fails: /expected 0, not -1/,
  },
  { title: "read, modify, write, in Observables", racy: sums(false), fixed: sums(true), fails: /expected 6, not/ },
  { title: "lost wake-up of an event", racy: wakeUps(false), fixed: wakeUps(true), fails: /standstill/ },
  { title: "lost wake-up of a condition", racy: notified(false), fixed: notified(true), fails: /standstill/ },
  { title: "lost update across sleeps", racy: counters(false), fixed: counters(true), fails: /expected 2, not 1/ },
  { title: "permit leaked on cancel", racy: permits(false), fixed: permits(true), fails: /expected 1, not 0/ },
  { title: "item lost on cancel", racy: deliveries(false), fixed: deliveries(true), fails: /expected 1,2, not/ },
  { title: "double release", racy: releases(false), fixed: releases(true), fails: /Cannot release the semaphore/ },
  { title: "forgotten started()", racy: starting(false), fixed: starting(true), fails: /started\(\)/ },
  { title: "consumer that closes early", racy: closing(false), fixed: closing(true), fails: /BrokenResourceError/ },
  { title: "dining philosophers", racy: philosophers(false), fixed: philosophers(true), fails: /standstill/ },
  { title: "stale entry of a cache", racy: caches(false), fixed: caches(true), fails: /expected 2, not 1/ },
  { title: "timeout against completion", racy: timeouts(false), fixed: timeouts(true), fails: /expected true/ },
  { title: "one permutation of 120", racy: permutation("42310"), fixed: permutation("none"), fails: /this one/ },
  { title: "two consumers, one order", racy: consumers(2), fixed: consumers(1), fails: /expected 0123, not/ },
  { title: "subscribed too late", racy: subscriptions(false), fixed: subscriptions(true), fails: /standstill/ },
  { title: "timers of the host", racy: plain(false), fixed: plain(true), fails: /expected first,second/ },
];
