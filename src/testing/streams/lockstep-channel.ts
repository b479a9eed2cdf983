/**
 * The channel between the ends of a lockstep stream: one sender, one receiver, and nothing between them.
 *
 * @module
 */

import { BrokenResourceError, BusyResourceError, ClosedResourceError, EndOfStream } from "../../base/errors.ts";
import type { Waiter } from "../../kernel/waiter.ts";

const NOTHING: Uint8Array = new Uint8Array();

/** What the two ends share. At most one of them waits for the other at a time. */
export class LockstepChannel {
  private sender: Waiter | null = null;
  /** What the sender still has to give. */
  private rest = NOTHING;
  private receiver: Waiter | null = null;
  private maxBytes = 0;
  /** What was given, and came back unseen. */
  private returned = NOTHING;
  private sendClosed = false;
  private receiveClosed = false;

  /** Whether all of `bytes` went to a receiver that waits. */
  offer(bytes: Uint8Array): boolean {
    if (this.sender !== null) throw new BusyResourceError("send to", SUBJECT);
    if (this.sendClosed) throw new ClosedResourceError("send to", SUBJECT);
    if (this.receiveClosed) throw this.broken();
    if (bytes.length === 0) return true;
    if (this.receiver === null || bytes.length > this.maxBytes) return false;
    this.rest = bytes;
    this.flow();
    return true;
  }

  /** `sender` waits until all of `bytes` has been received. */
  parkSender(sender: Waiter, bytes: Uint8Array): void {
    this.sender = sender;
    this.rest = bytes;
    this.flow();
  }

  /** What is there, up to `maxBytes`; `null` when there is nothing yet. */
  poll(maxBytes: number): Uint8Array | null {
    if (this.receiver !== null) throw new BusyResourceError("receive from", SUBJECT);
    if (this.receiveClosed) throw new ClosedResourceError("receive from", SUBJECT);
    const bytes = this.take(maxBytes);
    if (bytes === null && this.sendClosed) throw new EndOfStream(SUBJECT);
    return bytes;
  }

  parkReceiver(receiver: Waiter, maxBytes: number): void {
    this.receiver = receiver;
    this.maxBytes = maxBytes;
  }

  /** Who waits at this end waits no more. What the sender has not given, it keeps. */
  withdraw(waiter: Waiter): void {
    if (waiter === this.receiver) this.receiver = null;
    if (waiter === this.sender) this.dropSender();
  }

  putBack(bytes: Uint8Array): void {
    if (this.receiveClosed) return;
    this.returned = this.returned.length === 0 ? bytes : Uint8Array.of(...bytes, ...this.returned);
    this.flow();
  }

  closeSend(): void {
    this.sendClosed = true;
    this.dropSender()?._fail(new ClosedResourceError("send to", SUBJECT));
    this.dropReceiver()?._fail(new EndOfStream(SUBJECT));
  }

  closeReceive(): void {
    this.receiveClosed = true;
    this.returned = NOTHING;
    this.dropReceiver()?._fail(new ClosedResourceError("receive from", SUBJECT));
    this.dropSender()?._fail(this.broken());
  }

  /** Gives the receiver that waits what is there. */
  private flow(): void {
    if (this.receiver === null) return;
    const bytes = this.take(this.maxBytes);
    if (bytes !== null) this.dropReceiver()?._settle(bytes);
  }

  private take(maxBytes: number): Uint8Array | null {
    if (this.returned.length > 0) {
      const bytes = this.returned.slice(0, maxBytes);
      this.returned = this.returned.slice(maxBytes);
      return bytes;
    }
    if (this.rest.length === 0) return null;
    const bytes = new Uint8Array(this.rest.subarray(0, maxBytes)); // Not `slice`: a Buffer's does not copy.
    this.rest = this.rest.subarray(maxBytes);
    if (this.rest.length === 0) this.dropSender()?._settle(undefined);
    return bytes;
  }

  private dropSender(): Waiter | null {
    const { sender } = this;
    this.sender = null;
    this.rest = NOTHING;
    return sender;
  }

  private dropReceiver(): Waiter | null {
    const { receiver } = this;
    this.receiver = null;
    return receiver;
  }

  private broken(): BrokenResourceError {
    return new BrokenResourceError("send to", SUBJECT, "the other side is closed");
  }
}

const SUBJECT = "the lockstep stream";
