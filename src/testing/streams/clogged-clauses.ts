/**
 * What a one-way byte stream promises when it is clogged, so that `send()` waits until something is received.
 *
 * @module
 */

import { isEndOfStream } from "../../base/errors.ts";
import type { OperationGenerator } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";
import type { ByteReceiveStream, ByteSendStream } from "../../stream/contracts.ts";
import { acloseForcefully } from "../../stream/resource.ts";
import { bytesOf } from "./byte-exchange.ts";
import type { Clause } from "./clauses.ts";
import { type Attempt, BROKEN, BUSY, CANCELLED, CLOSED, Finding, type Probe } from "./probe.ts";

/** A `send()` that waits. */
export function* blockedSend(probe: Probe, send: ByteSendStream): OperationGenerator<Attempt<void>> {
  const sending = probe.begin("a blocked send()", () => send.send(bytesOf("123")));
  yield* probe.blocked();
  if (sending.done) throw new Finding("send() did not wait, though the stream was made clogged");
  return sending;
}

/** The clauses on a send that waits. */
export const cloggedClauses: readonly Clause<ByteSendStream, ByteReceiveStream>[] = [
  {
    law: "",
    title: "receiving lets a blocked send() go on",
    remedy: "wake the sender when there is room; and let the maker of clogged streams fill theirs",
    *check([send, receive], probe) {
      const sending = yield* blockedSend(probe, send);
      const draining = probe.begin("receive()", () =>
        operation(function* () {
          try {
            for (;;) yield* operation(() => receive.receive(16_384))();
          } catch (error) {
            if (!isEndOfStream(error)) throw error;
          }
        })(),
      );
      yield* sending.value();
      draining.cancel();
    },
  },
  {
    law: "R3",
    title: "one task sends at a time",
    remedy: "throw a BusyResourceError, as a ResourceGuard does, and let the first one go on",
    *check([send], probe) {
      const sending = yield* blockedSend(probe, send);
      yield* probe.refused("a second send()", () => send.send(bytesOf("x")), BUSY);
      yield* probe.blocked();
      if (sending.done) throw new Finding("the first send() ended when a second one was refused");
    },
  },
  {
    law: "R4",
    title: "closing the send end wakes who is blocked in send()",
    remedy: "wake it with ClosedResourceError",
    *check([send], probe) {
      const sending = yield* blockedSend(probe, send);
      yield* probe.value("closing the send end", () => acloseForcefully(send));
      yield* sending.refused(CLOSED);
    },
  },
  {
    law: "M5",
    title: "closing the receive end breaks a send() that waits",
    remedy: "wake it with BrokenResourceError",
    *check([send, receive], probe) {
      const sending = yield* blockedSend(probe, send);
      yield* probe.value("closing the receive end", () => acloseForcefully(receive));
      yield* sending.refused(BROKEN);
    },
  },
  {
    law: "C1",
    title: "a blocked send() can be cancelled, and the stream be closed after that",
    remedy: "wait by a wait of anyrx, and leave nothing half done when that throws",
    *check([send, receive], probe) {
      const sending = yield* blockedSend(probe, send);
      sending.cancel();
      yield* sending.refused(CANCELLED);
      yield* probe.value("closing the send end", () => acloseForcefully(send));
      yield* probe.value("closing the receive end", () => acloseForcefully(receive));
    },
  },
];
