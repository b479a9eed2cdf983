/**
 * The contracts of streams: what portable code may expect of any of them, whoever made it.
 *
 * Types only. An object stream carries items, each whole; a byte stream carries bytes, which may arrive in other pieces than those they were sent in.
 * What is promised beyond the types is on each method, and `checkObjectStream`, `checkOneWayByteStream` and their kin in `anyrx/testing` find out
 * whether it is kept. All of them answer extra attributes, as their wrappers do.
 *
 * @module
 */

import type { TypedAttributeProvider } from "../base/typed-attributes.ts";
import type { Operation } from "../kernel/operation.ts";
import type { TaskGroup } from "../kernel/task-group.ts";
import type { AsyncResource } from "./resource.ts";

/** What streams and listeners have in common: they are closed, by hand or by `await using`, and can be asked for extra attributes. */
export interface StreamResource extends AsyncResource, AsyncDisposable, TypedAttributeProvider {
  /**
   * Closes it in order, which may take time. Closing it again does nothing. Who is blocked on it is woken with `ClosedResourceError`.
   *
   * *On cancel*: it is closed all the same, though not in order.
   */
  aclose(): Operation<void>;
}

/**
 * Where items are received from: one by one, or in a `for await` loop, which ends with the stream and leaves it open when it is left early.
 *
 * Items arrive in the order in which they were sent, and none is lost.
 *
 * @source AnyIO `ObjectReceiveStream`.
 */
export interface ObjectReceiveStream<out T> extends StreamResource, AsyncIterable<T> {
  /**
   * Receives the next item.
   *
   * *Checkpoint*: yes. *On cancel*: no item is lost.
   *
   * @throws {EndOfStream} When the other side has finished, and everything was received.
   * @throws {ClosedResourceError} When this side was closed, also while waiting.
   * @throws {BrokenResourceError} When the stream can no longer be used.
   * @throws {BusyResourceError} When another task receives already, on a stream that serves one.
   */
  receive(): Operation<T>;
}

/**
 * Where items are sent to.
 *
 * @source AnyIO `ObjectSendStream`.
 */
export interface ObjectSendStream<in T> extends StreamResource {
  /**
   * Sends `item`.
   *
   * *Checkpoint*: yes. *On cancel*: the item is withdrawn, unless it was taken; then the send has succeeded.
   *
   * @throws {ClosedResourceError} When this side was closed, also while waiting.
   * @throws {BrokenResourceError} When the other side has gone, or the stream can no longer be used.
   * @throws {BusyResourceError} When another task sends already, on a stream that serves one.
   */
  send(item: T): Operation<void>;
}

/**
 * Items both ways.
 *
 * @source AnyIO `ObjectStream`.
 */
export interface ObjectStream<in out T> extends ObjectReceiveStream<T>, ObjectSendStream<T> {
  /** Tells the other side that nothing more will be sent; receiving goes on. Doing it again does nothing. */
  sendEof(): Operation<void>;
}

/**
 * Where bytes are received from: piece by piece, or in a `for await` loop, which ends with the stream. One task at a time.
 *
 * @source AnyIO `ByteReceiveStream`.
 */
export interface ByteReceiveStream extends StreamResource, AsyncIterable<Uint8Array> {
  /**
   * Receives what is there, at most `maxBytes`, or waits for some. Never nothing: the end is an error. The array is the receiver's own.
   *
   * *Checkpoint*: yes. *On cancel*: no byte is lost.
   *
   * @param maxBytes - An integer from 1. Default 65536.
   * @throws {RangeError} When `maxBytes` is anything else. Or a TypeError.
   * @throws {EndOfStream} When the other side has finished, and everything was received.
   * @throws {ClosedResourceError} When this side was closed, also while waiting.
   * @throws {BrokenResourceError} When the stream can no longer be used.
   * @throws {BusyResourceError} When another task receives already.
   */
  receive(maxBytes?: number): Operation<Uint8Array>;
}

/**
 * Where bytes are sent to. One task at a time.
 *
 * @source AnyIO `ByteSendStream`.
 */
export interface ByteSendStream extends StreamResource {
  /**
   * Sends all of `item`. Once it is done, the array may be used for something else. An empty one means nothing.
   *
   * *Checkpoint*: yes. *On cancel*: none, some or all of it was sent, and there is no telling how much.
   *
   * @throws {ClosedResourceError} When this side was closed, also while waiting.
   * @throws {BrokenResourceError} When the other side has gone, or the stream can no longer be used.
   * @throws {BusyResourceError} When another task sends already.
   */
  send(item: Uint8Array): Operation<void>;
}

/**
 * Bytes both ways.
 *
 * @source AnyIO `ByteStream`.
 */
export interface ByteStream extends ByteReceiveStream, ByteSendStream {
  /**
   * Tells the other side that nothing more will be sent; receiving goes on. Doing it again does nothing.
   *
   * @throws {UnsupportedError} When only both directions can be closed together.
   */
  sendEof(): Operation<void>;
}

/** Options of {@link Listener.serve}. */
export interface ServeOptions {
  /** The group in which each connection is handled. Default: one of its own, which `serve` waits for. */
  readonly taskGroup?: TaskGroup | undefined;
}

/**
 * Something that accepts connections.
 *
 * @source AnyIO `Listener`.
 */
export interface Listener<out T> extends StreamResource {
  /** Accepts connections as they come, and handles each in a task of its own, until it is cancelled or closed. */
  serve(handler: (connection: T) => unknown, options?: ServeOptions): Operation<void>;
}

/** Any stream that bytes are received from. */
export type AnyByteReceiveStream = ObjectReceiveStream<Uint8Array> | ByteReceiveStream;

/** Any stream that bytes are sent to. */
export type AnyByteSendStream = ObjectSendStream<Uint8Array> | ByteSendStream;

/** Any stream of bytes both ways. */
export type AnyByteStream = ObjectStream<Uint8Array> | ByteStream;
