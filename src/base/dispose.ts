/**
 * The two symbols of disposal, also on hosts that do not have them yet.
 *
 * @module
 */

const symbols: { readonly dispose?: symbol; readonly asyncDispose?: symbol } = Symbol;

/** `Symbol.dispose`. */
export const dispose: typeof Symbol.dispose = (symbols.dispose ?? Symbol.for("Symbol.dispose")) as typeof Symbol.dispose;

/** `Symbol.asyncDispose`. */
export const asyncDispose: typeof Symbol.asyncDispose = (symbols.asyncDispose ?? Symbol.for("Symbol.asyncDispose")) as typeof Symbol.asyncDispose;
