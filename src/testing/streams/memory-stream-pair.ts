/**
 * Pairs of memory streams: what is sent at one end is received at the other, as the test likes.
 *
 * @module
 */

import { BrokenResourceError, isBrokenResourceError } from "../../base/errors.ts";
import { shown } from "../../kernel/checks.ts";
import { checkedMaxBytes } from "../../stream/byte-checks.ts";
import { StapledByteStream } from "../../stream/stapled-byte-stream.ts";
import { MemoryReceiveStream } from "./memory-receive-stream.ts";
import { MemorySendStream } from "./memory-send-stream.ts";

/** Options of a pump. */
export interface MemoryStreamPumpOptions {
  /** How many bytes it moves at most: an integer from 1. Default: all that are there. */
  readonly maxBytes?: number | undefined;
}

/**
 * Moves what was sent to `send`, and its end, to where it is received from. Does not wait.
 *
 * @returns Whether there was anything to move; so `while (memoryStreamPump(a, b, { maxBytes: 1 })) await sleep(1)` comes to an end.
 * @throws {BrokenResourceError} When `receive` takes no more, and there is something for it.
 * @example
 * import { MemoryReceiveStream, MemorySendStream, memoryStreamPump } from "anyrx/testing";
 * const send = new MemorySendStream();
 * const receive = new MemoryReceiveStream();
 * await send.send(Uint8Array.of(1, 2, 3));
 * memoryStreamPump(send, receive, { maxBytes: 2 }); // => true
 * [...(await receive.receive())]; // => [1, 2]
 * memoryStreamPump(send, receive); // => true
 * memoryStreamPump(send, receive); // => false
 * @source Trio `memory_stream_pump`. Differs: the end is moved once.
 */
export function memoryStreamPump(
  send: MemorySendStream,
  receive: MemoryReceiveStream,
  options?: MemoryStreamPumpOptions,
): boolean {
  if (!(send instanceof MemorySendStream) || !(receive instanceof MemoryReceiveStream)) {
    const stranger: unknown = send instanceof MemorySendStream ? receive : send;
    throw new TypeError(
      `Cannot pump with ${shown(stranger)}: it is no memory stream; pass a MemorySendStream and a MemoryReceiveStream`,
    );
  }
  const { maxBytes = Infinity } = options ?? {};
  if (maxBytes !== Infinity) checkedMaxBytes("pump", maxBytes);
  if (receive._ended) {
    if (send._empty) return false;
    throw new BrokenResourceError("send to", "the memory send stream", "the other side is closed");
  }
  const bytes = send._take(maxBytes);
  if (bytes === null) return false;
  if (bytes.length === 0) receive.putEof();
  else receive.putData(bytes);
  return true;
}

/**
 * A one-way byte stream in memory, with a buffer of any size: what is sent is received. Its hooks are a pump; replace them to let the bytes stall,
 * trickle or vanish.
 *
 * @example
 * import { memoryStreamOneWayPair, memoryStreamPump } from "anyrx/testing";
 * import { run, sleep } from "anyrx";
 * await run(async () => {
 *   const [send, receive] = memoryStreamOneWayPair();
 *   send.sendAllHook = async () => {
 *     while (memoryStreamPump(send, receive, { maxBytes: 1 })) await sleep(1000);
 *   };
 *   await send.send(Uint8Array.of(1, 2, 3));
 *   return [...(await receive.receive())];
 * }, { backend: "virtual" }); // => [1, 2, 3]
 * @source Trio `memory_stream_one_way_pair`.
 */
export function memoryStreamOneWayPair(): [send: MemorySendStream, receive: MemoryReceiveStream] {
  const send = new MemorySendStream();
  const receive = new MemoryReceiveStream();
  send.sendAllHook = () => {
    memoryStreamPump(send, receive);
  };
  send.closeHook = () => {
    try {
      while (memoryStreamPump(send, receive));
    } catch (error) {
      if (!isBrokenResourceError(error)) throw error; // Nobody is left to hear of the end.
    }
  };
  return [send, receive];
}

/**
 * A byte stream in memory that goes both ways: two of {@link memoryStreamOneWayPair}, stapled. The hooks are those of `sendStream` and `receiveStream`.
 *
 * @example
 * import { memoryStreamPair } from "anyrx/testing";
 * const [client, server] = memoryStreamPair();
 * await client.send(Uint8Array.of(1));
 * await client.sendEof();
 * const got: number[] = [];
 * for await (const bytes of server) got.push(...bytes);
 * got; // => [1]
 * @source Trio `memory_stream_pair`.
 */
export function memoryStreamPair(): [
  StapledByteStream<MemorySendStream, MemoryReceiveStream>,
  StapledByteStream<MemorySendStream, MemoryReceiveStream>,
] {
  const [there, here] = [memoryStreamOneWayPair(), memoryStreamOneWayPair()];
  return [new StapledByteStream(there[0], here[1]), new StapledByteStream(here[0], there[1])];
}
