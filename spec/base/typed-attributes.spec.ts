import {
  type ExtraAttributes,
  type TypedAttribute,
  typedAttribute,
  TypedAttributeLookupError,
  TypedAttributeProvider,
} from "anyrx";
import { extraOf } from "../../src/base/typed-attributes.ts";
import { expectSentence } from "../field/everywhere.ts";

const CableAttribute = {
  length: typedAttribute<number>("length"),
  colour: typedAttribute<string>("colour"),
  maker: typedAttribute<string | undefined>("maker"),
};

class Cable extends TypedAttributeProvider {
  metres = 3;

  override get extraAttributes(): ExtraAttributes {
    return new Map([CableAttribute.length.by(() => this.metres), CableAttribute.maker.by(() => undefined)]);
  }
}

class Sleeve extends TypedAttributeProvider {
  readonly inner: TypedAttributeProvider;

  constructor(inner: TypedAttributeProvider) {
    super();
    this.inner = inner;
  }

  override get extraAttributes(): ExtraAttributes {
    return new Map([...this.inner.extraAttributes, CableAttribute.colour.by(() => "red")]);
  }
}

describe("A typed attribute", () => {
  it("is read when it is asked for", () => {
    const cable = new Cable();
    const before: number = cable.extra(CableAttribute.length);
    cable.metres = 4;
    expect([before, cable.extra(CableAttribute.length)]).toEqual([3, 4]);
  });

  it("is found through what wraps its provider, however deep", () => {
    const sleeve = new Sleeve(new Sleeve(new Cable()));
    expect(sleeve.extra(CableAttribute.length)).toBe(3);
    expect(sleeve.extra(CableAttribute.colour)).toBe("red");
  });

  it("is overridden by the wrapper's own", () => {
    class Longer extends Sleeve {
      override get extraAttributes(): ExtraAttributes {
        return new Map([...super.extraAttributes, CableAttribute.length.by(() => 30)]);
      }
    }
    expect(new Longer(new Cable()).extra(CableAttribute.length)).toBe(30);
  });

  it("is refused where it is missing, with its name", () => {
    expectSentence(() => new Cable().extra(CableAttribute.colour), TypedAttributeLookupError);
    expect(() => new Cable().extra(CableAttribute.colour)).toThrowError(/"colour"/);
    expectSentence(() => new TypedAttributeProvider().extra(typedAttribute()), TypedAttributeLookupError);
  });

  it("gives the fallback where it is missing, undefined among them", () => {
    const colour: string | null = new Cable().extra(CableAttribute.colour, null);
    expect(colour).toBeNull();
    expect(new Cable().extra(CableAttribute.colour, undefined)).toBeUndefined();
    expect(new Cable().extra(CableAttribute.length, 99)).toBe(3);
  });

  it("may be undefined, which is not missing", () => {
    expect(new Cable().extra(CableAttribute.maker)).toBeUndefined();
    expect(new Cable().extra(CableAttribute.maker, "fallback")).toBeUndefined();
  });

  it("throws what its getter throws, with a fallback as well: that is not missing", () => {
    class Dummy extends TypedAttributeProvider {
      override get extraAttributes(): ExtraAttributes {
        return new Map([
          CableAttribute.colour.by(() => {
            throw new RangeError("foo");
          }),
        ]);
      }
    }
    expect(() => new Dummy().extra(CableAttribute.colour)).toThrowError(RangeError, "foo");
    expect(() => new Dummy().extra(CableAttribute.colour, "red")).toThrowError(RangeError, "foo");
  });

  it("is one of its own, whatever its name", () => {
    const other = typedAttribute<number>("length");
    expect(new Cable().extra(other, -1)).toBe(-1);
  });

  it("can be told by a class that extends something else", () => {
    class Other implements TypedAttributeProvider {
      readonly extraAttributes: ExtraAttributes = new Map([CableAttribute.length.by(() => 7)]);

      extra<T>(attribute: TypedAttribute<T>): T;
      extra<T, D>(attribute: TypedAttribute<T>, fallback: D): T | D;
      extra(attribute: TypedAttribute<unknown>, ...fallback: unknown[]): unknown {
        return extraOf(this, attribute, ...fallback);
      }
    }
    expect(new Sleeve(new Other()).extra(CableAttribute.length)).toBe(7);
    expect(new Other().extra(CableAttribute.colour, "none")).toBe("none");
  });
});
