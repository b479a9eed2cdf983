/**
 * Loops over a source of items: the one that feeds a subscriber, and the one behind `for await`.
 *
 * @module
 */

import { EndOfStream } from "../base/errors.ts";
import type { Observable, Subscriber } from "../base/rx.ts";
import type { Engine } from "../kernel/engine.ts";
import { handOff, heirOf, plainScope, scopeHere } from "../kernel/here.ts";
import type { Operation } from "../kernel/operation.ts";
import type { Crew, Scope } from "../kernel/scope.ts";
import { type ScopedSink, sinkOf, SubscriberWaiter } from "../kernel/subscriber-waiter.ts";
import { FAILED, IDLE, Waiter } from "../kernel/waiter.ts";
import { NOTHING } from "./memory-channel.ts";

/** What a loop takes its items from. */
export interface ItemSource<T> {
  /** @internal Takes the next item, for who is in the scope `by`, or says that there is none at hand. */
  _take(by: Scope | null): T | typeof NOTHING;
  /** @internal The wait for the next item; it can be run over and over. */
  _step(): Operation<T>;
}

/** How RxJS subscribes to a source of items. */
export function consume<T>(this: Observable<T>, subscriber: Subscriber<T>): () => void {
  const sink = sinkOf(subscriber);
  const source = this as Observable<T> & ItemSource<T>;
  const scope = sink?.origin ?? scopeHere(() => "a subscription to a receive stream");
  const consumer = new Consumer<T>(subscriber, sink, scope, source._step());
  consumer.pump();
  return () => {
    consumer._abandon();
  };
}

/** The wait of a subscription, over and over. */
class Consumer<T> extends SubscriberWaiter<T> {
  private readonly step: Operation<T>;

  constructor(subscriber: Subscriber<T>, sink: ScopedSink | null, scope: Scope, step: Operation<T>) {
    super(subscriber, sink, scope);
    this.step = step;
  }

  /** Emits what is there, then waits. */
  pump(): void {
    let crew: Crew | null = null;
    while (!this.subscriber.closed) {
      // The subscription may outlive the scope it was made in.
      if (this.scope._over) {
        try {
          this.scope = heirOf(this.scope, () => this.step.describe());
        } catch (error) {
          this.emitError(error);
          break;
        }
      }
      const ready = this._start(this.step, this.scope);
      crew?._end(); // The next step has begun.
      if (!ready) return;
      crew = this._debt();
      this._emit();
    }
    crew?._end();
  }

  override _resume(): void {
    if (this._state === IDLE) return;
    const crew = this._debt();
    this._emit();
    this.pump();
    crew?._end();
  }

  protected override emitValue(item: T): void {
    this.subscriber.next(item);
  }

  protected override emitError(error: unknown): void {
    if (error instanceof EndOfStream) this.subscriber.complete();
    else super.emitError(error);
    this._over();
  }
}

/** The iterator of `for await`. Its promises are native ones: they are what such a loop waits for fastest. */
export class Items<T> implements AsyncIterableIterator<T> {
  private readonly end: ItemSource<T>;
  /** The same wait, over and over. */
  private readonly step: Operation<T>;
  private returned = false;
  /** @internal A wait that is over, and can be used for the next item. */
  idle: NextItem<T> | null = null;

  constructor(end: ItemSource<T>) {
    this.end = end;
    this.step = end._step();
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.returned) return Promise.resolve({ done: true, value: undefined });
    const { end } = this;
    const scope = plainScope() ?? scopeOf(this.step);
    const engine = scope._engine;
    // The slot can be handed off only to a continuation that waits already: there, also what is at hand goes through the queue.
    if (engine.mode === "store" && scope._interrupt === null && engine._credit > 0 && engine._onWait === null) {
      try {
        const item = end._take(scope);
        if (item !== NOTHING) {
          engine._credit--;
          return Promise.resolve({ done: false, value: item });
        }
      } catch (error) {
        engine._credit--;
        return error instanceof EndOfStream ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
      }
    }
    const waiter = this.idle ?? new NextItem<T>(this);
    this.idle = null;
    const promise = new Promise<IteratorResult<T, undefined>>(remember);
    waiter.scope = scope;
    waiter.resolve = resolvers.resolve as (result: IteratorResult<T, undefined>) => void;
    waiter.reject = resolvers.reject;
    if (waiter._start(this.step, scope)) engine.wake(waiter);
    return promise;
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.returned = true;
    const scope = plainScope();
    if (scope === null || scope._engine.mode === "store") return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      scope._engine.wake({
        run: () => {
          handOff(scope, () => {
            resolve({ done: true, value: undefined });
          });
        },
      });
    });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this;
  }
}

// Apart from what runs for each item: a function that may make a closure keeps its variables on the heap.
function scopeOf(step: Operation<unknown>): Scope {
  return scopeHere(() => step.describe());
}

/** What the promise was given that was made last. One function for all of them: a loop makes a promise for each item. */
const resolvers: { resolve: (result: never) => void; reject: (error: unknown) => void } = {
  resolve: none,
  reject: none,
};

function remember(resolve: (result: never) => void, reject: (error: unknown) => void): void {
  resolvers.resolve = resolve;
  resolvers.reject = reject;
}

function none(): void {
  // There is no promise yet.
}

/** The wait of a loop for its next item. It is used over and over. */
class NextItem<T> extends Waiter {
  /** @internal Where the code that waits goes on. */
  scope: Scope = null as never;
  /** @internal */
  resolve: (result: IteratorResult<T, undefined>) => void = none;
  /** @internal */
  reject: (error: unknown) => void = none;
  private readonly items: Items<T>;

  constructor(items: Items<T>) {
    super();
    this.items = items;
  }

  // It settles a promise of the library's own: nothing else runs inside the sender.
  protected override _goOn(engine: Engine): void {
    if (engine.mode === "store") engine._wakePromptly(this);
    else engine.wake(this);
  }

  _resume(): void {
    if (this.scope._engine.mode === "store") this.tell();
    else tellHandingOff(this);
  }

  /** @internal */
  tell(): void {
    const { _value: value, _state: state } = this;
    this._state = IDLE;
    this._value = undefined;
    this.items.idle = this;
    if (state !== FAILED) this.resolve({ done: false, value: value as T });
    else if (value instanceof EndOfStream) this.resolve({ done: true, value: undefined });
    else this.reject(value);
  }
}

function tellHandingOff<T>(waiter: NextItem<T>): void {
  handOff(waiter.scope, () => {
    waiter.tell();
  });
}
