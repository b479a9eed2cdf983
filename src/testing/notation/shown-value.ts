/**
 * How a value looks in one line of a message: like the literal that makes it, and cut where it gets long.
 *
 * @module
 */

import { brandOf } from "../../base/brand.ts";
import { cut, oneLine } from "../../base/brief.ts";
import { isError, isMap, isSet, tagOf } from "./hidden-state.ts";
import { isMatcher } from "./matcher.ts";

/** A method of this name says how its object looks in a message. */
export const SHOWN: unique symbol = /* @__PURE__ */ brandOf("shown") as typeof SHOWN;

const DEEPEST = 4;
const MOST_ENTRIES = 8;
const LONGEST_STRING = 60;

/**
 * `value` in one line. Never throws, and never runs more than getters, `toString` of matchers and {@link SHOWN}.
 *
 * @param longest - How many characters at most, about.
 */
export function shownValue(value: unknown, longest: number = 160): string {
  try {
    return cut(shown(value, [], longest), longest);
  } catch {
    return "something that cannot be printed";
  }
}

function shown(value: unknown, above: readonly object[], room: number): string {
  if (typeof value === "string") return shownString(value);
  if (typeof value === "bigint") return `${String(value)}n`;
  if (typeof value === "function") return shownFunction(value);
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  if (above.includes(value)) return "[circular]";
  const special = shownSpecial(value);
  if (special !== null) return special;
  const inside = [...above, value];
  return shownEntries(value, inside, room);
}

function shownString(text: string): string {
  return text.length <= LONGEST_STRING ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, LONGEST_STRING))}…`;
}

function shownFunction(value: { name?: unknown }): string {
  const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function";
  return typeof value.name === "string" && value.name !== "" ? `[${kind} ${value.name}]` : `[${kind}]`;
}

/** What is no list of entries. */
function shownSpecial(value: object): string | null {
  const { [SHOWN]: own } = value as { [SHOWN]?: unknown };
  if (typeof own === "function") return String(Reflect.apply(own, value, []));
  if (isMatcher(value)) return shownMatcher(value);
  if (isError(value)) return shownError(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof Promise) return "[Promise]";
  if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    return `[${classOf(value)}: ${shown(value.valueOf(), [], 0)}]`;
  }
  if (typeof URL === "function" && value instanceof URL) return `URL ${value.href}`;
  return null;
}

function shownError(error: Error): string {
  const { name, message } = error;
  return oneLine(message === "" ? name : `${name}: ${message}`);
}

function shownMatcher(matcher: object): string {
  const { jasmineToString, toAsymmetricMatcher } = matcher as Record<string, unknown>;
  if (typeof jasmineToString === "function") {
    return String(Reflect.apply(jasmineToString, matcher, [(value: unknown) => shownValue(value)]));
  }
  if (typeof toAsymmetricMatcher === "function") return String(Reflect.apply(toAsymmetricMatcher, matcher, []));
  return `[matcher ${classOf(matcher)}]`;
}

function shownEntries(value: object, inside: readonly object[], room: number): string {
  const name = classOf(value);
  const list = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
  const label = name === "Object" || name === "Array" ? "" : `${name} `;
  const [open, close] = list ? ["[", "]"] : ["{", "}"];
  if (inside.length > DEEPEST) return `${label}${open}…${close}`;
  const parts: string[] = [];
  let left = room;
  for (const part of entriesOf(value, inside, () => left)) {
    if (parts.length >= MOST_ENTRIES || left < 0) {
      parts.push("…");
      break;
    }
    parts.push(part);
    left -= part.length + 2;
  }
  return `${label}${open}${parts.join(", ")}${close}`;
}

function* entriesOf(value: object, inside: readonly object[], room: () => number): Generator<string> {
  const show = (item: unknown): string => shown(item, inside, room());
  if (isMap(value)) {
    for (const [key, item] of value) yield `${show(key)} => ${show(item)}`;
  } else if (isSet(value)) {
    for (const item of value) yield show(item);
  } else if (value instanceof ArrayBuffer) {
    for (const byte of new Uint8Array(value)) yield show(byte);
  } else if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield i in value ? show(value[i]) : "hole";
  } else if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    for (const item of value as Uint8Array) yield show(item);
  } else {
    for (const key of Reflect.ownKeys(value)) {
      if (!Object.prototype.propertyIsEnumerable.call(value, key)) continue;
      yield `${shownKey(key)}: ${shownProperty(value, key, show)}`;
    }
  }
}

function shownProperty(value: object, key: PropertyKey, show: (item: unknown) => string): string {
  let item: unknown;
  try {
    item = (value as Record<PropertyKey, unknown>)[key];
  } catch {
    return "[throws]";
  }
  return show(item);
}

/** A key, as it stands in a literal. */
function shownKey(key: string | symbol): string {
  if (typeof key === "symbol") return `[${String(key)}]`;
  return isPlainKey(key) || /^\d+$/.test(key) ? key : JSON.stringify(key);
}

/** Whether a key may stand after a dot. */
export function isPlainKey(key: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key);
}

/** The name of the class of `value`, or what the language calls it. */
export function classOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null;
  const name = prototype?.constructor?.name;
  return typeof name === "string" && name !== "" ? name : tagOf(value);
}
