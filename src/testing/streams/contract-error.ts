/**
 * What a stream is refused with that does not keep its contract.
 *
 * @module
 */

import { branded, type Guard, guardOf } from "../../base/brand.ts";

/** One thing that the contract of a stream promises, in words. */
export interface StreamClause {
  /** The law behind it, such as `"R4"`; `""` for what the contract alone says. */
  readonly law: string;
  /** The promise. */
  readonly title: string;
  /** What its author should do who does not keep it. */
  readonly remedy: string;
}

/** A stream does not keep its contract. */
export class StreamContractError extends Error {
  static {
    branded(this, "StreamContractError");
  }
  readonly #clause: StreamClause;
  readonly #found: string;

  constructor(subject: string, clause: StreamClause, found: string, options?: ErrorOptions) {
    const { law, title, remedy } = clause;
    super(`Cannot accept ${subject}: ${found} (${law === "" ? "" : `${law}: `}${title}); ${remedy}`, options);
    this.#clause = clause;
    this.#found = found;
  }

  // Getters: a test framework that lists the properties of an error would repeat the message.

  /** The promise that was not kept. */
  get clause(): string {
    return this.#clause.title;
  }

  /** The law behind it, such as `"R4"`; `""` for what the contract alone says. */
  get law(): string {
    return this.#clause.law;
  }

  /** What was seen instead, such as `receive() went on waiting`. */
  get found(): string {
    return this.#found;
  }
}

/** Whether `error` is a {@link StreamContractError}. */
export const isStreamContractError: Guard<StreamContractError> =
  /* @__PURE__ */ guardOf<StreamContractError>("StreamContractError");
