/**
 * `anyrx/effect`: programs of anyrx on Effect, and each inside the other.
 *
 * @module
 */

export {};
