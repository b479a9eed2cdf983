/**
 * What an object stream promises that offers more than it must: clones, and twins that never wait.
 *
 * @module
 */

import { isWouldBlock } from "../../base/errors.ts";
import type { OperationGenerator } from "../../kernel/operation.ts";
import type { ObjectReceiveStream, ObjectSendStream } from "../../stream/contracts.ts";
import type { Traffic } from "./items.ts";
import type { ObjectClause } from "./object-clauses.ts";
import { BROKEN, CLOSED, END, Finding, type Kind, told } from "./probe.ts";

interface Cloneable<E> {
  clone(): E;
}

interface Nowait {
  sendNowait(item: unknown): void;
  receiveNowait(): unknown;
}

const WOULD_BLOCK: Kind = ["WouldBlock", isWouldBlock];

/** The clauses that are skipped where there is nothing to check. */
export const optionalClauses: readonly ObjectClause[] = [
  {
    law: "M4",
    title: "a clone is another end of the same stream, which goes on until the last one is closed",
    remedy: "count the ends that are open",
    *check(traffic) {
      const { send, receive, probe } = traffic;
      if (!canClone<ObjectSendStream<unknown>>(send) || !canClone<ObjectReceiveStream<unknown>>(receive)) return;
      const [otherSend, otherReceive] = [send.clone(), receive.clone()];
      yield* probe.value("closing the send end", () => send.aclose());
      yield* probe.value("closing the receive end", () => receive.aclose());
      const sending = probe.begin("send() of a clone", () => otherSend.send(traffic.goods.item(0)));
      traffic.known(
        "receive() of a clone",
        yield* probe.value("receive() of a clone", () => otherReceive.receive()),
        0,
      );
      yield* sending.value();
      const waiting = probe.begin("receive() of a clone", () => otherReceive.receive());
      yield* probe.blocked();
      yield* probe.value("closing the last send end", () => otherSend.aclose());
      yield* waiting.refused(END);
      refuses(() => send.clone(), "clone() of a closed send end", CLOSED);
      refuses(() => receive.clone(), "clone() of a closed receive end", CLOSED);
      yield* probe.value("closing the last receive end", () => otherReceive.aclose());
    },
  },
  {
    law: "F2",
    title: "sendNowait() and receiveNowait() never wait, and throw WouldBlock",
    remedy: "do it at once, or throw",
    *check(traffic) {
      const { send, receive } = traffic;
      if (!hasNowait(send, "sendNowait") || !hasNowait(receive, "receiveNowait")) return;
      refuses(() => receive.receiveNowait(), "receiveNowait() of nothing", WOULD_BLOCK);
      const receiving = traffic.receiving();
      yield* traffic.probe.blocked();
      send.sendNowait(traffic.goods.item(0));
      refuses(() => receive.receiveNowait(), "receiveNowait() of what is for somebody who waits", WOULD_BLOCK);
      traffic.known("receive()", yield* receiving.value(), 0);
      const full = yield* traffic.fill();
      if (full !== null) {
        refuses(() => send.sendNowait(traffic.goods.item(99)), "sendNowait() to a full stream", WOULD_BLOCK);
        traffic.known("receiveNowait()", receive.receiveNowait(), 0);
        yield* full.blocked.value();
      }
      yield* closeBoth(traffic);
      refuses(() => send.sendNowait(traffic.goods.item(0)), "sendNowait() on a closed end", CLOSED);
      refuses(() => receive.receiveNowait(), "receiveNowait() on a closed end", CLOSED);
    },
  },
  {
    law: "F2",
    title: "sendNowait() to nobody is Broken",
    remedy: "throw what send() throws",
    *check({ send, receive, goods, probe }) {
      if (!hasNowait(send, "sendNowait")) return;
      yield* probe.value("closing the receive end", () => receive.aclose());
      refuses(() => send.sendNowait(goods.item(0)), "sendNowait() to a receiver that is closed", BROKEN);
    },
  },
  {
    law: "F2",
    title: "receiveNowait() from nobody is the end",
    remedy: "throw what receive() throws",
    *check({ send, receive, probe }) {
      if (!hasNowait(receive, "receiveNowait")) return;
      yield* probe.value("closing the send end", () => send.aclose());
      refuses(() => receive.receiveNowait(), "receiveNowait() from a sender that is closed", END);
    },
  },
];

function* closeBoth({ send, receive, probe }: Traffic): OperationGenerator<void> {
  yield* probe.value("closing the receive end", () => receive.aclose());
  yield* probe.value("closing the send end", () => send.aclose());
}

function refuses(call: () => unknown, action: string, [name, is]: Kind): void {
  let value: unknown;
  try {
    value = call();
  } catch (error) {
    if (is(error)) return;
    throw new Finding(`${action} ${told({ threw: true, error })} instead of ${name}`);
  }
  throw new Finding(`${action} ${told({ threw: false, value })} instead of throwing ${name}`);
}

function canClone<E>(end: E): end is E & Cloneable<E> {
  return typeof (end as Partial<Cloneable<E>>).clone === "function";
}

function hasNowait<E, K extends keyof Nowait>(end: E, method: K): end is E & Pick<Nowait, K> {
  return typeof (end as Partial<Nowait>)[method] === "function";
}
