/**
 * Sites: in development mode, the lines of the user in which operations were made.
 *
 * An error of the library's own is made when a wait fails. That is mostly long after the code that waits has left the stack, which then shows the
 * kernel and nothing else. So the error is given the site of what was waited for.
 *
 * @module
 */

import { ownBrand } from "./brand.ts";
import { isCancelled } from "./cancelled.ts";
import { placeIn, userFrames } from "./frames.ts";
import { isTaskGroupError } from "./task-group-error.ts";

const sites = new WeakMap<object, string[]>();
const located = new WeakSet<Error>();

/** The lines of the user that are on the stack now. */
export function siteHere(): string[] {
  return userFrames(new Error("made"));
}

/** Frames, as a stack has them. */
export function asStack(frames: readonly string[]): string {
  return frames.map((frame) => `    ${frame}`).join("\n");
}

/** Says that `operation` was made at `site`. */
export function placeAt(operation: object, site: string[]): void {
  if (site.length > 0) sites.set(operation, site);
}

/** The lines of the user in which `operation` was made, where that is known. */
export function siteOf(operation: object): readonly string[] {
  return sites.get(operation) ?? [];
}

/** Tells `error`, which the wait for `operation` failed with, where that was made. */
export function tellSite(error: unknown, operation: object): void {
  if (isCancelled(error)) return;
  const site = sites.get(operation);
  try {
    // Some hosts would let the stack of a frozen one be set all the same.
    if (site === undefined || !(error instanceof Error) || Object.isFrozen(error)) return;
    if (isTaskGroupError(error)) error._site ??= { stack: asStack(site) };
    else if (ownBrand(Object.getPrototypeOf(error) as object) !== null && !located.has(error)) append(error, site);
    located.add(error);
  } catch {
    // A frozen one, or a proxy that was revoked.
  }
}

/** The code that waits goes on below what is there: that of whoever made the wait fail, such as by closing a stream. */
function append(error: Error, site: readonly string[]): void {
  const frames = userFrames(error);
  const [here = "", ...callers] = site;
  if (frames.some((frame) => lineOf(frame) === lineOf(here))) return; // It is on the stack itself, as that of a generator is.
  const awaits = frames.length === 0 ? here : here.replace(/^at (?!async )/, "at async ");
  error.stack = `${error.name}: ${error.message}\n${asStack([...frames, awaits, ...callers])}`;
}

/** File and line, without the column. */
function lineOf(frame: string): string {
  return (placeIn(frame) ?? frame).replace(/:\d+$/, "");
}
