import { Cancelled, isCancelled, isTaskGroupError, TaskGroupError } from "../../src/index.ts";

describe("TaskGroupError", () => {
  const tree = (): TaskGroupError =>
    new TaskGroupError(
      [new RangeError("a"), new TaskGroupError([new TypeError("b"), new RangeError("c")], "inner")],
      "outer",
      { cause: "why" },
    );

  it("lists its leaves, depth first", () => {
    expect(tree().leaves().map(String)).toEqual(["RangeError: a", "TypeError: b", "RangeError: c"]);
  });

  it("splits into two trees of the same structure, name and cause", () => {
    const [ranges, others] = tree().split((leaf) => leaf instanceof RangeError);
    expect(ranges?.leaves().map(String)).toEqual(["RangeError: a", "RangeError: c"]);
    expect(others?.leaves().map(String)).toEqual(["TypeError: b"]);
    expect([others?.group, others?.cause, (others?.errors[0] as TaskGroupError).group]).toEqual([
      "outer",
      "why",
      "inner",
    ]);
  });

  it("gives itself when everything is kept, null when nothing is", () => {
    const error = tree();
    expect(error.split(() => true)).toEqual([error, null]);
    expect(error.split(() => true)[0]).toBe(error);
  });

  it("says what failed, and where", () => {
    expect(new TaskGroupError([new Error("disk full")], "backup").message).toBe(
      'Cannot complete the task group "backup": 1 error (Error: disk full); see errors',
    );
  });

  it("holds errors that are no Error objects", () => {
    expect(new TaskGroupError([undefined, null, 0]).leaves()).toEqual([undefined, null, 0]);
  });
});

describe("Guards", () => {
  it("know an error of another copy of the library by its brand", () => {
    expect(isCancelled(Object.assign(new Error(), { [Symbol.for("anyrx.Cancelled")]: true }))).toBeTrue();
    expect(isTaskGroupError(Object.assign(new Error(), { [Symbol.for("anyrx.TaskGroupError")]: true }))).toBeTrue();
    expect([isCancelled(new Cancelled()), isCancelled(new Error()), isCancelled(null), isCancelled("x")]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
