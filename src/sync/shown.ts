/**
 * What is one line in a log.
 *
 * @module
 */

import { shownByItsString } from "../base/shown-as.ts";

/** A base class instead of a static block in each: bundlers keep a class with a static block, whether somebody uses it or not. */
export abstract class Shown {
  static {
    shownByItsString(this.prototype);
  }

  abstract toString(): string;
}
