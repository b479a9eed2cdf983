/**
 * Moments: what a line of time consists of.
 *
 * @module
 */

/** One event on a line of time: what happened, and when (virtual ms from the start). */
export type Moment =
  | { readonly time: number; readonly kind: "next"; readonly value: unknown }
  | { readonly time: number; readonly kind: "error"; readonly error: unknown }
  | { readonly time: number; readonly kind: "complete" }
  /** Drawn `^`. */
  | { readonly time: number; readonly kind: "subscribe" }
  /** Drawn `!`: unsubscribed, aborted, cancelled. */
  | { readonly time: number; readonly kind: "unsubscribe" };

/** A line of time as it was drawn. */
export interface Diagram {
  /** In the order in which they happen. Those before the zero point have negative times. */
  readonly moments: readonly Moment[];
  /** How many ms lie between the beginning of the drawing and its zero point `^`; 0 without one. */
  readonly origin: number;
  /** How many ms the drawing takes, from its first column to behind its last. */
  readonly length: number;
  /** What each moment was drawn as, in the order of `moments`; left out by who drew nothing. */
  readonly letters?: readonly string[] | undefined;
  /** What letters stand for; left out where each stands for itself. */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
}
