/**
 * Laws of task handles: what a task tells those who wait for it.
 *
 * @module
 */

import { type Cancelled, isCancelled, type TaskFailed } from "../../base/errors.ts";
import { CancelScope } from "../../kernel/cancel-scope.ts";
import { checkpoint } from "../../kernel/checkpoint.ts";
import type { Task } from "../../kernel/task.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { operation } from "../../kernel/work.ts";
import { sleepForever } from "../../time/sleep.ts";
import { moveOnAfter } from "../../time/timeouts.ts";
import type { Law } from "./law.ts";

/** H1 to H3. */
export const handles: readonly Law[] = [
  {
    id: "H1",
    title: "awaiting a handle gives the value, each time",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const task = tg.startSoon(
            k.body(function* () {
              yield k.until(10);
              return "value";
            }),
          );
          yield* k.attempt("await", task);
          yield* k.attempt("again", task);
        }),
      );
    },
    expected: ["await=value@10", "again=value@10"],
  },
  {
    id: "H1",
    title: "awaiting a task that failed throws TaskFailed with its error as cause; the group throws that error as well",
    *body(k) {
      const boom = new Error("boom");
      yield taskGroup(
        k.body(function* (outer) {
          let task: Task | null = null;
          outer.startSoon(
            k.body(function* () {
              yield* k.attempt(
                "group",
                taskGroup(
                  k.body(function* (tg) {
                    task = tg.startSoon(
                      k.body(function* () {
                        yield k.until(10);
                        throw boom;
                      }),
                    );
                    yield new CancelScope({ shield: true }).enter(
                      k.body(function* () {
                        yield k.until(20);
                      }),
                    );
                  }),
                ),
              );
            }),
          );
          yield checkpoint();
          for (const label of ["await", "again"]) {
            try {
              yield task as unknown as Task;
            } catch (error) {
              k.log(`${label}: ${k.shown(error)}, ${(error as TaskFailed).cause === boom}`);
            }
          }
        }),
      );
    },
    expected: ["await: TaskFailed, true@10", "again: TaskFailed, true@10", "group![boom]@20"],
  },
  {
    id: "H1",
    title: "awaiting a task that was cancelled throws TaskCancelled with the cancellation as cause",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const task = tg.startSoon(() => sleepForever());
          yield k.until(10);
          task.cancel("enough");
          for (const label of ["await", "again"]) {
            try {
              yield task;
            } catch (error) {
              const { cause } = error as TaskFailed;
              k.log(`${label}: ${k.shown(error)}, ${isCancelled(cause)}, ${String((cause as Cancelled).reason)}`);
            }
          }
          yield* k.attempt("body", k.until(20));
        }),
      );
    },
    expected: ["await: TaskCancelled, true, enough@10", "again: TaskCancelled, true, enough@10", "body@20"],
  },
  {
    id: "H2",
    title: "wait() only waits, whatever the task ends with, and may be repeated",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const returns = tg.startSoon(
            k.body(function* () {
              yield k.until(10);
              return "value";
            }),
          );
          const cancelled = tg.startSoon(
            k.body(function* () {
              yield k.until(99);
            }),
          );
          yield* k.attempt("wait", returns.wait());
          yield* k.attempt("again", returns.wait());
          cancelled.cancel();
          yield* k.attempt("cancelled", cancelled.wait());
          yield* k.attempt("again", cancelled.wait());
        }),
      );
    },
    expected: ["wait@10", "again@10", "cancelled@10", "again@10"],
  },
  {
    id: "H2",
    title: "wait() does not throw the error of the task, and moves none",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            const task = tg.startSoon(
              k.body(function* () {
                yield k.until(10);
                throw new Error("boom");
              }),
            );
            yield new CancelScope({ shield: true }).enter(
              k.body(function* () {
                yield* k.attempt("wait", task.wait());
                k.log(`${task.status}, ${k.shown(task.exception)}`);
              }),
            );
          }),
        ),
      );
    },
    expected: ["wait@10", "failed, boom@10", "group![boom]@10"],
  },
  {
    id: "H2",
    title: "cancelling a wait for a task does not cancel the task",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const task = tg.startSoon(
            k.body(function* () {
              yield* k.attempt("task", k.until(30));
              return "value";
            }),
          );
          yield moveOnAfter(
            k.ms(10),
            k.body(function* () {
              yield* k.attempt("wait", task.wait());
            }),
          );
          yield moveOnAfter(
            k.ms(10),
            k.body(function* () {
              yield* k.attempt("await", task);
            }),
          );
          yield* k.attempt("last", task);
        }),
      );
    },
    expected: ["wait!Cancelled@10", "await!Cancelled@20", "task@30", "last=value@30"],
  },
  {
    id: "H2",
    title: "cancel() is level-triggered and idempotent; the first reason stays",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const task = tg.startSoon(
            k.body(function* () {
              for (const label of ["first", "second"]) {
                try {
                  yield k.until(90);
                } catch (error) {
                  k.log(`${label}: ${String((error as Cancelled).reason)}`);
                }
              }
              yield k.until(90);
            }),
          );
          yield k.until(10);
          task.cancel("a");
          task.cancel("b");
          yield task.wait();
          task.cancel("c");
          k.log(task.status);
          yield* k.attempt(
            "why",
            operation(
              k.body(function* () {
                try {
                  yield task;
                } catch (error) {
                  return ((error as Error).cause as Cancelled).reason;
                }
                return undefined;
              }),
            )(),
          );
        }),
      );
    },
    expected: ["first: a@10", "second: a@10", "cancelled@10", "why=a@10"],
  },
  {
    id: "H3",
    title: "pending, then finished",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const task = tg.startSoon(
            k.body(function* () {
              yield k.until(10);
              return "value";
            }),
          );
          k.log(task.status);
          k.call("value", () => task.returnValue);
          k.call("exception", () => task.exception);
          yield task.wait();
          k.log(`${task.status}, ${task.returnValue}, ${String(task.exception)}`);
        }),
      );
    },
    expected: ["pending@0", "value!TaskNotFinished", "exception!TaskNotFinished", "finished, value, undefined@10"],
  },
  {
    id: "H3",
    title: "pending, cancelling, then cancelled",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const task = tg.startSoon(
            k.body(function* () {
              try {
                yield sleepForever();
              } finally {
                yield moveOnAfter(
                  k.ms(99),
                  k.body(function* () {
                    yield k.until(20);
                  }),
                  { shield: true },
                );
              }
            }),
          );
          yield k.until(10);
          k.log(task.status);
          task.cancel();
          k.log(task.status);
          yield task.wait();
          k.log(task.status);
          k.call("value", () => task.returnValue);
          k.call("exception", () => task.exception);
        }),
      );
    },
    expected: ["pending@10", "cancelling@10", "cancelled@20", "value!TaskCancelled", "exception!TaskCancelled"],
  },
  {
    id: "H3",
    title: "a cancelled task that returns all the same is finished, with its value",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const task = tg.startSoon(
            k.body(function* () {
              try {
                yield sleepForever();
              } catch (error) {
                if (!isCancelled(error)) throw error;
              }
              return "value";
            }),
          );
          yield k.until(10);
          task.cancel();
          k.log(task.status);
          yield* k.attempt("await", task);
          k.log(task.status);
        }),
      );
    },
    expected: ["cancelling@10", "await=value@10", "finished@10"],
  },
  {
    id: "H3",
    title: "a cancelled task that fails is failed, and the group hears of it",
    *body(k) {
      let task: Task | null = null;
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            task = tg.startSoon(
              k.body(function* () {
                try {
                  yield sleepForever();
                } catch {
                  throw new Error("boom");
                }
              }),
            );
            yield k.until(10);
            task.cancel();
            yield* k.attempt("body", k.until(90));
          }),
        ),
      );
      k.log((task as unknown as Task).status);
    },
    expected: ["body!Cancelled@10", "group![boom]@10", "failed@10"],
  },
];
