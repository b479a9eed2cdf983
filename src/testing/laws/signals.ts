/**
 * Laws of waiting for others to say something: events and conditions.
 *
 * @module
 */

import { CancelScope } from "../../kernel/cancel-scope.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { Condition } from "../../sync/condition.ts";
import { Event } from "../../sync/event.ts";
import type { Kit } from "./kit.ts";
import type { Law } from "./law.ts";

/** More waits than any engine may complete before it lets others run. */
const MANY = 2_000;

/** A task that waits for a notification, and writes that it came, and whether it has the lock then. */
function waiter(k: Kit, condition: Condition, name: string): () => unknown {
  return k.body(function* () {
    const lease = (yield condition.acquire()) as Disposable;
    try {
      yield* k.attempt(name, condition.wait());
    } finally {
      k.log(`${name} has the lock: ${condition.statistics().lockStatistics.owner?.name === name}`);
      lease[Symbol.dispose]();
    }
  });
}

/** F1, F3, F4. */
export const signals: readonly Law[] = [
  {
    id: "F1",
    title:
      "waiting for an event or a condition throws in a cancelled scope, also when it could go on; the lock is kept",
    *body(k) {
      const event = new Event();
      event.set();
      const condition = new Condition();
      const scope = new CancelScope();
      yield condition.acquire();
      yield scope.enter(
        k.body(function* () {
          scope.cancel();
          const waits = { event: event.wait(), wait: condition.wait(), waitFor: condition.waitFor(() => true) };
          for (const [name, wait] of Object.entries(waits)) {
            try {
              yield wait;
              k.log(name);
            } catch (error) {
              k.log(`${name}!${k.shown(error)}`);
            }
          }
        }),
      );
      k.log(`locked: ${condition.locked()}`);
      condition.release();
    },
    expected: ["event!Cancelled", "wait!Cancelled", "waitFor!Cancelled", "locked: true"],
  },
  {
    id: "F1",
    title: "a task that waits for what is there already, again and again, lets others run",
    *body(k) {
      const event = new Event();
      event.set();
      const condition = new Condition();
      yield condition.acquire();
      yield taskGroup(
        k.body(function* (tg) {
          const waits = { event: () => event.wait(), waitFor: () => condition.waitFor(() => true) };
          for (const [name, wait] of Object.entries(waits)) {
            let others = 0;
            tg.startSoon(
              k.body(function* () {
                others++;
              }),
            );
            let calls = 0;
            while (others === 0 && calls++ < MANY) yield wait();
            k.log(`${name}: ${others}`);
          }
        }),
      );
      condition.release();
    },
    expected: ["event: 1", "waitFor: 1"],
  },
  {
    id: "F3",
    title: "an event wakes all who wait, in the order in which they came",
    *body(k) {
      const event = new Event();
      yield taskGroup(
        k.body(function* (tg) {
          for (const name of ["a", "b", "c"]) {
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt(name, event.wait());
              }),
            );
          }
          yield k.until(10);
          event.set();
          k.log(`set: ${event.isSet()}, waiting: ${event.statistics().tasksWaiting}`);
        }),
      );
    },
    expected: ["set: true, waiting: 0@10", "a@10", "b@10", "c@10"],
  },
  {
    id: "F3",
    title: "a notification belongs at once to the longest waiter, who stands in line for the lock from then on",
    *body(k) {
      const condition = new Condition();
      yield taskGroup(
        k.body(function* (tg) {
          for (const name of ["a", "b"]) tg.startSoon(waiter(k, condition, name), { name });
          yield k.until(10);
          const lease = (yield condition.acquire()) as Disposable;
          condition.notify();
          const { tasksWaiting, lockStatistics } = condition.statistics();
          k.log(`waiting: ${tasksWaiting}, for the lock: ${lockStatistics.tasksWaiting}`);
          yield k.until(20);
          lease[Symbol.dispose]();
          yield k.until(30);
          yield condition.acquire();
          condition.notifyAll();
          condition.release();
        }),
      );
    },
    expected: ["waiting: 1, for the lock: 1@10", "a@20", "a has the lock: true@20", "b@30", "b has the lock: true@30"],
  },
  {
    id: "F4",
    title:
      "a waiter that was notified and then cancelled passes the notification on; it has the lock when it learns of it",
    *body(k) {
      const condition = new Condition();
      yield taskGroup(
        k.body(function* (tg) {
          const first = tg.startSoon(waiter(k, condition, "a"), { name: "a" });
          tg.startSoon(waiter(k, condition, "b"), { name: "b" });
          yield k.until(10);
          const lease = (yield condition.acquire()) as Disposable;
          condition.notify();
          first.cancel();
          yield k.until(20);
          lease[Symbol.dispose]();
        }),
      );
      k.log(`locked: ${condition.locked()}`);
    },
    expected: ["b@20", "b has the lock: true@20", "a!Cancelled@20", "a has the lock: true@20", "locked: false"],
  },
  {
    id: "F4",
    title: "a waiter that is cancelled before a notification comes is passed over by it",
    *body(k) {
      const condition = new Condition();
      yield taskGroup(
        k.body(function* (tg) {
          const first = tg.startSoon(waiter(k, condition, "a"), { name: "a" });
          tg.startSoon(waiter(k, condition, "b"), { name: "b" });
          yield k.until(10);
          const lease = (yield condition.acquire()) as Disposable;
          first.cancel();
          condition.notify();
          lease[Symbol.dispose]();
        }),
      );
      k.log(`locked: ${condition.locked()}`);
    },
    expected: ["b@10", "b has the lock: true@10", "a!Cancelled@10", "a has the lock: true@10", "locked: false"],
  },
];
