/**
 * Stages that end before their input does.
 *
 * @module
 */

import { type Observable, take as takeOf } from "../base/rx.ts";
import { Operation } from "../kernel/operation.ts";
import { taskGroup } from "../kernel/task-group.ts";
import { type Recipe, runnable } from "../tasks/recipe.ts";
import { checkedNumber } from "./checks.ts";
import { eachReceived } from "./each-received.ts";
import { type StageOptions, streamOf, type StreamStage } from "./stage.ts";

/**
 * A stage that lets the first `count` items pass, and then ends: what is before it is cancelled.
 *
 * @param count - An integer from 0.
 * @throws {RangeError} When `count` is anything else.
 * @example
 * import { collect, pipeline, take } from "anyrx/pipeline";
 * function* naturals() {
 *   for (let n = 0; ; n++) yield n;
 * }
 * await pipeline(naturals(), take(3), collect()); // => [0, 1, 2]
 */
export function take<T>(count: number, options: StageOptions = {}): StreamStage<T, T> {
  checkedNumber("take a number of items of", count, 0);
  return (input) =>
    streamOf<T>("take", options, [input], function* (out) {
      if (count === 0) return;
      let left = count;
      yield* eachReceived(input, function* (item) {
        yield* out.send.send(item);
        out.sent++;
        return --left > 0;
      });
    });
}

/**
 * A stage that lets items pass until `notifier` ends, or emits. What it holds at that moment is given up.
 *
 * @param notifier - An operation, an Observable, or a function of any style.
 * @throws {TypeError} When `notifier` is none of these.
 * @example
 * import { run, sleep } from "anyrx";
 * import { collect, pipeline, takeUntil } from "anyrx/pipeline";
 * async function* ticks() {
 *   for (let n = 0; ; n++) {
 *     await sleep(10);
 *     yield n;
 *   }
 * }
 * await run(() => pipeline(ticks(), takeUntil(sleep(35)), collect()), { backend: "virtual" }); // => [0, 1, 2]
 * @source RxJS `takeUntil`.
 */
export function takeUntil<T>(notifier: Recipe, options: StageOptions = {}): StreamStage<T, T> {
  const { run } = runnable("the notifier of takeUntil()", first(notifier));
  return (input) =>
    streamOf<T>("takeUntil", options, [input], function* (out) {
      yield* taskGroup(function* (tg) {
        tg.startSoon(
          function* () {
            yield* run();
            tg.cancel();
          },
          { name: "notifier" },
        );
        yield* eachReceived(input, function* (item) {
          yield* out.send.send(item);
          out.sent++;
        });
        tg.cancel();
      });
    });
}

/** The same notifier, which ends when it emits. */
function first(notifier: Recipe): Recipe {
  return typeof notifier === "function" ? () => once(notifier()) : (once(notifier) as Recipe);
}

/** An Observable counts from its first value on, as in RxJS. */
function once(work: unknown): unknown {
  const { pipe } = Object(work) as { pipe?: unknown };
  return typeof pipe !== "function" || work instanceof Operation ? work : (work as Observable<unknown>).pipe(takeOf(1));
}
