/**
 * Classes of objects, across realms.
 *
 * @module
 */

import { tagOf } from "./hidden-state.ts";

/** Whether two objects are of one class. What the language itself gives is the same in every realm, and an object without a class is a plain one. */
export function sameClass(a: object, b: object): boolean {
  const [first, second] = [Object.getPrototypeOf(a) as object | null, Object.getPrototypeOf(b) as object | null];
  if (first === second) return true;
  const name = builtInName(first);
  return name !== null && name === builtInName(second) && tagOf(a) === tagOf(b);
}

function builtInName(prototype: object | null): string | null {
  if (prototype === null) return "Object";
  const { constructor } = prototype as { constructor?: unknown };
  if (typeof constructor !== "function" || constructor.prototype !== prototype) return null;
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(constructor)) ? constructor.name : null;
}
