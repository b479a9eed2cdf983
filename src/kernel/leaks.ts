/**
 * What development mode watches: things that were made and never used, or never closed.
 *
 * @module
 */

import { bound } from "./binding.ts";
import { Operation } from "./operation.ts";
import { asStack, placeAt, siteHere } from "./sites.ts";

/** What is said of a thing that was collected as garbage. */
const graves = new FinalizationRegistry<string>((epitaph) => {
  bound.host.warn(epitaph);
});

/** In development mode: says `epitaph()` when `thing` is collected as garbage before {@link forget} was called. */
export function watch(thing: object, epitaph: () => string, site?: string[]): void {
  if (bound.dev) graves.register(thing, `${epitaph()}\n${asStack(site ?? siteHere())}`.trimEnd(), thing);
}

/** `thing` came to a good end. */
export function forget(thing: object): void {
  if (bound.dev) graves.unregister(thing);
}

/**
 * Turns development mode on or off. On, an operation that was made and never run, or the end of a stream that was never closed, is reported when
 * it is collected as garbage, with the place where it was made; and an error of the library's own tells in which line the operation was made that
 * failed with it. It costs microseconds for each operation, so it is off by default; on hosts with an environment `ANYRX_DEV=1` turns it on.
 */
export function setDevMode(on: boolean): void {
  bound.dev = on;
  Operation._made = on ? made : null;
  Operation._ran = on ? forget : null;
}

function made(operation: Operation<unknown>): void {
  if (operation._hot) return;
  const site = siteHere();
  placeAt(operation, site);
  watch(operation, () => "An operation was made and never run; await it, subscribe to it or yield* it", site);
}
