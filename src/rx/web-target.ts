/**
 * Targets of the web: a `WritableStream`, by its writer.
 *
 * @module
 */

import { BrokenResourceError, type Cancelled } from "../base/errors.ts";
import type { Failure } from "../kernel/scope.ts";
import type { WebWriter } from "./foreign.ts";
import type { Target, Told } from "./writable-target.ts";

/** A writer of the web. */
export class WebTarget implements Target {
  private readonly writer: WebWriter<unknown>;
  private told: Told | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private writing = 0;

  constructor(writer: WebWriter<unknown>) {
    this.writer = writer;
  }

  tells(told: Told): void {
    this.told = told;
    this.writer.closed.then(() => {
      told.failed(new BrokenResourceError("send to", "a WritableStream", "it was closed"));
    }, this.failed);
  }

  get room(): boolean {
    const { desiredSize } = this.writer;
    // One without any room takes one at a time: it would never say that it has some. One that has failed says so in a moment.
    return desiredSize !== null && (this.writing === 0 || desiredSize > 0);
  }

  write(item: unknown): void {
    this.writing++;
    this.last = this.writer.write(item).then(() => {
      this.writing--;
      this.told?.room();
    }, this.failed);
    // The others are silent about a failure until this write is over.
    this.writer.ready.then(undefined, this.failed);
  }

  end(keep: boolean): Promise<unknown> {
    return keep ? this.last : this.writer.close();
  }

  abort(order: Failure | null, cancelled: Cancelled | undefined): Promise<unknown> {
    return this.writer.abort(order === null ? cancelled : order.error);
  }

  release(): void {
    this.told = null;
    this.writer.releaseLock();
  }

  private readonly failed = (error: unknown): void => {
    this.told?.failed(error);
  };
}
