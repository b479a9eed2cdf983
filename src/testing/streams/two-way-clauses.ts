/**
 * What a byte stream promises that goes both ways.
 *
 * @module
 */

import { randomFrom } from "../../base/random.ts";
import type { OperationGenerator } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";
import type { ByteStream } from "../../stream/contracts.ts";
import { bytesOf, exchange, expectBytes, receiveBytes, sendAll } from "./byte-exchange.ts";
import type { Clause } from "./clauses.ts";
import { blockedSend } from "./clogged-clauses.ts";
import { type Attempt, BUSY, CLOSED, END, type Probe } from "./probe.ts";

/** How many bytes go each way at the same time. */
const DUPLEX = 2 ** 17;

/** What must be there before anything can be checked both ways. */
export const twoWayMembers: readonly Clause<ByteStream, ByteStream>[] = [
  members("send", "receive", "aclose", Symbol.asyncIterator),
];

/** What must be there before one direction can be closed. */
export const halfCloseMembers: readonly Clause<ByteStream, ByteStream>[] = [members("sendEof")];

/** The clauses on both directions at once. */
export const twoWayClauses: readonly Clause<ByteStream, ByteStream>[] = [
  {
    law: "",
    title: "both directions are independent, also at the same time",
    remedy: "keep nothing for both that belongs to one, guards among it",
    *check([first, second], probe) {
      const random = randomFrom(0);
      const there = Uint8Array.from({ length: DUPLEX }, () => Math.floor(random() * 256));
      const back = Uint8Array.from(there).reverse();
      const began = [
        sendAll(probe, first, ...pieces(there, 2)),
        sendAll(probe, second, ...pieces(back, 3)),
        receiveAll(probe, first, DUPLEX, 4),
        receiveAll(probe, second, DUPLEX, 5),
      ] as const;
      expectBytes("receive() at the first end", yield* began[2].value(), back);
      expectBytes("receive() at the second end", yield* began[3].value(), there);
      yield* began[0].value();
      yield* began[1].value();
    },
  },
  {
    law: "R2",
    title: "closing one end is the end for the other",
    remedy: "close both directions, and let receive() throw EndOfStream at the other end",
    *check([first, second], probe) {
      const receiving = probe.begin("receive()", () => second.receive(10));
      yield* probe.blocked();
      yield* probe.value("closing the other end", () => first.aclose());
      yield* receiving.refused(END);
    },
  },
];

/** The clauses on closing one direction. */
export const halfCloseClauses: readonly Clause<ByteStream, ByteStream>[] = [
  {
    law: "",
    title: "sendEof() ends one direction, and no more",
    remedy: "end what is sent, once all of it has arrived; refuse to send; let receive() go on",
    *check([first, second], probe) {
      for (const [from, to] of [
        [first, second],
        [second, first],
      ] as const) {
        const sending = probe.begin("send(), then sendEof(),", () =>
          operation(function* () {
            yield* operation(() => from.send(bytesOf("x")))();
            yield* operation(() => from.sendEof())();
          })(),
        );
        yield* probe.blocked();
        expectBytes("receive()", yield* receiveBytes(probe, to, 1), bytesOf("x"));
        yield* probe.refused("receive() after sendEof()", () => to.receive(10), END);
        yield* sending.value();
        yield* probe.refused("send() after sendEof()", () => from.send(bytesOf("y")), CLOSED);
        yield* probe.value("sendEof() again", () => from.sendEof());
        if (from === first) yield* exchange(probe, [second, first], "still");
      }
    },
  },
];

/** The clauses on closing one direction of a clogged stream. */
export const cloggedHalfCloseClauses: readonly Clause<ByteStream, ByteStream>[] = [
  {
    law: "R3",
    title: "sendEof() while another task sends is refused",
    remedy: "throw a BusyResourceError: what comes after the end, and what before?",
    *check([first], probe) {
      yield* blockedSend(probe, first);
      yield* probe.refused("sendEof()", () => first.sendEof(), BUSY);
    },
  },
];

function members(...methods: readonly (string | symbol)[]): Clause<ByteStream, ByteStream> {
  return {
    law: "",
    title: "a stream has the methods of its contract",
    remedy: "implement ByteStream, or staple two one-way streams with StapledByteStream",
    *check([first, second], probe) {
      probe.has("its first end", first, ...methods);
      probe.has("its second end", second, ...methods);
    },
  };
}

function pieces(bytes: Uint8Array, seed: number): readonly Uint8Array[] {
  const random = randomFrom(seed);
  const all: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + Math.floor(random() * 2 ** 13);
    all.push(bytes.subarray(at, at + size));
    at += size;
  }
  return all;
}

function receiveAll(probe: Probe, stream: ByteStream, count: number, seed: number): Attempt<Uint8Array> {
  const random = randomFrom(seed);
  return probe.begin("receive()", () =>
    operation(function* (): OperationGenerator<Uint8Array> {
      const bytes = new Uint8Array(count);
      for (let at = 0; at < count;) {
        const size = Math.min(1 + Math.floor(random() * 2 ** 13), count - at);
        const piece: Uint8Array = yield* operation(() => stream.receive(size))();
        bytes.set(piece, at);
        at += piece.length;
      }
      return bytes;
    })(),
  );
}
