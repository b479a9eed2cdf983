/**
 * Printable text: names that others have given, made safe for a line of text, and how wide they are there.
 *
 * @module
 */

/* eslint-disable no-control-regex -- control characters are what this is about. */
/** What would break a line, move the cursor or turn the direction of writing; and halves of characters, which no file can hold. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/* eslint-enable no-control-regex */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const EMPTY = /[\p{M}\u200c\u200d]/u;

/** `text` in one line of characters that can be seen: a control character shows as its picture, all else that is unsafe as `�`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (unsafe) => {
    const code = unsafe.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\ufffd";
  });
}

/** How many columns printable `text` takes where each character takes one, or two. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += EMPTY.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}

/** `name`, printable and cut so that it takes at most `most` columns. */
export function fitted(name: string, most: number): string {
  const text = printable(name.slice(0, 4 * most)); // What is thrown away need not be measured: a name may be a megabyte.
  if (text.length === name.length && columnsOf(text) <= most) return text;
  let kept = "";
  let columns = 0;
  for (const character of text) {
    columns += columnsOf(character);
    if (columns > most - 1) break;
    kept += character;
  }
  return most < 1 ? "" : `${kept}…`;
}
