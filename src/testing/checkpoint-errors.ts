/**
 * What the assertions on checkpoints report.
 *
 * @module
 */

import { branded, type Guard, guardOf } from "../base/brand.ts";

/** A body was asserted to have a checkpoint, and executed none. */
export class MissingCheckpointError extends Error {
  static {
    branded(this, "MissingCheckpointError");
  }

  /**
   * @param cancelPoint - Where a cancellation would have been thrown; `null` for nowhere.
   * @param schedulePoint - Where others could have run; `null` for nowhere.
   */
  constructor(cancelPoint: string | null, schedulePoint: string | null) {
    const state =
      cancelPoint !== null
        ? `${cancelPoint} throws when it is cancelled, but nothing in it lets others run`
        : schedulePoint !== null
          ? `${schedulePoint} lets others run, but nothing in it throws when it is cancelled`
          : "it waited for nothing of anyrx";
    super(
      `Cannot accept the body as a checkpoint: ${state}; wait for something, such as checkpoint(), on every way through it`,
    );
  }
}

/** Whether `error` is a {@link MissingCheckpointError}. */
export const isMissingCheckpointError: Guard<MissingCheckpointError> =
  /* @__PURE__ */ guardOf<MissingCheckpointError>("MissingCheckpointError");

/** A body was asserted to have no checkpoint, and executed one, or half of one. What it failed with itself is the `cause`. */
export class UnexpectedCheckpointError extends Error {
  static {
    branded(this, "UnexpectedCheckpointError");
  }
  /** The first thing it waited for, such as `sleep(10)`. */
  readonly on: string;

  constructor(on: string, options?: ErrorOptions) {
    super(
      `Cannot accept the body as free of checkpoints: it waited for ${on}; use what never waits, such as a …Nowait method`,
      options,
    );
    this.on = on;
  }
}

/** Whether `error` is an {@link UnexpectedCheckpointError}. */
export const isUnexpectedCheckpointError: Guard<UnexpectedCheckpointError> =
  /* @__PURE__ */ guardOf<UnexpectedCheckpointError>("UnexpectedCheckpointError");
