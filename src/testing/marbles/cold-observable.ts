/**
 * Cold observables of a test: each subscriber sees the whole diagram, from the moment of subscription.
 *
 * @module
 */

import { Observable } from "../../base/rx.ts";
import { TIMER } from "../clock.ts";
import type { Diagram } from "../notation/moment.ts";
import { instantsOf, tell } from "./playing.ts";
import type { Stage } from "./stage.ts";
import { logSubscription, type SubscriptionLog } from "./subscription-log.ts";

/**
 * An Observable that plays a diagram to each subscriber, from the moment of subscription. Made by `cold`.
 *
 * @source RxJS `ColdObservable`.
 */
export class ColdObservable<T> extends Observable<T> {
  /** Who subscribed, and when. For `expectSubscriptions`. */
  readonly subscriptions: readonly SubscriptionLog[];
  /** @internal */
  readonly _diagram: Diagram;

  /** @internal */
  constructor(stage: Stage, diagram: Diagram) {
    const log: SubscriptionLog[] = [];
    const instants = instantsOf(diagram.moments);
    super((subscriber) => {
      const ended = logSubscription(log, stage);
      const scope = stage.caller();
      const start = stage.now();
      // All at once, so that what it emits keeps its place among the timers that others set later.
      const timers = instants.map(({ time, moments }) =>
        stage.at(start + time, TIMER, scope, () => {
          tell(subscriber, moments);
        }),
      );
      return () => {
        ended();
        for (const timer of timers) timer[Symbol.dispose]();
      };
    });
    this.subscriptions = log;
    this._diagram = diagram;
  }
}
