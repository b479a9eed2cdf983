/**
 * Runs as Observables: for the marble tests of RxJS.
 *
 * @module
 */

import { Observable } from "../base/rx.ts";
import { bound } from "../kernel/binding.ts";
import { checkedBody } from "../kernel/checks.ts";
import { Engine } from "../kernel/engine.ts";
import { runOn } from "../kernel/root.ts";
import { type Ended, operation } from "../kernel/work.ts";
import type { Backend } from "../port/backend.ts";

/**
 * A run of `main` on `backend` as a cold Observable: it begins when it is subscribed to, emits the value of `main` in the moment in which that ends, and
 * is cancelled by unsubscribing. For `expectObservable` of RxJS's `TestScheduler`.
 *
 * A promise would tell the outcome after the flush. So `main` is a generator function there, or one that returns an Observable: an async function goes on
 * in promise reactions, which `testScheduler.run` does not wait for.
 *
 * @param main - A function of any style.
 * @throws {TypeError} When `main` is no function.
 * @example
 * import { TestScheduler } from "rxjs/testing";
 * import { rxBackend, sleep } from "anyrx";
 * const compared: unknown[] = [];
 * const scheduler = new TestScheduler((actual, expected) => compared.push(String(actual) === String(expected)));
 * scheduler.run(({ expectObservable }) => {
 *   const tea = observeRun(function* () { yield* sleep(3); return "t"; }, rxBackend(scheduler));
 *   expectObservable(tea).toBe("---(t|)");
 * });
 * compared; // => [true]
 */
export function observeRun<R>(main: () => R, backend: Backend): Observable<Ended<R>> {
  checkedBody("observe a run", main);
  const body = operation(main);
  return new Observable<Ended<R>>((subscriber) => {
    const controller = bound.host.abortController();
    const { store } = bound.host;
    const engine = new Engine(backend, store, store.survives ? "store" : "handoff");
    runOn(
      engine,
      function* () {
        try {
          subscriber.next(yield* body());
        } catch (error) {
          subscriber.error(error); // In the same frame. The run says so later.
          throw error;
        }
        subscriber.complete();
      },
      controller.signal,
    ).catch((error: unknown) => {
      subscriber.error(error);
    });
    return () => {
      controller.abort("unsubscribed");
    };
  });
}
