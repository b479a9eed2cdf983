/**
 * What items are sent to: the part of a send stream that bridges use.
 *
 * @module
 */

import { shown } from "../kernel/checks.ts";
import type { Operation } from "../kernel/operation.ts";
import type { AsyncResource } from "../stream/resource.ts";
import { has } from "./pull-sources.ts";

/** A send stream, by what is used of it. */
export interface SendTarget<T> extends AsyncResource {
  send(item: T): Operation<void>;
  /** Ends the stream with an error, where it can. */
  error?(error: unknown): void;
}

/** `target`, if it is one. */
export function checkedTarget<T>(what: string, target: SendTarget<T>): SendTarget<T> {
  if (has(target, "send") && has(target, "aclose")) return target;
  throw new TypeError(`Cannot make ${what} of ${shown(target)}: nothing can be sent to it; pass a send stream`);
}

/** `size`, if a foreign stream can have that `highWaterMark`. */
export function checkedMark(what: string, size: number): number {
  if (typeof size === "number" && size >= 0) return size;
  throw new RangeError(
    `Cannot make ${what} with a highWaterMark of ${shown(size)}: it is no size; pass a number from 0 to Infinity`,
  );
}
