/**
 * Recordings: what happened on one line of time.
 *
 * @module
 */

import type { Moment } from "../notation/moment.ts";

/** What a recording needs of its stage. */
export interface Studio {
  /** The time, in virtual ms from the start. */
  readonly now: () => number;
  /** Whether what happens now is no part of the test any more. */
  readonly isOver: boolean;
  /** Something that was open is not any more. */
  closed(): void;
}

/** The moments of one line of time, as they come. It is open until it is closed, and everything that was recorded for it. */
export class Recording {
  readonly moments: Moment[] = [];
  private readonly studio: Studio;
  private readonly heard: (() => void) | null;
  private readonly outer: Recording | null;
  private readonly start: number;
  private running = true;
  private parts = 0;

  /**
   * @param heard - Called after each moment.
   * @param outer - The recording that this one is a part of: its times then count from now.
   */
  constructor(studio: Studio, heard: (() => void) | null = null, outer: Recording | null = null) {
    this.studio = studio;
    this.heard = heard;
    this.outer = outer;
    this.start = outer === null ? 0 : studio.now();
    if (outer !== null) outer.parts++;
  }

  /** Whether more may come. */
  get isOpen(): boolean {
    return this.running || this.parts > 0;
  }

  next(value: unknown): void {
    this.add({ time: this.time, kind: "next", value });
  }

  error(error: unknown): void {
    this.add({ time: this.time, kind: "error", error });
  }

  complete(): void {
    this.add({ time: this.time, kind: "complete" });
  }

  unsubscribe(): void {
    this.add({ time: this.time, kind: "unsubscribe" });
  }

  /** Nothing more will come. */
  close(): void {
    if (!this.running) return;
    this.running = false;
    if (!this.isOpen) this.closed();
  }

  private closed(): void {
    const { outer } = this;
    if (outer === null) this.studio.closed();
    else if (--outer.parts === 0 && !outer.running) outer.closed();
  }

  private get time(): number {
    return this.studio.now() - this.start;
  }

  private add(moment: Moment): void {
    if (this.studio.isOver) return;
    this.moments.push(moment);
    this.heard?.();
  }
}
