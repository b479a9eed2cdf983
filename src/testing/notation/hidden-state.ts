/**
 * Hidden state: what two objects may differ in that is no property of theirs.
 *
 * @module
 */

/** What is compared of an object beside its properties and entries. */
export type HiddenState =
  /** It is nothing else than this text, number or other primitive value: a date, an expression, a boxed number. */
  | { readonly kind: "primitive"; readonly value: unknown }
  /** Its bytes or numbers. */
  | { readonly kind: "numbers"; readonly values: ArrayLike<number | bigint> }
  /** Parts, by the names of the properties that give them. */
  | { readonly kind: "parts"; readonly values: Readonly<Record<string, unknown>> }
  /** Nothing can be seen of it, so it equals only itself. */
  | { readonly kind: "opaque" }
  | { readonly kind: "none" };

const NONE: HiddenState = { kind: "none" };
const OPAQUE: HiddenState = { kind: "opaque" };

/** The hidden state of `value`, which is no array, map or set. */
export function hiddenState(value: object): HiddenState {
  const primitive = primitiveOf(value);
  if (primitive !== undefined) return { kind: "primitive", value: primitive };
  if (isError(value)) return { kind: "parts", values: partsOfError(value) };
  if (ArrayBuffer.isView(value)) {
    return { kind: "numbers", values: value instanceof DataView ? bytesOf(value) : (value as Uint8Array) };
  }
  if (isBuffer(value)) return { kind: "numbers", values: new Uint8Array(value) };
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef)
    return OPAQUE;
  return ownKeys(value).length > 0 ? NONE : withoutProperties(value);
}

/** The own keys of `value` that count. */
export function ownKeys(value: object): PropertyKey[] {
  return Reflect.ownKeys(value).filter((key) => isOwn(value, key));
}

/** Whether `key` is one of them. */
export function isOwn(value: object, key: PropertyKey): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, key);
}

/** Whether `value` is a map, of this realm or another. */
export function isMap(value: object): value is Map<unknown, unknown> {
  return tagOf(value) === "Map";
}

/** Whether `value` is a set, of this realm or another. */
export function isSet(value: object): value is Set<unknown> {
  return tagOf(value) === "Set";
}

/** Whether `value` is an error, of this realm or another. Anything can be thrown, also what does not let itself be asked. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || (typeof value === "object" && value !== null && tagOf(value) === "Error");
  } catch {
    return false;
  }
}

/** What `Object.prototype.toString` calls it. */
export function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

function primitiveOf(value: object): unknown {
  const tag = tagOf(value);
  if (tag === "Date") return Date.prototype.getTime.call(value as Date);
  if (tag === "RegExp") return RegExp.prototype.toString.call(value);
  if (tag === "Number" || tag === "String" || tag === "Boolean" || tag === "BigInt" || tag === "Symbol") {
    const unboxed = value.valueOf();
    return typeof unboxed === "object" ? undefined : unboxed;
  }
  return undefined;
}

function partsOfError(error: Error): Record<string, unknown> {
  const parts: Record<string, unknown> = { name: error.name, message: error.message };
  if ("cause" in error) parts["cause"] = error.cause;
  if (error instanceof AggregateError) parts["errors"] = error.errors;
  return parts;
}

function bytesOf({ buffer, byteOffset, byteLength }: DataView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function isBuffer(value: object): value is ArrayBuffer {
  const tag = tagOf(value);
  return tag === "ArrayBuffer" || tag === "SharedArrayBuffer";
}

/**
 * What can be seen of an instance whose fields are all private, such as a URL: what it says of itself. Two instances of a class without any
 * field are equal; what the platform gives, and says nothing, is equal only to itself.
 */
function withoutProperties(value: object): HiddenState {
  const { toJSON, toString } = value as { toJSON?: unknown; toString?: unknown };
  if (typeof toJSON === "function")
    return { kind: "parts", values: { "toJSON()": Reflect.apply(toJSON, value, []) as unknown } };
  if (typeof toString === "function" && !saysNothing(value)) {
    return { kind: "primitive", value: String(Reflect.apply(toString, value, [])) };
  }
  return tagOf(value) === "Object" || tagOf(value) === "Array" ? NONE : OPAQUE;
}

/** Whether `value` has the `toString` of plain objects, of this realm or another. */
function saysNothing(value: object): boolean {
  let root = value;
  for (let next: object | null = value; next !== null; next = Object.getPrototypeOf(root) as object | null) root = next;
  return (value as { toString?: unknown }).toString === (root as { toString?: unknown }).toString;
}
