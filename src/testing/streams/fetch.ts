/**
 * Fetches: how bytes are taken out of a queue, by one task at a time.
 *
 * @module
 */

import type { Cancelled } from "../../base/errors.ts";
import { perform } from "../../kernel/body.ts";
import type { Continuation } from "../../kernel/continuation.ts";
import type { OperationGenerator } from "../../kernel/operation.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Waiter } from "../../kernel/waiter.ts";
import { Work } from "../../kernel/work.ts";
import type { ResourceGuard } from "../../sync/resource-guard.ts";
import type { ByteQueue } from "./byte-queue.ts";

/** What bytes are fetched from. */
export interface FetchSource {
  readonly queue: ByteQueue;
  readonly guard: ResourceGuard;
  /** What comes before the bytes are looked for. */
  prepare(): OperationGenerator<void>;
  /** Throws when the one who fetches has closed it. */
  check(): void;
  /** What is given, or thrown, when no more will come. */
  atEnd(): Uint8Array;
}

/** Fetches up to `maxBytes`. Nothing is taken for somebody who is cancelled, and what nobody will see goes back. */
export class Fetch extends Work<Uint8Array> {
  readonly from: FetchSource;
  readonly maxBytes: number;

  constructor(from: FetchSource, maxBytes: number) {
    super();
    this.from = from;
    this.maxBytes = maxBytes;
  }

  describe(): string {
    return `bytes of ${this.from.queue.title}`;
  }

  _begin(place: Scope, end: Continuation): void {
    perform(place, steps, { fetch: this, place }, end);
  }

  override _withdraw(_waiter: Waiter, place: unknown): void {
    (place as Scope)._cancelFor(UNSUBSCRIBED, "unsubscribe");
  }

  override _undo(bytes: Uint8Array): void {
    if (bytes.length > 0) this.from.queue.putBack(bytes);
  }
}

/** Why the place of a fetch is cancelled whose subscriber has gone: nobody is left to see the bytes. */
const UNSUBSCRIBED = "its subscriber unsubscribed from the byte stream";

interface Call {
  readonly fetch: Fetch;
  readonly place: Scope;
}

function* steps({ fetch: { from, maxBytes }, place }: Call): OperationGenerator<Uint8Array> {
  const { queue, guard } = from;
  const busy = guard.enter();
  try {
    yield* from.prepare();
    for (;;) {
      yield* queue.readable();
      // Told that there is something in the very moment in which its subscriber left.
      if (place.cancelReason === UNSUBSCRIBED) throw place._interrupt as Cancelled;
      from.check();
      const bytes = queue.take(maxBytes);
      if (bytes !== null) return bytes;
      if (queue.closed) return from.atEnd();
      // A pump was faster.
    }
  } finally {
    busy[Symbol.dispose]();
  }
}
