/**
 * The sink of an Observable body.
 *
 * @module
 */

import type { Cancelled } from "../base/errors.ts";
import { Sink, type Subscribable } from "../base/rx.ts";
import type { Job } from "../port/backend.ts";
import type { Continuation } from "./continuation.ts";
import { Member, type Scope } from "./scope.ts";
import type { ScopedSink } from "./subscriber-waiter.ts";

/** How many cancellations a chain may answer by waiting again. `retry()` would do so for ever. */
const PATIENCE = 100;

/**
 * Consumes an Observable that a body returned.
 *
 * When its scope is cancelled, the operations that wait inside the chain fail with `Cancelled`, so that `catchError` and `finalize` see it as
 * any other body would. A chain in which none of ours waits cannot be told, and is unsubscribed.
 */
export class BodySink extends Sink<unknown> implements ScopedSink, Job {
  readonly origin: Scope;
  _waits = 0;
  _told = 0;
  readonly source: Subscribable<unknown>;
  private readonly end: Continuation;
  private readonly link: SinkLink;
  private last: unknown = undefined;
  private ended = false;

  constructor(scope: Scope, source: Subscribable<unknown>, end: Continuation) {
    super();
    this.origin = scope;
    this.source = source;
    this.end = end;
    this.link = new SinkLink(this);
    this.link._join(scope);
  }

  protected override _next(value: unknown): void {
    this.last = value;
  }

  protected override _error(error: unknown): void {
    this.finish(true, error);
  }

  protected override _complete(): void {
    this.finish(false, this.last);
  }

  _waited(): void {
    if (this.ended || this.origin._interrupt === null) return;
    if (this._waits === 0 || this._told > PATIENCE) this.origin._engine.wake(this);
  }

  /** The scope is cancelled, and has had its say inside the chain. */
  run(): void {
    const cancelled = this.origin._interrupt;
    if (this.ended || cancelled === null || (this._waits > 0 && this._told <= PATIENCE)) return;
    cancelled._delivered = true;
    this.finish(true, cancelled);
  }

  private finish(failed: boolean, value: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.link._part();
    this.unsubscribe();
    if (failed) this.end._failed(value);
    else this.end._succeed(value);
  }
}

/** Tells a sink that its scope is cancelled. */
class SinkLink extends Member {
  private readonly sink: BodySink;

  constructor(sink: BodySink) {
    super();
    this.sink = sink;
  }

  override _tell(cancelled: Cancelled | null): void {
    if (cancelled !== null) this.sink._waited();
  }
}

export function subscribeBody(sink: BodySink): void {
  try {
    sink.source.subscribe(sink);
  } catch (error) {
    sink.error(error);
  }
  sink._waited(); // It may have begun in a cancelled scope.
}
