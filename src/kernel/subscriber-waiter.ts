/**
 * The wait of a subscription.
 *
 * @module
 */

import { isCancelled } from "../base/errors.ts";
import { endOf, excuse, Sink, type Subscriber } from "../base/rx.ts";
import { within } from "./here.ts";
import { instruments } from "./instruments.ts";
import type { Crew, Scope, Wave } from "./scope.ts";
import { FAILED, IDLE, SETTLED, Waiter } from "./waiter.ts";

/** A sink that knows its scope, and how many operations wait inside its chain. */
export interface ScopedSink extends Sink<unknown> {
  readonly origin: Scope;
  /** @internal */
  _waits: number;
  /** @internal How often a wait in the chain failed with a cancellation. */
  _told: number;
  /** @internal A wait inside the chain is over. */
  _waited(): void;
}

/** The sink at the end of the chain that `subscriber` is a link of, when a task of ours consumes it. */
export function sinkOf(subscriber: Subscriber<never>): ScopedSink | null {
  const last = endOf(subscriber);
  return last instanceof Sink ? (last as ScopedSink) : null;
}

/** The wait of a subscription. */
export class SubscriberWaiter<T> extends Waiter {
  /** @internal */
  readonly subscriber: Subscriber<T>;
  /** @internal Where the code that waits goes on. */
  scope: Scope;
  private readonly sink: ScopedSink | null;
  private live = true;
  private crew: Crew | null = null;

  constructor(subscriber: Subscriber<T>, sink: ScopedSink | null, scope: Scope) {
    super();
    this.subscriber = subscriber;
    this.sink = sink;
    this.scope = scope;
    if (sink !== null) sink._waits++;
  }

  /** @internal Nobody listens any more. */
  _abandon(): void {
    if (!this.live) return;
    if (instruments.on !== null) instruments.on.resumed(this);
    const { _source: source, _state: state, _value: value } = this;
    if (this._home !== null) {
      this._part();
      this._state = IDLE;
      const later: Wave["outsiders"] = [];
      source?._withdraw(this, value, later);
      for (const call of later) call();
    } else if (state === SETTLED) source?._undo(value);
    else if (state === FAILED && source?._joins === true && !isCancelled(value))
      this.scope._crew._fail(value, this.scope._task);
    this._over();
  }

  _resume(): void {
    if (this._state === IDLE) return; // Abandoned while it stood in the engine's queue.
    const crew = this._debt();
    this._emit();
    this._over();
    crew?._end(); // RxJS begins what comes next when it tears down the subscription, which is within the emission.
  }

  /** @internal Tells the subscriber what the wait came to, in the scope of the subscription. */
  _emit(): void {
    within(this.scope, tellSubscriber, this);
  }

  /** @internal The same, in that scope. */
  _tellSubscriber(): void {
    const failed = this._state === FAILED;
    const value = this._value;
    this._state = IDLE; // Before the subscriber is called: it unsubscribes when it completes.
    this._value = undefined;
    if (failed) this.emitError(value);
    else this.emitValue(value as T);
  }

  protected emitValue(value: T): void {
    this.subscriber.next(value);
    this.subscriber.complete();
  }

  protected emitError(error: unknown): void {
    // A cancellation that nobody handles is no unhandled error.
    if (isCancelled(error)) {
      excuse(this.subscriber, isCancelled);
      if (this.sink !== null) this.sink._told++;
    }
    this.subscriber.error(error);
  }

  /** @internal The work that it waited for has ended. `crew` hears of it once the subscriber did: what that begins then is work as well. */
  _owe(crew: Crew): void {
    this.crew = crew;
  }

  /** @internal Whoever has yet to hear that the work has ended, for the caller to tell. */
  _debt(): Crew | null {
    const { crew } = this;
    this.crew = null;
    return crew;
  }

  /** @internal The subscription is over. */
  _over(): void {
    this._state = IDLE;
    this._value = undefined;
    if (!this.live) return;
    this.live = false;
    this._debt()?._end();
    if (this.sink !== null) {
      this.sink._waits--;
      this.sink._waited();
    }
  }
}

function tellSubscriber(waiter: SubscriberWaiter<unknown>): void {
  waiter._tellSubscriber();
}
