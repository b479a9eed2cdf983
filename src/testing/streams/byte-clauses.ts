/**
 * What a one-way byte stream promises of the bytes, and of who sends and receives them.
 *
 * @module
 */

import { randomFrom } from "../../base/random.ts";
import { checkpoint } from "../../kernel/checkpoint.ts";
import type { ByteReceiveStream, ByteSendStream } from "../../stream/contracts.ts";
import { bytesOf, exchange, expectBytes, receiveBytes, receivePiece, sendAll } from "./byte-exchange.ts";
import type { Clause } from "./clauses.ts";
import { BUSY, CANCELLED, Finding, told, UNFIT } from "./probe.ts";

/** Like Node's Buffer, its `slice` does not copy. */
class Shared extends Uint8Array {
  override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
    return this.subarray(start, end);
  }
}

/** How many turns a clause lets pass between what it does and a cancel, at most. */
const TURNS = 6;

/** The clauses on bytes, on tasks, and on cancellation. */
export const byteClauses: readonly Clause<ByteSendStream, ByteReceiveStream>[] = [
  {
    law: "",
    title: "a stream has the methods of its contract",
    remedy: "implement ByteSendStream and ByteReceiveStream; BaseReceiveStream has the loops",
    *check([send, receive], probe) {
      probe.has("its send end", send, "send", "aclose");
      probe.has("its receive end", receive, "receive", "aclose", Symbol.asyncIterator);
    },
  },
  {
    law: "",
    title: "what is sent is received",
    remedy: "hand over the bytes as they are",
    *check(pair, probe) {
      yield* exchange(probe, pair, "x");
      yield* exchange(probe, pair, "hello");
    },
  },
  {
    law: "",
    title: "receive(maxBytes) gives at most that many, and loses none",
    remedy: "keep the rest for the next receive()",
    *check([send, receive], probe) {
      const sending = sendAll(probe, send, bytesOf("abc"));
      const one = yield* receivePiece(probe, receive, 1);
      expectBytes("receive(1)", one, bytesOf("a"));
      expectBytes("receive()", yield* receiveBytes(probe, receive, 2), bytesOf("bc"));
      yield* sending.value();
    },
  },
  {
    law: "",
    title: "bytes arrive in order, whatever the pieces",
    remedy: "keep the order, and keep the rest of a piece for the next receive()",
    *check([send, receive], probe) {
      const random = randomFrom(1);
      const sent = Uint8Array.from({ length: 20_000 }, () => Math.floor(random() * 256));
      const items: Uint8Array[] = [];
      for (let at = 0; at < sent.length;) {
        const size = 1 + Math.floor(random() * 900);
        items.push(sent.subarray(at, at + size));
        at += size;
      }
      const sending = sendAll(probe, send, ...items);
      const sizes = (): number => 1 + Math.floor(random() * 700);
      expectBytes("receive()", yield* receiveBytes(probe, receive, sent.length, sizes), sent);
      yield* sending.value();
    },
  },
  {
    law: "",
    title: "sending an empty array means nothing",
    remedy: "do not take it for an end, and do not hand it over",
    *check([send, receive], probe) {
      const sending = sendAll(probe, send, new Uint8Array(), bytesOf("y"));
      expectBytes("receive()", yield* receivePiece(probe, receive), bytesOf("y"));
      yield* sending.value();
    },
  },
  {
    law: "",
    title: "of a view, what it shows is sent",
    remedy: "mind byteOffset and length, not the whole buffer",
    *check([send, receive], probe) {
      const sending = sendAll(probe, send, bytesOf("abcdef").subarray(2, 4), bytesOf("|"));
      expectBytes("receive()", yield* receiveBytes(probe, receive, 3), bytesOf("cd|"));
      yield* sending.value();
    },
  },
  {
    law: "",
    title: "once send() is done, its array may be used for something else",
    remedy: "copy what you keep, by new Uint8Array(bytes): the slice of a Buffer does not copy",
    *check([send, receive], probe) {
      const own = Shared.from(bytesOf("own"));
      const sending = sendAll(probe, send, own);
      yield* probe.blocked();
      if (sending.done) own.fill(0);
      const got = yield* receiveBytes(probe, receive, own.length);
      yield* sending.value();
      own.fill(0);
      expectBytes("receive()", got, bytesOf("own"));
    },
  },
  {
    law: "",
    title: "maxBytes is an integer from 1",
    remedy: "throw a RangeError",
    *check(pair, probe) {
      const [send, receive] = pair;
      const sending = sendAll(probe, send, bytesOf("wxyz"));
      for (const size of [0, -1, 1.5, NaN])
        yield* probe.refused(`receive(${String(size)})`, () => receive.receive(size), UNFIT);
      expectBytes("receive()", yield* receiveBytes(probe, receive, 4), bytesOf("wxyz"));
      yield* sending.value();
    },
  },
  {
    law: "R3",
    title: "one task receives at a time",
    remedy: "throw a BusyResourceError, as a ResourceGuard does, and let the first one go on",
    *check([send, receive], probe) {
      const first = probe.begin("receive()", () => receive.receive());
      yield* probe.blocked();
      yield* probe.refused("a second receive()", () => receive.receive(), BUSY);
      const sending = sendAll(probe, send, bytesOf("x"));
      expectBytes("receive()", yield* first.value(), bytesOf("x"));
      yield* sending.value();
    },
  },
  {
    law: "F1",
    title: "send() and receive() are checkpoints, also when they need not wait",
    remedy: "begin with a wait of anyrx, such as checkpoint()",
    *check([send, receive], probe) {
      const sending = sendAll(probe, send, bytesOf("x"));
      yield* probe.blocked();
      const receiving = probe.begin("receive()", () => receive.receive());
      yield* receiving.value();
      yield* sending.value();
      for (const attempt of [sending, receiving])
        if (!attempt.checkpoint) throw new Finding(`${attempt.action} was no checkpoint`);
    },
  },
  {
    law: "M6",
    title: "a cancelled receive() ends at once, and is offered nothing any more",
    remedy: "wait by a wait of anyrx, and forget who waited when that throws",
    *check(pair, probe) {
      const receiving = probe.begin("receive()", () => pair[1].receive());
      yield* probe.blocked();
      receiving.cancel();
      const outcome = yield* receiving.end();
      if (!outcome.threw) throw new Finding(`a cancelled receive() ${told(outcome)}`);
      yield* exchange(probe, pair, "z");
    },
  },
  {
    law: "F1",
    title: "in a cancelled scope send() and receive() throw Cancelled, and no byte is lost",
    remedy: "wait once, by a wait of anyrx, before anything is done",
    *check([send, receive], probe) {
      yield* probe.begin("send() in a cancelled scope", () => send.send(bytesOf("?")), true).refused(CANCELLED);
      const sending = sendAll(probe, send, bytesOf("x"));
      yield* probe.blocked();
      yield* probe.begin("receive() in a cancelled scope", () => receive.receive(), true).refused(CANCELLED);
      // What a cancelled send has sent is not known.
      let got = yield* receivePiece(probe, receive, 1);
      if (got[0] === bytesOf("?")[0]) got = yield* receivePiece(probe, receive, 1);
      expectBytes("receive()", got, bytesOf("x"));
      yield* sending.value();
    },
  },
  {
    law: "M7",
    title: "no byte is lost by a cancel, whenever it comes",
    remedy: "take the bytes in the step in which they are returned, or put back what nobody will see",
    *check([send, receive], probe) {
      for (let turns = 0; turns < TURNS; turns++) {
        const receiving = probe.begin("receive()", () => receive.receive(1));
        yield* probe.blocked();
        const sending = sendAll(probe, send, bytesOf("pq"));
        for (let i = 0; i < turns; i++) yield* checkpoint();
        receiving.cancel();
        const outcome = yield* receiving.end();
        const first = outcome.threw ? new Uint8Array() : outcome.value;
        const rest = yield* receiveBytes(probe, receive, 2 - first.length);
        expectBytes("with a cancel in between, receive()", Uint8Array.of(...first, ...rest), bytesOf("pq"));
        yield* sending.value();
      }
    },
  },
];
