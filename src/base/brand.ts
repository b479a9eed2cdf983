/**
 * Brands: how a value of ours is known again across two copies of this library in one process.
 *
 * `instanceof` fails when two versions are installed side by side; a registered symbol does not.
 *
 * @module
 */

/** The brand of the class `name`: the same symbol in every copy of the library. */
export function brandOf(name: string): symbol {
  return Symbol.for(`anyrx.${name}`);
}

/** Whether `value` carries `brand`. */
export function hasBrand(value: unknown, brand: symbol): boolean {
  return typeof value === "object" && value !== null && brand in value;
}
