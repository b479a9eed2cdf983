/**
 * W7: a lock and a semaphore. Acquired and released by one task; by two, or 100, of which each waits for the others every time.
 *
 * Whoever begins a case takes every permit, and gives them back when all tasks stand in line. From then on each release hands a permit over, and
 * each acquire waits. What the tasks do while they have one is to count.
 */
import { Mutex, Semaphore as MutexSemaphore } from "async-mutex";
import { Sema } from "async-sema";
import { Lock, run, Semaphore, taskGroup } from "anyrx";
import { Effect, Fiber, Semaphore as EffectSemaphore } from "effect";
import fastq from "fastq";
import pLimit from "p-limit";
import { Permits } from "../floors.mjs";
import { floor, ours, peer } from "../harness.mjs";

/** How often the permits were had. */
let had = 0;

/** Calls `play`, and gives how often the permits were had meanwhile. */
async function counted(play) {
  had = 0;
  await play();
  return had;
}

const times = (count, start) => Array.from({ length: count }, start);

/** Lets every task come to its first wait. */
const inLine = () => new Promise((resolve) => setImmediate(resolve));

/**
 * The games of one lock or semaphore of ours, and of others: `tasks` acquire and release a thing with so many `permits`, `n` times in all.
 */
function games(tasks, permits) {
  const alone = tasks === 1;

  /** Async functions over anything with an acquire and a release. */
  const async = (make) => (n) =>
    counted(async () => {
      const thing = make(permits);
      const share = n / tasks;
      if (!alone) for (let i = 0; i < permits; i++) await thing.acquire();
      const all = times(tasks, () => acquireRelease(thing, share));
      if (!alone) {
        await inLine();
        for (let i = 0; i < permits; i++) thing.release();
      }
      await Promise.all(all);
    });

  /** Functions over jobs: the queue is the lock. It is blocked by a job that waits until all others stand in line. */
  const queued = (make) => (n) =>
    counted(async () => {
      const push = make(permits);
      const share = n / tasks;
      let open;
      const gate = new Promise((resolve) => (open = resolve));
      if (!alone) for (let i = 0; i < permits; i++) void push(() => gate);
      const all = times(tasks, async () => {
        for (let i = 0; i < share; i++) await push(count);
      });
      if (!alone) {
        await inLine();
        open();
      }
      await Promise.all(all);
    });

  /** Ours: the tasks are children of one group. */
  const mine = (make, body) => (n) =>
    counted(() =>
      run(async () => {
        const thing = make(permits);
        const share = n / tasks;
        await taskGroup(async (tg) => {
          const leases = alone ? [] : times(permits, () => thing.acquireNowait());
          for (let i = 0; i < tasks; i++) tg.startSoon(() => body(thing, share));
          if (alone) return;
          await inLine();
          for (const lease of leases) lease[Symbol.dispose]();
        });
      }),
    );

  const effect = (n) =>
    counted(() =>
      Effect.runPromise(
        Effect.gen(function* () {
          const semaphore = EffectSemaphore.makeUnsafe(permits);
          const share = n / tasks;
          if (!alone) yield* semaphore.take(permits);
          const fibers = [];
          for (let i = 0; i < tasks; i++) {
            fibers.push(
              yield* Effect.forkChild(
                Effect.gen(function* () {
                  for (let j = 0; j < share; j++) yield* semaphore.withPermits(1)(COUNT);
                }),
              ),
            );
          }
          if (!alone) {
            yield* Effect.promise(inLine);
            yield* semaphore.release(permits);
          }
          yield* Fiber.awaitAll(fibers);
        }),
      ),
    );

  return { async, queued, mine, effect };
}

const COUNT = Effect.sync(() => {
  had++;
});

function count() {
  had++;
}

async function acquireRelease(thing, share) {
  for (let i = 0; i < share; i++) {
    await thing.acquire();
    had++;
    thing.release();
  }
}

async function leased(thing, share) {
  for (let i = 0; i < share; i++) {
    const lease = await thing.acquire();
    had++;
    lease[Symbol.dispose]();
  }
}

async function held(thing, share) {
  for (let i = 0; i < share; i++) await thing.hold(count);
}

function* generatorAcquireRelease(thing, share) {
  for (let i = 0; i < share; i++) {
    yield* thing.acquire();
    had++;
    thing.release();
  }
}

function* generatorLeased(thing, share) {
  for (let i = 0; i < share; i++) {
    const lease = yield* thing.acquire();
    had++;
    lease[Symbol.dispose]();
  }
}

function* generatorHeld(thing, share) {
  for (let i = 0; i < share; i++) yield* thing.hold(count);
}

const KINDS = {
  lock: { ours: () => new Lock(), mutex: () => new Mutex() },
  semaphore: { ours: (permits) => new Semaphore(permits), mutex: (permits) => new MutexSemaphore(permits) },
};

/** How often each peer can be asked without making everybody wait. */
const SLOW = { n: 50_000 };

function playing(kind, game, tasks, permits, bar) {
  const { async, queued, mine, effect } = games(tasks, permits);
  const make = KINDS[kind].ours;
  return {
    id: `W7 ${kind}, ${game}`,
    unit: "acquire",
    n: 200_000,
    contestants: [
      floor(
        "a promise lock, always awaited",
        async((n) => new Permits(n)),
      ),
      ours("await, release()", "await", mine(make, acquireRelease), { bar }),
      ours("await, dispose", "await", mine(make, leased), { bar }),
      ours("await hold()", "await", mine(make, held)),
      ours("generators, release()", "generator", mine(make, generatorAcquireRelease), { bar: 1 }),
      ours("generators, dispose", "generator", mine(make, generatorLeased), { bar: 1 }),
      ours("generators, hold()", "generator", mine(make, generatorHeld)),
      peer(
        "async-sema",
        async((n) => new Sema(n)),
      ),
      peer("async-mutex", async(KINDS[kind].mutex), SLOW),
      peer("p-limit", queued(pLimit), SLOW),
      peer(
        "fastq",
        queued((n) => {
          const queue = fastq.promise(async (job) => job(), n);
          return (job) => queue.push(job);
        }),
      ),
      peer("effect Semaphore", effect, { ...SLOW, cancellable: true }),
    ],
  };
}

/** Locks and semaphores. */
export const w7 = {
  id: "W7",
  title: "a lock and a semaphore",
  cases: Object.keys(KINDS).flatMap((kind) => [
    playing(kind, "uncontended", 1, 1, 2.5),
    playing(kind, "ping-pong", 2, 1, 2),
    playing(kind, "100 tasks", 100, kind === "lock" ? 1 : 10, 1.5),
  ]),
};
