/**
 * Laws of memory object streams: sizes, order, and how a stream ends.
 *
 * M9 needs a garbage collector that can be told to run, so a spec keeps it.
 *
 * @module
 */

import { taskGroup } from "../../kernel/task-group.ts";
import { createMemoryObjectStream } from "../../stream/memory-object-stream.ts";
import type { Law } from "./law.ts";

/** M1 to M5. */
export const streams: readonly Law[] = [
  {
    id: "M1",
    title: "the size of the buffer is an integer from 0, or Infinity",
    *body(k) {
      for (const size of [undefined, 0, 3, Infinity]) {
        k.call(String(size), () => createMemoryObjectStream(size)[0].statistics().maxBufferSize);
      }
      for (const size of [-1, 1.5, NaN, -Infinity, "1", null] as number[]) {
        k.call(String(size), () => createMemoryObjectStream(size)[0].statistics().maxBufferSize);
      }
    },
    expected: [
      ...["undefined=0", "0=0", "3=3", "Infinity=Infinity"],
      ...["-1!RangeError", "1.5!RangeError", "NaN!RangeError", "-Infinity!RangeError"],
      ...["1!TypeError", "null!TypeError"],
    ],
  },
  {
    id: "M2",
    title: "send: closed before broken, a waiting receiver before the buffer, the buffer before waiting",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>(1);
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("receiver", receive.receive());
            }),
          );
          yield k.until(10);
          yield* k.attempt("to a receiver", send.send("a"));
          k.log(`buffered: ${send.statistics().currentBufferUsed}`);
          yield k.until(20);
          yield* k.attempt("to the buffer", send.send("b"));
          k.log(`buffered: ${send.statistics().currentBufferUsed}`);
          k.call("full", () => send.sendNowait("c"));
          tg.startSoon(
            k.body(function* () {
              yield k.until(30);
              k.call("receive", () => receive.receiveNowait());
            }),
          );
          yield* k.attempt("waited", send.send("d"));
          receive.close();
          yield* k.attempt("no receiver", send.send("e"));
          k.call("no receiver", () => send.sendNowait("e"));
          send.close();
          yield* k.attempt("closed", send.send("f"));
          k.call("closed", () => send.sendNowait("f"));
        }),
      );
    },
    expected: [
      "to a receiver@10",
      "buffered: 0@10",
      "receiver=a",
      "to the buffer@20",
      "buffered: 1@20",
      "full!WouldBlock@20",
      "receive=b@30",
      "waited@30",
      "no receiver!BrokenResourceError@30",
      "no receiver!BrokenResourceError@30",
      "closed!ClosedResourceError@30",
      "closed!ClosedResourceError@30",
    ],
  },
  {
    id: "M3",
    title: "receiving moves the item of the longest waiting sender to the tail of the buffer, then and there",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(2);
      yield taskGroup(
        k.body(function* (tg) {
          for (const item of [1, 2, 3, 4]) tg.startSoon(() => send.send(item));
          yield k.until(10);
          const before = send.statistics();
          k.log(`${before.currentBufferUsed} buffered, ${before.tasksWaitingSend} wait`);
          k.call("receive", () => receive.receiveNowait());
          const after = send.statistics();
          k.log(`${after.currentBufferUsed} buffered, ${after.tasksWaitingSend} waits`);
          for (let i = 0; i < 4; i++) k.call("receive", () => receive.receiveNowait());
        }),
      );
    },
    expected: [
      "2 buffered, 2 wait",
      "receive=1",
      "2 buffered, 1 waits",
      "receive=2",
      "receive=3",
      "receive=4",
      "receive!WouldBlock",
    ],
  },
  {
    id: "M3",
    title: "items arrive in the order in which they were sent, whatever the buffer",
    *body(k) {
      for (const size of [0, 1, 3, Infinity]) {
        const [send, receive] = createMemoryObjectStream<number>(size);
        const seen: number[] = [];
        yield taskGroup(
          k.body(function* (tg) {
            tg.startSoon(
              k.body(function* () {
                for (let i = 0; i < 200; i++) yield send.send(i);
                send.close();
              }),
            );
            for (let i = 0; i < 200; i++) seen.push((yield receive.receive()) as number);
            yield* k.attempt("end", receive.receive());
          }),
        );
        k.log(`${size}: ${seen.length}, in order: ${seen.every((item, i) => item === i)}`);
      }
    },
    expected: [0, 1, 3, "Infinity"].flatMap((size) => ["end!EndOfStream", `${size}: 200, in order: true`]),
  },
  {
    id: "M3",
    title: "the end of the stream comes after the buffer is drained",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(2);
      send.sendNowait(1);
      send.sendNowait(2);
      send.close();
      yield* k.attempt("receive", receive.receive());
      k.call("receive", () => receive.receiveNowait());
      yield* k.attempt("receive", receive.receive());
      k.call("receive", () => receive.receiveNowait());
    },
    expected: ["receive=1", "receive=2", "receive!EndOfStream", "receive!EndOfStream"],
  },
  {
    id: "M4",
    title: "a clone is another end of the same stream; each item goes to exactly one receiver",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(4);
      const sends = [send, send.clone()];
      const receives = [receive, receive.clone()];
      sends.forEach((end, i) => {
        end.sendNowait(i);
        end.sendNowait(10 + i);
      });
      for (let i = 0; i < 4; i++) k.call("receive", () => receives[i % 2]?.receiveNowait());
      const { openSendStreams, openReceiveStreams } = send.statistics();
      k.log(`${openSendStreams} send ends, ${openReceiveStreams} receive ends`);
      send.close();
      k.call("clone sends", () => sends[1]?.sendNowait(5));
      receive.close();
      k.call("clone receives", () => receives[1]?.receiveNowait());
      sends[1]?.close();
      k.call("clone receives", () => receives[1]?.receiveNowait());
    },
    expected: [
      ...["receive=0", "receive=10", "receive=1", "receive=11"],
      ...["2 send ends, 2 receive ends", "clone sends", "clone receives=5", "clone receives!EndOfStream"],
    ],
  },
  {
    id: "M4",
    title: "cloning a closed end is refused",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>();
      send.close();
      receive.close();
      k.call("send", () => send.clone());
      k.call("receive", () => receive.clone());
    },
    expected: ["send!ClosedResourceError", "receive!ClosedResourceError"],
  },
  {
    id: "M5",
    title: "the last send end closes: waiting receivers get EndOfStream",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>();
      const clone = send.clone();
      yield taskGroup(
        k.body(function* (tg) {
          for (const name of ["a", "b"]) {
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt(name, receive.receive());
              }),
            );
          }
          yield k.until(10);
          send.close();
          yield k.until(20);
          clone.close();
        }),
      );
    },
    expected: ["a!EndOfStream@20", "b!EndOfStream@20"],
  },
  {
    id: "M5",
    title: "the last receive end closes: waiting senders get BrokenResourceError, also for falsy items",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<unknown>();
      const clone = receive.clone();
      yield taskGroup(
        k.body(function* (tg) {
          for (const item of [undefined, null, 0, "", false]) {
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt(JSON.stringify(item) ?? "undefined", send.send(item));
              }),
            );
          }
          yield k.until(10);
          receive.close();
          yield k.until(20);
          clone.close();
        }),
      );
    },
    expected: ["undefined", "null", "0", '""', "false"].map((item) => `${item}!BrokenResourceError@20`),
  },
  {
    id: "M5",
    title: "falsy items are items like any other",
    *body(k) {
      const items = [undefined, null, 0, "", false, NaN];
      for (const size of [0, 1, 9]) {
        const [send, receive] = createMemoryObjectStream<unknown>(size);
        yield taskGroup(
          k.body(function* (tg) {
            tg.startSoon(
              k.body(function* () {
                for (const item of items) yield send.send(item);
                send.close();
              }),
            );
            for (const item of items) if (!Object.is(yield receive.receive(), item)) k.log(`lost ${String(item)}`);
            yield* k.attempt("end", receive.receive());
          }),
        );
      }
    },
    expected: ["end!EndOfStream", "end!EndOfStream", "end!EndOfStream"],
  },
];
