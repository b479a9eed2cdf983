/**
 * Targets of Node: a `Writable`.
 *
 * @module
 */

import { BrokenResourceError } from "../base/errors.ts";
import type { Failure } from "../kernel/scope.ts";
import { Listeners, type NodeWritable, tellsClose } from "./foreign.ts";
import type { Target, Told } from "./writable-target.ts";

/** A writable stream of Node. It may fail at any time, so it is listened to as long as it is ours. */
export class NodeTarget implements Target {
  private readonly writable: NodeWritable;
  private readonly listeners: Listeners;
  private told: Told | null = null;
  private failure: Failure | null = null;
  private finished: boolean;
  private closed: boolean;
  private change: () => void = ignore;

  constructor(writable: NodeWritable) {
    this.writable = writable;
    this.finished = writable.writableFinished;
    this.closed = writable.destroyed && !tellsClose(writable);
    this.listeners = new Listeners(writable);
    this.listeners.on("drain", () => {
      this.change();
      this.told?.room();
    });
    this.listeners.on("finish", () => {
      this.finished = true;
      this.change();
    });
    this.listeners.on("error", (error: unknown) => {
      this.failure ??= { error };
      this.change();
      this.told?.failed(error);
    });
    this.listeners.on("close", () => {
      this.closed = true;
      this.change();
      this.told?.failed(this.broken());
    });
  }

  tells(told: Told): void {
    this.told = told;
    const { errored, destroyed, writableEnded } = this.writable;
    if (errored != null) told.failed(errored);
    else if (destroyed || writableEnded) told.failed(this.broken());
  }

  get room(): boolean {
    return !this.writable.writableNeedDrain;
  }

  write(item: unknown): void {
    if (this.writable.destroyed || this.writable.writableEnded) throw this.broken();
    this.writable.write(item);
  }

  async end(keep: boolean): Promise<unknown> {
    const { writable } = this;
    if (keep) await this.until(() => !writable.writableNeedDrain);
    else {
      writable.end();
      await this.until(() => this.finished);
    }
    return undefined;
  }

  async abort(order: Failure | null): Promise<unknown> {
    const { writable } = this;
    const reason = order?.error;
    if (reason instanceof Error) writable.destroy(reason);
    else if (order === null) writable.destroy();
    else {
      const error = new BrokenResourceError("write to", "a writable stream of Node", "its sender failed", {
        cause: reason,
      });
      writable.destroy(error);
    }
    await this.lastWord();
    return undefined;
  }

  async release(): Promise<void> {
    this.told = null;
    if (this.failure !== null || this.writable.errored != null) await this.lastWord();
    this.listeners.clear();
  }

  /** A destroyed stream has one: an error, maybe, which would end the process if nobody listened. */
  private async lastWord(): Promise<void> {
    if (!this.writable.destroyed || !tellsClose(this.writable)) return;
    while (!this.closed) await this.next();
  }

  /** Waits until `done`, or until it has failed or closed. */
  private async until(done: () => boolean): Promise<void> {
    while (!done()) {
      if (this.failure !== null) throw this.failure.error;
      if (this.closed || (this.writable.destroyed && !tellsClose(this.writable))) throw this.broken();
      await this.next();
    }
  }

  private next(): Promise<void> {
    return new Promise((resolve) => {
      this.change = resolve;
    });
  }

  private broken(): BrokenResourceError {
    return new BrokenResourceError("send to", "a writable stream of Node", "it was closed before it was ended");
  }
}

function ignore(): void {
  // Nobody waits for a change.
}
