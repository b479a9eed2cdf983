/**
 * Steps: the one language that laws are written in, and that every style is made of.
 *
 * @module
 */

import type { Operation } from "../../kernel/operation.ts";

/** A program of a law: each `yield` waits for one operation, and gives its value or throws its error. */
export type Steps<R> = Generator<Operation<unknown>, R, unknown>;
