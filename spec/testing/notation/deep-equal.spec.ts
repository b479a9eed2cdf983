/* eslint-disable no-sparse-arrays */
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { Subject } from "rxjs";
import { deepEqual, valueDifferences } from "../../../src/testing/notation/deep-equal.ts";
import { expectToHold } from "./properties.ts";

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}
class Other {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}
class Started {
  toLog(): string {
    return "started";
  }
}
class Stopped extends Started {}
class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}
class Money {
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  toJSON(): unknown {
    return { cents: this.#cents };
  }
}

const KEY = Symbol("key");

function circle(value: number): object {
  const inner: Record<string, unknown> = { value };
  const outer = { inner, again: inner };
  inner["outer"] = outer;
  return outer;
}

function chain(length: number, end: unknown): unknown {
  let value = end;
  for (let i = 0; i < length; i++) value = { next: value };
  return value;
}

function fails(message: string, options?: ErrorOptions, properties: object = {}): Error {
  return Object.assign(new Error(message, options), properties);
}

/** `.path: text`, a line each. */
function told(expected: unknown, actual: unknown, most?: number): string[] {
  return valueDifferences(expected, actual, most).map(({ path, text }) => (path === "" ? text : `${path}: ${text}`));
}

describe("deepEqual()", () => {
  const same = new Map();
  const equal: Readonly<Record<string, readonly [unknown, unknown]>> = {
    "the same value": ["a", "a"],
    NaN: [NaN, NaN],
    undefined: [undefined, undefined],
    "big integers": [10n, 10n],
    "registered symbols": [Symbol.for("a"), Symbol.for("a")],
    "objects, whatever the order of their properties": [
      { a: 1, b: [2, { c: 3 }] },
      { b: [2, { c: 3 }], a: 1 },
    ],
    "objects without a prototype": [Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
    "symbol keys": [{ [KEY]: 1 }, { [KEY]: 1 }],
    dates: [new Date(5), new Date(5)],
    "invalid dates": [new Date(NaN), new Date(NaN)],
    expressions: [/a+/gi, /a+/gi],
    "maps in any order": [
      new Map<unknown, unknown>([
        [1, { a: 1 }],
        ["k", 2],
      ]),
      new Map<unknown, unknown>([
        ["k", 2],
        [1, { a: 1 }],
      ]),
    ],
    "maps with equal objects as keys": [
      new Map([
        [{ a: 1 }, "x"],
        [{ a: 2 }, "y"],
      ]),
      new Map([
        [{ a: 2 }, "y"],
        [{ a: 1 }, "x"],
      ]),
    ],
    "maps whose equal keys have different values": [
      new Map([
        [{}, 1],
        [{}, 2],
      ]),
      new Map([
        [{}, 2],
        [{}, 1],
      ]),
    ],
    "sets in any order": [new Set([1, 2, { a: 1 }]), new Set([{ a: 1 }, 2, 1])],
    "sets of sets": [new Set([new Set([1]), new Set([2])]), new Set([new Set([2]), new Set([1])])],
    "numbers in a typed array": [new Float64Array([1, NaN]), new Float64Array([1, NaN])],
    bytes: [new Uint8Array([1, 2]).buffer, new Uint8Array([1, 2]).buffer],
    "views of bytes": [new DataView(new Uint8Array([0, 1, 2]).buffer, 1), new DataView(new Uint8Array([1, 2]).buffer)],
    "boxed numbers": [Object(1), Object(1)],
    "boxed strings": [Object("ab"), Object("ab")],
    errors: [
      fails("a", { cause: new TypeError("b") }, { code: 1 }),
      fails("a", { cause: new TypeError("b") }, { code: 1 }),
    ],
    "errors of many": [new AggregateError([new Error("a")], "m"), new AggregateError([new Error("a")], "m")],
    "instances of a class": [new Point(1), new Point(1)],
    "instances without a field": [new Started(), new Started()],
    "instances that say the same": [new Secret("a"), new Secret("a")],
    "instances that are the same as JSON": [new Money(5), new Money(5)],
    URLs: [new URL("https://a.example/b"), new URL("https://a.example/b")],
    "query strings": [new URLSearchParams("a=1"), new URLSearchParams("a=1")],
    circles: [circle(1), circle(1)],
    "circles of different length": [
      ((a: { self?: object }) => ((a.self = a), a))({}),
      ((a: { self?: object }) => ((a.self = { self: a }), a))({}),
    ],
    "sets in circles": [((a: Set<unknown>) => a.add(a))(new Set()), ((a: Set<unknown>) => a.add(a))(new Set())],
    "sparse arrays": [
      [1, , 3],
      [1, , 3],
    ],
    "a chain of 100,000 links": [chain(100_000, 1), chain(100_000, 1)],
    "what comes from another realm": [
      { a: [1, new Map([[1, 2]])] },
      runInNewContext("({ a: [1, new Map([[1, 2]])] })"),
    ],
    "errors from another realm": [new TypeError("a"), runInNewContext("new TypeError('a')")],
    "getters that throw the same": [
      {
        get a(): never {
          throw new Error("x");
        },
      },
      {
        get a(): never {
          throw new Error("x");
        },
      },
    ],
    "the same map": [same, same],
    "the same subject": ((subject) => [subject, subject])(new Subject()),
  };
  for (const [title, [a, b]] of Object.entries(equal)) {
    it(`finds equal: ${title}`, () => {
      expect(told(a, b)).toEqual([]);
      expect(deepEqual(a, b)).toBe(true);
      expect(deepEqual(b, a)).toBe(true);
    });
  }

  const different: Readonly<Record<string, readonly [unknown, unknown, ...string[]]>> = {
    "0 and -0": [0, -0, "expected 0, got -0"],
    "a number and its text": [1, "1", 'expected 1, got "1"'],
    "null and undefined": [null, undefined, "expected null, got undefined"],
    "an object and null": [{}, null, "expected {}, got null"],
    "a missing property and undefined": [{ a: 1 }, { a: 1, b: undefined }, ".b: unexpected undefined"],
    "an undefined property and a missing one": [{ a: undefined }, {}, ".a: missing undefined"],
    "an array and an object": [[1], { 0: 1 }, "expected [1], got {0: 1}"],
    properties: [
      { tags: ["x"], owner: { name: "ann" } },
      { tags: ["x", "y"], owner: { name: "bob" } },
      '.tags[1]: unexpected "y"',
      '.owner.name: expected "ann", got "bob"',
    ],
    "odd keys": [
      { "a-b": { 0: 1, [KEY]: 2 } },
      { "a-b": { 0: 2, [KEY]: 3 } },
      '["a-b"][0]: expected 1, got 2',
      '["a-b"][Symbol(key)]: expected 2, got 3',
    ],
    "a hole and undefined": [[, 1], [undefined, 1], "[0]: unexpected undefined"],
    "lengths that end in a hole": [new Array(2), new Array(3), ".length: expected 2, got 3"],
    "longer arrays": [[1, 2, 3], [1], "[1]: missing 2", "[2]: missing 3"],
    dates: [new Date(0), new Date(1), "expected 1970-01-01T00:00:00.000Z, got 1970-01-01T00:00:00.001Z"],
    expressions: [/a/, /a/i, "expected /a/, got /a/i"],
    "values of maps": [new Map([["k", { n: 1 }]]), new Map([["k", { n: 2 }]]), '.get("k").n: expected 1, got 2'],
    "keys of maps": [new Map([["k", 1]]), new Map([["l", 1]]), '.get("k"): missing 1', '.get("l"): unexpected 1'],
    "values at equal keys of maps": [
      new Map([[{ a: 1 }, 1]]),
      new Map([[{ a: 1 }, 2]]),
      ".get({a: 1}): expected 1, got 2",
    ],
    "items of sets": [
      { s: new Set([1, { a: 1 }]) },
      { s: new Set([1, { a: 2 }]) },
      ".s: missing {a: 1}",
      ".s: unexpected {a: 2}",
    ],
    "numbers in typed arrays": [
      new Uint8Array([1, 2, 3]),
      new Uint8Array([1, 9]),
      "[1]: expected 2, got 9",
      "[2]: missing 3",
    ],
    "kinds of typed arrays": [new Uint8Array([1]), new Int8Array([1]), "expected Uint8Array [1], got Int8Array [1]"],
    "boxed and plain": [Object(1), 1, "expected [Number: 1], got 1"],
    "boxed values": [Object("a"), Object("b"), 'expected [String: "a"], got [String: "b"]'],
    "classes of errors": [new TypeError("a"), new RangeError("a"), "expected TypeError: a, got RangeError: a"],
    "messages of errors": [new Error("a"), new Error("b"), '.message: expected "a", got "b"'],
    "causes of errors": [
      fails("a", { cause: new Error("b") }),
      fails("a", { cause: new Error("c") }),
      '.cause.message: expected "b", got "c"',
    ],
    "errors in errors": [new AggregateError([1], "m"), new AggregateError([2], "m"), ".errors[0]: expected 1, got 2"],
    "properties of errors": [fails("a", {}, { code: 1 }), fails("a", {}, { code: 2 }), ".code: expected 1, got 2"],
    "instances and plain objects": [new Point(1), { x: 1 }, "expected Point {x: 1}, got {x: 1}"],
    "instances of two classes": [new Point(1), new Other(1), "expected Point {x: 1}, got Other {x: 1}"],
    "two classes without a field": [new Started(), new Stopped(), "expected Started {}, got Stopped {}"],
    "instances that say something else": [new Secret("a"), new Secret("b"), "expected another Secret {}"],
    "instances that differ as JSON": [new Money(5), new Money(6), ".toJSON().cents: expected 5, got 6"],
    URLs: [
      new URL("https://a.example/"),
      new URL("https://b.example/"),
      '.toJSON(): expected "https://a.example/", got "https://b.example/"',
    ],
    promises: [Promise.resolve(1), Promise.resolve(1), "expected another [Promise]"],
    "what shows nothing": [new Headers({ a: "1" }), new Headers({ a: "1" }), "expected another Headers {}"],
    generators: [(function* () {})(), (function* () {})(), "expected another Object {}"],
    functions: [() => 1, () => 1, "expected another [function]"],
    "symbols of the same name": [Symbol("a"), Symbol("a"), "expected another Symbol(a)"],
    circles: [circle(1), circle(2), ".inner.value: expected 1, got 2"],
    "the ends of long chains": [chain(3, 1), chain(3, 2), ".next.next.next: expected 1, got 2"],
    "a getter that throws and one that does not": [
      { a: 1 },
      {
        get a(): never {
          throw new Error("x");
        },
      },
      ".a: expected 1, got a getter that throws Error: x",
    ],
    "getters that throw different errors": [
      {
        get a(): never {
          throw new Error("x");
        },
      },
      {
        get a(): never {
          throw new Error("y");
        },
      },
      '.a.message: expected "x", got "y"',
    ],
  };
  for (const [title, [a, b, ...lines]] of Object.entries(different)) {
    it(`tells apart: ${title}`, () => {
      expect(deepEqual(a, b)).toBe(false);
      expect(deepEqual(b, a)).toBe(false);
      expect(told(a, b)).toEqual(lines.map((line) => line.replace("another Object {}", "another Generator {}")));
    });
  }

  it("tells apart what cannot be looked at", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(deepEqual({ a: proxy }, { a: {} })).toBe(false);
    expect(told({ a: {} }, { a: proxy })[0]).toMatch(/^\.a: cannot be compared: TypeError/);
  });

  it("lists as many differences as it is asked for", () => {
    const [a, b] = [Array.from({ length: 100 }, (_, i) => i), []];
    expect(told(a, b, 3)).toEqual(["[0]: missing 0", "[1]: missing 1", "[2]: missing 2"]);
    expect(told(a, b).length).toBe(8);
  });

  it("says where a long chain differs, at a depth that overflows a recursion", () => {
    expect(told(chain(50_000, 1), chain(50_000, 2))).toEqual([`${".next".repeat(50_000)}: expected 1, got 2`]);
  });

  describe("asks a matcher,", () => {
    it("jasmine's", () => {
      expect(deepEqual({ id: jasmine.any(Number) }, { id: 5 })).toBe(true);
      expect(deepEqual(jasmine.objectContaining({ a: jasmine.any(Map), b: [1] }), { a: new Map(), b: [1], c: 2 })).toBe(
        true,
      );
      expect(deepEqual(jasmine.arrayContaining([{ a: 1 }]), [0, { a: 1 }])).toBe(true);
      expect(deepEqual(jasmine.setContaining(new Set([{ a: 1 }])), new Set([0, { a: 1 }]))).toBe(true);
      expect(deepEqual(new Set([jasmine.any(String)]), new Set(["a"]))).toBe(true);
      expect(told({ id: jasmine.any(Number) }, { id: "5" })).toEqual(['.id: expected <jasmine.any(Number)>, got "5"']);
      expect(told(jasmine.objectContaining({ a: 1 }), { a: 2 })).toEqual([
        "expected <jasmine.objectContaining({a: 1})>, got {a: 2}",
      ]);
    });

    it("anybody's", () => {
      const even = { asymmetricMatch: (value: unknown) => Number(value) % 2 === 0, toAsymmetricMatcher: () => "Even" };
      expect(deepEqual([even], [4])).toBe(true);
      expect(told([even], [5])).toEqual(["[0]: expected Even, got 5"]);
      expect(deepEqual(even, even)).toBe(true);
    });

    it("which may throw", () => {
      const angry = {
        asymmetricMatch: () => {
          throw new Error("no");
        },
      };
      expect(told([angry, 1], [1, 2])).toEqual(["[0]: cannot be compared: Error: no", "[1]: expected 1, got 2"]);
    });
  });

  it("agrees with a copy of any value, and with itself", () => {
    expectToHold(
      fc.property(
        fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true, withTypedArray: true }),
        (value) => {
          throwUnless(told(value, structuredClone(value))).toEqual([]);
          throwUnless(deepEqual(value, value)).toBe(true);
        },
      ),
      1_000,
    );
  });

  it("never finds equal what is told apart as JSON", () => {
    expectToHold(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const sorted = (value: unknown): string =>
          JSON.stringify(value, (_, item: unknown) =>
            typeof item === "object" && item !== null && !Array.isArray(item)
              ? Object.fromEntries(Object.entries(item).sort(([k], [l]) => (k < l ? -1 : 1)))
              : Object.is(item, -0)
                ? "-0"
                : item,
          );
        throwUnless(deepEqual(a, b)).toBe(sorted(a) === sorted(b));
        throwUnless(told(a, b).length === 0).toBe(deepEqual(a, b));
      }),
      1_000,
    );
  });

  it("does not ask why an error came that is expected without a cause", () => {
    expect(deepEqual(fails("a"), fails("a", { cause: 5 }))).toBe(true);
    expect(deepEqual(fails("a", { cause: 5 }), fails("a"))).toBe(false);
  });
});
