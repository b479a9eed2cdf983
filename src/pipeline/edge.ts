/**
 * Edges: the bounded streams between the stages of a pipeline.
 *
 * @module
 */

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

  constructor(name: string, maxBufferSize: number) {
    this.name = name;
    const [send, receive] = createMemoryObjectStream<T>(maxBufferSize, { name });
    this.send = send;
    this.receive = receive;
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

  close(): void {
    this.send.close();
    this.receive.close();
  }
}
