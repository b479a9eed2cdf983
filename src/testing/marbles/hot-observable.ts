/**
 * Hot observables of a test: one performance for all, from the start of the run, whether somebody listens or not.
 *
 * @module
 */

import { Observable, Subject } from "../../base/rx.ts";
import { HOT } from "../clock.ts";
import type { Diagram } from "../notation/moment.ts";
import { instantsOf, tell } from "./playing.ts";
import type { Stage } from "./stage.ts";
import { logSubscription, type SubscriptionLog } from "./subscription-log.ts";

/**
 * An Observable that plays a diagram once, for whoever has subscribed by then. Made by `hot`.
 *
 * @source RxJS `HotObservable`.
 */
export class HotObservable<T> extends Observable<T> {
  /** Who subscribed, and when. For `expectSubscriptions`. */
  readonly subscriptions: readonly SubscriptionLog[];

  /** @internal */
  constructor(stage: Stage, diagram: Diagram) {
    const log: SubscriptionLog[] = [];
    const subject = new Subject<T>();
    super((subscriber) => {
      const ended = logSubscription(log, stage);
      subject.subscribe(subscriber);
      return ended;
    });
    this.subscriptions = log;
    const scope = stage.caller();
    for (const { time, moments } of instantsOf(diagram.moments)) {
      // What lies before the zero point, or before now, is over. It may have been the end.
      if (time < stage.now()) tell(subject, moments);
      else {
        stage.at(time, HOT, scope, () => {
          tell(subject, moments);
        });
      }
    }
  }
}
