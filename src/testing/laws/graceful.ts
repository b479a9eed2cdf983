/**
 * Laws of graceful ends: services, soft shields, and waiting for one of several things.
 *
 * @module
 */

import { CancelScope } from "../../kernel/cancel-scope.ts";
import { select } from "../../kernel/select.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { createMemoryObjectStream } from "../../stream/memory-object-stream.ts";
import { sleepForever } from "../../time/sleep.ts";
import type { Law } from "./law.ts";

/** Services, grace, select. */
export const graceful: readonly Law[] = [
  {
    id: "service",
    title: "a service ends when the body and the ordinary children are done, and not before",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          tg.startService(
            k.body(function* () {
              yield* k.attempt("service", sleepForever());
            }),
          );
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("child", k.sleep(40));
            }),
          );
          yield* k.attempt("body", k.sleep(20));
        }),
      );
      k.log("end");
    },
    expected: ["body@20", "child@40", "service!Cancelled@40", "end@40"],
  },
  {
    id: "service",
    title: "a service outlasts the cleanup of those it serves when the group is cancelled",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          tg.startService(
            k.body(function* () {
              yield* k.attempt("service", sleepForever());
            }),
          );
          tg.startSoon(
            k.body(function* () {
              try {
                yield sleepForever();
              } finally {
                yield new CancelScope({ shield: true }).enter(
                  k.body(function* () {
                    yield* k.attempt("cleanup", k.sleep(20));
                  }),
                );
              }
            }),
          );
          yield k.sleep(20);
          tg.cancel();
        }),
      );
    },
    expected: ["cleanup@40", "service!Cancelled@40"],
  },
  {
    id: "grace",
    title: "soft shields hold for the grace and no longer, hard waits throw at once",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const soft = (label: string, time: number): unknown =>
            new CancelScope({ shield: "soft" }).enter(
              k.body(function* () {
                yield* k.attempt(label, k.sleep(time));
              }),
            );
          tg.startSoon(() => soft("quick", 40));
          tg.startSoon(() => soft("slow", 400));
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("hard", k.sleep(400));
            }),
          );
          yield k.sleep(20);
          tg.cancel({ grace: k.ms(40) });
        }),
      );
    },
    expected: ["hard!Cancelled@20", "quick@40", "slow!Cancelled@60"],
  },
  {
    id: "select",
    title: "exactly one case is taken, and the others stay as they were",
    *body(k) {
      const [sendA, a] = createMemoryObjectStream<string>(1);
      const [sendB, b] = createMemoryObjectStream<string>(1);
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              const taken = (yield select({ a, b, late: k.sleep(400) })) as { key: string; value: unknown };
              k.log(`${taken.key}=${String(taken.value)}`);
            }),
          );
          yield k.sleep(20);
          sendB.sendNowait("one");
          sendA.sendNowait("two");
        }),
      );
      k.call("left in a", () => a.receiveNowait());
      k.call("left in b", () => b.receiveNowait());
    },
    expected: ["b=one@20", "left in a=two", "left in b!WouldBlock"],
  },
  {
    id: "select",
    title: "cancelled, it withdraws every case",
    *body(k) {
      const [, a] = createMemoryObjectStream<string>(1);
      const [, b] = createMemoryObjectStream<string>(1);
      const scope = new CancelScope({ deadline: k.at(20) });
      yield scope.enter(
        k.body(function* () {
          yield* k.attempt("select", select([a, b]));
        }),
      );
      k.log(`waiting: ${a.statistics().tasksWaitingReceive} ${b.statistics().tasksWaitingReceive}`);
    },
    expected: ["select!Cancelled@20", "waiting: 0 0"],
  },
];
