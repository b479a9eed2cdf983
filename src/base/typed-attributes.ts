/**
 * Typed attributes: what an object can tell beyond its interface, such as the peer's address of a stream.
 *
 * Whoever wraps an object passes on what that one tells, and adds its own. So the question is asked at the outermost, however deep the answer is.
 *
 * @module
 */

import { TypedAttributeLookupError } from "./errors.ts";

/** The name of something that objects can tell, and its type. Made by {@link typedAttribute}; two of one name are two. */
export class TypedAttribute<T> {
  /** What it is called in messages. */
  readonly name: string;

  /** @internal Use {@link typedAttribute}. */
  constructor(name: string) {
    this.name = name;
  }

  /** The entry for {@link TypedAttributeProvider.extraAttributes}: this attribute, as `read` gives it. */
  by(read: () => T): ExtraAttribute {
    return [this, read];
  }
}

/** One thing that an object can tell, and how. */
export type ExtraAttribute = readonly [attribute: TypedAttribute<unknown>, read: () => unknown];

/** What an object can tell. */
export type ExtraAttributes = ReadonlyMap<ExtraAttribute[0], ExtraAttribute[1]>;

/**
 * Makes a typed attribute. Keep those that belong together in one object.
 *
 * @param name - For messages.
 * @example
 * const CableAttribute = { length: typedAttribute<number>("length"), colour: typedAttribute<string>("colour") };
 * CableAttribute.length.name; // => "length"
 * @source AnyIO `typed_attribute`, `TypedAttributeSet`.
 */
export function typedAttribute<T>(name = ""): TypedAttribute<T> {
  return new TypedAttribute<T>(name);
}

/**
 * An object that can be asked for extra attributes.
 *
 * @example
 * const length = typedAttribute<number>("length");
 * const colour = typedAttribute<string>("colour");
 * class Cable extends TypedAttributeProvider {
 *   override get extraAttributes() { return new Map([length.by(() => 3)]); }
 * }
 * class Sleeve extends TypedAttributeProvider {
 *   inner = new Cable();
 *   override get extraAttributes() { return new Map([...this.inner.extraAttributes, colour.by(() => "red")]); }
 * }
 * const sleeve = new Sleeve();
 * sleeve.extra(length); // => 3
 * sleeve.extra(colour); // => "red"
 * new Cable().extra(colour, "none"); // => "none"
 * new Cable().extra(colour); // throws TypedAttributeLookupError
 * @source AnyIO `TypedAttributeProvider`.
 */
export class TypedAttributeProvider {
  /**
   * All that this object can tell. Override it. Who wraps another provider begins with what that one tells; of two entries for the same attribute,
   * the later one counts.
   */
  get extraAttributes(): ExtraAttributes {
    return new Map();
  }

  /**
   * The value of `attribute`.
   *
   * @param fallback - What to give where there is no such attribute. An error of the attribute itself is thrown all the same.
   * @throws {TypedAttributeLookupError} When there is none, and no fallback.
   */
  extra<T>(attribute: TypedAttribute<T>): T;
  extra<T, D>(attribute: TypedAttribute<T>, fallback: D): T | D;
  extra(attribute: TypedAttribute<unknown>, ...fallback: unknown[]): unknown {
    return extraOf(this, attribute, ...fallback);
  }
}

/** {@link TypedAttributeProvider.extra}, for classes that extend something else and implement the provider's two members. */
export function extraOf(
  provider: Pick<TypedAttributeProvider, "extraAttributes">,
  attribute: TypedAttribute<unknown>,
  ...fallback: unknown[]
): unknown {
  const read = provider.extraAttributes.get(attribute);
  if (read !== undefined) return read();
  if (fallback.length > 0) return fallback[0];
  throw new TypedAttributeLookupError(attribute.name);
}
