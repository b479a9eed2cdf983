import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";
import * as anyrx from "anyrx";
import {
  BrokenResourceError,
  BusyResourceError,
  Cancelled,
  ClosedResourceError,
  ContextLostError,
  DeadlockError,
  EndOfStream,
  FutureAlreadyFinished,
  FutureCancelled,
  FutureFailed,
  FutureNotFinished,
  isCancelled,
  isFutureFailed,
  isTaskCancelled,
  isTaskFailed,
  isTaskGroupError,
  isTimeoutError,
  RunFinishedError,
  TaskCancelled,
  TaskFailed,
  TaskGroupError,
  TaskNotFinished,
  TimeoutError,
  TypedAttributeLookupError,
  unwrapSingle,
  WouldBlock,
} from "anyrx";
import { expectSentence } from "../field/everywhere.ts";

const tree = (): TaskGroupError =>
  new TaskGroupError(
    [
      new RangeError("a"),
      new TaskGroupError([new TypeError("b"), new RangeError("c")], "inner", { tasks: ["parse", null] }),
    ],
    "outer",
    { cause: "why", tasks: ["fetch", "crawl"] },
  );
const leavesOf = (error: TaskGroupError | null): string[] | undefined => error?.leaves().map(String);

/** `TimeoutError` of another copy of the library. */
class TimeoutElsewhere extends Error {
  static {
    Object.defineProperty(this.prototype, Symbol.for("anyrx.TimeoutError"), { value: true });
  }
}

describe("TaskGroupError", () => {
  it("lists its leaves, depth first", () => {
    expect(leavesOf(tree())).toEqual(["RangeError: a", "TypeError: b", "RangeError: c"]);
  });

  it("splits into two trees of the same structure, names, tasks and cause", () => {
    const [ranges, others] = tree().split((leaf) => leaf instanceof RangeError);
    expect(leavesOf(ranges)).toEqual(["RangeError: a", "RangeError: c"]);
    expect(leavesOf(others)).toEqual(["TypeError: b"]);
    const [inner, innerRest] = [ranges?.errors[1], others?.errors[0]] as TaskGroupError[];
    expect([ranges?.group, ranges?.cause, ranges?.tasks]).toEqual(["outer", "why", ["fetch", "crawl"]]);
    expect([others?.group, others?.cause, others?.tasks]).toEqual(["outer", "why", ["crawl"]]);
    expect([inner?.group, inner?.tasks]).toEqual(["inner", [null]]);
    expect([innerRest?.group, innerRest?.tasks]).toEqual(["inner", ["parse"]]);
  });

  it("splits by a class, by several, and by a guard", () => {
    const error = new TaskGroupError([new RangeError("a"), new TypeError("b"), new TimeoutError(5), "text"]);
    expect(leavesOf(error.split(RangeError)[0])).toEqual(["RangeError: a"]);
    expect(leavesOf(error.split([RangeError, TypeError])[1])?.at(-1)).toBe("text");
    expect(error.split([RangeError, TypeError])[0]?.errors.length).toBe(2);
    expect(error.split(isTimeoutError)[0]?.errors.length).toBe(1);
    expect(error.split(Error)[1]?.errors).toEqual(["text"]);
    expect(error.split([])[0]).toBeNull();
  });

  it("splits by a class of anyrx, whichever copy of the library an error is from", () => {
    const [mine, theirs] = [new TimeoutError(5), new TimeoutElsewhere("theirs")];
    expect(new TaskGroupError([mine, theirs, new Error("other")]).subgroup(TimeoutError)?.errors).toEqual([
      mine,
      theirs,
    ]);
  });

  it("splits by a class of things that are no Error objects", () => {
    class Refusal {
      readonly code = 5;
    }
    const refusal = new Refusal();
    expect(new TaskGroupError([refusal, new Error("other")]).subgroup(Refusal)?.errors).toEqual([refusal]);
  });

  it("asks about each leaf once, depth first, and never about a group", () => {
    const asked: string[] = [];
    tree().split((leaf) => asked.push(String(leaf)) > 1);
    expect(asked).toEqual(["RangeError: a", "TypeError: b", "RangeError: c"]);
  });

  it("gives the part that is meant: itself when all of it is, null when nothing is", () => {
    const error = tree();
    expect(error.subgroup(Error)).toBe(error);
    expect(error.subgroup(SyntaxError)).toBeNull();
    expect(leavesOf(error.subgroup(TypeError))).toEqual(["TypeError: b"]);
    expect(error.split(() => true)[0]).toBe(error);
    expect(error.split(() => true)[1]).toBeNull();
    expect(error.split(() => false)[1]).toBe(error);
  });

  it("keeps a group inside that is wholly on one side", () => {
    const inner = new TaskGroupError([new TypeError("b")]);
    const error = new TaskGroupError([new RangeError("a"), inner]);
    expect(error.subgroup(TypeError)?.errors[0]).toBe(inner);
  });

  it("refuses a condition that means nothing, and a class of groups", () => {
    for (const wrong of ["RangeError", null, 5, {}, [() => true], [null]]) {
      expectSentence(() => tree().split(wrong as never), TypeError);
      expectSentence(() => tree().subgroup(wrong as never), TypeError);
    }
    class Own extends TaskGroupError {}
    for (const group of [TaskGroupError, [TaskGroupError], Own]) expectSentence(() => tree().split(group), TypeError);
  });

  it("passes on what a predicate throws", () => {
    const bug = new Error("bug");
    expect(() =>
      tree().split(() => {
        throw bug;
      }),
    ).toThrow(bug);
  });

  it("says what failed, and where, in one short line", () => {
    expect(new TaskGroupError([new Error("disk full")], "backup").message).toBe(
      'Cannot complete the task group "backup": 1 error (Error: disk full); see errors',
    );
    expect(tree().message).toBe(
      'Cannot complete the task group "outer": 3 errors (RangeError: a; TypeError: b; RangeError: c); see errors',
    );
    expect(new TaskGroupError([]).message).toBe("Cannot complete the task group: 0 errors; see errors");
    const many = new TaskGroupError(
      Array.from({ length: 10_000 }, (_, i) => new Error(`${i}\n`.repeat(1000))),
      "x\ny",
    );
    expect(many.message).toMatch(
      /^Cannot complete the task group "x y": 10000 errors \(.*…; and 9997 more\); see errors$/,
    );
    expect(many.message.length).toBeLessThan(500);
    const group = new TaskGroupError([new TaskGroupError([new Error("deep")])]);
    expect(new TaskFailed("t", group).message).toContain("TaskGroupError with 1 error (Error: deep)");
  });

  it("knows the tasks: null is the body, undefined is not known", () => {
    expect(new TaskGroupError([1, 2, 3], "g", { tasks: ["a", null] }).tasks).toEqual(["a", null, undefined]);
    expect(new TaskGroupError([1]).tasks).toEqual([undefined]);
  });

  it("holds errors that are no Error objects", () => {
    expect(new TaskGroupError([undefined, null, 0]).leaves()).toEqual([undefined, null, 0]);
  });

  it("is made, split, unwrapped and listed 10,000 groups deep, and 10,000 errors wide", () => {
    let deep = new TaskGroupError([new RangeError("bottom")]);
    for (let i = 0; i < 10_000; i++) deep = new TaskGroupError([deep], `g${i}`);
    expect(deep.message).toBe('Cannot complete the task group "g9999": 1 error (RangeError: bottom); see errors');
    expect(deep.leaves().length).toBe(1);
    expect(deep.split(TypeError)).toEqual([null, deep]);
    expect(String(unwrapSingle(deep))).toBe("RangeError: bottom");
    const wide = new TaskGroupError(Array.from({ length: 10_000 }, (_, i) => i));
    expect(wide.split((leaf) => (leaf as number) % 2 === 0).map((half) => half?.errors.length)).toEqual([5000, 5000]);
  });
});

describe("unwrapSingle()", () => {
  it("gives the one leaf, through groups in groups", () => {
    const bug = new Error("bug");
    expect(unwrapSingle(new TaskGroupError([bug]))).toBe(bug);
    expect(unwrapSingle(new TaskGroupError([new TaskGroupError([]), new TaskGroupError([bug])]))).toBe(bug);
    expect(unwrapSingle(new TaskGroupError([undefined]))).toBeUndefined();
  });

  it("gives everything else as it is", () => {
    const two = new TaskGroupError([new TaskGroupError([1, 2])]);
    const foreign = new AggregateError([new Error("one")]);
    for (const error of [two, foreign, new TaskGroupError([]), new Error("bare"), new Cancelled(), "text", null]) {
      expect(unwrapSingle(error)).toBe(error);
    }
  });
});

describe("Guards", () => {
  const samples: readonly Error[] = [
    new BrokenResourceError("send to", "it", "nobody receives"),
    new anyrx.BufferOverflowError("it", 3),
    new BusyResourceError("read from", "it"),
    new Cancelled(),
    new ClosedResourceError("read from", "it"),
    new ContextLostError("sleep(1)"),
    new DeadlockError(5, []),
    new EndOfStream("it"),
    new FutureAlreadyFinished("reply"),
    new FutureCancelled("reply"),
    new FutureFailed("reply", new Error("why")),
    new FutureNotFinished(""),
    new RunFinishedError("call the portal"),
    new TaskCancelled("crawl", new Cancelled()),
    new TaskFailed("crawl", new Error("why")),
    new TaskGroupError([]),
    new TaskNotFinished("crawl"),
    new TimeoutError(5),
    new TypedAttributeLookupError("peer"),
    new anyrx.UnsupportedError("Cannot fly: there are no wings; walk"),
    new anyrx.UsageError("Cannot swim: it is no fish; walk"),
    new WouldBlock("receive", "it is empty", "wait"),
  ];
  const parents: Readonly<Record<string, string>> = { FutureCancelled: "FutureFailed", TaskCancelled: "TaskFailed" };
  const guards = anyrx as unknown as Readonly<Record<string, (error: unknown) => boolean>>;

  for (const sample of samples) {
    it(`is${sample.name}() knows its class, what extends it, and no other`, () => {
      const guard = guards[`is${sample.name}`]!;
      const known = samples.filter((error) => guard(error)).map((error) => error.name);
      expect(known.sort()).toEqual(
        [sample.name, ...Object.keys(parents).filter((child) => parents[child] === sample.name)].sort(),
      );
      expect([new Error("x"), { name: sample.name }, sample.name, null, undefined, 5].some(guard)).toBeFalse();
      expect(guard(Object.assign(new Error(), { [Symbol.for(`anyrx.${sample.name}`)]: true }))).toBeTrue();
    });

    it(`${sample.name} is a class of that name, with a sentence`, () => {
      expect(sample.constructor.name).toBe(sample.name);
      expect(Object.hasOwn(sample, "name")).toBeFalse();
      expectSentence(() => {
        throw sample;
      }, Error);
    });
  }

  it("are of classes that V8 takes for classes, and not for dictionaries", () => {
    setFlagsFromString("--allow-natives-syntax");
    const isFast = runInThisContext("(object) => %HasFastProperties(object)") as (object: unknown) => boolean;
    const slow = samples.filter(({ constructor }) => !isFast(constructor)).map((error) => error.name);
    expect(slow).toEqual([]);
  });

  it("there is one for every class of errors that is public", () => {
    const classes = Object.entries(anyrx as Readonly<Record<string, unknown>>)
      .filter(([, value]) => typeof value === "function" && value.prototype instanceof Error)
      .map(([name]) => name);
    expect(samples.map((error) => error.name).sort()).toEqual(classes.sort());
  });

  it("a cancelled task or future has failed, too: one handler does for both", () => {
    expect(new TaskCancelled("crawl", new Cancelled())).toBeInstanceOf(TaskFailed);
    expect(new FutureCancelled("reply")).toBeInstanceOf(FutureFailed);
    expect([isTaskFailed, isTaskCancelled].map((guard) => guard(new TaskFailed("crawl", null)))).toEqual([true, false]);
    expect(isFutureFailed(new FutureCancelled("reply"))).toBeTrue();
  });

  it("know an error of another copy of the library by its brand", () => {
    expect(isTimeoutError(new TimeoutElsewhere())).toBeTrue();
    expect(isTaskGroupError(Object.assign(new Error(), { [Symbol.for("anyrx.TaskGroupError")]: true }))).toBeTrue();
    expect([isCancelled(new Cancelled()), isCancelled(new Error()), isCancelled(null), isCancelled("x")]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
