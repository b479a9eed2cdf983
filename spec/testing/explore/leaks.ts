/**
 * Programs that leave something behind when they are cancelled, each beside the version that does not.
 *
 * @module
 */

import {
  CapacityLimiter,
  checkpoint,
  createMemoryObjectStream,
  Event,
  Lock,
  moveOnAfter,
  ResourceGuard,
  Semaphore,
  sleep,
  sleepForever,
  taskGroup,
} from "anyrx";
import type { ExploredBody } from "anyrx/testing";
import { equal } from "./programs.ts";

/** A program that leaks, and one that does not. */
export interface Leaking {
  readonly title: string;
  readonly leaky: ExploredBody;
  readonly tight: ExploredBody;
  /** What is said of the leak. */
  readonly says: RegExp;
}

function twice(work: () => unknown): PromiseLike<unknown> {
  return taskGroup((tg) => {
    tg.startSoon(work, { name: "one" });
    tg.startSoon(work, { name: "two" });
  });
}

function semaphore(tight: boolean): ExploredBody {
  return () => {
    const permits = new Semaphore(1, { name: "db" });
    return twice(async () => {
      const lease = await permits.acquire();
      if (!tight) await checkpoint(); // Nobody gives it back when this throws.
      try {
        await sleep(1);
      } finally {
        lease[Symbol.dispose]();
      }
    });
  };
}

function semaphoreOfGenerators(tight: boolean): ExploredBody {
  return function* () {
    const permits = new Semaphore(1, { name: "db" });
    yield* taskGroup((tg) => {
      tg.startSoon(function* () {
        if (tight) yield* permits.hold(() => sleep(1));
        else {
          yield* permits.acquire();
          yield* sleep(1);
          permits.release();
        }
      });
    });
  };
}

function lock(tight: boolean): ExploredBody {
  return () => {
    const exclusive = new Lock({ name: "file" });
    return twice(async () => {
      if (tight) await exclusive.hold(() => checkpoint());
      else {
        await exclusive.acquire();
        await checkpoint();
        exclusive.release();
      }
    });
  };
}

function limiter(tight: boolean): ExploredBody {
  return () => {
    const tokens = new CapacityLimiter(1, { name: "threads" });
    return twice(async () => {
      if (tight) {
        using _ = await tokens.acquire();
        await checkpoint();
        return;
      }
      await tokens.acquire();
      await checkpoint();
      tokens.release();
    });
  };
}

function guard(tight: boolean): ExploredBody {
  return async () => {
    const port = new ResourceGuard("reading from", { name: "port" });
    const lease = port.enter();
    try {
      await checkpoint();
      if (!tight) lease[Symbol.dispose]();
    } finally {
      if (tight) lease[Symbol.dispose]();
    }
  };
}

function items(tight: boolean): ExploredBody {
  return () => {
    const [send, receive] = createMemoryObjectStream<number>(3, { name: "jobs" });
    return taskGroup((tg) => {
      tg.startSoon(
        async () => {
          using _ = send;
          for (let i = 0; i < 3; i++) await send.send(i);
        },
        { name: "producer" },
      );
      tg.startSoon(
        async () => {
          using _ = tight ? receive : undefined;
          for await (const item of receive) equal(item, item);
        },
        { name: "consumer" },
      );
    });
  };
}

/** Cleans up behind a shield, and waits there for somebody who is gone. */
function cleanup(tight: boolean): ExploredBody {
  return () => {
    const stopped = new Event();
    return taskGroup((tg) => {
      tg.startSoon(
        async () => {
          try {
            await sleep(5);
          } finally {
            await moveOnAfter(tight ? 10 : Infinity, () => stopped.wait(), { shield: true });
          }
        },
        { name: "server" },
      );
      tg.startSoon(
        async () => {
          await sleep(1);
          stopped.set();
        },
        { name: "client" },
      );
    });
  };
}

/** Starts something and does not stay for it. */
function floating(tight: boolean): ExploredBody {
  return async () => {
    const work = sleepForever().then(() => undefined);
    if (tight) await moveOnAfter(1, () => work);
    else await checkpoint();
  };
}

/** A semaphore of somebody's own: a waiter that is cancelled after its turn came keeps the turn. */
function turns(tight: boolean): ExploredBody {
  return () => {
    const waiting: Event[] = [];
    let taken = false;
    const give = (): void => {
      const next = waiting.shift();
      if (next === undefined) taken = false;
      else next.set();
    };
    const take = async (): Promise<void> => {
      if (!taken) {
        taken = true;
        return;
      }
      const turn = new Event();
      waiting.push(turn);
      try {
        await turn.wait();
        await checkpoint();
      } catch (error) {
        if (tight && turn.isSet()) give();
        const at = waiting.indexOf(turn);
        if (at >= 0) waiting.splice(at, 1);
        throw error;
      }
    };
    const work = async (): Promise<void> => {
      await take();
      try {
        await checkpoint();
      } finally {
        give();
      }
    };
    return taskGroup((tg) => {
      for (const name of ["a", "b", "c"]) tg.startSoon(work, { name });
    });
  };
}

/** What leaks when the body is cancelled. */
export const leaking: readonly Leaking[] = [
  { title: "a permit", leaky: semaphore(false), tight: semaphore(true), says: /semaphore "db" lacks 1 permit/ },
  {
    title: "a permit of a generator",
    leaky: semaphoreOfGenerators(false),
    tight: semaphoreOfGenerators(true),
    says: /semaphore "db" lacks 1 permit/,
  },
  { title: "a lock", leaky: lock(false), tight: lock(true), says: /lock "file" is broken by "one"/ },
  { title: "a token", leaky: limiter(false), tight: limiter(true), says: /limiter "threads" has lent 1 token/ },
  { title: "a guard", leaky: guard(false), tight: guard(true), says: /ResourceGuard "port" .* was entered/ },
  { title: "items", leaky: items(false), tight: items(true), says: /stream "jobs" holds \d items? that nobody/ },
  {
    title: "a task in its cleanup",
    leaky: cleanup(false),
    tight: cleanup(true),
    says: /"server" waits for .* for ever/,
  },
];

/** What leaks at the end, without any fault. */
export const untidy: Leaking = {
  title: "work that is left running",
  leaky: floating(false),
  tight: () => checkpoint(),
  says: /"main" waits for sleepForever\(\) since t=0, after the end of the body/,
};

/** What leaks when one task is cancelled, and not when all are. */
export const selfish: Leaking = {
  title: "a turn",
  leaky: turns(false),
  tight: turns(true),
  says: /"c" waits for .* for ever/,
};
