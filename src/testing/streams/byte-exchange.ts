/**
 * Exchanges: bytes that a clause sends, and what arrives.
 *
 * @module
 */

import type { OperationGenerator } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";
import type { ByteReceiveStream, ByteSendStream } from "../../stream/contracts.ts";
import type { Pair } from "./clauses.ts";
import { type Attempt, Finding, type Probe, shownValue } from "./probe.ts";

/** The ends of a one-way byte stream. */
export type BytePair = Pair<ByteSendStream, ByteReceiveStream>;

/** The bytes of some ASCII letters. */
export function bytesOf(letters: string): Uint8Array {
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}

/** Whether `bytes` are what was sent. */
export function expectBytes(action: string, bytes: Uint8Array, sent: Uint8Array): void {
  if (bytes.length === sent.length && bytes.every((byte, i) => byte === sent[i])) return;
  throw new Finding(`${action} gave ${shownValue(bytes)} where ${shownValue(sent)} were sent`);
}

/** One piece, as `receive(maxBytes)` gives it: a Uint8Array with something in it, and no more than was asked for. */
export function* receivePiece(
  probe: Probe,
  receive: ByteReceiveStream,
  maxBytes?: number,
): OperationGenerator<Uint8Array> {
  const action = `receive(${maxBytes === undefined ? "" : String(maxBytes)})`;
  const piece: unknown = yield* probe.value(action, () => receive.receive(maxBytes));
  if (!(piece instanceof Uint8Array)) throw new Finding(`${action} gave ${shownValue(piece)}, which is no Uint8Array`);
  if (piece.length === 0) throw new Finding(`${action} gave an empty array`);
  if (maxBytes !== undefined && piece.length > maxBytes) throw new Finding(`${action} gave ${shownValue(piece)}`);
  return piece;
}

/** The next `count` bytes, in whatever pieces. */
export function* receiveBytes(
  probe: Probe,
  receive: ByteReceiveStream,
  count: number,
  maxBytes: () => number | undefined = () => undefined,
): OperationGenerator<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const limit = maxBytes();
    const piece = yield* receivePiece(probe, receive, Math.min(limit ?? Infinity, count - at));
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Begins to send these arrays, one after the other. */
export function sendAll(probe: Probe, send: ByteSendStream, ...items: readonly Uint8Array[]): Attempt<unknown> {
  return probe.begin("send()", () =>
    operation(function* () {
      for (const item of items) {
        const value: unknown = yield* operation(() => send.send(item))();
        if (value !== undefined) return value;
      }
      return undefined;
    })(),
  );
}

/** Sends `letters`, and sees to it that they arrive. */
export function* exchange(probe: Probe, [send, receive]: BytePair, letters: string): OperationGenerator<void> {
  const sent = bytesOf(letters);
  const sending = sendAll(probe, send, sent);
  expectBytes("receive()", yield* receiveBytes(probe, receive, sent.length), sent);
  const value = yield* sending.value();
  if (value !== undefined) throw new Finding(`send() gave ${shownValue(value)}`);
}
