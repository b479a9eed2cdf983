/**
 * The web platform's own Observable, and ours.
 *
 * It is told apart from RxJS's by what it is told to stop with: an `AbortSignal`, and no subscription. So RxJS's `from()` refuses it.
 *
 * @module
 */

import { UnsupportedError } from "../base/errors.ts";
import { Observable, type Subscribable } from "../base/rx.ts";
import { bound } from "../kernel/binding.ts";
import { shown } from "../kernel/checks.ts";
import type { HostAbortSignal } from "../port/host.ts";

/** An observer of the platform's Observable. */
export interface NativeObserver<T> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
}

/** The platform's Observable, by what is used of it. */
export interface NativeObservable<T> {
  subscribe(observer: NativeObserver<T>, options: { readonly signal: HostAbortSignal }): void;
}

/** What the platform's Observable gives to the function that it is made of. */
interface NativeSubscriber<T> extends NativeObserver<T> {
  readonly active: boolean;
  addTeardown(teardown: () => void): void;
}

type NativeConstructor = new <T>(subscribe: (subscriber: NativeSubscriber<T>) => void) => NativeObservable<T>;

function nativeConstructor(): NativeConstructor | undefined {
  const found = (globalThis as { Observable?: unknown }).Observable;
  return typeof found === "function" ? (found as NativeConstructor) : undefined;
}

/**
 * An RxJS Observable of the platform's Observable. Unsubscribing aborts the signal that it is subscribed with.
 *
 * Subscribers that come while there are others share what those see: that is how the platform's Observable works.
 *
 * @throws {TypeError} When there is nothing to subscribe to.
 * @example
 * import { lastValueFrom, toArray } from "rxjs";
 * import { fromNative } from "anyrx";
 * // Where there is no such Observable, anything that keeps to its contract will do.
 * const native = {
 *   subscribe(observer: { next(n: number): void; complete(): void }, { signal }: { signal: AbortSignal }) {
 *     for (let n = 1; n < 4 && !signal.aborted; n++) observer.next(n);
 *     observer.complete();
 *   },
 * };
 * await lastValueFrom(fromNative<number>(native).pipe(toArray())); // => [1, 2, 3]
 * @source The WICG's Observable.
 */
export function fromNative<T>(native: NativeObservable<T>): Observable<T> {
  if (typeof (native as Partial<NativeObservable<T>> | null | undefined)?.subscribe !== "function") {
    throw new TypeError(
      `Cannot make an Observable of ${shown(native)}: there is nothing to subscribe to; pass the platform's Observable`,
    );
  }
  return new Observable<T>((subscriber) => {
    const control = bound.host.abortController();
    // Before it begins: it may emit without end before it returns.
    subscriber.add(() => {
      control.abort(undefined);
    });
    native.subscribe(
      {
        next: (value) => {
          subscriber.next(value);
        },
        error: (error) => {
          subscriber.error(error);
        },
        complete: () => {
          subscriber.complete();
        },
      },
      { signal: control.signal },
    );
  });
}

/**
 * The platform's Observable of an RxJS one. Aborting the signal that it is subscribed with unsubscribes.
 *
 * @throws {UnsupportedError} When the host has no Observable.
 * @throws {TypeError} When `source` is no Observable.
 * @source The WICG's Observable.
 */
export function toNative<T>(source: Subscribable<T>): NativeObservable<T> {
  if (typeof (source as Partial<Subscribable<T>> | null | undefined)?.subscribe !== "function") {
    throw new TypeError(
      `Cannot make the platform's Observable of ${shown(source)}: there is nothing to subscribe to; pass an Observable`,
    );
  }
  const Native = nativeConstructor();
  if (Native === undefined) {
    throw new UnsupportedError(
      `Cannot make the platform's Observable: ${bound.host.name} has none; use the Observable as it is`,
    );
  }
  return new Native<T>((subscriber) => {
    new Observable<T>((inner) => {
      subscriber.addTeardown(() => {
        inner.unsubscribe();
      });
      return source.subscribe(inner);
    }).subscribe({
      next: (value) => {
        subscriber.next(value);
      },
      error: (error: unknown) => {
        subscriber.error(error);
      },
      complete: () => {
        subscriber.complete();
      },
    });
  });
}

/** An Observable of this RxJS, of whatever can be subscribed to. */
export function observableOf<T>(source: Subscribable<T>): Observable<T> {
  const Native = nativeConstructor();
  if (Native !== undefined && (source as unknown) instanceof Native)
    return fromNative(source as unknown as NativeObservable<T>);
  return new Observable<T>((subscriber) => source.subscribe(subscriber));
}
