/**
 * Laws of cancellation: who is cancelled, and when a wait hears of it.
 *
 * Data, and long for that: each law can be read alone.
 *
 * @module
 */

import type { Cancelled } from "../../base/errors.ts";
import { CancelScope } from "../../kernel/cancel-scope.ts";
import { checkpoint } from "../../kernel/checkpoint.ts";
import type { Operation } from "../../kernel/operation.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { createMemoryObjectStream } from "../../stream/memory-object-stream.ts";
import { sleepForever } from "../../time/sleep.ts";
import { moveOnAfter } from "../../time/timeouts.ts";
import type { Kit } from "./kit.ts";
import type { Law } from "./law.ts";
import type { Steps } from "./steps.ts";

/** Waits, and writes how it went; keeps even a cancellation to itself. */
function* swallow(k: Kit, label: string, wait: Operation<unknown>): Steps<void> {
  try {
    yield wait;
    k.log(label);
  } catch (error) {
    k.log(`${label}!${k.shown(error)}`);
  }
}

/** C1 to C5, C10, C12, C14. */
export const cancellation: readonly Law[] = [
  {
    id: "C1",
    title: "every wait in a cancelled scope throws, however often that is caught",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(1);
      yield moveOnAfter(
        k.ms(10),
        k.body(function* () {
          yield* swallow(k, "sleep", k.sleep(50));
          yield* swallow(k, "sleep again", k.sleep(50));
          yield* swallow(k, "checkpoint", checkpoint());
          yield* swallow(k, "receive", receive.receive());
          yield* swallow(k, "send", send.send(1));
        }),
      );
      k.log("over");
    },
    expected: [
      "sleep!Cancelled@10",
      "sleep again!Cancelled@10",
      "checkpoint!Cancelled@10",
      "receive!Cancelled@10",
      "send!Cancelled@10",
      "over@10",
    ],
  },
  {
    id: "C1",
    title: "a scope or a group that is entered in a cancelled scope is cancelled as well",
    *body(k) {
      const outer = new CancelScope();
      yield outer.enter(
        k.body(function* () {
          outer.cancel();
          const inner = new CancelScope();
          yield* swallow(
            k,
            "inner",
            inner.enter(
              k.body(function* () {
                yield* swallow(k, "in it", k.sleep(10));
                yield k.sleep(10);
              }),
            ),
          );
          k.log(`caught by it: ${inner.cancelledCaught}`);
          yield* swallow(
            k,
            "group",
            taskGroup(
              k.body(function* (tg) {
                tg.startSoon(
                  k.body(function* () {
                    yield* k.attempt("child", k.sleep(10));
                  }),
                );
                yield* swallow(k, "body", k.sleep(10));
              }),
            ),
          );
        }),
      );
      k.log(`over: ${outer.cancelledCaught}`);
      yield* k.attempt("after it", k.sleep(10));
    },
    expected: [
      "in it!Cancelled@0",
      "inner!Cancelled@0",
      "caught by it: false",
      "body!Cancelled@0",
      "child!Cancelled@0",
      "group!Cancelled@0",
      "over: false@0",
      "after it@10",
    ],
  },
  {
    id: "C2",
    title: "a shield keeps the cancellation of an ancestor out, also of the scopes nested in it",
    *body(k) {
      yield moveOnAfter(
        k.ms(10),
        k.body(function* () {
          const shielded = new CancelScope({ shield: true });
          yield shielded.enter(
            k.body(function* () {
              yield* k.attempt("shielded", k.until(20));
              const nested = new CancelScope();
              yield nested.enter(
                k.body(function* () {
                  yield* k.attempt("nested", k.until(30));
                }),
              );
              yield* k.attempt(
                "group",
                taskGroup(
                  k.body(function* (tg) {
                    tg.startSoon(
                      k.body(function* () {
                        yield* k.attempt("child", k.until(40));
                      }),
                    );
                  }),
                ),
              );
            }),
          );
          yield* k.attempt("unshielded", k.until(60));
        }),
      );
      k.log("over");
    },
    expected: ["shielded@20", "nested@30", "child@40", "group@40", "unshielded!Cancelled@40", "over@40"],
  },
  {
    id: "C2",
    title: "a shielded scope, and those nested in it, obey its own cancel()",
    *body(k) {
      const shielded = new CancelScope({ shield: true });
      const nested = new CancelScope();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield k.until(10);
              shielded.cancel();
            }),
          );
          yield shielded.enter(
            k.body(function* () {
              yield nested.enter(
                k.body(function* () {
                  yield* k.attempt("nested", k.until(40));
                }),
              );
            }),
          );
        }),
      );
      k.log(`shielded: ${shielded.cancelledCaught}, nested: ${nested.cancelledCaught}`);
    },
    expected: ["nested!Cancelled@10", "shielded: true, nested: false@10"],
  },
  {
    id: "C2",
    title: "a shielded scope obeys its own deadline",
    *body(k) {
      yield moveOnAfter(
        k.ms(30),
        k.body(function* () {
          yield* k.attempt("outer", k.until(60));
        }),
        { shield: true },
      );
      yield moveOnAfter(
        k.ms(10),
        k.body(function* () {
          yield moveOnAfter(
            k.ms(30),
            k.body(function* () {
              yield* k.attempt("inner", k.until(90));
            }),
            { shield: true },
          );
          k.log("between");
          yield* k.attempt("wait", k.until(90));
        }),
      );
    },
    expected: ["outer!Cancelled@30", "inner!Cancelled@60", "between@60", "wait!Cancelled@60"],
  },
  {
    id: "C3",
    title: "extending a deadline that has passed changes nothing",
    *body(k) {
      yield moveOnAfter(
        k.ms(10),
        k.body(function* (scope) {
          yield* swallow(k, "first", k.until(40));
          scope.deadline = Infinity;
          k.log(`called: ${scope.cancelCalled}`);
          yield* k.attempt("second", k.until(40));
        }),
      );
      k.log("over");
    },
    expected: ["first!Cancelled@10", "called: true@10", "second!Cancelled@10", "over@10"],
  },
  {
    id: "C3",
    title: "a second cancel() keeps the first reason",
    *body(k) {
      const scope = new CancelScope();
      yield scope.enter(
        k.body(function* () {
          scope.cancel("first");
          scope.cancel("second");
          try {
            yield k.sleep(10);
          } catch (error) {
            k.log(`reason: ${String((error as Cancelled).reason)}`);
            scope.cancel("third");
            throw error;
          }
        }),
      );
      k.log(`reason: ${String(scope.cancelReason)}`);
    },
    expected: ["reason: first@0", "reason: first@0"],
  },
  {
    id: "C4",
    title: "a task that is to resume with a value gets it; the cancellation hits its next wait",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>();
      const scope = new CancelScope();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield scope.enter(
                k.body(function* () {
                  yield* k.attempt("receive", receive.receive());
                  yield* k.attempt("next", k.until(40));
                }),
              );
              k.log(`caught: ${scope.cancelledCaught}`);
            }),
          );
          yield k.until(10);
          send.sendNowait("item");
          scope.cancel();
          k.log("sent, then cancelled");
        }),
      );
    },
    expected: ["sent, then cancelled@10", "receive=item@10", "next!Cancelled@10", "caught: true@10"],
  },
  {
    id: "C4",
    title: "a task that was cancelled first gets no value that comes later",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>();
      const scope = new CancelScope();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield scope.enter(
                k.body(function* () {
                  yield* k.attempt("receive", receive.receive());
                }),
              );
            }),
          );
          yield k.until(10);
          scope.cancel();
          k.call("send", () => send.sendNowait("item"));
        }),
      );
    },
    expected: ["send!WouldBlock@10", "receive!Cancelled@10"],
  },
  {
    id: "C5",
    title: "a task that is spawned into a cancelled group runs to its first wait",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          tg.cancel();
          const task = tg.startSoon(
            k.body(function* () {
              k.log("child:start");
              yield* k.attempt("child:wait", k.sleep(10));
            }),
          );
          k.log(task.status);
        }),
      );
      k.log("over");
    },
    expected: ["cancelling@0", "child:start@0", "child:wait!Cancelled@0", "over@0"],
  },
  {
    id: "C5",
    title: "a task that is cancelled before it starts runs to its first wait",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const task = tg.startSoon(
            k.body(function* () {
              k.log("child:start");
              yield* k.attempt("child:wait", k.sleep(10));
            }),
          );
          task.cancel();
          yield task.wait();
          k.log(task.status);
        }),
      );
    },
    expected: ["child:start@0", "child:wait!Cancelled@0", "cancelled@0"],
  },
  {
    id: "C10",
    title: "cancel() before entry: the body starts, and its first wait throws",
    *body(k) {
      const scope = new CancelScope();
      scope.cancel("early");
      yield scope.enter(
        k.body(function* () {
          k.log("start");
          yield* k.attempt("wait", k.sleep(10));
        }),
      );
      k.log(`caught: ${scope.cancelledCaught}`);
    },
    expected: ["start@0", "wait!Cancelled@0", "caught: true@0"],
  },
  {
    id: "C10",
    title: "cancel() from a plain callback",
    *body(k) {
      const scope = new CancelScope();
      queueMicrotask(() => {
        scope.cancel();
      });
      yield scope.enter(
        k.body(function* () {
          yield* k.attempt("wait", k.sleep(30));
        }),
      );
      k.log(`caught: ${scope.cancelledCaught}`);
    },
    expected: ["wait!Cancelled@0", "caught: true@0"],
  },
  {
    id: "C10",
    title: "cancel() from another task",
    *body(k) {
      const scope = new CancelScope();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield k.until(10);
              scope.cancel();
              k.log("cancelled");
            }),
          );
          yield scope.enter(
            k.body(function* () {
              yield* k.attempt("wait", k.until(40));
            }),
          );
          k.log(`caught: ${scope.cancelledCaught}`);
        }),
      );
    },
    expected: ["cancelled@10", "wait!Cancelled@10", "caught: true@10"],
  },
  {
    id: "C10",
    title: "cancel() after exit only sets the flag",
    *body(k) {
      const scope = new CancelScope();
      yield scope.enter(
        k.body(function* () {
          yield k.sleep(10);
        }),
      );
      k.log(`called: ${scope.cancelCalled}`);
      scope.cancel();
      yield* k.attempt("wait", k.sleep(10));
      k.log(`called: ${scope.cancelCalled}, caught: ${scope.cancelledCaught}`);
    },
    expected: ["called: false@10", "wait@20", "called: true, caught: false@20"],
  },
  {
    id: "C12",
    title: "cleanup that must wait waits in a shielded scope, and no longer than its limit",
    *body(k) {
      for (const time of [10, 50]) {
        yield moveOnAfter(
          k.ms(10),
          k.body(function* () {
            try {
              yield sleepForever();
            } finally {
              yield moveOnAfter(
                k.ms(20),
                k.body(function* () {
                  yield* k.attempt("cleanup", k.sleep(time));
                }),
                { shield: true },
              );
            }
          }),
        );
        k.log("over");
      }
    },
    expected: ["cleanup@20", "over@20", "cleanup!Cancelled@50", "over@50"],
  },
  {
    id: "C12",
    title: "cleanup without a shield is cut at its first wait",
    *body(k) {
      yield moveOnAfter(
        k.ms(10),
        k.body(function* () {
          try {
            yield sleepForever();
          } finally {
            yield* k.attempt("cleanup", k.sleep(10));
          }
        }),
      );
      k.log("over");
    },
    expected: ["cleanup!Cancelled@10", "over@10"],
  },
  {
    id: "C14",
    title: "lowering a shield in a cancelled scope delivers at once",
    *body(k) {
      const shielded = new CancelScope({ shield: true });
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield moveOnAfter(
                k.ms(10),
                k.body(function* () {
                  yield shielded.enter(
                    k.body(function* () {
                      yield* k.attempt("wait", k.until(60));
                    }),
                  );
                }),
              );
            }),
          );
          yield k.until(30);
          k.log("lower");
          shielded.shield = false;
        }),
      );
      k.log(`caught: ${shielded.cancelledCaught}`);
    },
    expected: ["lower@30", "wait!Cancelled@30", "caught: false@30"],
  },
  {
    id: "C14",
    title: "raising a shield recalls nothing that is in flight, and protects the next wait",
    *body(k) {
      const outer = new CancelScope();
      const inner = new CancelScope();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield outer.enter(
                k.body(function* () {
                  yield inner.enter(
                    k.body(function* () {
                      yield* swallow(k, "in flight", k.until(60));
                      yield* k.attempt("next", k.until(30));
                    }),
                  );
                  yield* k.attempt("outside", k.until(60));
                }),
              );
            }),
          );
          yield k.until(10);
          outer.cancel();
          inner.shield = true;
        }),
      );
    },
    expected: ["in flight!Cancelled@10", "next@30", "outside!Cancelled@30"],
  },
];
