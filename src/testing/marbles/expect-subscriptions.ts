/**
 * What is expected of the subscriptions to a cold or hot observable.
 *
 * @module
 */

import { shown } from "../../kernel/checks.ts";
import type { Subject } from "../notation/mismatch.ts";
import type { Diagram, Moment } from "../notation/moment.ts";
import { parseSubscription } from "../notation/parse-subscription.ts";
import { type Claim, type Finding, judge, unclaimed } from "./claim.ts";
import type { ExpectationOptions } from "./expectation.ts";
import type { SubscriptionLog } from "./subscription-log.ts";
import type { TestStage, Watched } from "./watched.ts";

/** What is expected of subscriptions. */
export interface SubscriptionsExpectation {
  /**
   * Says when each of them began (`^`) and ended (`!`), in the order in which they began.
   *
   * @param marbles - A diagram for each; one alone stands for a list of one.
   * @throws {MarbleSyntaxError} When one is no diagram.
   */
  toBe(marbles: string | readonly string[]): void;
}

/** Holds each entry of a log against a diagram of its own. */
export class WatchedSubscriptions implements Watched, SubscriptionsExpectation {
  readonly subject: Subject;
  /** A log is never closed: somebody may subscribe until nothing is left to do. */
  readonly open = true;
  private readonly site = new Error("made here");
  private readonly log: readonly SubscriptionLog[];
  private readonly claims: { readonly diagrams: readonly Diagram[]; readonly site: Error }[] = [];
  private readonly stage: TestStage;

  constructor(stage: TestStage, log: readonly SubscriptionLog[], options: ExpectationOptions = {}) {
    if (!Array.isArray(log)) {
      throw new TypeError(
        `Cannot expect subscriptions of ${shown(log)}: it is no log; pass the subscriptions of a cold or hot observable`,
      );
    }
    stage.check();
    this.stage = stage;
    this.log = log as readonly SubscriptionLog[];
    this.subject = { what: "subscriptions", name: options.name ?? stage.nameOf(log) ?? "a log" };
    stage.expectations.push(this);
  }

  toBe(marbles: string | readonly string[]): void {
    this.stage.check();
    const list = typeof marbles === "string" ? [marbles] : marbles;
    this.claims.push({ diagrams: list.map((each) => parseSubscription(each)), site: new Error("expected here") });
  }

  get end(): number {
    return Math.max(0, ...this.claims.flatMap(({ diagrams }) => diagrams.map(({ length }) => length)));
  }

  get moments(): readonly Moment[] {
    return this.log.flatMap(momentsOf).sort((a, b) => a.time - b.time);
  }

  findings(): Finding[] {
    if (this.claims.length === 0) return [unclaimed(this.subject, this.moments, this.site)];
    return this.claims.flatMap(({ diagrams, site }) => {
      const count = Math.max(diagrams.length, this.log.length);
      return Array.from({ length: count }, (_, i) => this.compared(i, diagrams[i] ?? NONE, site)).flat();
    });
  }

  /** While it goes on, nobody can say which subscription is missing. */
  findingsSoFar(): Finding[] {
    return [];
  }

  private compared(i: number, diagram: Diagram, site: Error): Finding[] {
    const entry = this.log[i];
    const { name } = this.subject;
    const claim: Claim = { diagram: () => diagram, end: diagram.length, site };
    return judge({ what: `subscription ${String(i + 1)} of`, name }, [claim], () =>
      entry === undefined ? [] : momentsOf(entry),
    );
  }
}

const NONE: Diagram = { moments: [], origin: 0, length: 0 };

function momentsOf({ subscribedFrame, unsubscribedFrame }: SubscriptionLog): Moment[] {
  const began: Moment = { time: subscribedFrame, kind: "subscribe" };
  return unsubscribedFrame === Infinity ? [began] : [began, { time: unsubscribedFrame, kind: "unsubscribe" }];
}
