/**
 * Sources of the web: a `ReadableStream`, by its reader.
 *
 * @module
 */

import type { Cancelled } from "../base/errors.ts";
import { abortable } from "../kernel/abortable.ts";
import type { Operation } from "../kernel/operation.ts";
import { operation } from "../kernel/work.ts";
import { cleanedUp, type WebReader } from "./foreign.ts";
import type { PullSource } from "./pull-feed.ts";

/** A reader that can be left. */
interface Leaving {
  leave(why: Cancelled | undefined): Promise<void> | null;
}

/** A reader of the web. */
export class WebSource<T> implements PullSource<T> {
  private readonly reader: WebReader<T>;
  private readonly keep: boolean;
  private open = true;

  constructor(reader: WebReader<T>, keep: boolean) {
    this.reader = reader;
    this.keep = keep;
  }

  next(): Operation<IteratorResult<T, unknown>> {
    // It takes the signal, and does nothing with it: `close` follows, and ends the read.
    return abortable(async (_signal) => {
      let ended = true;
      try {
        const step = await this.reader.read();
        ended = step.done;
        return step as IteratorResult<T, unknown>;
      } finally {
        if (ended) this.open = false; // It has ended, or failed.
      }
    });
  }

  close(why: Cancelled | undefined): Operation<void> {
    return closeReader(this, why);
  }

  /** Cancels the source, unless it has ended; and unlocks it in any case. */
  leave(why: Cancelled | undefined): Promise<void> | null {
    const { reader } = this;
    const cancelled = this.open && !this.keep ? reader.cancel(why) : null;
    this.open = false;
    reader.releaseLock();
    return cancelled;
  }

  forget(): void {
    this.reader.releaseLock();
  }
}

const closeReader: (source: Leaving, why: Cancelled | undefined) => Operation<void> = /* @__PURE__ */ operation(
  function* (source: Leaving, why: Cancelled | undefined) {
    const cancelled = source.leave(why);
    if (cancelled !== null) yield* cleanedUp(cancelled);
  },
);
