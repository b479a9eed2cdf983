/**
 * Sources that count who listens to them.
 *
 * @module
 */

import type { EventEmitter } from "node:events";
import { Observable, Subject } from "rxjs";

/** A Subject that counts its subscriptions. */
export class CountedSubject<T> extends Subject<T> {
  /** How many subscriptions there have been. */
  subscribed = 0;
  /** How many there are. */
  live = 0;
  /** The same, as something to subscribe to. */
  readonly counted: Observable<T> = new Observable<T>((subscriber) => {
    this.subscribed++;
    this.live++;
    const subscription = this.subscribe(subscriber);
    return () => {
      this.live--;
      subscription.unsubscribe();
    };
  });
}

/** An EventTarget that counts its listeners. */
export class CountedTarget extends EventTarget {
  live = 0;

  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
    this.live++;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>): void {
    this.live--;
    super.removeEventListener(...args);
  }
}

/** How many listeners `emitter` has, of all events. */
export function listenersOf(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}
