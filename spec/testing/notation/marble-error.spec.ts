import { inspect } from "node:util";
import { explain } from "../../../src/testing/notation/explain.ts";
import { isMarbleError, MarbleError } from "../../../src/testing/notation/marble-error.ts";
import type { MarbleMismatch } from "../../../src/testing/notation/mismatch.ts";
import type { Moment } from "../../../src/testing/notation/moment.ts";
import { parseMarbles } from "../../../src/testing/notation/parse-marbles.ts";
import { parseSubscription } from "../../../src/testing/notation/parse-subscription.ts";

function mismatch(name: string, expected: string, actual: readonly Moment[]): MarbleMismatch {
  return explain({ what: "stream", name }, parseMarbles(expected), actual)!;
}

describe("MarbleError", () => {
  const late = mismatch("jobs", "-a|", parseMarbles("--a|").moments);
  const early = mismatch("done", "--b|", parseMarbles("-b-|").moments);

  it("says what differs of one line", () => {
    expect(new MarbleError([late]).message)
      .toBe(`Cannot accept stream "jobs": it differs from its diagram at t=1 and t=2; compare the rows

  t =        1 3
  expected  -a|
  actual    --a|
             ^^^

  t=1  missing a: it came 1 ms late, at t=2
  t=2  completed 1 ms late, at t=3

  to accept what happened: '--a|'`);
  });

  it("says what differs of several lines, one after the other", () => {
    expect(new MarbleError([late, early]).message).toBe(
      `Cannot accept what happened: 2 diagrams differ, those of stream "jobs" and stream "done"; compare the rows\n\n${String(late)}\n\n${String(early)}`,
    );
    expect(new MarbleError(Array.from({ length: 9 }, () => late)).message).toMatch(
      /^Cannot accept what happened: 9 diagrams differ, those of stream "jobs", stream "jobs", stream "jobs" and 6 more;/,
    );
  });

  it("speaks of subscriptions as many", () => {
    const found = explain(
      { what: "subscriptions", name: "a-b" },
      parseSubscription("^-!"),
      parseSubscription("^--!").moments,
    )!;
    expect(new MarbleError([found]).message).toMatch(
      /^Cannot accept subscriptions of "a-b": they differ from their diagram at t=2; compare the rows\n/,
    );
  });

  it("has the mismatches, and both diagrams for the comparison of test runners", () => {
    const error = new MarbleError([late, early]);
    expect(error.mismatches).toEqual([late, early]);
    expect(error.expected).toBe("-a|\n--b|");
    expect(error.actual).toBe("--a|\n-b-|");
    expect(isMarbleError(error)).toBe(true);
    expect(error.name).toBe("MarbleError");
  });

  it("repeats nothing where its properties are printed", () => {
    const error = new MarbleError([late]);
    expect(Object.keys(error)).toEqual([]);
    expect(inspect(error).split("missing a").length).toBe(2);
  });

  it("is caused by the error that nobody expected", () => {
    const boom = new Error("boom");
    const failed = mismatch("jobs", "-|", [{ time: 1, kind: "error", error: boom }]);
    expect(new MarbleError([late, failed]).cause).toBe(boom);
    expect(new MarbleError([late])).not.toEqual(jasmine.objectContaining({ cause: jasmine.anything() }));
    expect(new MarbleError([failed], { cause: "mine" }).cause).toBe("mine");
  });
});
