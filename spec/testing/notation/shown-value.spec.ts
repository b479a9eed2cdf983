import fc from "fast-check";
import { SHOWN, shownValue } from "../../../src/testing/notation/shown-value.ts";
import { expectToHold } from "./properties.ts";

class Job {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
}
class Line {
  [SHOWN](): string {
    return "(a--b|)";
  }
}

describe("shownValue()", () => {
  const shared = { a: 1 };
  const circle: Record<string, unknown> = { a: 1 };
  circle["self"] = circle;
  const cases: readonly (readonly [unknown, string])[] = [
    ["a\n", '"a\\n"'],
    ["x".repeat(100), `"${"x".repeat(60)}"…`],
    [-0, "-0"],
    [NaN, "NaN"],
    [10n, "10n"],
    [null, "null"],
    [undefined, "undefined"],
    [Symbol("s"), "Symbol(s)"],
    [{ id: 3, tags: ["x"], owner: { name: "ann" } }, '{id: 3, tags: ["x"], owner: {name: "ann"}}'],
    [{ "a-b": 1, 0: 2, [Symbol("k")]: 3 }, '{0: 2, "a-b": 1, [Symbol(k)]: 3}'],
    [[1, , 3], "[1, hole, 3]"], // eslint-disable-line no-sparse-arrays
    [new Job(1), "Job {id: 1}"],
    [new Map([["k", { a: 1 }]]), 'Map {"k" => {a: 1}}'],
    [new Set([1, "a"]), 'Set {1, "a"}'],
    [new Uint8Array([1, 2]), "Uint8Array [1, 2]"],
    [new Uint8Array([1, 2]).buffer, "ArrayBuffer {1, 2}"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [new Date(NaN), "Invalid Date"],
    [/a+/g, "/a+/g"],
    [new TypeError("no\n  disk"), "TypeError: no disk"],
    [new RangeError(), "RangeError"],
    [new URL("https://a.example/b"), "URL https://a.example/b"],
    [Object(1), "[Number: 1]"],
    [function work() {}, "[function work]"],
    [() => {}, "[function]"],
    [Job, "[class Job]"],
    [Promise.resolve(), "[Promise]"],
    [circle, "{a: 1, self: [circular]}"],
    [[shared, shared], "[{a: 1}, {a: 1}]"],
    [{ a: { b: { c: { d: { e: 1 } } } } }, "{a: {b: {c: {d: {…}}}}}"],
    [Array.from({ length: 20 }, (_, i) => i), "[0, 1, 2, 3, 4, 5, 6, 7, …]"],
    [jasmine.any(Number), "<jasmine.any(Number)>"],
    [{ asymmetricMatch: () => true, toAsymmetricMatcher: () => "Anything" }, "Anything"],
    [{ asymmetricMatch: () => true }, "[matcher Object]"],
    [new Line(), "(a--b|)"],
    [
      {
        get a(): never {
          throw new Error("x");
        },
        b: 1,
      },
      "{a: [throws], b: 1}",
    ],
  ];
  for (const [value, text] of cases) {
    it(`shows ${text}`, () => {
      expect(shownValue(value)).toBe(text);
    });
  }

  it("shows what cannot be looked at", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(shownValue(proxy)).toBe("something that cannot be printed");
  });

  it("is one line of limited length, for any value", () => {
    expectToHold(
      fc.property(fc.anything({ withMap: true, withSet: true, withTypedArray: true, withDate: true }), (value) => {
        const text = shownValue(value, 50);
        throwUnless(text.length).toBeLessThanOrEqual(51);
        throwUnless(text).not.toMatch(/[\n\r]/);
      }),
      1_000,
    );
  });
});
