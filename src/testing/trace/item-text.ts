/**
 * The text of an item: a few words that tell it from the others, for a picture.
 *
 * @module
 */

import { cut, oneLine } from "../../base/brief.ts";

const LONGEST = 60;
/** How many members of an object are named. */
const MOST = 4;

/** `"sweep"`, `42`, `[1, 2]`, `{ id: 7, name: "sweep" }`, `Job { id: 7 }`. Calls no code of the item's own, proxies excepted. */
export function itemText(item: unknown): string {
  try {
    return cut(textOf(item, true), LONGEST);
  } catch {
    return "something that cannot be printed";
  }
}

function textOf(value: unknown, opens: boolean): string {
  if (typeof value === "string") return JSON.stringify(oneLine(value, LONGEST));
  if (typeof value === "bigint") return `${String(value)}n`;
  if (typeof value === "function") {
    const name: unknown = own(value, "name");
    return typeof name === "string" && name !== "" ? `${name}()` : "a function";
  }
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  if (Array.isArray(value)) {
    if (!opens || value.length > MOST) return `Array(${String(value.length)})`;
    return `[${Array.from({ length: value.length }, (_, i) => textOf(own(value, i), false)).join(", ")}]`;
  }
  const name = className(value);
  // A chunk of bytes has more members than anybody wants to see.
  if (ArrayBuffer.isView(value)) return `${name}(${String(value.byteLength)} bytes)`;
  if (!opens) return name === "" ? "{…}" : name;
  return `${name === "" ? "" : `${name} `}${members(value)}`;
}

function members(value: object): string {
  const shown: string[] = [];
  for (const key in value) {
    if (!Object.hasOwn(value, key)) break; // Inherited ones come last.
    if (shown.length === MOST) {
      shown.push("…");
      break;
    }
    shown.push(`${oneLine(key, LONGEST)}: ${textOf(own(value, key), false)}`);
  }
  return shown.length === 0 ? "{}" : `{ ${shown.join(", ")} }`;
}

/** A member of `value`; nothing for a getter, which must not run. */
function own(value: object, key: string | number): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function className(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return "";
  const constructor = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value as
    { name?: unknown } | undefined;
  return typeof constructor?.name === "string" ? constructor.name : "";
}
