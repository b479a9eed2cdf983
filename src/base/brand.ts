/**
 * Brands: how a value of ours is known again across two copies of this library in one process.
 *
 * `instanceof` fails when two versions are installed side by side; a registered symbol does not.
 *
 * @module
 */

const PREFIX = "anyrx.";

/** Whether an error is of one class, of this copy of the library or another. */
export type Guard<E> = (error: unknown) => error is E;

/** The brand of the class `name`: the same symbol in every copy of the library. */
export function brandOf(name: string): symbol {
  return Symbol.for(PREFIX + name);
}

/** The brand of the errors of groups, which many ask for. */
export const TASK_GROUP_ERROR: symbol = brandOf("TaskGroupError");

/** Whether `value` carries `brand`. Anything can be thrown, also what does not even let itself be asked: a revoked proxy. */
export function hasBrand(value: unknown, brand: symbol): boolean {
  try {
    return typeof value === "object" && value !== null && brand in value;
  } catch {
    return false;
  }
}

/** Gives a class of errors its name and its brand, on the prototype as the built-in errors have their names. */
export function branded(errorClass: { readonly name: string; readonly prototype: Error }, name: string): void {
  // Minifiers rename classes. Not where there is no need: for V8 the class becomes a dictionary by it, and whoever makes its errors is never compiled.
  if (errorClass.name !== name) Object.defineProperty(errorClass, "name", { value: name, configurable: true });
  Object.defineProperty(errorClass.prototype, "name", { value: name, writable: true, configurable: true });
  Object.defineProperty(errorClass.prototype, brandOf(name), { value: true });
}

/** The guard of the class that was branded `name`, and of what extends it. */
export function guardOf<E>(name: string): Guard<E> {
  const brand = brandOf(name);
  return (error): error is E => hasBrand(error, brand);
}

/** The brand that `prototype` itself carries; `null` when its class is not one of ours. */
export function ownBrand(prototype: object): symbol | null {
  return Object.getOwnPropertySymbols(prototype).find((key) => Symbol.keyFor(key)?.startsWith(PREFIX)) ?? null;
}
