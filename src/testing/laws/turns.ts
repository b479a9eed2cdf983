/**
 * Laws of waiting, kept by what tasks take turns at: locks, semaphores, capacity limiters.
 *
 * @module
 */

import { CancelScope } from "../../kernel/cancel-scope.ts";
import type { Operation } from "../../kernel/operation.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { CapacityLimiter } from "../../sync/capacity-limiter.ts";
import { Lock } from "../../sync/lock.ts";
import { Semaphore } from "../../sync/semaphore.ts";
import { sleepForever } from "../../time/sleep.ts";
import type { Kit } from "./kit.ts";
import type { Law } from "./law.ts";
import type { Steps } from "./steps.ts";

/** More waits than any engine may complete before it lets others run. */
const MANY = 2_000;

/** What one task at a time has. */
interface Turn {
  acquire(): Operation<Disposable>;
  acquireNowait(): Disposable;
  release(): void;
  hold(body: () => unknown): Operation<unknown>;
  statistics(): { readonly tasksWaiting: number };
}

/** The same law for each kind of turn. */
function forEachTurn(law: (make: () => Turn, name: string) => Law): Law[] {
  return [
    law(() => new Lock(), "a lock"),
    law(() => new Semaphore(1), "a semaphore"),
    law(() => new CapacityLimiter(1), "a limiter"),
  ];
}

/** A task that writes when it has its turn, and takes `work` for it. */
function taker(k: Kit, turn: Turn, name: string, work: () => Steps<unknown>): () => unknown {
  return k.body(function* () {
    const lease = (yield turn.acquire()) as Disposable;
    try {
      k.log(`${name} has it`);
      yield* work();
    } finally {
      lease[Symbol.dispose]();
    }
  });
}

function* noWork(): Steps<void> {
  // Its turn is over at once.
}

/** F1 to F4. */
export const turnTaking: readonly Law[] = [
  ...forEachTurn((make, name) => ({
    id: "F1",
    title: `acquiring ${name} throws in a cancelled scope, also when it is free; nothing is lost by it`,
    *body(k) {
      const turn = make();
      const scope = new CancelScope();
      yield scope.enter(
        k.body(function* () {
          scope.cancel();
          for (const acquire of [() => turn.acquire(), () => turn.hold(() => 1), () => turn.acquire()]) {
            try {
              yield acquire();
              k.log("acquire");
            } catch (error) {
              k.log(`acquire!${k.shown(error)}`);
            }
          }
        }),
      );
      k.call("nowait", () => {
        turn.acquireNowait();
      });
    },
    expected: ["acquire!Cancelled", "acquire!Cancelled", "acquire!Cancelled", "nowait"],
  })),
  ...forEachTurn((make, name) => ({
    id: "F1",
    title: `a task that acquires ${name} again and again lets others run`,
    *body(k) {
      const turn = make();
      yield taskGroup(
        k.body(function* (tg) {
          let others = 0;
          tg.startSoon(
            k.body(function* () {
              others++;
            }),
          );
          let calls = 0;
          while (others === 0 && calls++ < MANY) {
            yield turn.acquire();
            turn.release();
          }
          k.log(`others: ${others}`);
        }),
      );
    },
    expected: ["others: 1"],
  })),
  ...forEachTurn((make, name) => ({
    id: "F2",
    title: `acquireNowait() of ${name} never waits, and takes no notice of a cancellation`,
    *body(k) {
      const turn = make();
      const scope = new CancelScope();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(taker(k, turn, "a", () => k.attempt("a", k.until(20))));
          yield k.until(10);
          yield scope.enter(
            k.body(function* () {
              scope.cancel();
              k.call("nowait", () => turn.acquireNowait());
            }),
          );
          yield k.until(30);
          k.call("nowait", () => {
            turn.acquireNowait();
          });
        }),
      );
    },
    expected: ["a has it@0", "nowait!WouldBlock@10", "a@20", "nowait@30"],
  })),
  ...forEachTurn((make, name) => ({
    id: "F3",
    title: `${name} that is released belongs at once to the longest waiter`,
    *body(k) {
      const turn = make();
      yield taskGroup(
        k.body(function* (tg) {
          const lease = (yield turn.acquire()) as Disposable;
          for (const waiter of ["a", "b", "c"])
            tg.startSoon(taker(k, turn, waiter, () => k.attempt(waiter, k.sleep(10))));
          yield k.until(10);
          k.log(`waiting: ${turn.statistics().tasksWaiting}`);
          lease[Symbol.dispose]();
          k.log(`waiting: ${turn.statistics().tasksWaiting}`);
          k.call("between", () => turn.acquireNowait());
        }),
      );
    },
    expected: [
      "waiting: 3@10",
      "waiting: 2@10",
      "between!WouldBlock@10",
      "a has it@10",
      "a@20",
      "b has it@20",
      "b@30",
      "c has it@30",
      "c@40",
    ],
  })),
  ...forEachTurn((make, name) => ({
    id: "F4",
    title: `a waiter for ${name} that is cancelled is passed over`,
    *body(k) {
      const turn = make();
      yield taskGroup(
        k.body(function* (tg) {
          const lease = (yield turn.acquire()) as Disposable;
          const first = tg.startSoon(taker(k, turn, "a", noWork));
          tg.startSoon(taker(k, turn, "b", noWork));
          yield k.until(10);
          first.cancel();
          lease[Symbol.dispose]();
        }),
      );
      k.log(`waiting: ${turn.statistics().tasksWaiting}`);
    },
    expected: ["b has it@10", "waiting: 0"],
  })),
  ...forEachTurn((make, name) => ({
    id: "F4",
    title: `a waiter that was granted ${name} and then cancelled has it until its next wait, and passes it on`,
    *body(k) {
      const turn = make();
      yield taskGroup(
        k.body(function* (tg) {
          const lease = (yield turn.acquire()) as Disposable;
          const first = tg.startSoon(taker(k, turn, "a", () => k.attempt("a waits", sleepForever())));
          tg.startSoon(taker(k, turn, "b", noWork));
          yield k.until(10);
          lease[Symbol.dispose]();
          first.cancel();
        }),
      );
      k.call("free", () => {
        turn.acquireNowait();
      });
    },
    expected: ["a has it@10", "a waits!Cancelled@10", "b has it@10", "free"],
  })),
  ...forEachTurn((make, name) => ({
    id: "F4",
    title: `a body that was to hold ${name}, and was cancelled after the grant, does not begin`,
    *body(k) {
      const turn = make();
      yield taskGroup(
        k.body(function* (tg) {
          const lease = (yield turn.acquire()) as Disposable;
          const first = tg.startSoon(
            k.body(function* () {
              yield turn.hold(
                k.body(function* () {
                  k.log("a begins");
                }),
              );
            }),
          );
          tg.startSoon(taker(k, turn, "b", noWork));
          yield k.until(10);
          lease[Symbol.dispose]();
          first.cancel();
        }),
      );
    },
    expected: ["b has it@10"],
  })),
  ...forEachTurn((make, name) => ({
    id: "F4",
    title: `a subscriber that was granted ${name} and then unsubscribed passes it on`,
    *body(k) {
      const turn = make();
      yield taskGroup(
        k.body(function* (tg) {
          const lease = (yield turn.acquire()) as Disposable;
          const subscriber = tg.startSoon(
            k.body(function* () {
              const subscription = turn.acquire().subscribe(() => {
                k.log("seen");
              });
              yield k.until(10);
              lease[Symbol.dispose]();
              subscription.unsubscribe();
              yield sleepForever();
            }),
          );
          yield k.until(5);
          tg.startSoon(taker(k, turn, "b", noWork));
          yield k.until(20);
          subscriber.cancel();
        }),
      );
    },
    expected: ["b has it@10"],
  })),
];
