/**
 * Columns: how wide text is where every letter has the same width.
 *
 * @module
 */

const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uFF01-\uFF60]/u;
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;
// Most text is plain, and short.
const PLAIN = /^[\x20-\x7e]*$/;

/** How many columns a terminal gives to `text`. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const letter of text) width += WIDE.test(letter) ? 2 : NONE.test(letter) ? 0 : 1;
  return width;
}

/** `text` with spaces behind it, up to `width` columns. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}
