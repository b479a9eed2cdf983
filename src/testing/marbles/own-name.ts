/**
 * The names that things have of their own.
 *
 * @module
 */

/** The name of `thing`, if it has one. */
export function ownName(thing: unknown): string | undefined {
  const { name } = thing as { readonly name?: unknown };
  return typeof name === "string" && name !== "" ? name : undefined;
}
