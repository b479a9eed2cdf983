import { MarbleSyntaxError } from "../../../src/testing/notation/marble-syntax-error.ts";
import { parseTime } from "../../../src/testing/notation/parse-time.ts";

describe("parseTime()", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["|", 0],
    ["---|", 3],
    [" - - | --", 2],
    ["10ms |", 10],
    ["-1.5s-|", 1502],
    ["2m|", 120_000],
    ["@0.5ms |", 0.5],
  ];
  for (const [marbles, time] of cases) {
    it(`reads "${marbles}" as ${String(time)} ms`, () => {
      expect(parseTime(marbles)).toBe(time);
    });
  }

  const refused: readonly (readonly [string, number, RegExp])[] = [
    ["---", 3, /no time is marked; draw a "\|" at its end/],
    ["-|-|", 3, /a second time is marked/],
    ["-a|", 1, /"a" says nothing about a time/],
    ["(-|)", 0, /there are no groups in a diagram of one time/],
    ["5x|", 0, /"5x" is no time/],
    ["5 ms|", 0, /"5 ms" is no duration/],
    ["", 0, /nothing is drawn/],
  ];
  for (const [marbles, column, message] of refused) {
    it(`refuses "${marbles}"`, () => {
      expect(() => parseTime(marbles)).toThrowMatching(
        (error) => error instanceof MarbleSyntaxError && error.column === column && message.test(error.message),
      );
    });
  }
});
