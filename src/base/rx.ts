/**
 * The only door to RxJS.
 *
 * RxJS 9 drops schedulers and `Subscription`; that step should touch this file. It also keeps the one thing that the library knows about
 * the inside of RxJS 7: an operator's subscriber leads, by its destination, to the subscriber at the end of the chain, and that one to the
 * observer that a person handed in.
 *
 * @module
 */

import { Subscriber } from "rxjs";

export {
  Observable,
  Subject,
  Subscriber,
  Subscription,
  asapScheduler,
  asyncScheduler,
  map,
  take,
  takeUntil,
  tap,
} from "rxjs";
export type {
  MonoTypeOperatorFunction,
  Observer,
  OperatorFunction,
  SchedulerAction,
  SchedulerLike,
  TeardownLogic,
} from "rxjs";

/** A subscriber at the end of a chain, which knows on whose behalf the chain runs. */
export abstract class Sink<T> extends Subscriber<T> {
  /** Whose chain this is. */
  abstract readonly origin: object;

  protected constructor() {
    super();
  }
}

/**
 * The subscriber at the end of the chain that `subscriber` is a link of: a {@link Sink}, when a task of ours consumes the chain.
 *
 * So an operation that `switchMap` subscribes to finds the scope of that task, whoever emitted the value that set it off. Subjects, `share`
 * among them, end the walk.
 */
export function endOf(subscriber: Subscriber<unknown>): Subscriber<unknown> {
  let last = subscriber;
  for (let link: unknown = subscriber; link instanceof Subscriber; link = destinationOf(last)) last = link;
  return last;
}

function destinationOf(subscriber: Subscriber<unknown>): unknown {
  return (subscriber as unknown as { destination?: unknown }).destination;
}

/**
 * Keeps an error that `ignored` likes from being reported as unhandled, when the observer at the end of the chain has no `error` handler.
 *
 * A subscription that ends because its scope was cancelled is no failure of the program. Operators on the way still see the error.
 */
export function excuse(subscriber: Subscriber<unknown>, ignored: (error: unknown) => boolean): void {
  const consumer = destinationOf(endOf(subscriber)) as
    { partialObserver?: { error?: unknown }; error(error: unknown): void } | null | undefined;
  if (consumer?.partialObserver === undefined || consumer.partialObserver.error) return;
  const report = consumer.error.bind(consumer);
  consumer.error = (error) => {
    if (!ignored(error)) report(error);
  };
}

/** Something that can be subscribed to: an Observable of any copy or version that keeps to `Symbol.observable`. */
export interface Subscribable<T> {
  subscribe(observer: { next(value: T): void; error(error: unknown): void; complete(): void }): { unsubscribe(): void };
}
