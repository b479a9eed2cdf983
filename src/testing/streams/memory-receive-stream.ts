/**
 * Memory receive streams: where the bytes come from is up to the test.
 *
 * @module
 */

import { ClosedResourceError, EndOfStream } from "../../base/errors.ts";
import { checkpoint } from "../../kernel/checkpoint.ts";
import type { Operation, OperationGenerator } from "../../kernel/operation.ts";
import { BaseReceiveStream } from "../../stream/base-receive-stream.ts";
import { checkedBytes, checkedMaxBytes, MAX_BYTES } from "../../stream/byte-checks.ts";
import type { ByteReceiveStream } from "../../stream/contracts.ts";
import { ResourceGuard } from "../../sync/resource-guard.ts";
import { ByteQueue } from "./byte-queue.ts";
import { closing } from "./closing.ts";
import { Fetch, type FetchSource } from "./fetch.ts";
import { checkedHook, RunningHook, type StreamHook } from "./hook.ts";

/** The hooks of a memory receive stream. */
export interface MemoryReceiveStreamHooks {
  /** Runs in each `receive`, before the bytes are looked for. */
  readonly receiveSomeHook?: StreamHook | undefined;
  /** Called by each `close` and `aclose`, once the stream is closed. Does not wait. */
  readonly closeHook?: (() => void) | null | undefined;
}

const TITLE = "memory receive stream";
const SUBJECT = `the ${TITLE}`;

/**
 * A byte stream to receive from, without anything behind it: the test puts in what is to be received, with {@link MemoryReceiveStream.putData} and
 * {@link MemoryReceiveStream.putEof}.
 *
 * @example
 * import { MemoryReceiveStream } from "anyrx/testing";
 * const stream = new MemoryReceiveStream();
 * stream.putData(Uint8Array.of(1, 2, 3));
 * stream.putEof();
 * [...(await stream.receive(2))]; // => [1, 2]
 * [...(await stream.receive())]; // => [3]
 * await stream.receive(); // throws EndOfStream
 * @source Trio `MemoryReceiveStream`. Differs: the end is an error.
 */
export class MemoryReceiveStream extends BaseReceiveStream<Uint8Array> implements ByteReceiveStream, Disposable {
  /** Runs in each `receive`, before the bytes are looked for. It may be changed at any time; `null` for none. */
  receiveSomeHook: StreamHook;
  /** Called by each `close` and `aclose`, once the stream is closed. It may be changed at any time; `null` for none. */
  closeHook: (() => void) | null;
  private readonly incoming = new ByteQueue(SUBJECT);
  private readonly hook = new RunningHook();
  private closed = false;
  private readonly fetching: FetchSource = {
    queue: this.incoming,
    guard: new ResourceGuard("receiving from", { name: TITLE }),
    prepare: () => this.prepare(),
    check: () => {
      this.check();
    },
    atEnd: () => {
      throw new EndOfStream(SUBJECT);
    },
  };

  /** @throws {TypeError} When a hook is no function. */
  constructor(hooks?: MemoryReceiveStreamHooks) {
    super();
    this.receiveSomeHook = checkedHook("receiveSomeHook", hooks?.receiveSomeHook);
    this.closeHook = checkedHook("closeHook", hooks?.closeHook);
  }

  /**
   * Runs {@link MemoryReceiveStream.receiveSomeHook}, then receives what is there, or waits for some.
   *
   * *Checkpoint*: yes; it lets others run twice before it acts, so that two tasks that receive at once are found. *On cancel*: no byte is lost.
   *
   * @param maxBytes - An integer from 1. Default 65536.
   * @throws {EndOfStream} When the end was put, and everything was received.
   * @throws {BusyResourceError} When another task receives already.
   * @throws {ClosedResourceError} When the stream is closed, also while it waits.
   */
  override receive(maxBytes: number = MAX_BYTES): Operation<Uint8Array> {
    return new Fetch(this.fetching, checkedMaxBytes(`receive from ${SUBJECT}`, maxBytes));
  }

  /** Closes the stream, drops what is in it, and calls {@link MemoryReceiveStream.closeHook}, each time. Whoever is blocked in `receive` fails. */
  close(): void {
    this.closed = true;
    this.incoming.closeAndWipe();
    this.hook.cut();
    this.closeHook?.();
  }

  /** {@link MemoryReceiveStream.close}, then a checkpoint. */
  override aclose(): Operation<void> {
    return closing(this);
  }

  /**
   * Adds a copy of `data` to what is to be received.
   *
   * @throws {TypeError} When `data` is no Uint8Array.
   * @throws {ClosedResourceError} When the stream is closed, or its end was put.
   */
  putData(data: Uint8Array): void {
    checkedBytes(`put into ${SUBJECT}`, data);
    if (this.incoming.closed) throw new ClosedResourceError("put data into", SUBJECT);
    this.incoming.put(data);
  }

  /** Adds the end, after what is to be received. Doing it again does nothing. */
  putEof(): void {
    this.incoming.close();
  }

  /** @internal Whether it takes no more, since it is closed or its end was put. */
  get _ended(): boolean {
    return this.incoming.closed;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private *prepare(): OperationGenerator<void> {
    yield* checkpoint();
    yield* checkpoint();
    this.check();
    yield* this.hook.run(this.receiveSomeHook);
    this.check();
  }

  private check(): void {
    if (this.closed) throw new ClosedResourceError("receive from", SUBJECT);
  }
}
