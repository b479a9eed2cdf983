/**
 * Laws of `start()`: whose child it is before and after `started()`.
 *
 * Data, and long for that: each law can be read alone.
 *
 * @module
 */

import { CancelScope } from "../../kernel/cancel-scope.ts";
import type { TaskStatus } from "../../kernel/start.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { sleepForever } from "../../time/sleep.ts";
import { moveOnAfter } from "../../time/timeouts.ts";
import type { Law } from "./law.ts";

/** S1 to S6. */
export const start: readonly Law[] = [
  {
    id: "S1",
    title: "start() returns when the child calls started(value)",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          yield* k.attempt(
            "start",
            tg.start(
              k.body(function* (status: TaskStatus<string>) {
                yield k.until(10);
                status.started("ready");
                yield* k.attempt("child", k.until(30));
              }),
            ),
          );
        }),
      );
      k.log("over");
    },
    expected: ["start=ready@10", "child@30", "over@30"],
  },
  {
    id: "S1",
    title: "from started() on the child belongs to the group, not to the caller's scope",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          yield moveOnAfter(
            k.ms(20),
            k.body(function* () {
              yield tg.start(
                k.body(function* (status: TaskStatus<void>) {
                  yield k.until(10);
                  status.started();
                  yield* k.attempt("child", k.until(90));
                }),
              );
              yield* k.attempt("caller", k.until(90));
            }),
          );
          yield k.until(40);
          tg.cancel();
          k.log("group cancelled");
        }),
      );
    },
    expected: ["caller!Cancelled@20", "group cancelled@40", "child!Cancelled@40"],
  },
  {
    id: "S1",
    title: "cancelling the group cancels a child that has not started, when the caller is in the group",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield k.until(10);
              tg.cancel();
            }),
          );
          yield* k.attempt(
            "start",
            tg.start(
              k.body(function* () {
                yield* k.attempt("child", k.until(90));
              }),
            ),
          );
        }),
      );
      k.log("over");
    },
    expected: ["child!Cancelled@10", "start!Cancelled@10", "over@10"],
  },
  {
    id: "S2",
    title: "an error before started() is thrown by start(), bare, and the group goes on",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt("sibling", k.until(30));
              }),
            );
            yield* k.attempt(
              "start",
              tg.start(
                k.body(function* () {
                  yield k.until(10);
                  throw new Error("boom");
                }),
              ),
            );
            yield* k.attempt("body", k.until(20));
          }),
        ),
      );
    },
    expected: ["start!boom@10", "body@20", "sibling@30", "group@30"],
  },
  {
    id: "S2",
    title: "an error after started() goes to the group",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            yield* k.attempt(
              "start",
              tg.start(
                k.body(function* (status: TaskStatus<number>) {
                  status.started(1);
                  yield k.until(10);
                  throw new Error("boom");
                }),
              ),
            );
            yield* k.attempt("body", k.until(90));
          }),
        ),
      );
    },
    expected: ["start=1@0", "body!Cancelled@10", "group![boom]@10"],
  },
  {
    id: "S3",
    title: "a child that ends without started(): start() throws and says so",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            try {
              yield tg.start(
                k.body(function* () {
                  yield k.until(10);
                }),
              );
            } catch (error) {
              k.log(`${k.shown(error)}, ${(error as Error).message.includes("started()")}`);
            }
            yield* k.attempt("body", k.until(20));
          }),
        ),
      );
    },
    expected: ["UsageError, true@10", "body@20", "group@20"],
  },
  {
    id: "S4",
    title: "cancelling the caller cancels the child and waits for it; the group is not cancelled",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt("sibling", k.until(50));
              }),
            );
            yield moveOnAfter(
              k.ms(10),
              k.body(function* () {
                yield* k.attempt(
                  "start",
                  tg.start(
                    k.body(function* () {
                      try {
                        yield* k.attempt("child", sleepForever());
                      } finally {
                        yield moveOnAfter(
                          k.ms(99),
                          k.body(function* () {
                            yield* k.attempt("cleanup", k.until(30));
                          }),
                          { shield: true },
                        );
                      }
                    }),
                  ),
                );
              }),
            );
            k.log(`moved on, group: ${tg.cancelScope.cancelCalled}`);
          }),
        ),
      );
    },
    expected: [
      "child!Cancelled@10",
      "cleanup@30",
      "start!Cancelled@30",
      "moved on, group: false@30",
      "sibling@50",
      "group@50",
    ],
  },
  {
    id: "S4",
    title: "a shield inside the child protects it from the caller's cancellation",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            yield moveOnAfter(
              k.ms(10),
              k.body(function* () {
                yield* k.attempt(
                  "start",
                  tg.start(
                    k.body(function* () {
                      yield new CancelScope({ shield: true }).enter(
                        k.body(function* () {
                          yield* k.attempt("shielded", k.until(30));
                        }),
                      );
                      yield* k.attempt("unshielded", k.until(90));
                    }),
                  ),
                );
              }),
            );
            k.log("moved on");
          }),
        ),
      );
    },
    expected: ["shielded@30", "unshielded!Cancelled@30", "start!Cancelled@30", "moved on@30", "group@30"],
  },
  {
    id: "S4",
    title: "the target group may be another one than the caller's: it waits for the child, and is not cancelled",
    *body(k) {
      yield taskGroup(
        k.body(function* (target) {
          yield taskGroup(
            k.body(function* (callers) {
              callers.startSoon(
                k.body(function* () {
                  yield* k.attempt(
                    "start",
                    target.start(
                      k.body(function* () {
                        yield* k.attempt("child", sleepForever());
                      }),
                    ),
                  );
                }),
              );
              yield k.until(10);
              callers.cancel();
            }),
          );
          k.log(`target: ${target.cancelScope.cancelCalled}`);
        }),
      );
      k.log("over");
    },
    expected: ["child!Cancelled@10", "start!Cancelled@10", "target: false@10", "over@10"],
  },
  {
    id: "S5",
    title: "started(v) and a failure in the same step: start() returns v, the group throws",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            yield new CancelScope({ shield: true }).enter(
              k.body(function* () {
                yield* k.attempt(
                  "start",
                  tg.start(
                    k.body(function* (status: TaskStatus<string>) {
                      yield k.until(10);
                      status.started("v");
                      throw new Error("boom");
                    }),
                  ),
                );
              }),
            );
          }),
        ),
      );
    },
    expected: ["start=v@10", "group![boom]@10"],
  },
  {
    id: "S5",
    title: "the same when the caller is not shielded: a value that was given is received",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            yield* k.attempt(
              "start",
              tg.start(
                k.body(function* (status: TaskStatus<string>) {
                  status.started("v");
                  throw new Error("boom");
                }),
              ),
            );
            yield* k.attempt("next", k.sleep(10));
          }),
        ),
      );
    },
    expected: ["start=v@0", "next!Cancelled@0", "group![boom]@0"],
  },
  {
    id: "S6",
    title: "a second started() throws in the child",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            yield* k.attempt(
              "start",
              tg.start(
                k.body(function* (status: TaskStatus<number>) {
                  status.started(1);
                  k.call("again", () => {
                    status.started(2);
                  });
                }),
              ),
            );
          }),
        ),
      );
    },
    expected: ["again!UsageError", "start=1", "group"],
  },
  {
    id: "S6",
    title: "in a group that was cancelled meanwhile, it does not complain",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            yield* k.attempt(
              "start",
              tg.start(
                k.body(function* (status: TaskStatus<number>) {
                  status.started(1);
                  tg.cancel();
                  k.call("again", () => {
                    status.started(2);
                  });
                }),
              ),
            );
          }),
        ),
      );
    },
    expected: ["again", "start=1@0", "group@0"],
  },
];
