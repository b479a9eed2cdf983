/**
 * The log of the subscriptions to a cold or hot observable.
 *
 * @module
 */

import type { Studio } from "./recording.ts";

/** When somebody subscribed and unsubscribed, in virtual ms from the start. What ends by itself is unsubscribed then. */
export interface SubscriptionLog {
  /** When it began. */
  readonly subscribedFrame: number;
  /** When it ended; `Infinity` while it goes on. */
  readonly unsubscribedFrame: number;
}

/** Adds an entry to `log`. The result ends it: not when it is the end of the test that does. */
export function logSubscription(log: SubscriptionLog[], test: Studio): () => void {
  const subscribedFrame = test.now();
  const at = log.push({ subscribedFrame, unsubscribedFrame: Infinity }) - 1;
  return () => {
    if (!test.isOver) log[at] = { subscribedFrame, unsubscribedFrame: test.now() };
  };
}
