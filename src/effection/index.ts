/**
 * `anyrx/effection`: programs of anyrx on Effection, and each inside the other.
 *
 * @module
 */

export {};
