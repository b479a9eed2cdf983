/**
 * What everything that can serve as a lock must keep, and two locks made of memory object streams to try it on.
 *
 * @module
 */

import {
  checkpoint,
  checkpointIfCancelled,
  createMemoryObjectStream,
  operation,
  type Operation,
  sleepForever,
  type Task,
  taskGroup,
  WouldBlock,
} from "anyrx";
import { Subscription } from "rxjs";
import { type Steps, type Style, styles } from "anyrx/testing/laws";
import { blocked, everywhere } from "../field/everywhere.ts";

/** Something that one task holds at a time. */
export interface LockLike {
  acquire(): Operation<unknown>;
  acquireNowait(): unknown;
  release(): void;
}

/** A lock made of a stream with a buffer of one: whoever receives the token has the lock. */
export class TokenLock implements LockLike {
  private readonly ends = createMemoryObjectStream<"token">(1, { name: "token" });

  constructor() {
    this.ends[0].sendNowait("token");
  }

  acquire(): Operation<unknown> {
    return this.ends[1].receive();
  }

  acquireNowait(): unknown {
    return this.ends[1].receiveNowait();
  }

  release(): void {
    this.ends[0].sendNowait("token");
  }
}

/** A lock made of a stream without a buffer: whoever waits for it waits to send, and a release receives from the longest waiter. */
export class HandOffLock implements LockLike {
  private readonly ends = createMemoryObjectStream<"turn">(0, { name: "turns" });
  private held = false;
  readonly acquire: () => Operation<unknown> = operation(this.steps.bind(this));

  private *steps(): Generator<never, void, unknown> {
    if (this.held) yield* this.ends[0].send("turn");
    else {
      yield* checkpointIfCancelled();
      this.acquireNowait();
    }
  }

  acquireNowait(): void {
    if (this.held) throw new WouldBlock("acquire the lock", "it is held", "wait");
    this.held = true;
  }

  release(): void {
    try {
      this.ends[1].receiveNowait();
    } catch {
      this.held = false;
    }
  }
}

/** How many workers there are, how often each takes the lock. */
const WORKERS = 3;
const ROUNDS = 4;
/** More steps than the longest of the programs below takes. */
const STEPS = 40;

interface SuiteOptions {
  /** Whether who unsubscribes after the lock was handed over gives it to the next one. Default `true`. */
  readonly undoes?: boolean;
}

/** Everything that is called a lock must pass this. */
export function lockSuite(name: string, make: () => LockLike, { undoes = true }: SuiteOptions = {}): void {
  for (const style of styles) {
    describe(`${name}, taken by ${style.name} tasks`, () => {
      everywhere("is held by one task at a time", () => exclusion(make(), style));
      everywhere("is handed on in the order of waiting, round after round", () => rounds(make(), style));
      everywhere("is refused to a nowait call while it is held, and while a waiter was granted it", () =>
        refusal(make(), style),
      );
      everywhere("is neither lost nor held twice, whoever is cancelled at whichever step", async () => {
        for (let step = 0; step < STEPS; step++) await cancelledAt(step, make(), style);
      });
    });
  }
  if (!undoes) return;
  describe(`${name}, subscribed to`, () => {
    everywhere("goes to the next one when its subscriber unsubscribes, before it is granted or after", async () => {
      for (const early of [true, false]) await unsubscribed(early, make());
    });
  });
}

/** Takes the lock for two steps, and calls `inside` when it has it. */
function* section(lock: LockLike, inside: () => void): Steps<void> {
  yield lock.acquire();
  try {
    inside();
    yield checkpoint();
    yield checkpoint();
  } finally {
    lock.release();
  }
}

async function exclusion(lock: LockLike, style: Style): Promise<void> {
  let users = 0;
  let most = 0;
  let taken = 0;
  await taskGroup((tg) => {
    for (let i = 0; i < WORKERS; i++) {
      tg.startSoon(
        style.body(function* () {
          for (let round = 0; round < ROUNDS; round++) {
            yield lock.acquire();
            taken++;
            most = Math.max(most, ++users);
            yield checkpoint();
            yield checkpoint();
            users--;
            lock.release();
          }
        }),
      );
    }
  });
  expect([most, taken]).toEqual([1, WORKERS * ROUNDS]);
}

async function rounds(lock: LockLike, style: Style): Promise<void> {
  const order: number[] = [];
  const taken: number[] = [];
  await taskGroup((tg) => {
    for (let i = 0; i < WORKERS; i++) {
      tg.startSoon(
        style.body(function* () {
          order.push(i);
          for (let round = 0; round < ROUNDS; round++) yield* section(lock, () => taken.push(i));
        }),
      );
    }
  });
  expect(taken).toEqual(Array.from({ length: ROUNDS }, () => order).flat());
}

async function refusal(lock: LockLike, style: Style): Promise<void> {
  const log: string[] = [];
  await taskGroup(async (tg) => {
    lock.acquireNowait();
    for (const name of ["a", "b"]) {
      tg.startSoon(
        style.body(function* () {
          yield* section(lock, () => log.push(name));
        }),
      );
    }
    await blocked();
    const intruder = tg.startSoon(() => {
      expect(() => lock.acquireNowait())
        .withContext("held")
        .toThrowError(WouldBlock);
    });
    await intruder;
    log.push("released");
    lock.release();
    expect(() => lock.acquireNowait())
      .withContext("granted")
      .toThrowError(WouldBlock);
  });
  expect(log).toEqual(["released", "a", "b"]);
  lock.acquireNowait();
  lock.release();
}

/** Each worker in turn is cancelled after `step` steps of the main task. */
async function cancelledAt(step: number, lock: LockLike, style: Style): Promise<void> {
  for (let victim = 0; victim < WORKERS; victim++) {
    let users = 0;
    let most = 0;
    const finished: number[] = [];
    await taskGroup(async (tg) => {
      const tasks: Task[] = [];
      for (let i = 0; i < WORKERS; i++) {
        tasks.push(
          tg.startSoon(
            style.body(function* () {
              for (let round = 0; round < 2; round++) {
                yield lock.acquire();
                most = Math.max(most, ++users);
                try {
                  yield checkpoint();
                  yield checkpoint();
                } finally {
                  users--;
                  lock.release();
                }
              }
              finished.push(i);
            }),
          ),
        );
      }
      for (let i = 0; i < step; i++) await checkpoint();
      tasks[victim]?.cancel();
    });
    const others = Array.from({ length: WORKERS }, (_, i) => i).filter((i) => i !== victim);
    expect(finished.filter((i) => i !== victim).sort())
      .withContext(`worker ${victim} was cancelled at step ${step}`)
      .toEqual(others);
    expect([most, users]).toEqual([1, 0]);
    lock.acquireNowait();
    lock.release();
  }
}

async function unsubscribed(early: boolean, lock: LockLike): Promise<void> {
  const log: string[] = [];
  await taskGroup(async (tg) => {
    lock.acquireNowait();
    const subscription = new Subscription();
    tg.startSoon(async () => {
      subscription.add(lock.acquire().subscribe(() => log.push("seen")));
      await sleepForever();
    });
    const next = tg.startSoon(function* () {
      yield* lock.acquire();
      log.push("next");
      lock.release();
    });
    await blocked();
    if (early) subscription.unsubscribe();
    lock.release();
    subscription.unsubscribe();
    await next;
    tg.cancel();
  });
  expect(log).toEqual(["next"]);
  lock.acquireNowait();
  lock.release();
}
