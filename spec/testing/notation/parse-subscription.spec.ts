import fc from "fast-check";
import { TestScheduler } from "rxjs/testing";
import { MarbleSyntaxError } from "../../../src/testing/notation/marble-syntax-error.ts";
import { parseSubscription } from "../../../src/testing/notation/parse-subscription.ts";
import { expectToHold } from "./properties.ts";

function parsed(marbles: string): string {
  return parseSubscription(marbles)
    .moments.map(({ kind, time }) => `${kind === "subscribe" ? "^" : "!"}@${String(time)}`)
    .join(" ");
}

describe("parseSubscription()", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["^--!", "^@0 !@3"],
    ["--^", "^@2"],
    ["-----!", "!@5"],
    ["-----", ""],
    ["-(^!)", "^@1 !@1"],
    ["^ 32ms !", "^@0 !@33"],
    ["^32ms!--", "^@0 !@33"],
    ["--(- )--^---(! )", "^@7 !@11"],
    ["^ @0.5ms !", "^@0 !@0.5"],
    ["@2s ^", "^@2000"],
  ];
  for (const [marbles, moments] of cases) {
    it(`reads "${marbles}"`, () => {
      expect(parsed(marbles)).toBe(moments);
    });
  }

  const refused: readonly (readonly [string, string, number, RegExp])[] = [
    ["a value", "^-a-!", 2, /"a" is no part of a subscription; draw "\^" where it begins/],
    ["an end of values", "^-|", 2, /"\|" is no part of a subscription/],
    ["a second beginning", "^-^", 2, /a subscription begins once, and this is the second "\^"/],
    ["a second end", "^-!!", 3, /a subscription ends once, and this is the second "!"/],
    ["an end before the beginning", "-!-^", 3, /it would end before it begins/],
    ["an unknown unit", "^ 10min !", 2, /"10min" is no time/],
    ["a number", "^ 10 !", 2, /"1" is no part of a subscription/],
    ["nothing", "", 0, /nothing is drawn/],
  ];
  for (const [title, marbles, column, message] of refused) {
    it(`refuses ${title}`, () => {
      expect(() => parseSubscription(marbles)).toThrowMatching(
        (error) => error instanceof MarbleSyntaxError && error.column === column && message.test(error.message),
      );
    });
  }

  it("agrees with TestScheduler on 1,000 drawings", () => {
    class Frames extends TestScheduler {
      static override frameTimeFactor = 1;
    }
    const gap = fc
      .array(fc.constantFrom("-", "--", "  ", " 5ms ", " 1.5s ", "(-)"), { maxLength: 6 })
      .map((all) => all.join(""));
    const drawing = fc
      .tuple(gap, fc.constantFrom("^", "", "(^ )"), gap, fc.constantFrom("!", "", "(! )"), gap)
      .map((parts) => parts.join(""))
      .filter((marbles) => marbles.trim() !== "");
    expectToHold(
      fc.property(drawing, (marbles) => {
        const { subscribedFrame, unsubscribedFrame } = Frames.parseMarblesAsSubscriptions(marbles, true);
        const { moments } = parseSubscription(marbles);
        throwUnless(moments.find(({ kind }) => kind === "subscribe")?.time ?? Infinity).toBe(subscribedFrame);
        throwUnless(moments.find(({ kind }) => kind === "unsubscribe")?.time ?? Infinity).toBe(unsubscribedFrame);
      }),
      1_000,
    );
  });
});
