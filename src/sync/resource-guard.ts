/**
 * Resource guards: for what serves one task at a time, and is not to be waited for.
 *
 * @module
 */

import { BusyResourceError } from "../base/errors.ts";
import { census } from "../kernel/census.ts";
import { shown } from "../kernel/checks.ts";
import { Operation } from "../kernel/operation.ts";
import type { Ended } from "../kernel/work.ts";
import { hold } from "./hold.ts";
import { Lease } from "./lease.ts";
import { Shown } from "./shown.ts";
import { line, title } from "./title.ts";

/** Options of a resource guard. */
export interface ResourceGuardOptions {
  /** What the guarded resource is called in messages. */
  readonly name?: string | undefined;
}

/**
 * Says that a side of a resource is busy, instead of letting two tasks get into each other's way. For those who write resources: where the second
 * one shall wait, use a {@link Lock}.
 *
 * @example
 * import { ResourceGuard, sleep } from "anyrx";
 * const reading = new ResourceGuard("reading from", { name: "port 80" });
 * const read = async () => {
 *   using _busy = reading.enter();
 *   await sleep(1);
 *   return "bytes";
 * };
 * const first = read();
 * await read(); // throws BusyResourceError
 * await first; // => "bytes"
 * @source AnyIO `ResourceGuard`.
 */
export class ResourceGuard extends Shown {
  /** What it guards against, as in "Cannot start reading from the resource". */
  readonly action: string;
  /** What the guarded resource is called in messages. */
  readonly name: string;
  /** @internal The current lease; `null` while it is idle. */
  _lease: Lease | null = null;

  /**
   * @param action - What a task does with the resource: a participle, such as `"reading from"`.
   * @throws {TypeError} When `action` is no string.
   */
  constructor(action = "using", options?: ResourceGuardOptions) {
    super();
    if (typeof action !== "string") {
      throw new TypeError(
        `Cannot make a resource guard for the action ${shown(action)}: it is no string; pass a participle, such as "reading from"`,
      );
    }
    this.action = action;
    this.name = options?.name ?? "";
    census.on?.(this);
  }

  /**
   * Enters, until the lease is disposed of: `using _busy = guard.enter()`. Never waits.
   *
   * @throws {BusyResourceError} When somebody is inside, also when that is the same task.
   */
  enter(): Lease {
    if (this._lease !== null) throw new BusyResourceError(`start ${this.action}`, this.subject);
    return (this._lease = new GuardLease(this));
  }

  /**
   * Enters, runs `body` and leaves, whatever happened; gives the value of the body. Never waits to enter.
   *
   * *Checkpoint*: yes, in front of the body. *On cancel*: the body cleans up first.
   *
   * @param body - An async function, a generator function, one that returns an Observable, or a plain one.
   * @throws {TypeError} When `body` is no function.
   * @throws {BusyResourceError} When somebody is inside.
   */
  hold<R>(body: () => R): Operation<Ended<R>> {
    return hold({ _title: this.subject, acquire: () => new Enter(this) }, body);
  }

  /** `ResourceGuard "port 80" (reading from: busy)`. */
  override toString(): string {
    return line("ResourceGuard", this.name, `${this.action}: ${this._lease === null ? "idle" : "busy"}`);
  }

  private get subject(): string {
    return title("resource", this.name);
  }
}

class GuardLease extends Lease {
  private readonly guard: ResourceGuard;

  constructor(guard: ResourceGuard) {
    super();
    this.guard = guard;
  }

  [Symbol.dispose](): void {
    if (this.guard._lease === this) this.guard._lease = null;
  }
}

class Enter extends Operation<Lease> {
  private readonly guard: ResourceGuard;

  constructor(guard: ResourceGuard) {
    super();
    this.guard = guard;
  }

  describe(): string {
    return "enter a resource guard";
  }

  override _attempt(): Lease {
    return this.guard.enter();
  }

  _park(): void {
    // It never waits.
  }

  override _undo(lease: Lease): void {
    lease[Symbol.dispose]();
  }
}
