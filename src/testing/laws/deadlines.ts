/**
 * Laws of deadlines: whose time is up, and who says so.
 *
 * @module
 */

import { CancelScope } from "../../kernel/cancel-scope.ts";
import { currentEffectiveDeadline } from "../../kernel/current.ts";
import { failAfter, moveOnAfter, moveOnAt } from "../../time/timeouts.ts";
import type { Kit } from "./kit.ts";
import type { Law } from "./law.ts";

/** The effective deadline in ms of the law. */
function effective(k: Kit): string {
  const deadline = currentEffectiveDeadline();
  return String(Number.isFinite(deadline) ? Math.round((deadline - k.at(0)) / k.ms(1)) : deadline);
}

/** C11, C13. */
export const deadlines: readonly Law[] = [
  {
    id: "C11",
    title: "a deadline is an absolute reading of the clock",
    *body(k) {
      yield k.until(10);
      yield moveOnAt(
        k.at(20),
        k.body(function* () {
          yield* k.attempt("wait", k.until(50));
        }),
      );
      const scope = new CancelScope({ deadline: k.at(40) });
      yield k.until(30);
      yield scope.enter(
        k.body(function* () {
          yield* k.attempt("wait", k.until(80));
        }),
      );
    },
    expected: ["wait!Cancelled@20", "wait!Cancelled@40"],
  },
  {
    id: "C11",
    title: "Infinity is no deadline, and a deadline can be moved until it has passed",
    *body(k) {
      yield moveOnAfter(
        k.ms(20),
        k.body(function* (scope) {
          scope.deadline = Infinity;
          yield* k.attempt("no deadline", k.until(40));
          scope.deadline = k.at(60);
          yield* k.attempt("before it", k.until(50));
          scope.deadline = k.at(80);
          yield* k.attempt("moved", k.until(70));
          yield* k.attempt("past it", k.until(99));
        }),
      );
    },
    expected: ["no deadline@40", "before it@50", "moved@70", "past it!Cancelled@80"],
  },
  {
    id: "C11",
    title: "a past deadline that is assigned to an active scope cancels it at once",
    *body(k) {
      yield k.until(10);
      const scope = new CancelScope();
      yield scope.enter(
        k.body(function* () {
          scope.deadline = k.at(0);
          k.log(`called: ${scope.cancelCalled}`);
          yield* k.attempt("wait", k.sleep(10));
        }),
      );
      k.log(`caught: ${scope.cancelledCaught}`);
    },
    expected: ["called: true@10", "wait!Cancelled@10", "caught: true@10"],
  },
  {
    id: "C11",
    title: "a past deadline of a scope that is not entered yet counts from its entry",
    *body(k) {
      yield k.until(10);
      const scope = new CancelScope();
      scope.deadline = k.at(0);
      k.log(`called: ${scope.cancelCalled}`);
      yield scope.enter(
        k.body(function* () {
          k.log(`called: ${scope.cancelCalled}`);
          yield* k.attempt("wait", k.sleep(10));
        }),
      );
    },
    expected: ["called: false@10", "called: true@10", "wait!Cancelled@10"],
  },
  {
    id: "C11",
    title: "a deadline that is left in time does not fire later",
    *body(k) {
      const scope = new CancelScope({ deadline: k.at(20) });
      yield scope.enter(
        k.body(function* () {
          yield k.until(10);
        }),
      );
      yield* k.attempt("wait", k.until(40));
      k.log(`called: ${scope.cancelCalled}`);
    },
    expected: ["wait@40", "called: false@40"],
  },
  {
    id: "C13",
    title: "the inner deadline comes first: the inner scope catches",
    *body(k) {
      const outer = new CancelScope({ deadline: k.at(40) });
      const inner = new CancelScope({ deadline: k.at(20) });
      yield outer.enter(
        k.body(function* () {
          yield inner.enter(
            k.body(function* () {
              yield* k.attempt("inner", k.until(80));
            }),
          );
          yield* k.attempt("outer", k.until(80));
        }),
      );
      k.log(`outer: ${outer.cancelledCaught}, inner: ${inner.cancelledCaught}`);
    },
    expected: ["inner!Cancelled@20", "outer!Cancelled@40", "outer: true, inner: true@40"],
  },
  {
    id: "C13",
    title: "the outer deadline comes first: the outer scope catches, and the inner timeout is no TimeoutError",
    *body(k) {
      const outer = new CancelScope({ deadline: k.at(20) });
      yield outer.enter(
        k.body(function* () {
          yield* k.attempt(
            "failAfter",
            failAfter(
              k.ms(40),
              k.body(function* (inner) {
                try {
                  yield* k.attempt("wait", k.until(80));
                } finally {
                  k.log(`inner: ${inner.cancelCalled}`);
                }
              }),
            ),
          );
        }),
      );
      k.log(`outer: ${outer.cancelledCaught}`);
    },
    expected: ["wait!Cancelled@20", "inner: false@20", "failAfter!Cancelled@20", "outer: true@20"],
  },
  {
    id: "C13",
    title: "the deadline of failAfter throws TimeoutError where it was written",
    *body(k) {
      yield moveOnAfter(
        k.ms(40),
        k.body(function* () {
          yield* k.attempt(
            "failAfter",
            failAfter(
              k.ms(20),
              k.body(function* () {
                yield* k.attempt("wait", k.until(80));
              }),
            ),
          );
          yield* k.attempt("next", k.until(30));
        }),
      );
    },
    expected: ["wait!Cancelled@20", "failAfter!TimeoutError@20", "next@30"],
  },
  {
    id: "C13",
    title: "the effective deadline is the earliest one up to the first shield",
    *body(k) {
      k.log(effective(k));
      yield moveOnAt(
        k.at(50),
        k.body(function* () {
          k.log(effective(k));
          yield moveOnAt(
            k.at(70),
            k.body(function* () {
              k.log(effective(k));
              yield moveOnAt(
                k.at(90),
                k.body(function* () {
                  k.log(`shielded: ${effective(k)}`);
                }),
                { shield: true },
              );
              yield moveOnAt(
                k.at(30),
                k.body(function* () {
                  yield k.sleep(1);
                  k.log(effective(k));
                }),
              );
            }),
          );
        }),
      );
      k.log(effective(k));
    },
    expected: ["Infinity", "50", "50", "shielded: 90", "30", "Infinity"],
  },
  {
    id: "C13",
    title: "the effective deadline is -Infinity in a cancelled scope, but not behind a shield",
    *body(k) {
      const scope = new CancelScope();
      yield scope.enter(
        k.body(function* () {
          scope.cancel();
          k.log(effective(k));
          yield new CancelScope().enter(
            k.body(function* () {
              k.log(`nested: ${effective(k)}`);
            }),
          );
          yield new CancelScope({ shield: true }).enter(
            k.body(function* () {
              k.log(`shielded: ${effective(k)}`);
            }),
          );
        }),
      );
    },
    expected: ["-Infinity", "nested: -Infinity", "shielded: Infinity"],
  },
];
