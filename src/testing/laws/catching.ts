/**
 * Laws of catching: what `catchErrors` does with a group of errors.
 *
 * @module
 */

import { TaskGroupError } from "../../base/task-group-error.ts";
import { CancelScope } from "../../kernel/cancel-scope.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { catchErrors } from "../../tasks/catch-errors.ts";
import { sleepForever } from "../../time/sleep.ts";
import type { Law } from "./law.ts";

/** E1 to E3. */
export const catching: readonly Law[] = [
  {
    id: "E1",
    title:
      "each error goes to the first clause that means it; handlers may wait, one after the other; the rest is thrown on",
    *body(k) {
      yield* k.attempt(
        "caught",
        catchErrors(
          k.body(function* () {
            yield taskGroup(
              k.body(function* (tg) {
                for (const error of [new RangeError("a"), new TypeError("b"), new SyntaxError("c")]) {
                  tg.startSoon(
                    k.body(function* () {
                      try {
                        yield sleepForever();
                      } catch {
                        throw error;
                      }
                    }),
                  );
                }
                yield k.until(10);
                throw new Error("body");
              }),
            );
          }),
          [
            [
              SyntaxError,
              k.body(function* (group) {
                k.log(`first: ${k.shown(group)}`);
                yield k.until(20);
              }),
            ],
            [
              [RangeError, SyntaxError],
              k.body(function* (group) {
                k.log(`second: ${k.shown(group)}`);
                yield k.until(30);
              }),
            ],
          ],
        ),
      );
    },
    expected: ["first: [SyntaxError]@10", "second: [RangeError]@20", "caught![body TypeError]@30"],
  },
  {
    id: "E1",
    title: "a single error is caught as a group of one, and stays single when nothing means it",
    *body(k) {
      const failing = k.body(function* () {
        yield k.sleep(10);
        throw new RangeError("bare");
      });
      const handler = k.body(function* (group: TaskGroupError) {
        k.log(`handler: ${k.shown(group)}`);
      });
      yield* k.attempt("meant", catchErrors(failing, [[RangeError, handler]]));
      yield* k.attempt("not meant", catchErrors(failing, [[TypeError, handler]]));
    },
    expected: ["handler: [RangeError]@10", "meant@10", "not meant!RangeError@20"],
  },
  {
    id: "E2",
    title: "what a handler throws is thrown with the rest, and what it was given it has not handled",
    *body(k) {
      const failing = k.body(function* () {
        throw new TaskGroupError([new RangeError("a"), new TaskGroupError([new TypeError("b"), new Error("c")])]);
      });
      const again = k.body(function* (group: TaskGroupError) {
        throw group;
      });
      const worse = k.body(function* () {
        throw new Error("worse");
      });
      yield* k.attempt("again", catchErrors(failing, [[TypeError, again]]));
      yield* k.attempt(
        "worse",
        catchErrors(failing, [
          [RangeError, worse],
          [TypeError, again],
        ]),
      );
    },
    expected: ["again![RangeError [TypeError c]]", "worse![[TypeError c] worse]"],
  },
  {
    id: "E3",
    title: "a cancellation is never caught, whatever a clause says",
    *body(k) {
      const scope = new CancelScope();
      yield* k.attempt(
        "scope",
        scope.enter(
          k.body(function* () {
            scope.cancel();
            yield* k.attempt(
              "caught",
              catchErrors(
                k.body(function* () {
                  yield sleepForever();
                }),
                [[() => true, () => k.log("handler")]],
              ),
            );
          }),
        ),
      );
    },
    expected: ["caught!Cancelled@0", "scope@0"],
  },
];
