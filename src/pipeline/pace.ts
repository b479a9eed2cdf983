/**
 * Stages that keep a pace.
 *
 * @module
 */

import { Deque } from "../base/deque.ts";
import { checkedDelay } from "../kernel/checks.ts";
import { currentTime } from "../kernel/current.ts";
import { sleepUntil } from "../time/sleep.ts";
import { LATE, nextBy } from "./batch.ts";
import { checkedNumber } from "./checks.ts";
import { eachReceived, END } from "./each-received.ts";
import { type StageOptions, streamOf, type StreamStage } from "./stage.ts";

/** Options of {@link rateLimit}. */
export interface RateLimitOptions extends StageOptions {
  /** How many items may pass: an integer from 1. */
  readonly count: number;
  /** In how long a time, in ms; 0 to below `Infinity`. */
  readonly per: number;
}

/**
 * A stage that lets no more than `count` items pass in any stretch of `per` ms. What comes too soon waits, and so does its source: none is dropped.
 *
 * @throws {RangeError} When `count` is no integer from 1, or `per` no delay.
 * @example
 * import { currentTime, run } from "anyrx";
 * import { collect, mapConcurrent, pipeline, rateLimit } from "anyrx/pipeline";
 * const stamps = () => pipeline("abcde", rateLimit({ count: 2, per: 100 }), mapConcurrent(() => currentTime()), collect());
 * await run(stamps, { backend: "virtual" }); // => [0, 0, 100, 100, 200]
 */
export function rateLimit<T>(options: RateLimitOptions): StreamStage<T, T> {
  const { count, per } = options;
  checkedNumber("limit a rate to a count of", count, 1);
  checkedDelay("limit a rate", per);
  return (input) =>
    streamOf<T>("rateLimit", options, [input], function* (out) {
      const passed = new Deque<number>();
      yield* eachReceived(input, function* (item) {
        if (passed.length === count) yield* sleepUntil((passed.shift() as number) + per);
        yield* out.send.send(item);
        out.sent++;
        passed.push(currentTime());
      });
    });
}

/** Options of {@link throttle}. */
export interface ThrottleOptions extends StageOptions {
  /** Whether the first item of a stretch passes, at once. Default `true`. */
  readonly leading?: boolean | undefined;
  /** Whether the last item of a stretch passes, at its end. Default `false`. */
  readonly trailing?: boolean | undefined;
}

/**
 * A stage that lets one item pass, and drops those that come within `delay` ms after it. While the next stage is busy nothing is taken, so what comes
 * then waits and is not dropped.
 *
 * @param delay - In ms: 0 to `Infinity`.
 * @throws {RangeError} When `delay` is anything else.
 * @example
 * import { run, sleep } from "anyrx";
 * import { collect, pipeline, throttle } from "anyrx/pipeline";
 * async function* every10() {
 *   for (let n = 0; n < 6; n++) {
 *     yield n;
 *     await sleep(10);
 *   }
 * }
 * await run(() => pipeline(every10(), throttle(25), collect()), { backend: "virtual" }); // => [0, 3]
 * @source RxJS `throttleTime`.
 */
export function throttle<T>(delay: number, options: ThrottleOptions = {}): StreamStage<T, T> {
  checkedDelay("throttle items", delay);
  const { leading = true, trailing = false } = options;
  return (input) =>
    streamOf<T>("throttle", options, [input], function* (out) {
      let end = -Infinity;
      let kept: { readonly item: T } | null = null;
      for (;;) {
        const next: T | typeof END | typeof LATE = yield* nextBy(input, kept === null ? Infinity : end);
        const now = currentTime();
        if (next !== END && next !== LATE && leading && now >= end && kept === null) {
          end = now + delay;
          yield* out.send.send(next);
          out.sent++;
          continue;
        }
        if (next === END || next === LATE) {
          if (kept !== null) {
            yield* out.send.send(kept.item);
            out.sent++;
          }
          if (next === END) return;
          kept = null;
          end = now + delay;
        } else {
          if (now >= end && kept === null) end = now + delay;
          if (trailing) kept = { item: next };
        }
      }
    });
}
