/**
 * Pushing: a subscription that fills a stream.
 *
 *     subscribed ──complete, error──▶ ended                    what is buffered is still received
 *          ├────── no room, by "error" ──▶ ended               the same, then BufferOverflowError
 *          ├────── the last receive end closes ──▶ stopped     unsubscribed
 *          └────── its scope ends ──▶ broken                   unsubscribed
 *
 * @module
 */

import { type Cancelled, isCancelled } from "../base/errors.ts";
import { type Observable, Sink } from "../base/rx.ts";
import type { Scope } from "../kernel/scope.ts";
import type { ScopedSink } from "../kernel/subscriber-waiter.ts";
import { brokenBy, Lifetime, report, strayCancel } from "./lifetime.ts";
import type { Chosen, Policy } from "./overflow.ts";
import { type Feeder, SourceChannel } from "./source-channel.ts";
import { SourceStream } from "./source-stream.ts";

/** Subscribes to `source` in `scope`, and gives the stream that it fills. */
export function pushStream<T>(source: Observable<T>, name: string, chosen: Chosen, scope: Scope): SourceStream<T> {
  const channel = new SourceChannel<T>(chosen.size, name);
  const stream = new SourceStream<T>(channel);
  new PushFeed<T>(channel, chosen.policy, scope).begin(source);
  return stream;
}

/** The subscriber. It knows its scope, so that operations inside the source find it: they are cancelled with the scope of the stream, whoever emits. */
class PushFeed<T> extends Sink<T> implements ScopedSink, Feeder {
  readonly origin: Scope;
  _waits = 0;
  _told = 0;
  private readonly channel: SourceChannel<T>;
  private readonly policy: Policy;
  private readonly lifetime: Lifetime;

  constructor(channel: SourceChannel<T>, policy: Policy, scope: Scope) {
    super();
    this.channel = channel;
    this.policy = policy;
    this.origin = scope;
    channel._feeder = this;
    this.lifetime = new Lifetime(scope, (cancelled) => {
      this.breakOff(cancelled);
    });
  }

  begin(source: Observable<T>): void {
    const cancelled = this.origin._interrupt;
    if (cancelled !== null) {
      this.breakOff(cancelled);
      return;
    }
    try {
      source.subscribe(this);
    } catch (error) {
      this.error(error);
    }
  }

  _left(): void {
    this.stop();
  }

  _ended(): null {
    return null; // Unsubscribing is done when it returns.
  }

  _hurry(): void {
    // There is nothing to wait for.
  }

  _giveBack(): boolean {
    return false;
  }

  _waited(): void {
    // The lifetime tells of a cancellation.
  }

  protected override _next(item: T): void {
    const { channel } = this;
    if (channel.offer(item, null)) return;
    const error = this.policy(channel, item);
    if (error !== undefined) this.end({ error });
  }

  protected override _error(error: unknown): void {
    this.end({ error: isCancelled(error) ? strayCancel(error, this.channel.title) : error });
  }

  protected override _complete(): void {
    this.end(null);
  }

  private breakOff(cancelled: Cancelled | null): void {
    this.end({ error: brokenBy(cancelled, "receive from", this.channel.title) });
  }

  private end(failure: { readonly error: unknown } | null): void {
    this.channel.finish(failure);
    this.stop();
  }

  private stop(): void {
    this.lifetime.end();
    this.channel._feeder = null;
    try {
      this.unsubscribe();
    } catch (error) {
      report(this.origin, error); // Of a teardown.
    }
  }
}
