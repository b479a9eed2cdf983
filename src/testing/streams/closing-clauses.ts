/**
 * What a one-way byte stream promises of its end: closed, broken, finished.
 *
 * @module
 */

import type { OperationGenerator } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";
import type { ByteReceiveStream, ByteSendStream } from "../../stream/contracts.ts";
import { acloseForcefully } from "../../stream/resource.ts";
import { sleep } from "../../time/sleep.ts";
import { bytesOf, expectBytes, receiveBytes, sendAll } from "./byte-exchange.ts";
import type { Clause } from "./clauses.ts";
import { BROKEN, CANCELLED, CLOSED, END, Finding, type Probe, told } from "./probe.ts";
import { glance, isSubscribable, subscribing } from "./subscription.ts";

/** How many sends a stream may take to notice that nobody receives any more. */
const SENDS = 1000;

/** Closes it, and again. */
function* closeTwice(probe: Probe, action: string, end: ByteSendStream | ByteReceiveStream): OperationGenerator<void> {
  for (const again of ["", " again", " again"]) yield* probe.value(`${action}${again}`, () => end.aclose());
}

/** Sends until that fails as it must. */
function* sendUntilBroken(probe: Probe, send: ByteSendStream): OperationGenerator<void> {
  for (let i = 0; i < SENDS; i++) {
    const outcome = yield* probe.begin("send()", () => send.send(new Uint8Array(100))).end();
    if (outcome.threw) {
      if (BROKEN[1](outcome.error)) return;
      throw new Finding(`send() ${told(outcome)} instead of BrokenResourceError`);
    }
    if (i > 20) yield* sleep(1); // It may take a while until the news has travelled.
  }
  throw new Finding(`${String(SENDS)} times send() took bytes for a receiver that is closed`);
}

const refuseClosed = "remember that this side was closed, and ask that before anything else";

/** The clauses on closing. */
export const closingClauses: readonly Clause<ByteSendStream, ByteReceiveStream>[] = [
  {
    law: "R2",
    title: "a closed receive end refuses, and closing it again does nothing",
    remedy: refuseClosed,
    *check([, receive], probe) {
      yield* closeTwice(probe, "closing the receive end", receive);
      for (let i = 0; i < 2; i++)
        yield* probe.refused("receive() on a closed end", () => receive.receive(4096), CLOSED);
    },
  },
  {
    law: "R2",
    title: "a closed send end refuses, also an empty array, and closing it again does nothing",
    remedy: refuseClosed,
    *check([send], probe) {
      yield* closeTwice(probe, "closing the send end", send);
      yield* probe.refused("send() on a closed end", () => send.send(bytesOf("x")), CLOSED);
      yield* probe.refused("send() of nothing on a closed end", () => send.send(new Uint8Array()), CLOSED);
    },
  },
  {
    law: "R2",
    title: "when the receive end is closed, send() breaks sooner or later, and stays broken",
    remedy: "throw a BrokenResourceError when nobody will receive what is sent",
    *check([send, receive], probe) {
      yield* probe.value("closing the receive end", () => receive.aclose());
      yield* sendUntilBroken(probe, send);
      yield* probe.refused("send() on a broken stream", () => send.send(bytesOf("x")), BROKEN);
    },
  },
  {
    law: "R2",
    title: "Closed wins, when both ends are closed",
    remedy: refuseClosed,
    *check([send, receive], probe) {
      yield* probe.value("closing the receive end", () => receive.aclose());
      yield* probe.value("closing the send end", () => send.aclose());
      yield* probe.refused("send()", () => send.send(bytesOf("x")), CLOSED);
      yield* probe.refused("receive()", () => receive.receive(), CLOSED);
    },
  },
  {
    law: "R2",
    title: "what was sent before the send end was closed is received, then comes the end, again and again",
    remedy: "give all that is there before the EndOfStream, and throw it from then on",
    *check([send, receive], probe) {
      const sending = probe.begin("send(), then closing the send end,", () =>
        operation(function* () {
          yield* operation(() => send.send(bytesOf("yz")))();
          yield* operation(() => send.aclose())();
        })(),
      );
      yield* probe.blocked(); // It may wait for the receiver: then it has come as far as it can.
      expectBytes("receive()", yield* receiveBytes(probe, receive, 2), bytesOf("yz"));
      for (let i = 0; i < 2; i++) yield* probe.refused("receive() after the end", () => receive.receive(), END);
      yield* sending.value();
    },
  },
  {
    law: "M5",
    title: "closing the send end ends a receive() that waits",
    remedy: "wake it with EndOfStream",
    *check([send, receive], probe) {
      const receiving = probe.begin("receive()", () => receive.receive());
      yield* probe.blocked();
      yield* probe.value("closing the send end", () => send.aclose());
      yield* receiving.refused(END);
    },
  },
  {
    law: "R4",
    title: "closing the receive end wakes who is blocked in receive()",
    remedy: "wake it with ClosedResourceError",
    *check([, receive], probe) {
      const receiving = probe.begin("receive()", () => receive.receive());
      yield* probe.blocked();
      yield* probe.value("closing the receive end", () => receive.aclose());
      yield* receiving.refused(CLOSED);
    },
  },
  {
    law: "R1",
    title: "a stream can be closed after a cancel",
    remedy: "leave nothing half done when a wait throws",
    *check([send, receive], probe) {
      yield* probe.begin("send()", () => send.send(bytesOf("x")), true).refused(CANCELLED);
      const receiving = probe.begin("receive()", () => receive.receive());
      yield* probe.blocked();
      receiving.cancel();
      yield* receiving.end();
      const closing = probe.begin("closing the send end", () => send.aclose());
      yield* probe.value("closing the receive end", () => receive.aclose());
      yield* closing.value();
    },
  },
  {
    law: "R5",
    title: "a loop gets all bytes and ends with the stream; a closed end is thrown",
    remedy: "end the loop on EndOfStream, and on nothing else",
    *check([send, receive], probe) {
      const got: number[] = [];
      const looping = probe.begin("a loop", () =>
        operation(async () => {
          for await (const piece of receive) got.push(...piece);
        })(),
      );
      yield* sendAll(probe, send, bytesOf("ab"), bytesOf("c")).value();
      yield* probe.value("closing the send end", () => send.aclose());
      yield* looping.value();
      expectBytes("a loop", Uint8Array.from(got), bytesOf("abc"));
      yield* probe.value("closing the receive end", () => receive.aclose());
      const closed = probe.begin("a loop over a closed end", () =>
        operation(async () => {
          for await (const piece of receive) got.push(...piece);
        })(),
      );
      yield* closed.refused(CLOSED);
    },
  },
  {
    law: "R5",
    title: "a subscriber gets all bytes and completes with the stream; who leaves loses none",
    remedy: "complete on EndOfStream, and on nothing else; extend BaseReceiveStream, or do without subscribe()",
    *check([send, receive], probe) {
      if (!isSubscribable(receive)) return;
      const got: number[] = [];
      const take = (piece: Uint8Array): void => {
        got.push(...piece);
      };
      const left = glance(receive, take);
      yield* probe.blocked();
      left.unsubscribe();
      yield* probe.blocked(); // Unsubscribing cannot wait.
      const subscribed = probe.begin("a subscription", () => subscribing(receive, take));
      yield* sendAll(probe, send, bytesOf("ab"), bytesOf("c")).value();
      yield* probe.value("closing the send end", () => send.aclose());
      yield* subscribed.value();
      expectBytes("a subscription", Uint8Array.from(got), bytesOf("abc"));
      yield* probe.value("closing the receive end", () => receive.aclose());
      yield* probe.refused("a subscription to a closed end", () => subscribing(receive, take), CLOSED);
    },
  },
  {
    law: "R2",
    title: "closing the receive end by force closes it",
    remedy: "close first, and wait for what is left after that",
    *check([send, receive], probe) {
      yield* probe.value("acloseForcefully() of the receive end", () => acloseForcefully(receive));
      yield* probe.refused("receive()", () => receive.receive(), CLOSED);
      yield* sendUntilBroken(probe, send);
    },
  },
  {
    law: "R2",
    title: "closing the send end by force closes it, and the receiver is told",
    remedy: "close first, and wait for what is left after that",
    *check([send, receive], probe) {
      yield* probe.value("acloseForcefully() of the send end", () => acloseForcefully(send));
      yield* probe.refused("send()", () => send.send(bytesOf("x")), CLOSED);
      yield* probe.refused("receive() from a sender that has gone", () => receive.receive(), END, BROKEN);
    },
  },
  {
    law: "R1",
    title: "aclose() closes also when it is cancelled",
    remedy: "close first, and wait for what is left after that",
    *check([send, receive], probe) {
      yield* probe.cancelled("closing the receive end", () => receive.aclose());
      yield* probe.cancelled("closing the send end", () => send.aclose());
      yield* probe.refused("send()", () => send.send(bytesOf("x")), CLOSED);
      yield* probe.refused("receive()", () => receive.receive(), CLOSED);
    },
  },
];
