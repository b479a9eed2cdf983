/**
 * Laws of task groups: who is waited for, and who runs when.
 *
 * Data, and long for that: each law can be read alone.
 *
 * @module
 */

import { CancelScope } from "../../kernel/cancel-scope.ts";
import { checkpoint } from "../../kernel/checkpoint.ts";
import { ContextVar } from "../../kernel/context-var.ts";
import { type TaskGroup, taskGroup } from "../../kernel/task-group.ts";
import { operation } from "../../kernel/work.ts";
import { sleepForever } from "../../time/sleep.ts";
import { moveOnAfter } from "../../time/timeouts.ts";
import type { Law } from "./law.ts";

/** G1, G4 to G9. */
export const groups: readonly Law[] = [
  {
    id: "G1",
    title: "the end of a group waits for all its children, and gives the value of the body",
    *body(k) {
      yield* k.attempt(
        "group",
        taskGroup(
          k.body(function* (tg) {
            for (const time of [30, 10, 20]) {
              tg.startSoon(
                k.body(function* () {
                  yield* k.attempt("child", k.until(time));
                }),
              );
            }
            yield checkpoint();
            return "value";
          }),
        ),
      );
    },
    expected: ["child@10", "child@20", "child@30", "group=value@30"],
  },
  {
    id: "G1",
    title: "a cancelled group waits for the cleanup of its children",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
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
          );
          yield k.until(10);
          tg.cancel();
        }),
      );
      k.log("over");
    },
    expected: ["child!Cancelled@10", "cleanup@30", "over@30"],
  },
  {
    id: "G1",
    title: "a cancelled group waits for its shielded children",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield new CancelScope({ shield: true }).enter(
                k.body(function* () {
                  yield* k.attempt("shielded", k.until(40));
                }),
              );
            }),
          );
          yield k.until(10);
          tg.cancel();
          yield* k.attempt("body", k.until(90));
        }),
      );
      k.log("over");
    },
    expected: ["body!Cancelled@10", "shielded@40", "over@40"],
  },
  {
    id: "G1",
    title: "the end of a group waits for the cleanup of an operation whose subscriber walked away",
    *body(k) {
      yield taskGroup(
        k.body(function* () {
          const work = operation(
            k.body(function* () {
              try {
                yield* k.attempt("work", sleepForever());
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
          );
          const subscription = work().subscribe();
          yield k.until(10);
          subscription.unsubscribe();
          k.log("unsubscribed");
        }),
      );
      k.log("over");
    },
    expected: ["unsubscribed@10", "work!Cancelled@10", "cleanup@30", "over@30"],
  },
  {
    id: "G4",
    title: "children live in the scope of the group, not in the scopes of whoever spawned them",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          yield moveOnAfter(
            k.ms(10),
            k.body(function* () {
              tg.startSoon(
                k.body(function* () {
                  yield* k.attempt("child", k.until(30));
                }),
              );
              yield* k.attempt("spawner", k.until(50));
            }),
          );
          k.log("moved on");
        }),
      );
    },
    expected: ["spawner!Cancelled@10", "moved on@10", "child@30"],
  },
  {
    id: "G4",
    title: "a shield around the spawner does not protect the children",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          yield new CancelScope({ shield: true }).enter(
            k.body(function* () {
              tg.startSoon(
                k.body(function* () {
                  yield* k.attempt("child", k.until(50));
                }),
              );
              yield k.until(10);
              tg.cancel();
              yield* k.attempt("spawner", k.until(30));
            }),
          );
        }),
      );
    },
    expected: ["child!Cancelled@10", "spawner@30"],
  },
  {
    id: "G4",
    title: "context variables come from the spawner, and siblings do not see each other's",
    *body(k) {
      const user = new ContextVar("user", "nobody");
      const say = (who: string) => () => {
        k.log(`${who}: ${user.get()}`);
      };
      yield taskGroup(
        k.body(function* (tg) {
          user.set("host");
          tg.startSoon(
            k.body(function* () {
              user.set("spawner");
              tg.startSoon(say("child"));
              user.set("later");
              yield k.until(20);
              k.log(`spawner: ${user.get()}`);
            }),
          );
          tg.startSoon(
            k.body(function* () {
              yield k.until(10);
              k.log(`sibling: ${user.get()}`);
            }),
          );
        }),
      );
      k.log(`host: ${user.get()}`);
    },
    expected: ["child: spawner@0", "sibling: host@10", "spawner: later@20", "host: host@20"],
  },
  {
    id: "G5",
    title: "children may spawn while the host waits at the end",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("child", k.until(10));
              tg.startSoon(
                k.body(function* () {
                  yield* k.attempt("grandchild", k.until(20));
                }),
              );
            }),
          );
        }),
      );
      k.log("over");
    },
    expected: ["child@10", "grandchild@20", "over@20"],
  },
  {
    id: "G5",
    title: "spawning after the end throws, naming the group",
    *body(k) {
      let group: TaskGroup | null = null;
      yield taskGroup(
        k.body(function* (tg) {
          group = tg;
        }),
        { name: "crew" },
      );
      const ended = group as unknown as TaskGroup;
      const nothing = k.body(function* () {
        k.log("started");
      });
      try {
        ended.startSoon(nothing);
      } catch (error) {
        k.log(`${k.shown(error)}, ${(error as Error).message.includes('"crew"')}`);
      }
      try {
        yield ended.start(nothing);
      } catch (error) {
        k.log(`${k.shown(error)}, ${(error as Error).message.includes('"crew"')}`);
      }
    },
    expected: ["UsageError, true", "UsageError, true"],
  },
  {
    id: "G6",
    title: "the end of an empty group lets others run once",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              k.log("other");
            }),
          );
          yield taskGroup(
            k.body(function* () {
              // Nothing.
            }),
          );
          k.log("after it");
        }),
      );
    },
    expected: ["other", "after it"],
  },
  {
    id: "G6",
    title: "the end of an empty group is no cancel point",
    *body(k) {
      const scope = new CancelScope();
      yield scope.enter(
        k.body(function* () {
          scope.cancel();
          yield* k.attempt(
            "empty",
            taskGroup(
              k.body(function* () {
                return "value";
              }),
            ),
          );
        }),
      );
      k.log(`caught: ${scope.cancelledCaught}`);
    },
    expected: ["empty=value", "caught: false"],
  },
  {
    id: "G7",
    title: "cancelled while waiting at the end: cancels the children and keeps waiting",
    *body(k) {
      yield moveOnAfter(
        k.ms(10),
        k.body(function* () {
          yield* k.attempt(
            "group",
            taskGroup(
              k.body(function* (tg) {
                tg.startSoon(
                  k.body(function* () {
                    yield* k.attempt("child", k.until(90));
                  }),
                );
                tg.startSoon(
                  k.body(function* () {
                    yield new CancelScope({ shield: true }).enter(
                      k.body(function* () {
                        yield* k.attempt("shielded", k.until(30));
                      }),
                    );
                  }),
                );
              }),
            ),
          );
        }),
      );
      k.log("over");
    },
    expected: ["child!Cancelled@10", "shielded@30", "group!Cancelled@30", "over@30"],
  },
  {
    id: "G8",
    title: "cancelling one child, by handle or by a scope inside it, touches no sibling",
    *body(k) {
      const inside = new CancelScope();
      yield taskGroup(
        k.body(function* (tg) {
          const byHandle = tg.startSoon(
            k.body(function* () {
              yield* k.attempt("by handle", k.until(90));
            }),
          );
          tg.startSoon(
            k.body(function* () {
              yield inside.enter(
                k.body(function* () {
                  yield* k.attempt("by scope", k.until(90));
                }),
              );
              yield* k.attempt("after it", k.until(30));
            }),
          );
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("sibling", k.until(40));
            }),
          );
          yield k.until(10);
          byHandle.cancel();
          yield k.until(20);
          inside.cancel();
          yield* k.attempt("host", k.until(50));
        }),
      );
    },
    expected: ["by handle!Cancelled@10", "by scope!Cancelled@20", "after it@30", "sibling@40", "host@50"],
  },
  {
    id: "G9",
    title: "startSoon never runs the child inside the caller, and children start in the order of spawning",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          for (const name of ["a", "b", "c"]) {
            tg.startSoon(
              k.body(function* () {
                k.log(`${name}:start`);
                if (name === "a") {
                  tg.startSoon(
                    k.body(function* () {
                      k.log("d:start");
                    }),
                  );
                  k.log("d:spawned");
                }
              }),
            );
            k.log(`${name}:spawned`);
          }
        }),
      );
    },
    expected: ["a:spawned", "b:spawned", "c:spawned", "a:start", "d:spawned", "b:start", "c:start", "d:start"],
  },
  {
    id: "G9",
    title: "a thousand children start in the order of spawning",
    *body(k) {
      const started: number[] = [];
      yield taskGroup(
        k.body(function* (tg) {
          for (let i = 0; i < 1000; i++) {
            tg.startSoon(
              k.body(function* () {
                started.push(i);
                yield checkpoint();
              }),
            );
          }
        }),
      );
      k.log(`${started.length}, in order: ${started.every((n, i) => n === i)}`);
    },
    expected: ["1000, in order: true"],
  },
];
