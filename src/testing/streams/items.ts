/**
 * Items: what a clause sends over an object stream, and what arrives.
 *
 * @module
 */

import type { OperationGenerator } from "../../kernel/operation.ts";
import { operation } from "../../kernel/work.ts";
import type { ObjectReceiveStream, ObjectSendStream } from "../../stream/contracts.ts";
import type { Pair } from "./clauses.ts";
import { type Attempt, Finding, type Probe, shownValue } from "./probe.ts";

/** The ends of an object stream. */
export type ObjectPair = Pair<ObjectSendStream<unknown>, ObjectReceiveStream<unknown>>;

/** How many sends it takes, at most, until a stream that is not unbounded is full. */
const ROOM = 32;

/** What is sent over an object stream, and how it is known again. */
export interface Goods {
  /** The item number `n`. */
  readonly item: (n: number) => unknown;
  /** Whether what arrived is what was sent. */
  readonly equal: (received: unknown, sent: unknown) => boolean;
  /** Whether any value may be sent, also one that is falsy. */
  readonly any: boolean;
}

/** The items that a clause sends and receives, over a pair of ends. */
export class Traffic {
  readonly send: ObjectSendStream<unknown>;
  readonly receive: ObjectReceiveStream<unknown>;
  readonly probe: Probe;
  readonly goods: Goods;

  constructor([send, receive]: ObjectPair, probe: Probe, goods: Goods) {
    this.send = send;
    this.receive = receive;
    this.probe = probe;
    this.goods = goods;
  }

  /** Begins to send the items of these numbers, one after the other. */
  sending(...numbers: readonly number[]): Attempt<unknown> {
    return this.probe.begin("send()", () => operation(() => this.sendItems(numbers.map((n) => this.goods.item(n))))());
  }

  /** Begins to receive. */
  receiving(): Attempt<unknown> {
    return this.probe.begin("receive()", () => this.receive.receive());
  }

  /** Sees to it that the items of these numbers arrive, and in this order. */
  *expect(...numbers: readonly number[]): OperationGenerator<void> {
    for (const n of numbers) this.known("receive()", yield* this.receiving().value(), n);
  }

  /** Sees to it that `received` is the item number `n`. */
  known(action: string, received: unknown, n: number): void {
    const sent = this.goods.item(n);
    if (!this.goods.equal(received, sent))
      throw new Finding(`${action} gave ${shownValue(received)} where ${shownValue(sent)} was next`);
  }

  /** The number of an item that was received; a finding when it is none of these. */
  numberOf(received: unknown, count: number): number {
    for (let n = 0; n < count; n++) if (this.goods.equal(received, this.goods.item(n))) return n;
    throw new Finding(`receive() gave ${shownValue(received)}, which nobody has sent`);
  }

  /** Sends until a send waits: that one, and how many came before. `null` when there is room for all. */
  *fill(): OperationGenerator<{ readonly blocked: Attempt<unknown>; readonly before: number } | null> {
    for (let before = 0; before < ROOM; before++) {
      const sending = this.sending(before);
      yield* this.probe.blocked();
      if (!sending.done) return { blocked: sending, before };
      yield* sending.value();
    }
    return null;
  }

  private *sendItems(items: readonly unknown[]): OperationGenerator<unknown> {
    for (const item of items) {
      const value: unknown = yield* operation(() => this.send.send(item))();
      if (value !== undefined) return value;
    }
    return undefined;
  }
}
