/**
 * The reader: who shows errors that nobody catches, and what it wants of them.
 *
 * @module
 */

/** A host, as far as errors care. */
export interface ErrorReader {
  /** Whether it takes what has no `stack` of its own for no error. Others show no getter but one that is inherited. */
  readonly ownStacks?: boolean | undefined;
  /** Told of each error of a group that is made. */
  groupFailed?(): void;
}

let reader: ErrorReader = {};

/** Says who shows errors. It is asked for nothing before there is an error of a group. */
export function errorsAreReadBy(by: ErrorReader): void {
  reader = by;
}

/** The reader of an error of a group, which is being made. */
export function readerOfErrors(): ErrorReader {
  reader.groupFailed?.();
  return reader;
}

/** Gives `object` properties that logs and copies pass over, as they do those of the built-in errors. */
export function hide(object: object, properties: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(properties)) {
    Object.defineProperty(object, key, { value, writable: true, configurable: true });
  }
}
