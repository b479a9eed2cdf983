/**
 * Amounts: numbers as people read them.
 *
 * @module
 */

/** `1,234` */
export function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `1 file`, `2 files` */
export function amount(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
}
