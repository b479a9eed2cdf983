/**
 * Laws of combinators: what they run together ends together.
 *
 * @module
 */

import { CancelScope } from "../../kernel/cancel-scope.ts";
import type { Operation } from "../../kernel/operation.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { operation } from "../../kernel/work.ts";
import { createMemoryObjectStream } from "../../stream/memory-object-stream.ts";
import { asCompleted } from "../../tasks/as-completed.ts";
import { gather } from "../../tasks/gather.ts";
import { map } from "../../tasks/map.ts";
import { race } from "../../tasks/race.ts";
import { retry } from "../../tasks/retry.ts";
import { sleepForever } from "../../time/sleep.ts";
import { moveOnAfter } from "../../time/timeouts.ts";
import type { Kit } from "./kit.ts";
import type { Law } from "./law.ts";
import type { Styled } from "./styles.ts";

/** A body that ends with `value` at `time`, and takes until 5 ms after its cancellation to clean up. */
function worker<T>(k: Kit, time: number, value: T): () => Styled<T> {
  return k.body(function* () {
    try {
      yield k.until(time);
    } catch (error) {
      yield moveOnAfter(
        k.ms(5),
        k.body(function* () {
          yield sleepForever();
        }),
        { shield: true },
      );
      k.log(`clean ${value as string}`);
      throw error;
    }
    return value;
  });
}

/** A body that fails at `time`. */
function failing(k: Kit, time: number): () => Styled<never> {
  return k.body(function* () {
    yield k.until(time);
    throw new Error("boom");
  });
}

/** Each combinator at work, with a worker that goes on beyond 10 ms. */
function combinations(k: Kit): Record<string, () => Operation<unknown>> {
  return {
    gather: () => gather(worker(k, 90, "gather")),
    map: () => map(["map"], (name) => worker(k, 90, name)()),
    race: () => race(worker(k, 90, "race"), () => sleepForever()),
    asCompleted: () => asCompleted([worker(k, 90, "asCompleted")], (completed) => completed),
    retry: () => retry(worker(k, 90, "retry")),
  };
}

/** B1 to B6. */
export const combinators: readonly Law[] = [
  {
    id: "B1",
    title: "gather() gives the values in the order of its arguments, whatever the order in which they come",
    *body(k) {
      yield* k.attempt("values", gather(worker(k, 30, "a"), worker(k, 10, "b"), worker(k, 20, "c")));
    },
    expected: ["values=a,b,c@30"],
  },
  {
    id: "B1",
    title: "gather() fails as one group, once the others have cleaned up",
    *body(k) {
      yield* k.attempt("values", gather(worker(k, 90, "a"), failing(k, 10), worker(k, 90, "c")));
    },
    expected: ["clean a@15", "clean c@15", "values![boom]@15"],
  },
  {
    id: "B2",
    title: "map() gives the values in the order of the items, or in the order in which they were found",
    *body(k) {
      const work = k.body(function* (time: number) {
        yield k.sleep(time);
        return time;
      });
      yield* k.attempt("ordered", map([20, 10], work));
      yield* k.attempt("as found", map([20, 10], work, { ordered: false }));
    },
    expected: ["ordered=20,10@20", "as found=10,20@40"],
  },
  {
    id: "B2",
    title: "map() works on as many items at the same time as it is told, and asks a stream for no more",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              for (let i = 1; i <= 4; i++) {
                yield send.send(i);
                k.log(`sent ${i}`);
              }
              send.close();
            }),
          );
          const work = k.body(function* (n: number) {
            yield k.sleep(10);
            return n;
          });
          yield* k.attempt("values", map(receive, work, { concurrency: 2 }));
        }),
      );
    },
    expected: ["sent 1@0", "sent 2@0", "sent 3@10", "sent 4@10", "values=1,2,3,4@20"],
  },
  {
    id: "B2",
    title: "map() fails as one group when a call does; the source is closed",
    *body(k) {
      function* items(): Generator<number> {
        try {
          for (let i = 0; ; i++) yield i;
        } finally {
          k.log("closed");
        }
      }
      const work = (n: number): Styled<unknown> => (n === 1 ? failing(k, 10)() : worker(k, 90, n)());
      yield* k.attempt("values", map(items(), work, { concurrency: 2 }));
    },
    expected: ["closed@10", "clean 0@15", "values![boom]@15"],
  },
  {
    id: "B3",
    title: "race() ends as the first of them ends, once the losers have cleaned up",
    *body(k) {
      yield* k.attempt("winner", race(worker(k, 90, "slow"), worker(k, 10, "fast")));
      yield* k.attempt("winner", race(worker(k, 90, "slower"), failing(k, 20)));
    },
    expected: ["clean slow@15", "winner=fast@15", "clean slower@25", "winner![boom]@25"],
  },
  {
    id: "B4",
    title: "asCompleted() gives the tasks as they end; leaving its body cancels the rest, and waits for it",
    *body(k) {
      const workers = [worker(k, 90, "c"), worker(k, 20, "b"), worker(k, 10, "a")];
      yield* k.attempt(
        "body",
        asCompleted(
          workers,
          k.body(function* (completed) {
            for (let i = 0; i < 2; i++) {
              const { returnValue, status } = (yield completed.receive()) as { returnValue: string; status: string };
              k.log(`${returnValue} ${status}`);
            }
            return "left";
          }),
        ),
      );
    },
    expected: ["a finished@10", "b finished@20", "clean c@25", "body=left@25"],
  },
  {
    id: "B4",
    title: "asCompleted() fails as one group when a task does, and cancels its body",
    *body(k) {
      yield* k.attempt(
        "group",
        asCompleted(
          [failing(k, 10)],
          k.body(function* (completed) {
            yield* k.attempt("receive", completed.receive());
          }),
        ),
      );
    },
    expected: ["receive!Cancelled@10", "group![boom]@10"],
  },
  {
    id: "B5",
    title: "retry() runs a body again after a growing delay, and throws its last error as it is",
    *body(k) {
      const body = k.body(function* (attempt: number) {
        k.log(`attempt ${attempt}`);
        yield k.sleep(0);
        if (attempt < 3) throw new Error(`boom ${attempt}`);
        return attempt;
      });
      yield* k.attempt("value", retry(body, { delay: k.ms(10) }));
      yield* k.attempt("value", retry(body, { attempts: 2 }));
    },
    expected: [
      "attempt 1@0",
      "attempt 2@10",
      "attempt 3@30",
      "value=3@30",
      "attempt 1@30",
      "attempt 2@30",
      "value!boom 2@30",
    ],
  },
  {
    id: "B5",
    title: "retry() never retries a cancellation",
    *body(k) {
      const scope = new CancelScope();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield k.until(10);
              scope.cancel();
            }),
          );
          const body = k.body(function* (attempt: number) {
            yield* k.attempt(`attempt ${attempt}`, sleepForever());
          });
          yield scope.enter(
            k.body(function* () {
              yield* k.attempt("value", retry(body, { attempts: Infinity }));
            }),
          );
        }),
      );
    },
    expected: ["attempt 1!Cancelled@10", "value!Cancelled@10"],
  },
  {
    id: "B6",
    title: "cancelled from outside they throw a bare Cancelled, once everything has cleaned up",
    *body(k) {
      for (const [name, combine] of Object.entries(combinations(k))) {
        const scope = new CancelScope();
        yield taskGroup(
          k.body(function* (tg) {
            tg.startSoon(
              k.body(function* () {
                yield k.sleep(10);
                scope.cancel();
              }),
            );
            yield scope.enter(
              k.body(function* () {
                yield* k.attempt(name, combine());
              }),
            );
          }),
        );
      }
    },
    expected: [
      "clean gather@15",
      "gather!Cancelled@15",
      "clean map@30",
      "map!Cancelled@30",
      "clean race@45",
      "race!Cancelled@45",
      "clean asCompleted@60",
      "asCompleted!Cancelled@60",
      "clean retry@75",
      "retry!Cancelled@75",
    ],
  },
  {
    id: "B6",
    title: "unsubscribed they leave no orphan: the nearest group waits for the cleanup",
    *body(k) {
      for (const combine of Object.values(combinations(k))) {
        yield taskGroup(
          k.body(function* () {
            const subscription = combine().subscribe();
            yield k.sleep(10);
            subscription.unsubscribe();
          }),
        );
        k.log("end");
      }
    },
    expected: [
      "clean gather@15",
      "end@15",
      "clean map@30",
      "end@30",
      "clean race@45",
      "end@45",
      "clean asCompleted@60",
      "end@60",
      "clean retry@75",
      "end@75",
    ],
  },
  {
    id: "B6",
    title: "what a cancelled async iterable still has to clean up is waited for",
    *body(k) {
      const scope = new CancelScope();
      const clean = operation(
        k.body(function* () {
          yield k.sleep(5);
          k.log("clean");
        }),
      );
      async function* items(): AsyncGenerator<number> {
        try {
          yield 1;
          await sleepForever();
        } finally {
          await moveOnAfter(k.ms(50), clean, { shield: true });
        }
      }
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield k.until(10);
              scope.cancel();
            }),
          );
          yield scope.enter(
            k.body(function* () {
              yield* k.attempt(
                "map",
                map(items(), (n) => n),
              );
            }),
          );
        }),
      );
    },
    expected: ["clean@15", "map!Cancelled@15"],
  },
];
