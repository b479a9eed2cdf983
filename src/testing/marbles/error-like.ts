/**
 * Errors that are expected by their kind.
 *
 * @module
 */

import { hasBrand, ownBrand } from "../../base/brand.ts";

type ErrorKind = (new () => unknown) & ((error: unknown) => boolean);

/** A matcher, as test frameworks have them. */
class ErrorLike {
  private readonly kind: ErrorKind;

  constructor(kind: ErrorKind) {
    this.kind = kind;
  }

  asymmetricMatch(error: unknown): boolean {
    const { kind } = this;
    const { prototype } = kind as { prototype: unknown };
    if (prototype !== Error.prototype && !(prototype instanceof Error)) return kind(error);
    // An error of another copy of the library is one of its class, too.
    const brand = ownBrand(prototype);
    return brand === null ? error instanceof kind : hasBrand(error, brand);
  }

  jasmineToString(): string {
    const { name } = this.kind;
    return /^[A-Z]/.test(name) ? `any ${name}` : `an error that ${name === "" ? "the predicate" : `${name}()`} accepts`;
  }
}

/** What `#` stands for: `error` itself; or, when that is a class of errors or a predicate, an error of that kind. */
export function errorLike(error: unknown): unknown {
  return typeof error === "function" ? new ErrorLike(error as ErrorKind) : error;
}
