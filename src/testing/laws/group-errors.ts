/**
 * Laws of failing groups: who is cancelled, and what is thrown.
 *
 * @module
 */

import { CancelScope } from "../../kernel/cancel-scope.ts";
import type { Task } from "../../kernel/task.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { sleepForever } from "../../time/sleep.ts";
import { moveOnAfter } from "../../time/timeouts.ts";
import type { Law } from "./law.ts";

/** G2, G3. */
export const groupErrors: readonly Law[] = [
  {
    id: "G2",
    title: "a failing child cancels its siblings and the body; one error makes a group as well",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            tg.startSoon(
              k.body(function* () {
                yield k.until(10);
                throw new Error("boom");
              }),
            );
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt("sibling", k.until(90));
              }),
            );
            yield* k.attempt("body", k.until(90));
          }),
        ),
      );
    },
    expected: ["body!Cancelled@10", "sibling!Cancelled@10", "group![boom]@10"],
  },
  {
    id: "G2",
    title: "a failing body cancels the children",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt("child", k.until(90));
              }),
            );
            yield k.until(10);
            throw new Error("boom");
          }),
        ),
      );
    },
    expected: ["child!Cancelled@10", "group![boom]@10"],
  },
  {
    id: "G2",
    title: "a body that fails without children makes a group as well",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* () {
            throw new Error("boom");
          }),
        ),
      );
    },
    expected: ["group![boom]@0"],
  },
  {
    id: "G2",
    title: "the rest is cancelled in the very step in which the child fails",
    *body(k) {
      let failing: Task | null = null;
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            tg.cancelScope.signal.addEventListener("abort", () => {
              // A law that is given up is cancelled: there is no exception to read then.
              const exception = failing?.status === "failed" ? failing.exception : undefined;
              k.log(`abort: ${String(failing?.status)}, ${k.shown(exception)}`);
            });
            failing = tg.startSoon(
              k.body(function* () {
                yield k.until(10);
                throw new Error("boom");
              }),
            );
            yield* k.attempt("body", sleepForever());
          }),
        ),
      );
    },
    expected: ["abort: failed, boom@10", "body!Cancelled@10", "group![boom]@10"],
  },
  {
    id: "G2",
    title: "every error is collected: those of children, of the body, and of cleanup, in the order in which they came",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            tg.startSoon(
              k.body(function* () {
                try {
                  yield sleepForever();
                } catch {
                  yield moveOnAfter(
                    k.ms(99),
                    k.body(function* () {
                      yield k.until(30);
                    }),
                    { shield: true },
                  );
                  throw new Error("cleanup");
                }
              }),
            );
            tg.startSoon(
              k.body(function* () {
                yield k.until(10);
                throw new Error("child");
              }),
            );
            try {
              yield sleepForever();
            } catch {
              yield moveOnAfter(
                k.ms(99),
                k.body(function* () {
                  yield k.until(20);
                }),
                { shield: true },
              );
              throw new Error("body");
            }
          }),
        ),
      );
    },
    expected: ["group![child body cleanup]@30"],
  },
  {
    id: "G2",
    title: "nested groups nest",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (outer) {
            outer.startSoon(
              k.body(function* () {
                yield taskGroup(
                  k.body(function* (inner) {
                    inner.startSoon(
                      k.body(function* () {
                        yield k.until(10);
                        throw new Error("deep");
                      }),
                    );
                  }),
                );
              }),
            );
            try {
              yield sleepForever();
            } catch {
              throw new Error("body");
            }
          }),
        ),
      );
    },
    expected: ["group![[deep] body]@10"],
  },
  {
    id: "G2",
    title: "an error that is undefined is an error",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            tg.startSoon(
              k.body(function* () {
                throw undefined as unknown;
              }),
            );
            yield* k.attempt("body", sleepForever());
          }),
        ),
      );
    },
    expected: ["body!Cancelled@0", "group![undefined]@0"],
  },
  {
    id: "G3",
    title: "pure cancellation leaves as one bare Cancelled",
    *body(k) {
      const scope = new CancelScope();
      yield taskGroup(
        k.body(function* (host) {
          host.startSoon(
            k.body(function* () {
              yield k.until(10);
              scope.cancel("stop");
            }),
          );
          yield scope.enter(
            k.body(function* () {
              yield* k.attempt(
                "group",
                taskGroup(
                  k.body(function* (tg) {
                    tg.startSoon(() => sleepForever());
                    tg.startSoon(() => sleepForever());
                    yield sleepForever();
                  }),
                ),
              );
            }),
          );
        }),
      );
      k.log(`caught: ${scope.cancelledCaught}`);
    },
    expected: ["group!Cancelled@10", "caught: true@10"],
  },
  {
    id: "G3",
    title: "a cancellation is never inside a group of errors",
    *body(k) {
      const scope = new CancelScope();
      yield* k.attempt(
        "scope",
        scope.enter(
          k.body(function* () {
            yield* k.attempt(
              "group",
              taskGroup(
                k.body(function* (tg) {
                  tg.startSoon(() => sleepForever());
                  tg.startSoon(
                    k.body(function* () {
                      try {
                        yield sleepForever();
                      } catch {
                        throw new Error("boom");
                      }
                    }),
                  );
                  yield k.until(10);
                  scope.cancel();
                  yield sleepForever();
                }),
              ),
            );
            yield* k.attempt("next", k.sleep(10));
          }),
        ),
      );
    },
    expected: ["group![boom]@10", "next!Cancelled@10", "scope@10"],
  },
  {
    id: "G3",
    title: "a group that cancelled itself ends quietly",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            tg.startSoon(() => sleepForever());
            tg.cancel();
            yield sleepForever();
          }),
        ),
      );
      yield* k.attempt("next", k.sleep(10));
    },
    expected: ["group@0", "next@10"],
  },
];
