/**
 * What an object stream promises of its end: closed, broken, finished.
 *
 * @module
 */

import type { OperationGenerator } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";
import { acloseForcefully } from "../../stream/resource.ts";
import { sleep } from "../../time/sleep.ts";
import type { Traffic } from "./items.ts";
import type { ObjectClause } from "./object-clauses.ts";
import { BROKEN, CLOSED, END, Finding, told } from "./probe.ts";
import { glance, isSubscribable, subscribing } from "./subscription.ts";

/** How many sends a stream may take to notice that nobody receives any more. */
const SENDS = 1000;

const refuseClosed = "remember that this side was closed, and ask that before anything else";

/** Closes it, and again. */
function* closeTwice({ send, receive, probe }: Traffic, side: "send" | "receive"): OperationGenerator<void> {
  const end = side === "send" ? send : receive;
  for (const again of ["", " again", " again"])
    yield* probe.value(`closing the ${side} end${again}`, () => end.aclose());
}

/** Sends until that fails as it must. */
function* sendUntilBroken({ send, probe, goods }: Traffic): OperationGenerator<void> {
  for (let i = 0; i < SENDS; i++) {
    const outcome = yield* probe.begin("send()", () => send.send(goods.item(i))).end();
    if (outcome.threw) {
      if (BROKEN[1](outcome.error)) return;
      throw new Finding(`send() ${told(outcome)} instead of BrokenResourceError`);
    }
    if (i > 20) yield* sleep(1); // It may take a while until the news has travelled.
  }
  throw new Finding(`${String(SENDS)} times send() took an item for a receiver that is closed`);
}

/** Collects all items of a loop. */
function looping({ receive, probe }: Traffic, action: string, got: unknown[], most = Infinity) {
  return probe.begin(action, () =>
    operation(async () => {
      for await (const item of receive) if (got.push(item) >= most) break;
    })(),
  );
}

/** The clauses on closing. */
export const objectClosingClauses: readonly ObjectClause[] = [
  {
    law: "R2",
    title: "a closed receive end refuses, and closing it again does nothing",
    remedy: refuseClosed,
    *check(traffic) {
      yield* closeTwice(traffic, "receive");
      for (let i = 0; i < 2; i++)
        yield* traffic.probe.refused("receive() on a closed end", () => traffic.receive.receive(), CLOSED);
    },
  },
  {
    law: "R2",
    title: "a closed send end refuses, and closing it again does nothing",
    remedy: refuseClosed,
    *check(traffic) {
      yield* closeTwice(traffic, "send");
      yield* traffic.sending(0).refused(CLOSED);
    },
  },
  {
    law: "R2",
    title: "when the receive end is closed, send() breaks sooner or later, and stays broken",
    remedy: "throw a BrokenResourceError when nobody will receive what is sent",
    *check(traffic) {
      yield* closeTwice(traffic, "receive");
      yield* sendUntilBroken(traffic);
      yield* traffic.sending(0).refused(BROKEN);
    },
  },
  {
    law: "R2",
    title: "Closed wins, when both ends are closed",
    remedy: refuseClosed,
    *check(traffic) {
      yield* closeTwice(traffic, "receive");
      yield* closeTwice(traffic, "send");
      yield* traffic.sending(0).refused(CLOSED);
      yield* traffic.receiving().refused(CLOSED);
    },
  },
  {
    law: "M3",
    title: "what was sent before the send end was closed is received, then comes the end, again and again",
    remedy: "give all that is there before the EndOfStream, and throw it from then on",
    *check(traffic) {
      const { send, probe } = traffic;
      const sending = probe.begin("send(), then closing the send end,", () =>
        operation(function* () {
          for (const n of [0, 1]) yield* operation(() => send.send(traffic.goods.item(n)))();
          yield* operation(() => send.aclose())();
        })(),
      );
      yield* probe.blocked(); // It may wait for the receiver: then it has come as far as it can.
      yield* traffic.expect(0, 1);
      for (let i = 0; i < 2; i++) yield* traffic.receiving().refused(END);
      yield* sending.value();
    },
  },
  {
    law: "M5",
    title: "closing the send end ends a receive() that waits",
    remedy: "wake it with EndOfStream",
    *check(traffic) {
      const receiving = traffic.receiving();
      yield* traffic.probe.blocked();
      yield* closeTwice(traffic, "send");
      yield* receiving.refused(END);
    },
  },
  {
    law: "R4",
    title: "closing the receive end wakes who is blocked in receive()",
    remedy: "wake it with ClosedResourceError",
    *check(traffic) {
      const receiving = traffic.receiving();
      yield* traffic.probe.blocked();
      yield* closeTwice(traffic, "receive");
      yield* receiving.refused(CLOSED);
    },
  },
  {
    law: "R4",
    title: "closing the send end wakes who is blocked in send(), and withdraws the item",
    remedy: "wake it with ClosedResourceError",
    *check(traffic) {
      const full = yield* traffic.fill();
      if (full === null) return;
      yield* closeTwice(traffic, "send");
      yield* full.blocked.refused(CLOSED);
      yield* traffic.expect(...Array.from({ length: full.before }, (_, n) => n));
      yield* traffic.receiving().refused(END);
    },
  },
  {
    law: "M5",
    title: "closing the receive end breaks a send() that waits",
    remedy: "wake it with BrokenResourceError",
    *check(traffic) {
      const full = yield* traffic.fill();
      if (full === null) return;
      yield* closeTwice(traffic, "receive");
      yield* full.blocked.refused(BROKEN);
    },
  },
  {
    law: "R5",
    title: "a loop gets all items and ends with the stream; who leaves it loses none; a closed end is thrown",
    remedy: "end the loop on EndOfStream, and on nothing else; take no item ahead",
    *check(traffic) {
      const [one, rest]: [unknown[], unknown[]] = [[], []];
      const { probe } = traffic;
      const sending = traffic.sending(0, 1, 2);
      yield* looping(traffic, "a loop that is left", one, 1).value();
      const loop = looping(traffic, "a loop", rest);
      yield* sending.value();
      yield* closeTwice(traffic, "send");
      yield* loop.value();
      for (let n = 0; n < 3; n++) traffic.known("a loop", [...one, ...rest][n], n);
      if (one.length + rest.length !== 3)
        throw new Finding(`loops gave ${String(one.length + rest.length)} items of 3`);
      yield* probe.value("closing the receive end", () => traffic.receive.aclose());
      yield* looping(traffic, "a loop over a closed end", []).refused(CLOSED);
    },
  },
  {
    law: "R5",
    title: "a subscriber gets all items and completes with the stream; who leaves loses none",
    remedy: "complete on EndOfStream, and on nothing else; extend BaseReceiveStream, or do without subscribe()",
    *check(traffic) {
      const { receive, probe } = traffic;
      if (!isSubscribable(receive)) return;
      const got: unknown[] = [];
      const take = (item: unknown): void => void got.push(item);
      const left = glance(receive, take);
      yield* probe.blocked();
      left.unsubscribe();
      yield* probe.blocked(); // Unsubscribing cannot wait.
      const subscribed = probe.begin("a subscription", () => subscribing(receive, take));
      yield* traffic.sending(0, 1).value();
      yield* closeTwice(traffic, "send");
      yield* subscribed.value();
      for (const n of [0, 1]) traffic.known("a subscription", got[n], n);
      if (got.length !== 2) throw new Finding(`a subscription gave ${String(got.length)} items of 2`);
      yield* closeTwice(traffic, "receive");
      yield* probe.refused("a subscription to a closed end", () => subscribing(receive, take), CLOSED);
    },
  },
  {
    law: "R1",
    title: "aclose() closes also when it is cancelled, and by force",
    remedy: "close first, and wait for what is left after that",
    *check(traffic) {
      const { send, receive, probe } = traffic;
      yield* probe.cancelled("closing the receive end", () => receive.aclose());
      yield* probe.value("acloseForcefully() of the send end", () => acloseForcefully(send));
      yield* traffic.sending(0).refused(CLOSED);
      yield* traffic.receiving().refused(CLOSED);
    },
  },
];
