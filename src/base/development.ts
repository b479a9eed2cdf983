/**
 * Development mode: what watches for things that were made and never used, or never closed, and for where errors come from.
 *
 * @module
 */

import { userFrames } from "./frames.ts";
import { asStack, placeAt, siteHere, tellSite } from "./sites.ts";

/** What development mode does while it is on. Apart from the kernel, so that a program that never turns it on need not have it. */
export class Development {
  /** What is said of a thing that was collected as garbage. */
  private readonly graves: FinalizationRegistry<string>;

  /** @param warn - Tells the developer. */
  constructor(warn: (text: string) => void) {
    this.graves = new FinalizationRegistry(warn);
  }

  /** An operation was made. One that is hot runs by itself. */
  made(operation: { readonly _hot: boolean }): void {
    if (operation._hot) return;
    const site = siteHere();
    placeAt(operation, site);
    this.watch(operation, () => "An operation was made and never run; await it, subscribe to it or yield* it", site);
  }

  /** The wait for `operation` failed with `error`. */
  failed(operation: object, error: unknown): void {
    tellSite(error, operation);
  }

  /** Says `epitaph()` when `thing` is collected as garbage before {@link forget} was called. */
  watch(thing: object, epitaph: () => string, made?: readonly string[]): void {
    // Each call of ours that is on the stack is one line less of the user's: hosts note down ten.
    const site = made ?? userFrames(new Error("made"));
    this.graves.register(thing, `${epitaph()}\n${asStack(site)}`.trimEnd(), thing);
  }

  /** `thing` came to a good end. */
  forget(thing: object): void {
    this.graves.unregister(thing);
  }
}
