/**
 * Laws of delivery: cancellation neither loses an item nor gives it twice.
 *
 * @module
 */

import { isCancelled } from "../../base/errors.ts";
import { CancelScope } from "../../kernel/cancel-scope.ts";
import { checkpoint } from "../../kernel/checkpoint.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { createMemoryObjectStream } from "../../stream/memory-object-stream.ts";
import { moveOnAfter } from "../../time/timeouts.ts";
import type { Kit } from "./kit.ts";
import type { Law } from "./law.ts";
import type { Steps } from "./steps.ts";
import { randomFrom } from "../../base/random.ts";

/** How many interleavings M10 draws. */
const DRAWS = 60;

/** A random crowd of senders and receivers, some of which are cancelled, some of which unsubscribe. Says what was lost or doubled. */
export function* crowd(k: Kit, seed: number): Steps<string> {
  const random = randomFrom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const [send, receive] = createMemoryObjectStream<string>(below(3) === 0 ? 0 : below(4));
  const sent: string[] = [];
  const received: string[] = [];
  const scopes: CancelScope[] = [];
  function* pause(): Steps<void> {
    for (let i = below(4); i > 0; i--) yield checkpoint();
  }
  /** Runs `work` in a scope that somebody may cancel. */
  function* cancellable(work: () => Steps<void>): Steps<void> {
    const scope = new CancelScope();
    scopes.push(scope);
    yield scope.enter(k.body(work));
  }
  function* sender(name: number): Steps<void> {
    for (let i = 0; i < 6; i++) {
      const item = `${name}.${i}`;
      yield* cancellable(function* () {
        yield send.send(item);
        sent.push(item);
      });
      yield* pause();
    }
  }
  function* receiver(): Steps<void> {
    for (let i = 0; i < 8; i++) {
      yield* pause();
      yield* cancellable(function* () {
        received.push((yield receive.receive()) as string);
      });
    }
  }
  function* subscriber(): Steps<void> {
    for (let i = 0; i < 8; i++) {
      const subscription = receive.receive().subscribe({
        next: (item) => received.push(item),
        error: (error: unknown) => {
          if (!isCancelled(error)) throw error;
        },
      });
      yield* pause();
      subscription.unsubscribe();
    }
  }
  yield taskGroup(
    k.body(function* (tg) {
      let busy = 0;
      const spawn = (work: () => Steps<void>): void => {
        busy++;
        tg.startSoon(
          k.body(function* () {
            yield* work();
            busy--;
          }),
        );
      };
      for (let i = 1 + below(3); i > 0; i--) spawn(() => sender(i));
      for (let i = 1 + below(3); i > 0; i--) spawn(receiver);
      if (below(2) === 0) spawn(subscriber);
      // Cancels somebody now and then, so that nobody waits for ever.
      for (let patience = 5_000; busy > 0; patience--) {
        if (patience === 0) throw new Error(`seed ${seed}: ${busy} tasks do not end`);
        yield* pause();
        scopes[below(2) === 0 ? scopes.length - 1 - below(4) : below(scopes.length)]?.cancel();
      }
    }),
  );
  while (send.statistics().currentBufferUsed > 0) received.push(receive.receiveNowait());
  const lost = sent.filter((item) => !received.includes(item));
  const strange = received.filter((item, i) => !sent.includes(item) || received.indexOf(item) !== i);
  const { tasksWaitingReceive, tasksWaitingSend } = send.statistics();
  const left = tasksWaitingReceive + tasksWaitingSend;
  return lost.length + strange.length + left === 0
    ? ""
    : `seed ${seed}: lost [${lost.join(" ")}], doubled or never sent [${strange.join(" ")}], ${left} left waiting`;
}

/** M6 to M8, M10. */
export const delivery: readonly Law[] = [
  {
    id: "M6",
    title: "a sender that is cancelled while waiting withdraws its item, and keeps nobody's place",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield moveOnAfter(
                k.ms(10),
                k.body(function* () {
                  yield* k.attempt("first", send.send("first"));
                }),
              );
            }),
          );
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("second", send.send("second"));
            }),
          );
          yield k.until(20);
          k.log(`${send.statistics().tasksWaitingSend} waits`);
          k.call("receive", () => receive.receiveNowait());
          k.call("receive", () => receive.receiveNowait());
        }),
      );
    },
    expected: ["first!Cancelled@10", "1 waits@20", "receive=second@20", "receive!WouldBlock@20", "second@20"],
  },
  {
    id: "M6",
    title: "a receiver that is cancelled while waiting is no longer offered any item",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>();
      yield taskGroup(
        k.body(function* (tg) {
          const scope = new CancelScope();
          tg.startSoon(
            k.body(function* () {
              yield scope.enter(
                k.body(function* () {
                  yield* k.attempt("first", receive.receive());
                }),
              );
            }),
          );
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("second", receive.receive());
            }),
          );
          yield k.until(10);
          scope.cancel();
          k.log(`${send.statistics().tasksWaitingReceive} waits`);
          k.call("send", () => send.sendNowait("item"));
          k.call("send", () => send.sendNowait("item"));
        }),
      );
    },
    expected: ["1 waits@10", "send@10", "send!WouldBlock@10", "first!Cancelled@10", "second=item@10"],
  },
  {
    id: "M7",
    title: "an item that was handed over just before the receiver is cancelled is received",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>();
      yield taskGroup(
        k.body(function* (tg) {
          const task = tg.startSoon(
            k.body(function* () {
              yield* k.attempt("receive", receive.receive());
              return "done";
            }),
          );
          yield k.until(10);
          yield send.send("item");
          task.cancel();
          yield task.wait();
          k.log(task.status);
        }),
      );
    },
    // The engine may have got to the receiver in between. It has the item in any case.
    expected: ["receive=item@10", "finished@10"],
  },
  {
    id: "M7",
    title: "a sender whose item was taken returns normally, though it is cancelled in the same step",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>();
      yield taskGroup(
        k.body(function* (tg) {
          const task = tg.startSoon(
            k.body(function* () {
              yield* k.attempt("send", send.send("item"));
              yield* k.attempt("next", k.sleep(10));
            }),
          );
          yield k.until(10);
          k.call("receive", () => receive.receiveNowait());
          task.cancel();
        }),
      );
    },
    expected: ["receive=item@10", "send@10", "next!Cancelled@10"],
  },
  {
    id: "M7",
    title: "the same for an item that moved into the buffer",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>(1);
      send.sendNowait("first");
      yield taskGroup(
        k.body(function* (tg) {
          const task = tg.startSoon(
            k.body(function* () {
              yield* k.attempt("send", send.send("second"));
            }),
          );
          yield k.until(10);
          k.call("receive", () => receive.receiveNowait());
          task.cancel();
          yield task.wait();
          k.call("receive", () => receive.receiveNowait());
        }),
      );
    },
    expected: ["receive=first@10", "send@10", "receive=second@10"],
  },
  {
    id: "M8",
    title: "a receiver that takes an item and closes at once does not make that send fail",
    *body(k) {
      for (const first of ["sender", "receiver"]) {
        const [send, receive] = createMemoryObjectStream<string>();
        const work: Record<string, () => Steps<void>> = {
          *sender() {
            yield* k.attempt("send", send.send("item"));
          },
          *receiver() {
            const item = yield receive.receive();
            receive.close();
            k.log(`received ${String(item)}`);
          },
        };
        yield taskGroup(
          k.body(function* (tg) {
            tg.startSoon(k.body(work[first] as () => Steps<void>));
            yield k.sleep(10);
            tg.startSoon(k.body(work[first === "sender" ? "receiver" : "sender"] as () => Steps<void>));
          }),
        );
        k.log("over");
      }
    },
    expected: ["received item", "send", "over", "send", "received item", "over"],
  },
  {
    id: "M10",
    title: "whatever the interleaving and whoever is cancelled, each sent item arrives exactly once",
    *body(k) {
      for (let seed = 1; seed <= DRAWS; seed++) {
        const complaint = yield* crowd(k, seed);
        if (complaint !== "") k.log(complaint);
      }
      k.log(`${DRAWS} draws`);
    },
    expected: [`${DRAWS} draws`],
  },
];
