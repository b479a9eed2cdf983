/**
 * Edges: the bounded streams between the stages of a pipeline.
 *
 * @module
 */

import { isBrokenResourceError, isCancelled } from "../base/errors.ts";
import {
  createMemoryObjectStream,
  type MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
} from "../stream/memory-object-stream.ts";

/** What flows from one stage to the next. */
export class Edge<T> {
  /** Whose items they are. */
  readonly name: string;
  readonly send: MemoryObjectSendStream<T>;
  readonly receive: MemoryObjectReceiveStream<T>;
  /** How many were sent: counted by who sends. */
  sent = 0;
  private dropped = 0;

  constructor(name: string, maxBufferSize: number) {
    this.name = name;
    const [send, receive] = createMemoryObjectStream<T>(maxBufferSize, { name });
    this.send = send;
    this.receive = receive;
    this.whenAbandoned(() => undefined);
  }

  /** How many of them the next stage has taken. */
  get taken(): number {
    return Math.max(0, this.sent - this.buffered - this.dropped);
  }

  /** How many of them wait for the next stage. */
  get buffered(): number {
    return this.send.statistics().currentBufferUsed;
  }

  /** How many of them do not even fit into the buffer. */
  get waiting(): number {
    return this.send.statistics().tasksWaitingSend;
  }

  /** Whether nobody is left to receive them. */
  get abandoned(): boolean {
    return this.send.statistics().openReceiveStreams === 0;
  }

  /** Has `tell` called when nobody is left to receive them. */
  whenAbandoned(tell: () => void): void {
    this.receive._whenClosed((dropped) => {
      this.dropped = dropped;
      tell();
    });
  }

  /** Has `tell` called when anything that is counted here is about to change; no more, with `null`. */
  whenMoved(tell: (() => void) | null): void {
    this.receive._whenMoved(tell);
  }

  /** Whether `error` is that of a send in vain: nobody receives any more, which also cancels whoever sends. */
  refuses(error: unknown): boolean {
    return this.abandoned && (isBrokenResourceError(error) || isCancelled(error));
  }

  close(): void {
    this.send.close();
    this.receive.close();
  }
}
