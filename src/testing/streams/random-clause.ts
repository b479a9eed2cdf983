/**
 * What an object stream promises whatever comes: a random program.
 *
 * @module
 */

import { randomFrom } from "../../base/random.ts";
import { checkpoint } from "../../kernel/checkpoint.ts";
import type { OperationGenerator } from "../../kernel/operation.ts";
import type { Traffic } from "./items.ts";
import type { ObjectClause } from "./object-clauses.ts";
import { type Attempt, BUSY, CANCELLED, END, Finding, shownValue, told } from "./probe.ts";

const STEPS = 400;
/** How many send, and how many receive, at the same time. */
const CROWD = 3;

/** The clause on what arrives when many send, receive and are cancelled. A stream that serves one task may refuse the others. */
export const randomClauses: readonly ObjectClause[] = [
  {
    law: "M10",
    title: "of many senders and receivers, some of whom are cancelled, each sent item arrives exactly once",
    remedy: "settle each wait once: whoever comes second keeps what it wanted to give",
    *check(traffic) {
      const random = randomFrom(10);
      const crowd = new Crowd(traffic);
      for (let step = 0; step < STEPS; step++) {
        const dice = random();
        if (dice < 0.3) crowd.send();
        else if (dice < 0.6) crowd.receive();
        else if (dice < 0.75) crowd.cancel(random);
        else yield* checkpoint();
        yield* crowd.settle();
      }
      yield* crowd.end();
    },
  },
];

/** Those who send and receive, and what came of it. */
class Crowd {
  private readonly traffic: Traffic;
  private sending: (readonly [n: number, attempt: Attempt<unknown>])[] = [];
  private receiving: Attempt<unknown>[] = [];
  private readonly sent = new Set<number>();
  private readonly received = new Set<number>();
  private next = 0;

  constructor(traffic: Traffic) {
    this.traffic = traffic;
  }

  send(): void {
    if (this.sending.length >= CROWD) return;
    const n = this.next++;
    this.sending.push([n, this.traffic.sending(n)]);
  }

  receive(): void {
    if (this.receiving.length < CROWD) this.receiving.push(this.traffic.receiving());
  }

  cancel(random: () => number): void {
    const all = [...this.sending.map(([, attempt]) => attempt), ...this.receiving];
    all[Math.floor(random() * all.length)]?.cancel();
  }

  /** Notes what has ended. */
  *settle(): OperationGenerator<void> {
    const sends = this.sending.filter(([, attempt]) => attempt.done);
    const receives = this.receiving.filter((attempt) => attempt.done);
    for (const [n, attempt] of sends) {
      const outcome = yield* attempt.end();
      if (!outcome.threw) this.sent.add(n);
      else if (!CANCELLED[1](outcome.error) && !BUSY[1](outcome.error)) throw new Finding(`send() ${told(outcome)}`);
    }
    for (const attempt of receives) yield* this.take(attempt);
    this.sending = this.sending.filter((one) => !sends.includes(one));
    this.receiving = this.receiving.filter((one) => !receives.includes(one));
  }

  /** Lets everybody come to an end, receives what is left, and compares. */
  *end(): OperationGenerator<void> {
    const { probe, send } = this.traffic;
    for (const [, attempt] of this.sending) attempt.cancel();
    for (const attempt of this.receiving) attempt.cancel();
    yield* probe.blocked();
    yield* this.settle();
    yield* probe.value("closing the send end", () => send.aclose());
    while (yield* this.take(this.traffic.receiving()));
    const { item } = this.traffic.goods;
    for (const n of this.sent)
      if (!this.received.has(n)) throw new Finding(`${shownValue(item(n))} was sent and never received`);
    for (const n of this.received)
      if (!this.sent.has(n)) throw new Finding(`${shownValue(item(n))} was received, though its send() was cancelled`);
  }

  /** Whether it received an item. */
  private *take(attempt: Attempt<unknown>): OperationGenerator<boolean> {
    const outcome = yield* attempt.end();
    if (outcome.threw) {
      if (![CANCELLED, BUSY, END].some(([, is]) => is(outcome.error))) throw new Finding(`receive() ${told(outcome)}`);
      return false;
    }
    const n = this.traffic.numberOf(outcome.value, this.next);
    if (this.received.has(n)) throw new Finding(`${shownValue(outcome.value)} was received twice`);
    this.received.add(n);
    return true;
  }
}
