/**
 * Laws of resources: how things are closed, what their users are told, and what they tell of themselves.
 *
 * Kept by memory object streams; R3 by resource guards, and R6 by locks and their kin as well.
 *
 * @module
 */

import { CancelScope } from "../../kernel/cancel-scope.ts";
import { Task } from "../../kernel/task.ts";
import { taskGroup } from "../../kernel/task-group.ts";
import { TaskInfo } from "../../kernel/task-info.ts";
import { operation } from "../../kernel/work.ts";
import { createMemoryObjectStream } from "../../stream/memory-object-stream.ts";
import { acloseForcefully, type AsyncResource } from "../../stream/resource.ts";
import { CapacityLimiter } from "../../sync/capacity-limiter.ts";
import { Condition } from "../../sync/condition.ts";
import { Event } from "../../sync/event.ts";
import { Lock } from "../../sync/lock.ts";
import { ResourceGuard } from "../../sync/resource-guard.ts";
import { Semaphore } from "../../sync/semaphore.ts";
import type { Law } from "./law.ts";

/** R1 to R6. */
export const resources: readonly Law[] = [
  {
    id: "R1",
    title: "closing is idempotent, and an end counts once",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(1);
      const other = send.clone();
      send.close();
      send.close();
      yield* k.attempt("aclose", send.aclose());
      send.complete();
      k.log(`open: ${send.statistics().openSendStreams}`);
      k.call("send", () => other.sendNowait(1));
      receive.close();
      receive.close();
      yield* k.attempt("aclose", receive.aclose());
      k.log(`open: ${receive.statistics().openReceiveStreams}`);
    },
    expected: ["aclose", "open: 1", "send", "aclose", "open: 0"],
  },
  {
    id: "R1",
    title: "acloseForcefully() closes inside a cancelled scope, and swallows that cancellation",
    *body(k) {
      const resource: AsyncResource = {
        aclose: operation(
          k.body(function* () {
            k.log("closing");
            yield* k.attempt("orderly end", k.sleep(50));
          }),
        ),
      };
      yield* k.attempt("close", acloseForcefully(resource));
      yield* k.attempt("next", k.sleep(10));
    },
    expected: ["closing@0", "orderly end!Cancelled@0", "close@0", "next@10"],
  },
  {
    id: "R2",
    title: "Closed: we closed it. Broken: the peer vanished. End: the peer finished in order",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(1);
      receive.close();
      yield* k.attempt("send, peer gone", send.send(1));
      send.close();
      yield* k.attempt("send, both closed", send.send(1));
      const [send2, receive2] = createMemoryObjectStream<number>(1);
      send2.close();
      yield* k.attempt("receive, peer gone", receive2.receive());
      receive2.close();
      yield* k.attempt("receive, both closed", receive2.receive());
    },
    expected: [
      "send, peer gone!BrokenResourceError",
      "send, both closed!ClosedResourceError",
      "receive, peer gone!EndOfStream",
      "receive, both closed!ClosedResourceError",
    ],
  },
  {
    id: "R2",
    title: "an error of the send side ends the stream once the buffer is drained",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(1);
      send.next(1);
      send.error(new Error("boom"));
      yield* k.attempt("receive", receive.receive());
      yield* k.attempt("receive", receive.receive());
      yield* k.attempt("receive", receive.receive());
    },
    expected: ["receive=1", "receive!boom", "receive!boom"],
  },
  {
    id: "R3",
    title: "a second task on a side that serves one is told so, with the action, and the first goes on",
    *body(k) {
      const guard = new ResourceGuard("reading from", { name: "port 80" });
      const use = (name: string) =>
        k.body(function* () {
          yield* k.attempt(name, guard.hold(k.body(() => k.attempt(`${name} inside`, k.sleep(10)))));
        });
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(use("a"));
          tg.startSoon(use("b"));
          yield k.until(5);
          k.call("enter", () => guard.enter());
          try {
            guard.enter();
          } catch (error) {
            k.log((error as Error).message);
          }
        }),
      );
      yield* k.attempt(
        "c",
        guard.hold(() => "later"),
      );
    },
    expected: [
      "b!BusyResourceError@0",
      "enter!BusyResourceError@5",
      'Cannot start reading from the resource "port 80": another task is doing that already; let one task do it, or take turns with a lock@5',
      "a inside@10",
      "a@10",
      "c=later@10",
    ],
  },
  {
    id: "R4",
    title: "closing an end wakes who is blocked on that very end, and nobody else",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<string>();
      const clone = receive.clone();
      yield taskGroup(
        k.body(function* (tg) {
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("closed", receive.receive());
            }),
          );
          tg.startSoon(
            k.body(function* () {
              yield* k.attempt("clone", clone.receive());
            }),
          );
          yield k.until(10);
          receive.close();
          yield k.until(20);
          k.call("send", () => send.sendNowait("item"));
        }),
      );
    },
    expected: ["closed!ClosedResourceError@10", "send@20", "clone=item@20"],
  },
  {
    id: "R5",
    title: "async iteration ends on end-of-stream only; Closed is thrown",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(3);
      const loop = operation(async () => {
        for await (const item of receive) k.log(`item ${item}`);
      });
      send.sendNowait(1);
      send.sendNowait(2);
      send.close();
      yield* k.attempt("loop", loop());
      receive.close();
      yield* k.attempt("loop, closed", loop());
    },
    expected: ["item 1", "item 2", "loop", "loop, closed!ClosedResourceError"],
  },
  {
    id: "R5",
    title: "subscription ends on end-of-stream only; Closed is an error",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(3);
      send.sendNowait(1);
      send.sendNowait(2);
      send.close();
      const consume = operation(() => receive);
      yield* k.attempt("last", consume());
      receive.close();
      yield* k.attempt("closed", consume());
    },
    expected: ["last=2", "closed!ClosedResourceError"],
  },
  {
    id: "R5",
    title: "iteration and subscription are woken by a close, and by a cancellation",
    *body(k) {
      for (const way of ["iteration", "subscription"]) {
        const [, receive] = createMemoryObjectStream<number>(1);
        const consume =
          way === "iteration"
            ? operation(async () => {
                for await (const item of receive) k.log(`item ${item}`);
              })
            : operation(() => receive);
        const scope = new CancelScope();
        yield taskGroup(
          k.body(function* (tg) {
            tg.startSoon(
              k.body(function* () {
                yield scope.enter(
                  k.body(function* () {
                    yield* k.attempt(`${way}, cancelled`, consume());
                  }),
                );
              }),
            );
            tg.startSoon(
              k.body(function* () {
                yield k.sleep(20);
                receive.close();
              }),
            );
            tg.startSoon(
              k.body(function* () {
                yield* k.attempt(`${way}, closed`, consume());
              }),
            );
            yield k.sleep(10);
            scope.cancel();
          }),
        );
      }
    },
    expected: [
      "iteration, cancelled!Cancelled@10",
      "iteration, closed!ClosedResourceError@20",
      "subscription, cancelled!Cancelled@30",
      "subscription, closed!ClosedResourceError@40",
    ],
  },
  {
    id: "R6",
    title: "statistics() is an immutable snapshot",
    *body(k) {
      const [send, receive] = createMemoryObjectStream<number>(2);
      const before = receive.statistics();
      yield taskGroup(
        k.body(function* (tg) {
          for (let i = 0; i < 5; i++) tg.startSoon(() => send.send(i));
          const [, empty] = createMemoryObjectStream<number>();
          const clone = empty.clone();
          for (const end of [empty, clone]) tg.startSoon(() => end.receive());
          yield k.until(10);
          k.log(JSON.stringify(send.statistics()));
          k.log(JSON.stringify(empty.statistics()));
          tg.cancel();
        }),
      );
      k.log(JSON.stringify(before));
      k.log(`frozen: ${Object.isFrozen(before)}`);
    },
    expected: [
      '{"currentBufferUsed":2,"maxBufferSize":2,"openSendStreams":1,"openReceiveStreams":1,"tasksWaitingSend":3,"tasksWaitingReceive":0}',
      '{"currentBufferUsed":0,"maxBufferSize":0,"openSendStreams":1,"openReceiveStreams":2,"tasksWaitingSend":0,"tasksWaitingReceive":2}',
      '{"currentBufferUsed":0,"maxBufferSize":2,"openSendStreams":1,"openReceiveStreams":1,"tasksWaitingSend":0,"tasksWaitingReceive":0}',
      "frozen: true",
    ],
  },
  {
    id: "R6",
    title: "statistics() of locks and their kin are immutable snapshots, with the tasks that own and borrow",
    *body(k) {
      const [event, lock, semaphore, limiter] = [new Event(), new Lock(), new Semaphore(1), new CapacityLimiter(1)];
      const condition = new Condition(lock);
      const all = (): readonly object[] =>
        [event, lock, condition, semaphore, limiter].map((each) => each.statistics());
      const before = all();
      yield taskGroup(
        k.body(function* (tg) {
          const holding = (body: () => unknown, ...turns: readonly (Lock | Semaphore | CapacityLimiter)[]) =>
            turns.reduceRight((inner, turn) => () => turn.hold(inner), body);
          tg.startSoon(
            holding(() => condition.wait(), lock),
            { name: "waiter" },
          );
          yield k.until(10);
          tg.startSoon(
            holding(() => event.wait(), lock, semaphore, limiter),
            { name: "owner" },
          );
          for (const turn of [lock, semaphore, limiter]) tg.startSoon(() => turn.hold(() => undefined));
          yield k.until(20);
          const shown = (_: string, value: unknown): unknown =>
            value instanceof Task || value instanceof TaskInfo ? value.name : value;
          for (const each of all()) k.log(JSON.stringify(each, shown));
          tg.cancel();
        }),
      );
      k.log(JSON.stringify(before[1]));
      k.log(`frozen: ${before.every((each) => Object.isFrozen(each))}`);
    },
    expected: [
      '{"tasksWaiting":1}',
      '{"locked":true,"owner":"owner","tasksWaiting":1}',
      '{"tasksWaiting":1,"lockStatistics":{"locked":true,"owner":"owner","tasksWaiting":1}}',
      '{"tasksWaiting":1}',
      '{"borrowedTokens":1,"totalTokens":1,"borrowers":["owner"],"tasksWaiting":1}',
      '{"locked":false,"owner":null,"tasksWaiting":0}',
      "frozen: true",
    ],
  },
];
