/**
 * Laws of futures: what somebody else gives is given to all who wait.
 *
 * @module
 */

import type { FutureFailed } from "../../base/errors.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { Future } from "../../tasks/future.ts";
import { moveOnAfter } from "../../time/timeouts.ts";
import type { Law } from "./law.ts";

/** U1 to U3. */
export const futures: readonly Law[] = [
  {
    id: "U1",
    title: "a future gives its value to all who wait, the longest first, and to whoever comes later",
    *body(k) {
      const future = new Future<string>();
      yield taskGroup(
        k.body(function* (tg) {
          for (const name of ["a", "b", "c"]) {
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt(name, name === "b" ? future.wait() : future);
              }),
            );
          }
          yield k.until(10);
          future.returnValue = "value";
          k.log(`${future.status}, ${future.returnValue}`);
        }),
      );
      yield* k.attempt("late", future);
    },
    expected: ["finished, value@10", "a=value@10", "b@10", "c=value@10", "late=value@10"],
  },
  {
    id: "U1",
    title: "a future gives its error as the cause of FutureFailed, each time",
    *body(k) {
      const future = new Future<string>();
      const boom = new Error("boom");
      yield taskGroup(
        k.body(function* (tg) {
          for (const name of ["a", "b"]) {
            tg.startSoon(
              k.body(function* () {
                try {
                  yield future;
                } catch (error) {
                  k.log(`${name}: ${k.shown(error)}, ${(error as FutureFailed).cause === boom}`);
                }
              }),
            );
          }
          yield k.until(10);
          future.exception = boom;
        }),
      );
      yield* k.attempt("wait", future.wait());
      k.call("set", () => {
        future.returnValue = "late";
      });
    },
    expected: ["a: FutureFailed, true@10", "b: FutureFailed, true@10", "wait@10", "set!FutureAlreadyFinished@10"],
  },
  {
    id: "U2",
    title: "cancelling a wait for a future leaves the future and the other waits alone",
    *body(k) {
      const future = new Future<string>();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("other", future);
            }),
          );
          yield moveOnAfter(
            k.ms(10),
            k.body(function* () {
              yield* k.attempt("await", future);
            }),
          );
          k.log(future.status);
          yield k.until(20);
          future.returnValue = "value";
        }),
      );
    },
    expected: ["await!Cancelled@10", "pending@10", "other=value@20"],
  },
  {
    id: "U3",
    title: "a future that is cancelled tells who waits, and refuses what comes later",
    *body(k) {
      const future = new Future<string>();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("await", future);
            }),
          );
          yield k.until(10);
          future.cancel();
        }),
      );
      yield* k.attempt("late", future);
      k.call("set", () => {
        future.returnValue = "late";
      });
      k.log(future.status);
    },
    expected: ["await!FutureCancelled@10", "late!FutureCancelled@10", "set!FutureCancelled@10", "cancelled@10"],
  },
];
