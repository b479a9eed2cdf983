/**
 * Laws that settle what AnyIO's backends do differently: one for each row of the table, in its order.
 *
 * Data, and long for that: each law can be read alone.
 *
 * @module
 */

import { CancelScope } from "../../kernel/cancel-scope.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { createMemoryObjectStream } from "../../stream/memory-object-stream.ts";
import { Lock } from "../../sync/lock.ts";
import { sleep, sleepForever } from "../../time/sleep.ts";
import { failAfter, moveOnAfter } from "../../time/timeouts.ts";
import type { Law } from "./law.ts";

/** D1 to D12. */
export const decisions: readonly Law[] = [
  {
    id: "D1",
    title: "a task blocked on an end that is closed is woken, and its queued item is withdrawn",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>();
      const clone = send.clone();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("send", send.send("withdrawn"));
            }),
          );
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("clone", clone.send("kept"));
            }),
          );
          yield k.until(10);
          send.close();
          yield k.until(20);
          k.call("receive", () => receive.receiveNowait());
          k.call("receive", () => receive.receiveNowait());
        }),
      );
    },
    expected: ["send!ClosedResourceError@10", "receive=kept@20", "receive!WouldBlock@20", "clone@20"],
  },
  {
    id: "D2",
    title: "the last receiver closes with items buffered: the buffer is cleared",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(3);
      const clone = receive.clone();
      send.sendNowait(1);
      send.sendNowait(2);
      receive.close();
      k.log(`buffered: ${send.statistics().currentBufferUsed}`);
      clone.close();
      k.log(`buffered: ${send.statistics().currentBufferUsed}`);
      yield* k.attempt("send", send.send(3));
    },
    expected: ["buffered: 2", "buffered: 0", "send!BrokenResourceError"],
  },
  {
    id: "D3",
    title: "send acts at once, also when the budget makes it wait: a later sendNowait cannot overtake",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(Infinity);
      for (let i = 0; i < 400; i += 2) {
        send.send(i).subscribe();
        send.sendNowait(i + 1);
      }
      k.log(`buffered: ${send.statistics().currentBufferUsed}`);
      let strange = 0;
      for (let i = 0; i < 400; i++) if ((yield receive.receive()) !== i) strange++;
      k.log(`out of order: ${strange}`);
    },
    expected: ["buffered: 400", "out of order: 0"],
  },
  {
    id: "D3",
    title: "receive acts at once, also when the budget makes it wait: a later receiveNowait gets a later item",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(Infinity);
      for (let i = 0; i < 400; i++) send.sendNowait(i);
      const seen: number[] = [];
      let strange = 0;
      for (let i = 0; i < 400; i += 2) {
        receive.receive().subscribe((item) => {
          seen.push(item);
        });
        if (receive.receiveNowait() !== i + 1) strange++;
      }
      k.log(`buffered: ${receive.statistics().currentBufferUsed}, out of order: ${strange}`);
      yield k.sleep(10);
      k.log(`received: ${seen.length}, in order: ${seen.every((item, i) => item === 2 * i)}`);
    },
    expected: ["buffered: 0, out of order: 0", "received: 200, in order: true"],
  },
  {
    id: "D4",
    title: "closing a memory end is synchronous and no checkpoint",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>();
      const scope = new CancelScope();
      yield scope.enter(
        k.body(function* () {
          scope.cancel();
          send.close();
          k.log(`open: ${send.statistics().openSendStreams}`);
          yield* k.attempt("aclose", receive.aclose());
          k.log(`open: ${send.statistics().openReceiveStreams}`);
        }),
      );
      k.log(`caught: ${scope.cancelledCaught}`);
    },
    expected: ["open: 0", "aclose", "open: 0", "caught: false"],
  },
  {
    id: "D5",
    title: "the timeout fired, then cleanup threw: the error wins, and cancelledCaught is true",
    *body(k) {
      const scopes: CancelScope[] = [];
      const body = k.body(function* (scope: CancelScope) {
        scopes.push(scope);
        try {
          yield sleepForever();
        } catch {
          throw new Error("cleanup");
        }
      });
      yield* k.attempt("moveOnAfter", moveOnAfter(k.ms(10), body));
      yield* k.attempt("failAfter", failAfter(k.ms(10), body));
      k.log(`caught: ${scopes.map((scope) => scope.cancelledCaught).join(", ")}`);
    },
    expected: ["moveOnAfter!cleanup@10", "failAfter!cleanup@20", "caught: true, true@20"],
  },
  {
    id: "D6",
    title: "explicit cancel() and then a slow exit past the deadline of failAfter: no TimeoutError",
    *body(k) {
      yield* k.attempt(
        "failAfter",
        failAfter(
          k.ms(20),
          k.body(function* (scope) {
            yield k.until(10);
            scope.cancel();
            try {
              yield sleepForever();
            } finally {
              yield moveOnAfter(
                k.ms(99),
                k.body(function* () {
                  yield* k.attempt("slow exit", k.until(40));
                }),
                { shield: true },
              );
            }
          }),
        ),
      );
    },
    expected: ["slow exit@40", "failAfter@40"],
  },
  {
    id: "D7",
    title: "the delay of moveOnAfter starts at entry, each time",
    *body(k) {
      const limited = moveOnAfter(
        k.ms(10),
        k.body(function* () {
          yield* k.attempt("wait", k.sleep(90));
        }),
      );
      yield k.until(30);
      yield limited;
      yield k.until(60);
      yield limited;
    },
    expected: ["wait!Cancelled@40", "wait!Cancelled@70"],
  },
  {
    id: "D8",
    title: "a delay that is negative or NaN is a RangeError",
    *body(k) {
      const body = (): void => undefined;
      for (const delay of [-1, NaN, -Infinity]) {
        k.call("sleep", () => sleep(delay));
        k.call("moveOnAfter", () => moveOnAfter(delay, body));
        k.call("failAfter", () => failAfter(delay, body));
      }
      k.call("deadline", () => new CancelScope({ deadline: NaN }));
      yield* k.attempt("0 is none of them", sleep(0));
    },
    expected: [
      ...[1, 2, 3].flatMap(() => ["sleep!RangeError", "moveOnAfter!RangeError", "failAfter!RangeError"]),
      "deadline!RangeError",
      "0 is none of them",
    ],
  },
  {
    id: "D9",
    title: "a task ends holding a lock: the lock is broken, for who waits and for who comes later",
    *body(k) {
      const lock = new Lock({ name: "db" });
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield lock.acquire();
              yield k.until(10);
            }),
            { name: "careless" },
          );
          for (const name of ["a", "b"]) {
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt(name, lock.acquire());
              }),
            );
          }
          yield k.until(20);
          yield* k.attempt("later", lock.acquire());
          k.call("nowait", () => lock.acquireNowait());
          try {
            lock.release();
          } catch (error) {
            k.log((error as Error).message);
          }
        }),
      );
    },
    expected: [
      "a!BrokenResourceError@10",
      "b!BrokenResourceError@10",
      "later!BrokenResourceError@20",
      "nowait!BrokenResourceError@20",
      'Cannot release the lock "db": the task "careless" ended while it held it; make a new one@20',
    ],
  },
  {
    id: "D9",
    title: "a task ends holding a lock that it was handed: it is that task that breaks it",
    *body(k) {
      const lock = new Lock();
      yield taskGroup(
        k.body(function* (tg) {
          yield lock.acquire();
          tg.startSoon(
            k.body(function* () {
              yield lock.acquire();
            }),
            { name: "heir" },
          );
          yield k.until(10);
          lock.release();
          k.log(`owner: ${lock.statistics().owner?.name ?? "none"}`);
          yield k.until(20);
          k.call("nowait", () => lock.acquireNowait());
        }),
      );
    },
    expected: ["owner: heir@10", "nowait!BrokenResourceError@20"],
  },
  {
    id: "D10",
    title: "a child fails while an ancestor is cancelled: the group is cancelled all the same, synchronously",
    *body(k) {
      yield moveOnAfter(
        k.ms(10),
        k.body(function* (outer) {
          yield* k.attempt(
            "group",
            taskGroup(
              k.body(function* (tg) {
                tg.startSoon(
                  k.body(function* () {
                    try {
                      yield sleepForever();
                    } catch {
                      yield moveOnAfter(
                        k.ms(99),
                        k.body(function* () {
                          yield k.until(20);
                        }),
                        { shield: true },
                      );
                      throw new Error("boom");
                    }
                  }),
                );
                yield new CancelScope({ shield: true }).enter(
                  k.body(function* () {
                    yield k.until(15);
                    k.log(`outer: ${outer.cancelCalled}, group: ${tg.cancelScope.cancelCalled}`);
                    yield k.until(30);
                    k.log(`outer: ${outer.cancelCalled}, group: ${tg.cancelScope.cancelCalled}`);
                  }),
                );
              }),
            ),
          );
        }),
      );
    },
    expected: ["outer: true, group: false@15", "outer: true, group: true@30", "group![boom]@30"],
  },
  {
    id: "D11",
    title: "unsubscribed after an item was handed over: it is the next one again, at the head",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(2);
      const subscription = receive.receive().subscribe((item) => {
        k.log(`seen: ${item}`);
      });
      yield k.until(10);
      send.sendNowait(1);
      send.sendNowait(2);
      subscription.unsubscribe();
      for (let i = 0; i < 3; i++) k.call("receive", () => receive.receiveNowait());
    },
    expected: ["receive=1", "receive=2", "receive!WouldBlock"],
  },
  {
    id: "D11",
    title: "unsubscribed after an item was handed over: the longest waiting receiver gets it",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>();
      yield taskGroup(
        k.body(function* (tg) {
          const subscription = receive.receive().subscribe((item) => {
            k.log(`seen: ${item}`);
          });
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("next", receive.receive());
            }),
          );
          yield k.until(10);
          send.sendNowait(1);
          subscription.unsubscribe();
        }),
      );
    },
    expected: ["next=1@10"],
  },
  {
    id: "D11",
    title: "aborted by a signal after an item was handed over: a task that goes on has it",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>();
      const controller = new AbortController();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield CancelScope.from(controller.signal).enter(
                k.body(function* () {
                  yield* k.attempt("receive", receive.receive());
                  yield* k.attempt("next", receive.receive());
                }),
              );
            }),
          );
          yield k.until(10);
          send.sendNowait(1);
          controller.abort();
        }),
      );
    },
    expected: ["receive=1@10", "next!Cancelled@10"],
  },
  {
    id: "D12",
    title: "failAfter(0) has expired at entry: the first wait throws",
    *body(k) {
      yield* k.attempt(
        "failAfter",
        failAfter(
          0,
          k.body(function* (scope) {
            k.log(`called: ${scope.cancelCalled}`);
            yield* k.attempt("wait", sleep(0));
          }),
        ),
      );
      yield* k.attempt(
        "without a wait",
        failAfter(
          0,
          k.body(function* () {
            return "value";
          }),
        ),
      );
    },
    expected: ["called: true@0", "wait!Cancelled@0", "failAfter!TimeoutError@0", "without a wait=value@0"],
  },
];
