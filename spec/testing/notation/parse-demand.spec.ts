import { MarbleSyntaxError } from "../../../src/testing/notation/marble-syntax-error.ts";
import { parseDemand } from "../../../src/testing/notation/parse-demand.ts";

describe("parseDemand()", () => {
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ["-", []],
    ["x--x--x", [0, 3, 6]],
    ["-(xxx)x", [1, 1, 1, 6]],
    ["x10msx", [0, 11]],
    ["x 1.5s x @2s x", [0, 1501, 2000]],
  ];
  for (const [marbles, times] of cases) {
    it(`reads "${marbles}"`, () => {
      expect(parseDemand(marbles)).toEqual(times);
    });
  }

  const refused: readonly (readonly [string, number, RegExp])[] = [
    ["x-a", 2, /"a" asks for nothing; draw an "x"/],
    ["x-|", 2, /"\|" asks for nothing/],
    ["^x", 0, /"\^" asks for nothing/],
    ["(x", 0, /never closed/],
    ["x 5h x", 2, /"5h" is no time/],
    ["  ", 0, /nothing is drawn/],
  ];
  for (const [marbles, column, message] of refused) {
    it(`refuses "${marbles}"`, () => {
      expect(() => parseDemand(marbles)).toThrowMatching(
        (error) => error instanceof MarbleSyntaxError && error.column === column && message.test(error.message),
      );
    });
  }
});
