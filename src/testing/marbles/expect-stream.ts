/**
 * What is expected of a stream: it is read one item at a time.
 *
 * @module
 */

import { isCancelled, isEndOfStream } from "../../base/errors.ts";
import type { OperationGenerator } from "../../kernel/operation.ts";
import { Semaphore } from "../../sync/semaphore.ts";
import { HOT } from "../clock.ts";
import { called } from "../notation/mismatch.ts";
import { parseDemand } from "../notation/parse-demand.ts";
import { Expectation, type ExpectationOptions } from "./expectation.ts";
import { type Items, itemsOf, type StreamLike } from "./items.ts";
import { ownName } from "./own-name.ts";
import type { TestStage } from "./watched.ts";

/** Options of `expectStream`. */
export interface StreamExpectationOptions extends ExpectationOptions {
  /** When to take an item: one `receive()` may begin at each `x`. Default: at full speed. */
  readonly pull?: string | undefined;
}

/** Reads by itself, in a task, and records what it receives. */
export class WatchedStream extends Expectation implements Disposable {
  private readonly items: Items;
  private readonly reader: { cancel(reason: string): void };

  constructor(stage: TestStage, stream: StreamLike, options: StreamExpectationOptions = {}) {
    const demand = options.pull === undefined ? null : parseDemand(options.pull);
    const { tasks } = stage;
    const items = itemsOf(stream);
    super(stage, "stream", options.name ?? ownName(stream));
    this.items = items;
    this.reader = tasks.startSoon(() => this.read(demand), { name: called(this.subject) });
    stage.keep(this);
  }

  [Symbol.dispose](): void {
    this.stage.drop(this);
    this.recording.close();
    this.reader.cancel("nobody reads on");
    this.items.leave();
  }

  protected override stop(): void {
    this[Symbol.dispose]();
  }

  private *read(demand: readonly number[] | null): OperationGenerator<void> {
    const { items, recording, stage } = this;
    try {
      if (demand === null) for (;;) recording.next(yield* items.next());
      const permits = this.permits(demand);
      for (const _ of demand) {
        yield* permits.acquire();
        recording.next(yield* items.next());
      }
    } catch (error) {
      if (isCancelled(error) && (stage.isOver || !recording.isOpen)) throw error;
      if (isEndOfStream(error)) recording.complete();
      else recording.error(error);
      stage.drop(this); // It has ended by itself.
    }
    recording.close();
  }

  /** One permit is there from each time on. */
  private permits(demand: readonly number[]): Semaphore {
    const permits = new Semaphore(0, { name: "pull" });
    const { stage } = this;
    for (const time of demand) {
      stage.at(time, HOT, stage.scope, () => {
        permits.release();
      });
    }
    return permits;
  }
}
