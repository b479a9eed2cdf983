/**
 * Laws of portals: what comes into a group from outside.
 *
 * @module
 */

import { checkpoint } from "../../kernel/checkpoint.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { Future } from "../../tasks/future.ts";
import { createPortal } from "../../tasks/portal.ts";
import { sleepForever } from "../../time/sleep.ts";
import type { Law } from "./law.ts";

/** What a native promise comes to, as a future: so that it is waited for on the engine's clock. */
function outcome<T>(promise: Promise<T>): Future<T> {
  const future = new Future<T>();
  promise.then(
    (value) => (future.returnValue = value),
    (error: unknown) => (future.exception = error),
  );
  return future;
}

/** P1 to P3. */
export const portals: readonly Law[] = [
  {
    id: "P1",
    title: "a call through a portal runs in the group, and answers outside",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const portal = createPortal(tg);
          const answer = outcome(
            portal.call(
              k.body(function* () {
                k.log("call");
                yield k.until(10);
                return "value";
              }),
            ),
          );
          k.log("called");
          yield* k.attempt("answer", answer);
        }),
      );
    },
    expected: ["called@0", "call@0", "answer=value@10"],
  },
  {
    id: "P1",
    title: "an error of a call is the caller's; the group goes on",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const portal = createPortal(tg);
          const answer = outcome(
            portal.call(
              k.body(function* () {
                yield k.until(10);
                throw new Error("boom");
              }),
            ),
          );
          yield answer.wait();
          k.log(k.shown(answer.exception));
          yield* k.attempt("group", k.until(20));
        }),
      );
    },
    expected: ["boom@10", "group@20"],
  },
  {
    id: "P2",
    title: "a portal that is stopped lets the group end, which waits for what came through it",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const portal = createPortal(tg);
          portal.startTaskSoon(
            k.body(function* () {
              yield* k.attempt("task", k.until(10));
            }),
          );
          tg.startSoon(
            k.body(function* () {
              yield checkpoint(); // No sleep: a virtual clock stands still while the portal is open.
              portal.stop();
              k.call("start", () => void portal.startTaskSoon(() => undefined));
            }),
          );
          yield* k.attempt("stopped", portal.sleepUntilStopped());
        }),
      );
      k.log("end");
    },
    expected: ["start!UsageError@0", "stopped@0", "task@10", "end@10"],
  },
  {
    id: "P3",
    title: "stopping a portal with cancelRemaining cancels what came through it, and nothing else of the group",
    *body(k) {
      yield taskGroup(
        k.body(function* (tg) {
          const portal = createPortal(tg);
          const answer = outcome(
            portal.call(
              k.body(function* () {
                yield* k.attempt("call", sleepForever());
              }),
            ),
          );
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("child", k.until(20));
            }),
          );
          yield k.until(10);
          portal.stop({ cancelRemaining: true });
          yield answer.wait();
          k.log(k.shown(answer.exception));
        }),
      );
    },
    expected: ["call!Cancelled@10", "TaskCancelled@10", "child@20"],
  },
];
