/**
 * Laws of waiting: what lets others run, and who is next.
 *
 * @module
 */

import { abortable } from "../../kernel/abortable.ts";
import { CancelScope } from "../../kernel/cancel-scope.ts";
import { checkpoint } from "../../kernel/checkpoint.ts";
import type { Operation } from "../../kernel/operation.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { createMemoryObjectStream } from "../../stream/memory-object-stream.ts";
import { sleep, sleepUntil } from "../../time/sleep.ts";
import type { Kit } from "./kit.ts";
import type { Law } from "./law.ts";
import type { Steps } from "./steps.ts";

/** More waits than any engine may complete before it lets others run. */
const MANY = 2_000;
/** How long two tasks exchange items at most before they are called unfair, in ms of the law, on the real clock. */
const TOO_LONG = 150;

/** Two tasks that hand items to each other until `done`, each operation in place. */
function* exchange(k: Kit, done: () => boolean): Steps<void> {
  const [ping, pong] = createMemoryObjectStream<number>(1);
  const [back, forth] = createMemoryObjectStream<number>(1);
  const end = Date.now() + k.ms(TOO_LONG);
  yield taskGroup(
    k.body(function* (tg) {
      tg.startSoon(
        k.body(function* () {
          while (!done() && Date.now() < end) {
            yield ping.send(1);
            yield forth.receive();
          }
          k.log(done() ? "served" : "starved");
          tg.cancel();
        }),
      );
      tg.startSoon(
        k.body(function* () {
          for (;;) {
            yield pong.receive();
            yield back.send(1);
          }
        }),
      );
    }),
  );
}

/** F1 to F3, F5. Those of locks and their kin, and F4, are in `turns.ts` and `signals.ts`. */
export const fairness: readonly Law[] = [
  {
    id: "F1",
    title: "every function that may wait throws in a cancelled scope, also when it could go on; nothing is lost by it",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>(2);
      send.sendNowait("kept");
      yield taskGroup(
        k.body(function* (tg) {
          const ended = tg.startSoon(
            k.body(function* () {
              return "value";
            }),
          );
          yield ended.wait();
          const waits: Record<string, Operation<unknown>> = {
            send: send.send("refused"),
            receive: receive.receive(),
            handle: ended,
            wait: ended.wait(),
            checkpoint: checkpoint(),
            "sleep(0)": sleep(0),
            "sleepUntil(past)": sleepUntil(k.at(0) - 1),
            abortable: abortable(() => "value"),
          };
          const scope = new CancelScope();
          yield scope.enter(
            k.body(function* () {
              scope.cancel();
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
        }),
      );
      const { currentBufferUsed } = receive.statistics();
      k.log(`${currentBufferUsed} ${receive.receiveNowait()}`);
    },
    expected: [
      "send!Cancelled",
      "receive!Cancelled",
      "handle!Cancelled",
      "wait!Cancelled",
      "checkpoint!Cancelled",
      "sleep(0)!Cancelled",
      "sleepUntil(past)!Cancelled",
      "abortable!Cancelled",
      "1 kept",
    ],
  },
  {
    id: "F1",
    title: "a task that calls it again and again lets others run",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(Infinity);
      // How many calls it takes depends on the turn, and receiving may take more of them than sending.
      for (let i = 0; i < MANY; i++) send.sendNowait(0);
      yield taskGroup(
        k.body(function* (tg) {
          const ended = tg.startSoon(
            k.body(function* () {
              return "value";
            }),
          );
          yield ended.wait();
          const waits: Record<string, () => Operation<unknown>> = {
            send: () => send.send(1),
            receive: () => receive.receive(),
            handle: () => ended,
            wait: () => ended.wait(),
            checkpoint,
            "sleep(0)": () => sleep(0),
            "sleepUntil(past)": () => sleepUntil(k.at(0) - 1),
          };
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
    },
    expected: ["send: 1", "receive: 1", "handle: 1", "wait: 1", "checkpoint: 1", "sleep(0): 1", "sleepUntil(past): 1"],
  },
  {
    id: "F2",
    title: "the Nowait twins never wait: they throw WouldBlock, and take no notice of a cancellation",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>(1);
      const scope = new CancelScope();
      yield scope.enter(
        k.body(function* () {
          scope.cancel();
          k.call("receive", () => receive.receiveNowait());
          k.call("send", () => send.sendNowait("a"));
          k.call("send", () => send.sendNowait("b"));
          k.call("receive", () => receive.receiveNowait());
          k.call("receive", () => receive.receiveNowait());
        }),
      );
      k.log(`caught: ${scope.cancelledCaught}`);
    },
    expected: ["receive!WouldBlock", "send", "send!WouldBlock", "receive=a", "receive!WouldBlock", "caught: false"],
  },
  {
    id: "F2",
    title: "without a buffer, sendNowait needs a waiting receiver, and receiveNowait a waiting sender",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>();
      yield taskGroup(
        k.body(function* (tg) {
          k.call("send", () => send.sendNowait("a"));
          k.call("receive", () => receive.receiveNowait());
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("receiver", receive.receive());
            }),
          );
          yield k.until(10);
          k.call("send", () => send.sendNowait("b"));
          k.call("send", () => send.sendNowait("c"));
          yield k.until(20);
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("sender", send.send("d"));
            }),
          );
          yield k.until(30);
          k.call("receive", () => receive.receiveNowait());
          k.call("receive", () => receive.receiveNowait());
        }),
      );
    },
    expected: [
      "send!WouldBlock@0",
      "receive!WouldBlock@0",
      "send@10",
      "send!WouldBlock@10",
      "receiver=b@10",
      "receive=d@30",
      "receive!WouldBlock@30",
      "sender@30",
    ],
  },
  {
    id: "F3",
    title: "a freed slot belongs at once to the longest waiting sender",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>(1);
      send.sendNowait("first");
      yield taskGroup(
        k.body(function* (tg) {
          for (const item of ["a", "b"]) {
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt(`send ${item}`, send.send(item));
              }),
            );
          }
          yield k.until(10);
          k.call("receive", () => receive.receiveNowait());
          k.call("send between", () => send.sendNowait("pushy"));
          const { currentBufferUsed, tasksWaitingSend } = send.statistics();
          k.log(`${currentBufferUsed} buffered, ${tasksWaitingSend} waits`);
          yield k.until(20);
          k.call("receive", () => receive.receiveNowait());
          k.call("receive", () => receive.receiveNowait());
        }),
      );
    },
    expected: [
      "receive=first@10",
      "send between!WouldBlock@10",
      "1 buffered, 1 waits@10",
      "send a@10",
      "receive=a@20",
      "receive=b@20",
      "send b@20",
    ],
  },
  {
    id: "F3",
    title: "an item belongs at once to the longest waiting receiver",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(5);
      yield taskGroup(
        k.body(function* (tg) {
          for (const name of ["a", "b", "c"]) {
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt(name, receive.receive());
              }),
            );
          }
          yield k.until(10);
          send.sendNowait(1);
          k.call("receive between", () => receive.receiveNowait());
          yield k.until(20);
          send.sendNowait(2);
          send.sendNowait(3);
          send.sendNowait(4);
          k.call("receive last", () => receive.receiveNowait());
        }),
      );
    },
    expected: ["receive between!WouldBlock@10", "a=1@10", "receive last=4@20", "b=2@20", "c=3@20"],
  },
  {
    id: "F5",
    title: "two tasks that exchange items for ever do not keep a timer from firing",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          let fired = false;
          tg.startSoon(
            k.body(function* () {
              yield k.sleep(10);
              fired = true;
            }),
          );
          yield* exchange(k, () => fired);
        }),
      );
    },
    expected: ["served"],
  },
  {
    id: "F5",
    title: "nor the host from serving its own timers and I/O",
    *body(k) {
      let served = false;
      setTimeout(() => {
        served = true;
      }, 5);
      yield* exchange(k, () => served);
    },
    expected: ["served"],
  },
];
