/**
 * What is expected of a promise or an operation: that it settles once.
 *
 * @module
 */

import { isCancelled } from "../../base/errors.ts";
import { shown } from "../../kernel/checks.ts";
import { Operation, type OperationGenerator } from "../../kernel/operation.ts";
import { called } from "../notation/mismatch.ts";
import type { Diagram, Moment } from "../notation/moment.ts";
import { Expectation, type ExpectationOptions } from "./expectation.ts";
import type { TestStage } from "./watched.ts";

/** Waits for one value or error, and records it. */
abstract class WatchedOutcome extends Expectation {
  /** A value is also the end. It is drawn as such where the diagram does so: `--a` and `--(a|)` are both right, and `--|` when there is no value. */
  protected override actual({ moments }: Diagram): readonly Moment[] {
    const completes = moments.some(({ kind }) => kind === "complete");
    const values = moments.some(({ kind }) => kind === "next");
    return this.moments.filter((moment) => {
      if (moment.kind === "complete") return completes;
      return moment.kind !== "next" || moment.value !== undefined || !completes || values;
    });
  }

  protected fulfilled(value: unknown): void {
    this.recording.next(value);
    this.recording.complete();
    this.recording.close();
  }

  protected rejected(error: unknown): void {
    this.recording.error(error);
    this.recording.close();
  }

  protected override stop(): void {
    this.recording.close();
  }
}

/** Listens to a promise. */
export class WatchedPromise extends WatchedOutcome {
  constructor(stage: TestStage, promise: PromiseLike<unknown>, options: ExpectationOptions = {}) {
    if (typeof (promise as { then?: unknown } | null | undefined)?.then !== "function") {
      throw new TypeError(
        `Cannot expect ${shown(promise)} to settle: it is no promise; pass one, or an operation to expectOperation()`,
      );
    }
    super(stage, "promise", options.name);
    Promise.resolve(promise).then(
      (value) => {
        this.fulfilled(value);
      },
      (error: unknown) => {
        this.rejected(error);
      },
    );
  }
}

/** Runs an operation, in a task of its own. */
export class WatchedOperation extends WatchedOutcome {
  constructor(stage: TestStage, operation: Operation<unknown>, options: ExpectationOptions = {}) {
    if (!(operation instanceof Operation)) {
      throw new TypeError(
        `Cannot run ${shown(operation)}: it is no operation; pass one, or a promise to expectPromise()`,
      );
    }
    const { tasks } = stage;
    super(stage, "operation", options.name);
    tasks.startSoon(() => this.follow(operation), { name: called(this.subject) });
  }

  private *follow(operation: Operation<unknown>): OperationGenerator<void> {
    let value: unknown;
    try {
      value = yield* operation;
    } catch (error) {
      if (isCancelled(error) && this.stage.isOver) throw error;
      this.rejected(error);
      return;
    }
    this.fulfilled(value);
  }
}
