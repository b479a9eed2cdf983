/**
 * The stage that does the work: several items at the same time.
 *
 * @module
 */

import { isEndOfStream } from "../base/errors.ts";
import { isTaskGroupError } from "../base/task-group-error.ts";
import { checkedBody, checkedFlag } from "../kernel/checks.ts";
import type { Operation, OperationGenerator } from "../kernel/operation.ts";
import { type TaskGroup, taskGroup } from "../kernel/task-group.ts";
import { type Ended, operation } from "../kernel/work.ts";
import type { MemoryObjectReceiveStream } from "../stream/memory-object-stream.ts";
import { Lock } from "../sync/lock.ts";
import { checkedCount } from "../tasks/options.ts";
import type { Edge } from "./edge.ts";
import { type StageOptions, streamOf, type StreamStage } from "./stage.ts";
import { Turns } from "./turns.ts";

/** Options of {@link mapConcurrent}. */
export interface MapConcurrentOptions extends StageOptions {
  /** How many items are worked on at the same time: an integer from 1, or `Infinity`. Default 1. */
  readonly concurrency?: number | undefined;
  /** Whether the results come in the order of the items, and not as they are done. Default `true`. */
  readonly ordered?: boolean | undefined;
}

/** Workers that share one input and one output. A new one starts when all of them are busy, as long as there may be more. */
class Workers<A, B> {
  private readonly input: MemoryObjectReceiveStream<A>;
  private readonly out: Edge<B>;
  private readonly work: (item: A, index: number) => Operation<B>;
  private readonly most: number;
  private readonly turns: Turns | null;
  private readonly picking = new Lock();
  private readonly name: string;
  private count = 0;
  private idle = 0;
  private picked = 0;

  constructor(
    input: MemoryObjectReceiveStream<A>,
    out: Edge<B>,
    work: (item: A, index: number) => Operation<B>,
    most: number,
    ordered: boolean,
  ) {
    this.input = input;
    this.out = out;
    this.work = work;
    this.most = most;
    this.turns = ordered && most > 1 ? new Turns() : null;
    this.name = out.name;
  }

  *run(): OperationGenerator<void> {
    if (this.most === 1) yield* this.alone();
    else {
      try {
        yield* taskGroup((tg) => {
          this.hire(tg);
        });
      } catch (error) {
        // Several may fail in one step; it is the first failure that is told.
        throw isTaskGroupError(error) ? error.errors[0] : error;
      }
    }
  }

  private hire(tg: TaskGroup): void {
    this.idle++;
    const { turns } = this;
    const name = `${this.name} ${String(++this.count)}`;
    tg.startSoon(turns === null ? () => this.worker(tg) : () => this.inOrder(tg, turns), { name });
  }

  /** An item was taken: somebody must be there for the next. */
  private took(tg: TaskGroup): void {
    if (--this.idle === 0 && this.count < this.most) this.hire(tg);
  }

  private *alone(): OperationGenerator<void> {
    const { input, out } = this;
    for (;;) {
      let item: A;
      try {
        item = yield* input.receive();
      } catch (error) {
        if (isEndOfStream(error)) return;
        throw error;
      }
      yield* out.send.send(yield* this.work(item, this.picked++));
      out.sent++;
    }
  }

  private *worker(tg: TaskGroup): OperationGenerator<void> {
    const { input, out } = this;
    for (;;) {
      let item: A;
      try {
        item = yield* input.receive();
      } catch (error) {
        if (isEndOfStream(error)) return;
        throw error;
      }
      this.took(tg);
      yield* out.send.send(yield* this.work(item, this.picked++));
      out.sent++;
      this.idle++;
    }
  }

  private *inOrder(tg: TaskGroup, turns: Turns): OperationGenerator<void> {
    const { input, out, picking } = this;
    for (;;) {
      let item: A;
      // One at a time, so that whoever takes an item knows its place.
      yield* picking.acquire();
      try {
        item = yield* input.receive();
      } catch (error) {
        if (isEndOfStream(error)) return;
        throw error;
      } finally {
        picking.release();
      }
      const place = this.picked++;
      this.took(tg);
      const value = yield* this.work(item, place);
      yield* turns.wait(place);
      yield* out.send.send(value);
      out.sent++;
      turns.next();
      this.idle++;
    }
  }
}

/**
 * A stage that calls `fn` for each item, `concurrency` of them at the same time.
 *
 * No item is taken before there is somebody to work on it, and with `ordered` no worker takes another one before its result was sent. So no more than
 * `concurrency` items are inside. The first failure fails the stage, and the others are cancelled.
 *
 * @param fn - A function of any style. Called with the item and its index.
 * @throws {TypeError} When `fn` is no function, or `ordered` no boolean.
 * @throws {RangeError} When `concurrency` is not an integer from 1 or `Infinity`.
 * @example
 * import { sleep } from "anyrx";
 * import { collect, mapConcurrent, pipeline } from "anyrx/pipeline";
 * const slow = async (n: number) => {
 *   await sleep(4 - n);
 *   return n * n;
 * };
 * await pipeline([1, 2, 3], mapConcurrent(slow, { concurrency: 3 }), collect()); // => [1, 4, 9]
 * @source Node `Readable.map`, RxJS `mergeMap`. Differs: bounded on both sides, and what is given up is cancelled.
 */
export function mapConcurrent<A, R>(
  fn: (item: A, index: number) => R,
  options: MapConcurrentOptions = {},
): StreamStage<A, Ended<R>> {
  const { concurrency = 1, ordered = true } = options;
  const run = operation(checkedBody("map items", fn, "async (item) => work(item)"));
  checkedCount("map items with a concurrency of", concurrency);
  checkedFlag("set ordered", ordered);
  return (input) =>
    streamOf(fn.name === "" ? "mapConcurrent" : fn.name, options, [input], (out) =>
      new Workers(input, out, run, concurrency, ordered).run(),
    );
}
