/**
 * Stapled byte streams: two one-way streams that are used as one.
 *
 * @module
 */

import { isCancelled } from "../base/errors.ts";
import type { ExtraAttributes } from "../base/typed-attributes.ts";
import { shown } from "../kernel/checks.ts";
import type { Operation } from "../kernel/operation.ts";
import { operation } from "../kernel/work.ts";
import { BaseReceiveStream } from "./base-receive-stream.ts";
import type { ByteReceiveStream, ByteSendStream, ByteStream } from "./contracts.ts";

/**
 * Two one-way byte streams as one that goes both ways. What the two throw is passed on as it is.
 *
 * Extra attributes are those of both; where both know one, the receiving side counts.
 *
 * @example
 * import { StapledByteStream } from "anyrx";
 * import { memoryStreamOneWayPair } from "anyrx/testing";
 * const echo = new StapledByteStream(...memoryStreamOneWayPair());
 * await echo.send(Uint8Array.of(1, 2));
 * [...(await echo.receive())]; // => [1, 2]
 * @source AnyIO `StapledByteStream`, Trio `StapledStream`.
 */
export class StapledByteStream<
  S extends ByteSendStream = ByteSendStream,
  R extends ByteReceiveStream = ByteReceiveStream,
>
  extends BaseReceiveStream<Uint8Array>
  implements ByteStream
{
  /** Where bytes are sent to. */
  readonly sendStream: S;
  /** Where bytes are received from. */
  readonly receiveStream: R;

  /** @throws {TypeError} When one of them is no such stream. */
  constructor(sendStream: S, receiveStream: R) {
    super();
    if (!has(sendStream, "send")) throw unfit(sendStream, "send");
    if (!has(receiveStream, "receive")) throw unfit(receiveStream, "receive");
    this.sendStream = sendStream;
    this.receiveStream = receiveStream;
  }

  /** Receives from {@link StapledByteStream.receiveStream}. */
  override receive(maxBytes?: number): Operation<Uint8Array> {
    return this.receiveStream.receive(maxBytes);
  }

  /** Sends to {@link StapledByteStream.sendStream}. */
  send(item: Uint8Array): Operation<void> {
    return this.sendStream.send(item);
  }

  /** Ends the sending side: by its own `sendEof()`, where that is a stream both ways, else by closing it. */
  sendEof(): Operation<void> {
    const { sendStream } = this;
    return isHalfCloseable(sendStream) ? sendStream.sendEof() : sendStream.aclose();
  }

  /**
   * Closes both, the sending side first. The second one is closed also when the first throws.
   *
   * *On cancel*: both are closed, not in order.
   *
   * @throws {AggregateError} When both throw; else what the one throws.
   */
  override aclose(): Operation<void> {
    return closingBoth(this.sendStream, this.receiveStream);
  }

  override get extraAttributes(): ExtraAttributes {
    return new Map([...this.sendStream.extraAttributes, ...this.receiveStream.extraAttributes]);
  }
}

const closingBoth: (...sides: readonly [ByteSendStream, ByteReceiveStream]) => Operation<void> =
  /* @__PURE__ */ operation(function* (...sides: readonly [ByteSendStream, ByteReceiveStream]) {
    const thrown: unknown[] = [];
    for (const side of sides) {
      try {
        yield* side.aclose();
      } catch (error) {
        thrown.push(error);
      }
    }
    const failures = thrown.filter((error) => !isCancelled(error));
    if (failures.length > 1)
      throw new AggregateError(failures, "Cannot close the stapled byte stream: both sides failed; see errors");
    if (thrown.length > 0) throw failures.length > 0 ? failures[0] : thrown[0];
  });

function isHalfCloseable(stream: ByteSendStream): stream is ByteStream {
  return has(stream, "sendEof");
}

function has(stream: unknown, method: string): boolean {
  return typeof (stream as Record<string, unknown> | null | undefined)?.[method] === "function";
}

function unfit(stream: unknown, method: string): TypeError {
  return new TypeError(
    `Cannot staple ${shown(stream)} to another stream: it has no ${method}(); pass a stream to ${method} ${method === "send" ? "to" : "from"}`,
  );
}
