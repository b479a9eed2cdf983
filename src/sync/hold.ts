/**
 * Holding: running a body while something is acquired.
 *
 * @module
 */

import { perform } from "../kernel/body.ts";
import { checkedBody } from "../kernel/checks.ts";
import type { Continuation } from "../kernel/continuation.ts";
import type { Operation } from "../kernel/operation.ts";
import type { Scope } from "../kernel/scope.ts";
import { FAILED, Waiter } from "../kernel/waiter.ts";
import { type Ended, Work } from "../kernel/work.ts";
import type { Lease } from "./lease.ts";

/** What a body can be run under. */
export interface Holdable {
  /** @internal How messages call it. */
  readonly _title: string;
  acquire(): Operation<Lease>;
}

/** Acquires `resource`, runs `body`, and releases it whatever happened. */
export function hold<R>(resource: Holdable, body: () => R): Operation<Ended<R>> {
  if (typeof body !== "function") checkedBody(`hold ${resource._title}`, body);
  return new Hold<Ended<R>>(resource, body);
}

class Hold<T> extends Work<T> {
  private readonly resource: Holdable;
  private readonly body: () => unknown;

  constructor(resource: Holdable, body: () => unknown) {
    super();
    this.resource = resource;
    this.body = body;
  }

  describe(): string {
    return `the end of a body that holds ${this.resource._title}`;
  }

  _begin(scope: Scope, end: Continuation): void {
    new Holder(scope, this.body, end).begin(this.resource.acquire());
  }
}

/** First the wait for the lease, then the end of the body. */
class Holder extends Waiter {
  private readonly scope: Scope;
  private readonly body: () => unknown;
  private readonly end: Continuation;
  private lease: Lease | null = null;

  constructor(scope: Scope, body: () => unknown, end: Continuation) {
    super();
    this.scope = scope;
    this.body = body;
    this.end = end;
  }

  override get _loose(): boolean {
    return false;
  }

  begin(acquire: Operation<Lease>): void {
    if (acquire._startFor(this, this.scope)) this._resume();
  }

  _resume(): void {
    if (this._state === FAILED) {
      this.end._failed(this._value);
      return;
    }
    this.lease = this._value as Lease;
    const cancelled = this.scope._interrupt;
    // Cancelled between the grant and now: the body has not begun, so it need not.
    if (cancelled === null) perform(this.scope, this.body, undefined, this);
    else {
      cancelled._delivered = true;
      this._failed(cancelled);
    }
  }

  override _succeed(value: unknown): void {
    try {
      this.lease?.[Symbol.dispose]();
    } catch (error) {
      this.end._failed(error);
      return;
    }
    this.end._succeed(value);
  }

  override _failed(error: unknown): void {
    try {
      this.lease?.[Symbol.dispose]();
    } catch (second) {
      this.scope._crew._fail(second); // It must not hide the first.
    }
    this.end._failed(error);
  }
}
