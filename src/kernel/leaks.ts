/**
 * What development mode watches: things that were made and never used, or never closed.
 *
 * @module
 */

import { Development } from "../base/development.ts";
import { bound } from "./binding.ts";
import { Operation } from "./operation.ts";

/** In development mode: says `epitaph()` when `thing` is collected as garbage before {@link forget} was called. */
export function watch(thing: object, epitaph: () => string): void {
  bound.development?.watch(thing, epitaph);
}

/** `thing` came to a good end. */
export function forget(thing: object): void {
  bound.development?.forget(thing);
}

/** Turns development mode on, by what does it, or off. */
export function develop(development: Development | null): void {
  bound.development = development;
  Operation._made = development && development.made.bind(development);
  Operation._ran = development && forget;
}

/** Made once: what it watches, it watches for as long as that lives. */
let development: Development | null = null;

/**
 * Turns development mode on or off. On, an operation that was made and never run, or the end of a stream that was never closed, is reported when
 * it is collected as garbage, with the place where it was made; and an error of the library's own tells in which line the operation was made that
 * failed with it. It costs microseconds for each operation, so it is off by default; on hosts with an environment `ANYRX_DEV=1` turns it on.
 */
export function setDevMode(on: boolean): void {
  development ??=
    bound.host.development ??
    new Development((text) => {
      bound.host.warn(text);
    });
  develop(on ? development : null);
}
