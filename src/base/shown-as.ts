/**
 * How an object of ours looks in a log: one line, instead of the whole kernel behind it.
 *
 * @module
 */

/** Makes `String(object)` and Node's `console.log(object)` say what `object.toString()` says. */
export function shownByItsString(prototype: { toString(): string }): void {
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: { toString(): string }): string {
      return this.toString();
    },
  });
}
