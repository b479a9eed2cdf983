/**
 * Titles: how messages and logs call a primitive.
 *
 * @module
 */

/** `the lock "db"`; `the lock`, where it has no name. */
export function title(kind: string, name: string): string {
  return name === "" ? `the ${kind}` : `the ${kind} "${name}"`;
}

/** `Lock "db" (free)`. */
export function line(className: string, name: string, state: string): string {
  return `${className}${name === "" ? "" : ` "${name}"`} (${state})`;
}
