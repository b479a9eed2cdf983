/**
 * Pulling: a task that fills a stream from a source that can wait.
 *
 *     waits for demand ──▶ pulls one item ──▶ delivers it ──▶ waits for demand …
 *          ├────── the source ends, or fails ──▶ ended         what is buffered is still received
 *          ├────── the last receive end closes ──▶ stopped     the pull is cancelled, then the source is closed
 *          └────── its scope ends ──▶ broken                   the task is cancelled; it closes the source on its way out
 *
 * In each case the source is closed before anybody is told. A receiver that is cancelled does not cancel the pull: the item is for whoever receives
 * next. Only what was asked for is pulled.
 *
 * @module
 */

import { type Cancelled, isCancelled } from "../base/errors.ts";
import type { Operation, OperationGenerator } from "../kernel/operation.ts";
import type { Failure, Scope } from "../kernel/scope.ts";
import { brokenBy, strayCancel } from "./lifetime.ts";
import { type Feeder, SourceChannel } from "./source-channel.ts";
import { SourceStream } from "./source-stream.ts";
import { type Guest, Stay } from "./stay.ts";

/** A source that can wait. */
export interface PullSource<T> {
  /** Pulls the next item. Cancelled, it is followed by `close`, and by nothing else. */
  next(): Operation<IteratorResult<T, unknown>>;
  /** Lets go of the source: closes it, unless it has ended by itself. `why` is the cancellation that did it, if one did. */
  close(why: Cancelled | undefined): Operation<void>;
  /** Takes back an item that nobody will receive. Sources that cannot lose it: those that can ask again have no need for it. */
  giveBack?(item: T): void;
}

/** Begins to pull from what `open` gives, in a task that lives in `scope`, and gives the stream that is filled. */
export function pullStream<T>(
  open: () => PullSource<T>,
  what: string,
  size: number,
  name: string,
  scope: Scope,
): SourceStream<T> {
  const channel = new SourceChannel<T>(size, name);
  const stream = new SourceStream<T>(channel);
  new PullFeed<T>(channel, open, scope, what);
  return stream;
}

class PullFeed<T> implements Feeder, Guest {
  private readonly channel: SourceChannel<T>;
  private readonly open: () => PullSource<T>;
  private readonly stay: Stay;
  private source: PullSource<T> | null = null;

  constructor(channel: SourceChannel<T>, open: () => PullSource<T>, scope: Scope, what: string) {
    this.channel = channel;
    this.open = open;
    channel._feeder = this;
    this.stay = new Stay(scope, what, this);
  }

  _left(): void {
    this.stay.end();
  }

  _ended(): Operation<void> | null {
    return this.stay.ended();
  }

  _hurry(): void {
    this.stay.hurry("its cleanup was not waited for");
  }

  _giveBack(item: unknown): boolean {
    const { source } = this;
    if (source?.giveBack === undefined) return false;
    source.giveBack(item as T);
    return true;
  }

  _over(cancelled: Cancelled | null): void {
    this.channel.finish({ error: brokenBy(cancelled, "receive from", this.channel.title) });
  }

  *_work(): OperationGenerator<void> {
    const { channel } = this;
    const source = (this.source = this.open());
    for (;;) {
      yield* channel.demand();
      const step = yield* source.next();
      if (step.done === true) return;
      channel.deliver(step.value);
    }
  }

  *_leave(failed: Failure | null, why: Cancelled | undefined): OperationGenerator<void> {
    const { channel } = this;
    let failure =
      failed !== null && isCancelled(failed.error) ? { error: strayCancel(failed.error, channel.title) } : failed;
    let late: Failure | null = null;
    try {
      if (this.source !== null) yield* this.source.close(why);
    } catch (error) {
      // What ended the stream comes first. An error of closing is the stream's while somebody is there to receive it, else the group's.
      if (failure === null && why === undefined && channel.receiveEnds > 0 && channel.sendEnds > 0) failure = { error };
      else late = { error };
    }
    channel.finish(why === undefined ? failure : { error: brokenBy(why, "receive from", channel.title) });
    channel._feeder = null;
    if (late !== null) throw late.error;
  }
}
