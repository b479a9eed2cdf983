/**
 * Chains of RxJS operators as stages.
 *
 * @module
 */

import { Observable, type OperatorFunction, type Subscriber, tap } from "../base/rx.ts";
import { checkedBody } from "../kernel/checks.ts";
import type { OperationGenerator } from "../kernel/operation.ts";
import { taskGroup } from "../kernel/task-group.ts";
import { createMemoryObjectStream } from "../stream/memory-object-stream.ts";
import { Event } from "../sync/event.ts";
import { eachReceived } from "./each-received.ts";
import { type StageOptions, streamOf, type StreamStage } from "./stage.ts";

/**
 * A stage made of RxJS operators: `rx(pipe(debounceTime(50), map(f)))`.
 *
 * Inside of them there is no backpressure: an operator that emits more than it takes, or later, cannot be told to wait, and what it emits is kept in
 * a buffer without a bound. Around them there is: the next item is taken when everything that was emitted so far was sent on.
 *
 * @param operator - What `pipe(…)` gives, or one operator.
 * @throws {TypeError} When `operator` is no function.
 * @example
 * import { bufferCount, map, pipe } from "rxjs";
 * import { collect, pipeline, rx } from "anyrx/pipeline";
 * const sums = rx(pipe(bufferCount<number>(2), map(([a, b]) => a! + b!)));
 * await pipeline([1, 2, 3, 4], sums, collect()); // => [3, 7]
 */
export function rx<A, B>(operator: OperatorFunction<A, B>, options: StageOptions = {}): StreamStage<A, B> {
  checkedBody("make a stage of operators", operator, "pipe(debounceTime(50), map(f))");
  return (input) =>
    streamOf<B>("rx", options, [input], function* (out) {
      const [send, emitted] = createMemoryObjectStream<B>(Infinity, { name: "emitted" });
      let unsent = 0;
      let drained = new Event();
      let subscriber: Subscriber<A> | null = null;
      const items = new Observable<A>((inner) => {
        subscriber = inner;
      });
      const keep = tap((item: B) => {
        unsent++;
        send.sendNowait(item);
      });
      const feed = function* (): OperationGenerator<void> {
        yield* eachReceived(input, function* (item) {
          subscriber?.next(item);
          if (subscriber === null || subscriber.closed) return false;
          while (unsent > 0) {
            drained = new Event();
            yield* drained.wait();
          }
          return true;
        });
        subscriber?.complete();
      };
      try {
        yield* taskGroup(function* (tg) {
          const chain = tg.startSoon(() => operator(items).pipe(keep), { name: "operators" });
          tg.startSoon(feed, { name: "feed" });
          tg.startSoon(
            function* () {
              yield* chain.wait();
              send.close();
            },
            { name: "end" },
          );
          yield* eachReceived(emitted, function* (item) {
            yield* out.send.send(item);
            out.sent++;
            if (--unsent === 0) drained.set();
          });
          tg.cancel(); // The chain may have ended before its input.
        });
      } finally {
        send.close();
        emitted.close();
      }
    });
}
