/**
 * Laws of the end of a scope: what it swallows, and what it lets through.
 *
 * @module
 */

import { isCancelled, TaskGroupError } from "../../base/errors.ts";
import { CancelScope } from "../../kernel/cancel-scope.ts";
import { moveOnAfter } from "../../time/timeouts.ts";
import type { Kit } from "./kit.ts";
import type { Law } from "./law.ts";
import type { Steps } from "./steps.ts";

/** The `Cancelled` that a wait in a cancelled scope throws. */
function* cancellation(k: Kit): Steps<unknown> {
  try {
    yield k.sleep(50);
  } catch (error) {
    if (isCancelled(error)) return error;
    throw error;
  }
  throw new Error("not cancelled");
}

/** C6 to C9. */
export const swallowing: readonly Law[] = [
  {
    id: "C6",
    title: "a scope that was not cancelled itself lets the cancellation of an ancestor pass",
    *body(k) {
      const outer = new CancelScope();
      const inner = new CancelScope();
      outer.cancel();
      yield outer.enter(
        k.body(function* () {
          yield* k.attempt(
            "inner",
            inner.enter(
              k.body(function* () {
                yield k.sleep(10);
              }),
            ),
          );
        }),
      );
      k.log(`outer: ${outer.cancelledCaught}, inner: ${inner.cancelledCaught}`);
    },
    expected: ["inner!Cancelled", "outer: true, inner: false@0"],
  },
  {
    id: "C6",
    title: "a cancelled scope lets the error pass while the cancellation of an ancestor is visible through it",
    *body(k) {
      const outer = new CancelScope();
      const inner = new CancelScope();
      yield outer.enter(
        k.body(function* () {
          yield* k.attempt(
            "inner",
            inner.enter(
              k.body(function* () {
                inner.cancel();
                const error = yield* cancellation(k);
                outer.cancel(); // After the delivery, before the end.
                throw error;
              }),
            ),
          );
        }),
      );
      k.log(`outer: ${outer.cancelledCaught}, inner: ${inner.cancelledCaught}`);
    },
    expected: ["inner!Cancelled", "outer: true, inner: false@0"],
  },
  {
    id: "C6",
    title: "a shield hides the cancellation of the ancestor, so the scope swallows its own",
    *body(k) {
      const outer = new CancelScope();
      const inner = new CancelScope({ shield: true });
      yield outer.enter(
        k.body(function* () {
          outer.cancel();
          yield* k.attempt(
            "inner",
            inner.enter(
              k.body(function* () {
                inner.cancel();
                yield k.sleep(10);
              }),
            ),
          );
          yield* k.attempt("next", k.sleep(10));
        }),
      );
      k.log(`outer: ${outer.cancelledCaught}, inner: ${inner.cancelledCaught}`);
    },
    expected: ["inner@0", "next!Cancelled@0", "outer: true, inner: true@0"],
  },
  {
    id: "C6",
    title: "a scope that nobody cancelled swallows nothing",
    *body(k) {
      const cancelled = new CancelScope();
      cancelled.cancel();
      let error: unknown;
      yield cancelled.enter(
        k.body(function* () {
          error = yield* cancellation(k);
        }),
      );
      const scope = new CancelScope();
      try {
        yield scope.enter(
          k.body(function* () {
            throw error;
          }),
        );
      } catch (passed) {
        k.log(`passed: ${passed === error}, caught: ${scope.cancelledCaught}`);
      }
    },
    expected: ["passed: true, caught: false"],
  },
  {
    id: "C7",
    title: "only the cancellations are taken out of a group; the rest keeps its structure and cause",
    *body(k) {
      const scope = new CancelScope();
      scope.cancel();
      const cause = new Error("cause");
      try {
        yield scope.enter(
          k.body(function* () {
            const error = yield* cancellation(k);
            const inner = new TaskGroupError([error, new Error("a")], "inner");
            const lone = new TaskGroupError([error], "lone");
            throw new TaskGroupError([inner, error, lone, new Error("b")], "outer", { cause });
          }),
        );
      } catch (error) {
        const group = error as TaskGroupError;
        k.log(k.shown(group));
        k.log(`${group.group}, ${(group.errors[0] as TaskGroupError).group}, ${group.cause === cause}`);
      }
      k.log(`caught: ${scope.cancelledCaught}`);
    },
    expected: ["[[a] b]", "outer, inner, true", "caught: true@0"],
  },
  {
    id: "C7",
    title: "a group of cancellations only is swallowed whole",
    *body(k) {
      const scope = new CancelScope();
      scope.cancel();
      yield scope.enter(
        k.body(function* () {
          const error = yield* cancellation(k);
          throw new TaskGroupError([error, new TaskGroupError([error])]);
        }),
      );
      k.log(`caught: ${scope.cancelledCaught}`);
    },
    expected: ["caught: true@0"],
  },
  {
    id: "C7",
    title: "an error that is no cancellation passes as it is",
    *body(k) {
      const scope = new CancelScope();
      scope.cancel();
      const boom = new TaskGroupError([new Error("boom")]);
      try {
        yield scope.enter(
          k.body(function* () {
            throw boom;
          }),
        );
      } catch (error) {
        k.log(`same: ${error === boom}`);
      }
    },
    expected: ["same: true@0"],
  },
  {
    id: "C8",
    title: "a cancelled scope whose body never waited: its value is returned, and nothing was caught",
    *body(k) {
      const scope = new CancelScope();
      const value = yield scope.enter(
        k.body(function* () {
          scope.cancel();
          return "value";
        }),
      );
      k.log(`${String(value)}, called: ${scope.cancelCalled}, caught: ${scope.cancelledCaught}`);
    },
    expected: ["value, called: true, caught: false@0"],
  },
  {
    id: "C8",
    title: "a scope that is cancelled after the last wait of its body: the same",
    *body(k) {
      const scope = new CancelScope();
      const value = yield scope.enter(
        k.body(function* () {
          yield k.sleep(10);
          scope.cancel();
          return "value";
        }),
      );
      k.log(`${String(value)}, called: ${scope.cancelCalled}, caught: ${scope.cancelledCaught}`);
    },
    expected: ["value, called: true, caught: false@10"],
  },
  {
    id: "C9",
    title: "entering a scope a second time is an error that says so",
    *body(k) {
      const scope = new CancelScope({ name: "once" });
      const body = k.body(function* () {
        yield* second();
      });
      function* second(): Steps<void> {
        try {
          yield scope.enter(
            k.body(function* () {
              k.log("entered twice");
            }),
          );
        } catch (error) {
          k.log(`${k.shown(error)}, ${/once.*entered/.test((error as Error).message)}`);
        }
      }
      yield scope.enter(body);
      yield* second();
      const timeout = moveOnAfter(
        k.ms(10),
        k.body(function* () {
          k.log("timeout entered");
        }),
      );
      yield timeout; // An operation is a recipe: it makes a scope of its own each time.
      yield timeout;
    },
    expected: ["UsageError, true", "UsageError, true", "timeout entered", "timeout entered"],
  },
];
