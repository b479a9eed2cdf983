/**
 * Laws of caches: executions that callers share.
 *
 * @module
 */

import { taskGroup } from "../../kernel/task-group.ts";
import { lruCache } from "../../tasks/lru-cache.ts";
import { sleepForever } from "../../time/sleep.ts";
import { moveOnAfter } from "../../time/timeouts.ts";
import type { Law } from "./law.ts";

/** K1 to K3. */
export const caches: readonly Law[] = [
  {
    id: "K1",
    title: "calls with the same arguments that meet share one execution",
    *body(k) {
      const cached = lruCache(
        k.body(function* (n: number) {
          k.log(`executed ${n}`);
          yield k.until(10);
          return n;
        }),
      );
      yield taskGroup(
        k.body(function* (tg) {
          for (const n of [1, 1, 2]) {
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt("call", cached(n));
              }),
            );
          }
        }),
      );
      yield* k.attempt("late", cached(1));
    },
    expected: ["executed 1@0", "executed 2@0", "call=1@10", "call=1@10", "call=2@10", "late=1@10"],
  },
  {
    id: "K2",
    title: "a caller that is cancelled leaves a shared execution to the others",
    *body(k) {
      const cached = lruCache(
        k.body(function* () {
          yield* k.attempt("execution", k.until(20));
          return "value";
        }),
      );
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield moveOnAfter(
                k.ms(10),
                k.body(function* () {
                  yield* k.attempt("first", cached());
                }),
              );
            }),
          );
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("second", cached());
            }),
          );
        }),
      );
    },
    expected: ["first!Cancelled@10", "execution@20", "second=value@20"],
  },
  {
    id: "K2",
    title: "a shared execution is cancelled when its last caller is",
    *body(k) {
      const cached = lruCache(
        k.body(function* () {
          yield* k.attempt("execution", sleepForever());
        }),
      );
      yield taskGroup(
        k.body(function* (tg) {
          for (const time of [10, 20]) {
            tg.startSoon(
              k.body(function* () {
                yield moveOnAfter(
                  k.ms(time),
                  k.body(function* () {
                    yield* k.attempt("call", cached());
                  }),
                );
              }),
            );
          }
        }),
      );
      yield k.until(30);
      k.log("end");
    },
    expected: ["call!Cancelled@10", "call!Cancelled@20", "execution!Cancelled@20", "end@30"],
  },
  {
    id: "K3",
    title: "an error of a shared execution is told to all who wait, and is not kept",
    *body(k) {
      let calls = 0;
      const cached = lruCache(
        k.body(function* () {
          yield k.sleep(10);
          if (++calls === 1) throw new Error("boom");
          return calls;
        }),
      );
      yield taskGroup(
        k.body(function* (tg) {
          for (let i = 0; i < 2; i++) {
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt("call", cached());
              }),
            );
          }
        }),
      );
      yield* k.attempt("again", cached());
    },
    expected: ["call!boom@10", "call!boom@10", "again=2@20"],
  },
];
