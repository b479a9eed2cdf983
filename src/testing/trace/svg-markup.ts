/**
 * Markup: elements of XML as text, in which whatever comes from outside is escaped.
 *
 * @module
 */

import { printable } from "./printable.ts";

/** How much of a text is kept: it is for people. */
const LONGEST = 400;

/** Markup that is safe to be written. Only this file makes it. */
export interface Markup {
  readonly markup: string;
}

/** An element. Numbers are written to a tenth, attributes that are `undefined` not at all. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  ...content: readonly Markup[]
): Markup {
  let markup = `<${name}`;
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) markup += ` ${key}="${typeof value === "number" ? tenth(value) : escaped(value)}"`;
  return {
    markup: content.length === 0 ? `${markup}/>` : `${markup}>${content.map((one) => one.markup).join("")}</${name}>`,
  };
}

/** A text between elements. */
export function text(content: string): Markup {
  return { markup: escaped(content) };
}

/** What is shown when the mouse rests on an element: its first child. */
export function tooltip(...lines: readonly string[]): Markup {
  return element("title", {}, { markup: lines.map(escaped).join("\n") });
}

/** A number to a tenth, as short as that can be written. */
export function tenth(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(content: string): string {
  return printable(content.slice(0, LONGEST)).replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
}
