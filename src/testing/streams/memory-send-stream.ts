/**
 * Memory send streams: where the bytes go is up to the test.
 *
 * @module
 */

import { ClosedResourceError, WouldBlock } from "../../base/errors.ts";
import { TypedAttributeProvider } from "../../base/typed-attributes.ts";
import { checkpoint } from "../../kernel/checkpoint.ts";
import type { Operation, OperationGenerator } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";
import { checkedBytes, checkedMaxBytes } from "../../stream/byte-checks.ts";
import type { ByteSendStream } from "../../stream/contracts.ts";
import { ResourceGuard } from "../../sync/resource-guard.ts";
import { ByteQueue } from "./byte-queue.ts";
import { closing } from "./closing.ts";
import { Fetch, type FetchSource } from "./fetch.ts";
import { checkedHook, RunningHook, type StreamHook } from "./hook.ts";

/** The hooks of a memory send stream. */
export interface MemorySendStreamHooks {
  /** Runs in each `send`, once the bytes are in the buffer. */
  readonly sendAllHook?: StreamHook | undefined;
  /** Called by each `close` and `aclose`, once the stream is closed. Does not wait. */
  readonly closeHook?: (() => void) | null | undefined;
}

const TITLE = "memory send stream";
const SUBJECT = `the ${TITLE}`;

/**
 * A byte stream to send to, without anything behind it: the bytes are put into a buffer of any size, and the test gets them from there, with
 * {@link MemorySendStream.getData}, or lets a hook pass them on.
 *
 * @example
 * import { MemorySendStream } from "anyrx/testing";
 * const stream = new MemorySendStream();
 * await stream.send(Uint8Array.of(1, 2, 3));
 * [...stream.getDataNowait(1)]; // => [1]
 * [...stream.getDataNowait()]; // => [2, 3]
 * stream.getDataNowait(); // throws WouldBlock
 * @source Trio `MemorySendStream`. Differs: there is no hook for a wait until sending might not block, since our contract has no such wait.
 */
export class MemorySendStream extends TypedAttributeProvider implements ByteSendStream, Disposable {
  /** Runs in each `send`, once the bytes are in the buffer. It may be changed at any time; `null` for none. */
  sendAllHook: StreamHook;
  /** Called by each `close` and `aclose`, once the stream is closed. It may be changed at any time; `null` for none. */
  closeHook: (() => void) | null;
  private readonly outgoing = new ByteQueue(`the buffer of ${SUBJECT}`);
  private readonly sending = new ResourceGuard("sending to", { name: TITLE });
  private readonly hook = new RunningHook();
  private readonly fetching: FetchSource = {
    queue: this.outgoing,
    guard: new ResourceGuard("getting data from", { name: TITLE }),
    prepare: nothing,
    check: () => undefined,
    atEnd: () => new Uint8Array(),
  };

  /** @throws {TypeError} When a hook is no function. */
  constructor(hooks?: MemorySendStreamHooks) {
    super();
    this.sendAllHook = checkedHook("sendAllHook", hooks?.sendAllHook);
    this.closeHook = checkedHook("closeHook", hooks?.closeHook);
  }

  /**
   * Puts a copy of `item` into the buffer, and runs {@link MemorySendStream.sendAllHook}.
   *
   * *Checkpoint*: yes; it lets others run twice before it acts, so that two tasks that send at once are found. *On cancel*: before that, nothing is sent.
   *
   * @throws {TypeError} When `item` is no Uint8Array.
   * @throws {BusyResourceError} When another task sends already.
   * @throws {ClosedResourceError} When the stream is closed, also while the hook waits.
   */
  send(item: Uint8Array): Operation<void> {
    return sending(this, checkedBytes(`send to ${SUBJECT}`, item));
  }

  /** Closes the stream, and calls {@link MemorySendStream.closeHook}, each time. A hook of `send` that waits is cancelled, and `send` fails. */
  close(): void {
    this.outgoing.close();
    this.hook.cut();
    this.closeHook?.();
  }

  /** {@link MemorySendStream.close}, then a checkpoint. */
  aclose(): Operation<void> {
    return closing(this);
  }

  /**
   * Takes bytes out of the buffer, or waits for some.
   *
   * *Checkpoint*: yes. *On cancel*: none is lost.
   *
   * @param maxBytes - An integer from 1. Default: all that are there.
   * @returns The bytes; none when the stream is closed and the buffer empty.
   * @throws {BusyResourceError} When another task gets data already.
   */
  getData(maxBytes?: number): Operation<Uint8Array> {
    return new Fetch(this.fetching, checkedLimit(maxBytes));
  }

  /**
   * {@link MemorySendStream.getData}, now or not at all.
   *
   * @throws {WouldBlock} When there is nothing, and the stream is not closed.
   */
  getDataNowait(maxBytes?: number): Uint8Array {
    const limit = checkedLimit(maxBytes);
    this.fetching.guard.enter()[Symbol.dispose]();
    const bytes = this._take(limit);
    if (bytes === null) throw new WouldBlock(`get data from ${SUBJECT}`, "its buffer is empty", "use getData()");
    return bytes;
  }

  /** @internal Whether anything is there. */
  get _empty(): boolean {
    return this.outgoing.empty;
  }

  /** @internal What is there; nothing when no more will come, `null` when it might. */
  _take(maxBytes: number): Uint8Array | null {
    const { outgoing } = this;
    return outgoing.take(maxBytes) ?? (outgoing.closed ? new Uint8Array() : null);
  }

  /** @internal */
  *_send(item: Uint8Array): OperationGenerator<void> {
    const busy = this.sending.enter();
    try {
      yield* checkpoint();
      yield* checkpoint();
      if (this.outgoing.closed) throw new ClosedResourceError("send to", SUBJECT);
      this.outgoing.put(item);
      if (yield* this.hook.run(this.sendAllHook)) throw new ClosedResourceError("send to", SUBJECT);
    } finally {
      busy[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Operation<void> {
    return this.aclose();
  }
}

const sending = /* @__PURE__ */ operation((stream: MemorySendStream, item: Uint8Array) => stream._send(item));

function checkedLimit(maxBytes: number | undefined): number {
  return maxBytes === undefined ? Infinity : checkedMaxBytes(`get data from ${SUBJECT}`, maxBytes);
}

function* nothing(): OperationGenerator<void> {
  // It goes straight for the bytes.
}
