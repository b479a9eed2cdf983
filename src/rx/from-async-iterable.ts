/**
 * Observables out of async iterables.
 *
 * @module
 */

import { Observable, Subscriber } from "../base/rx.ts";
import { shown } from "../kernel/checks.ts";
import { operation } from "../kernel/work.ts";
import { eachItem } from "../tasks/each-item.ts";
import { has } from "./pull-sources.ts";

/**
 * An Observable of an async iterable, cold: each subscription is a loop of its own.
 *
 * The next item is pulled when the subscriber has taken the last one. Unsubscribing cancels what the iterable waits for, or calls its `return()`, and
 * the enclosing task group waits for that cleanup; RxJS's `from()` does neither. An error comes as it is.
 *
 * @throws {TypeError} When it is no async iterable.
 * @example
 * import { take, toArray, lastValueFrom } from "rxjs";
 * import { fromAsyncIterable, run, sleep, taskGroup } from "anyrx";
 * const log: string[] = [];
 * async function* ticks() {
 *   try {
 *     for (let n = 1; ; n++) { await sleep(10); yield n; }
 *   } finally { log.push("cleaned up"); }
 * }
 * await run(() => taskGroup(() => fromAsyncIterable(ticks()).pipe(take(3), toArray())), { backend: "virtual" }); // => [1, 2, 3]
 * log; // => ["cleaned up"]
 * @source RxJS `from`. Differs: it cancels, and is waited for.
 */
export function fromAsyncIterable<T>(items: AsyncIterable<T>): Observable<T> {
  if (!has(items, Symbol.asyncIterator)) {
    throw new TypeError(
      `Cannot make an Observable of ${shown(items)}: it is no async iterable; pass one, such as what an async generator function returns`,
    );
  }
  return new Observable<T>((subscriber) => {
    const loop = operation(function* () {
      yield* eachItem(items, function* (item) {
        subscriber.next(item);
        return !subscriber.closed;
      });
    });
    // A link of the chain, and no observer: the loop finds the task at the chain's end.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- RxJS's own operators are made of it, in 7 and in 8.
    return loop().subscribe(new Silent(subscriber));
  });
}

/** Hands on the end of the loop, and not its value, which is none. */
class Silent extends Subscriber<unknown> {
  protected override _next(): void {
    // The items were emitted already.
  }
}
