/**
 * Lockstep streams: no byte is on its way, ever.
 *
 * @module
 */

import { TypedAttributeProvider } from "../../base/typed-attributes.ts";
import { Operation } from "../../kernel/operation.ts";
import { PENDING, type Waiter } from "../../kernel/waiter.ts";
import { BaseReceiveStream } from "../../stream/base-receive-stream.ts";
import { checkedBytes, checkedMaxBytes, MAX_BYTES } from "../../stream/byte-checks.ts";
import type { ByteReceiveStream, ByteSendStream } from "../../stream/contracts.ts";
import { StapledByteStream } from "../../stream/stapled-byte-stream.ts";
import { closing } from "./closing.ts";
import { LockstepChannel } from "./lockstep-channel.ts";

/** The end of a lockstep stream that bytes are sent to. Made by {@link lockstepStreamOneWayPair}. */
export class LockstepSendStream extends TypedAttributeProvider implements ByteSendStream, Disposable {
  private readonly channel: LockstepChannel;

  /** @internal Use {@link lockstepStreamOneWayPair}. */
  constructor(channel: LockstepChannel) {
    super();
    this.channel = channel;
  }

  /**
   * Waits until all of `item` has been received. *Checkpoint*: yes. *On cancel*: what was not received yet is withdrawn.
   *
   * @throws {TypeError} When `item` is no Uint8Array.
   * @throws {BusyResourceError} When another task sends already.
   * @throws {ClosedResourceError} When this end is closed, also while it waits.
   * @throws {BrokenResourceError} When the other end is closed.
   */
  send(item: Uint8Array): Operation<void> {
    return new Send(this.channel, checkedBytes("send to a lockstep stream", item));
  }

  /** Closes this end, at once. Whoever is blocked in `send` fails, and the other side comes to its end. */
  close(): void {
    this.channel.closeSend();
  }

  /** {@link LockstepSendStream.close}, then a checkpoint. */
  aclose(): Operation<void> {
    return closing(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Operation<void> {
    return this.aclose();
  }
}

/** The end of a lockstep stream that bytes are received from. Made by {@link lockstepStreamOneWayPair}. */
export class LockstepReceiveStream extends BaseReceiveStream<Uint8Array> implements ByteReceiveStream, Disposable {
  private readonly channel: LockstepChannel;

  /** @internal Use {@link lockstepStreamOneWayPair}. */
  constructor(channel: LockstepChannel) {
    super();
    this.channel = channel;
  }

  /**
   * Receives from the sender that waits, or waits for one. *Checkpoint*: yes. *On cancel*: no byte is lost.
   *
   * @param maxBytes - An integer from 1. Default 65536.
   * @throws {EndOfStream} When the other end is closed.
   * @throws {BusyResourceError} When another task receives already.
   * @throws {ClosedResourceError} When this end is closed, also while it waits.
   */
  override receive(maxBytes: number = MAX_BYTES): Operation<Uint8Array> {
    return new Receive(this.channel, checkedMaxBytes("receive from a lockstep stream", maxBytes));
  }

  /** Closes this end, at once. Whoever is blocked in `receive` fails, and so does the sender. */
  close(): void {
    this.channel.closeReceive();
  }

  /** {@link LockstepReceiveStream.close}, then a checkpoint. */
  override aclose(): Operation<void> {
    return closing(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

class Send extends Operation<void> {
  private readonly channel: LockstepChannel;
  private readonly bytes: Uint8Array;

  constructor(channel: LockstepChannel, bytes: Uint8Array) {
    super();
    this.channel = channel;
    this.bytes = bytes;
  }

  describe(): string {
    return `send to a lockstep stream (${String(this.bytes.length)} bytes)`;
  }

  override _attempt(): undefined | typeof PENDING {
    return this.channel.offer(this.bytes) ? undefined : PENDING;
  }

  _park(waiter: Waiter): void {
    this.channel.parkSender(waiter, this.bytes);
  }

  override _withdraw(waiter: Waiter): void {
    this.channel.withdraw(waiter);
  }
}

class Receive extends Operation<Uint8Array> {
  private readonly channel: LockstepChannel;
  private readonly maxBytes: number;

  constructor(channel: LockstepChannel, maxBytes: number) {
    super();
    this.channel = channel;
    this.maxBytes = maxBytes;
  }

  describe(): string {
    return "receive on a lockstep stream";
  }

  override _attempt(): Uint8Array | typeof PENDING {
    return this.channel.poll(this.maxBytes) ?? PENDING;
  }

  _park(waiter: Waiter): void {
    this.channel.parkReceiver(waiter, this.maxBytes);
  }

  override _withdraw(waiter: Waiter): void {
    this.channel.withdraw(waiter);
  }

  override _undo(bytes: Uint8Array): void {
    this.channel.putBack(bytes);
  }
}

/**
 * A one-way byte stream without any buffer: each `send` waits until all it sends has been received. The extreme case for whatever deals with backpressure,
 * and a clogged stream for {@link checkOneWayByteStream}.
 *
 * @example
 * import { lockstepStreamOneWayPair, waitAllTasksBlocked } from "anyrx/testing";
 * import { run, taskGroup } from "anyrx";
 * await run(() => taskGroup(async (tg) => {
 *   const [send, receive] = lockstepStreamOneWayPair();
 *   const sending = tg.startSoon(() => send.send(Uint8Array.of(1, 2)));
 *   const got = [...(await receive.receive(1))];
 *   await waitAllTasksBlocked();
 *   const { status } = sending;
 *   got.push(...(await receive.receive(1)));
 *   return [got, status];
 * })); // => [[1, 2], "pending"]
 * @source Trio `lockstep_stream_one_way_pair`.
 */
export function lockstepStreamOneWayPair(): [send: LockstepSendStream, receive: LockstepReceiveStream] {
  const channel = new LockstepChannel();
  return [new LockstepSendStream(channel), new LockstepReceiveStream(channel)];
}

/**
 * A byte stream without any buffer that goes both ways: two of {@link lockstepStreamOneWayPair}, stapled.
 *
 * @source Trio `lockstep_stream_pair`.
 */
export function lockstepStreamPair(): [
  StapledByteStream<LockstepSendStream, LockstepReceiveStream>,
  StapledByteStream<LockstepSendStream, LockstepReceiveStream>,
] {
  const [there, here] = [lockstepStreamOneWayPair(), lockstepStreamOneWayPair()];
  return [new StapledByteStream(there[0], here[1]), new StapledByteStream(here[0], there[1])];
}
