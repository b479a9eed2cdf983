/**
 * What an object stream promises of its items, and of who sends and receives them.
 *
 * @module
 */

import { checkpoint } from "../../kernel/checkpoint.ts";
import type { OperationGenerator } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";
import type { StreamClause } from "./contract-error.ts";
import type { Traffic } from "./items.ts";
import { BUSY, CANCELLED, Finding, shownValue, told } from "./probe.ts";

/** One clause of the contract of an object stream. */
export interface ObjectClause extends StreamClause {
  /** Whether it is about values that only a stream that takes anything can carry. */
  readonly any?: boolean;
  check(traffic: Traffic): OperationGenerator<void>;
}

/** How many turns a clause lets pass between what it does and a cancel, at most. */
const TURNS = 6;

/** The clauses on items, on tasks, and on cancellation. */
export const objectClauses: readonly ObjectClause[] = [
  {
    law: "",
    title: "a stream has the methods of its contract",
    remedy: "implement ObjectSendStream and ObjectReceiveStream; BaseReceiveStream has the loops",
    *check({ send, receive, probe }) {
      probe.has("its send end", send, "send", "aclose");
      probe.has("its receive end", receive, "receive", "aclose", Symbol.asyncIterator);
    },
  },
  {
    law: "M2",
    title: "items arrive in the order in which they were sent, each once",
    remedy: "first in, first out",
    *check(traffic) {
      const numbers = Array.from({ length: 50 }, (_, n) => n);
      const sending = traffic.sending(...numbers);
      yield* traffic.expect(...numbers);
      const value = yield* sending.value();
      if (value !== undefined) throw new Finding(`send() gave ${shownValue(value)}`);
    },
  },
  {
    law: "M5",
    title: "an item is an item, whatever it is",
    remedy: "do not ask whether it is truthy, or undefined",
    any: true,
    *check({ send, receive, probe }) {
      for (const item of [undefined, null, false, 0, "", NaN]) {
        const sending = probe.begin(`send(${shownItem(item)})`, () => send.send(item));
        yield* probe.blocked();
        const received = yield* probe.value(`receive() of ${shownItem(item)}`, () => receive.receive());
        if (!Object.is(received, item))
          throw new Finding(`receive() gave ${shownItem(received)} for ${shownItem(item)}`);
        yield* sending.value();
      }
    },
  },
  {
    law: "F1",
    title: "send() and receive() are checkpoints, also when they need not wait",
    remedy: "begin with a wait of anyrx, such as checkpoint()",
    *check(traffic) {
      const sending = traffic.sending(0);
      yield* traffic.probe.blocked();
      const receiving = traffic.receiving();
      yield* receiving.value();
      yield* sending.value();
      for (const attempt of [sending, receiving])
        if (!attempt.checkpoint) throw new Finding(`${attempt.action} was no checkpoint`);
    },
  },
  {
    law: "F1",
    title: "in a cancelled scope send() and receive() throw Cancelled, and do nothing",
    remedy: "wait once, by a wait of anyrx, before anything is done",
    *check(traffic) {
      const { send, receive, probe, goods } = traffic;
      yield* probe.begin("send() in a cancelled scope", () => send.send(goods.item(0)), true).refused(CANCELLED);
      const sending = traffic.sending(1, 2);
      yield* probe.blocked();
      yield* probe.begin("receive() in a cancelled scope", () => receive.receive(), true).refused(CANCELLED);
      yield* traffic.expect(1, 2);
      yield* sending.value();
    },
  },
  {
    law: "M6",
    title: "a cancelled receive() ends at once, and is offered nothing any more",
    remedy: "wait by a wait of anyrx, and forget who waited when that throws",
    *check(traffic) {
      const receiving = traffic.receiving();
      yield* traffic.probe.blocked();
      receiving.cancel();
      const outcome = yield* receiving.end();
      if (!outcome.threw) throw new Finding(`a cancelled receive() ${told(outcome)}`);
      const sending = traffic.sending(0, 1);
      yield* traffic.expect(0, 1);
      yield* sending.value();
    },
  },
  {
    law: "M6",
    title: "a cancelled send() ends at once, and withdraws its item",
    remedy: "take the item out of the queue of those who wait, when the wait throws",
    *check(traffic) {
      const full = yield* traffic.fill();
      if (full === null) return;
      full.blocked.cancel();
      yield* full.blocked.refused(CANCELLED);
      const sending = traffic.sending(full.before + 1);
      yield* traffic.expect(...Array.from({ length: full.before }, (_, n) => n), full.before + 1);
      yield* sending.value();
    },
  },
  {
    law: "M7",
    title: "an item that was handed over before the cancel is received, or is the next one again",
    remedy: "give it to whoever is cancelled, or put it back: never both, never neither",
    *check(traffic) {
      for (let turns = 0; turns < TURNS; turns++) {
        const receiving = traffic.receiving();
        yield* traffic.probe.blocked();
        const sending = traffic.sending(0, 1);
        for (let i = 0; i < turns; i++) yield* checkpoint();
        receiving.cancel();
        const outcome = yield* receiving.end();
        if (!outcome.threw) traffic.known("a receive() that was cancelled", outcome.value, 0);
        yield* traffic.expect(...(outcome.threw ? [0, 1] : [1]));
        yield* sending.value();
      }
    },
  },
  {
    law: "M8",
    title: "the receiver that takes an item and closes at once does not make that send() fail",
    remedy: "end the send() in the step in which its item is taken",
    *check(traffic) {
      const full = yield* traffic.fill();
      if (full === null || full.before > 0) return; // Only from hand to hand can it be seen.
      const { receive, probe } = traffic;
      const taking = probe.begin("receive(), then closing the receive end,", () =>
        operation(function* () {
          // Without a step in between: the sender must not have gone on yet.
          yield* receive.receive();
          yield* receive.aclose();
        })(),
      );
      yield* taking.value();
      yield* full.blocked.value();
    },
  },
  {
    law: "M4",
    title:
      "of two tasks that receive, each gets an item of its own, who came first the first; or the second is refused",
    remedy: "hand over to who waits longest; or throw a BusyResourceError, as a ResourceGuard does",
    *check(traffic) {
      const { probe } = traffic;
      const first = traffic.receiving();
      yield* probe.blocked();
      const second = traffic.receiving();
      yield* probe.blocked();
      if (second.done) yield* second.refused(BUSY);
      const sending = traffic.sending(0, 1);
      traffic.known("the first of two receive()", yield* first.value(), 0);
      if (second.done && (yield* second.end()).threw) yield* traffic.expect(1);
      else traffic.known("the second of two receive()", yield* second.value(), 1);
      yield* sending.value();
    },
  },
];

function shownItem(item: unknown): string {
  return typeof item === "string" ? JSON.stringify(item) : shownValue(item);
}
