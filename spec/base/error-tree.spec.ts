import { inspect } from "node:util";
import { Cancelled, ClosedResourceError, TaskCancelled, TaskFailed, TaskGroupError, TimeoutError } from "anyrx";
import { errorsAreReadBy } from "../../src/base/error-reader.ts";
import { host as browser } from "../../src/host/browser.ts";
import { host as node } from "../../src/host/node.ts";

type Names = readonly (string | null | undefined)[];

/** An error with a stack of these frames. */
function failing<E extends Error>(error: E, ...frames: string[]): E {
  const lines = frames.map((frame) => `\n    at ${frame}`).join("");
  return Object.defineProperty(error, "stack", { value: `${error.name}: ${error.message}${lines}` });
}

/** A group as the kernel makes it: without a place of its own. */
function group(errors: unknown[], name = "", tasks: Names = [], options: ErrorOptions = {}): TaskGroupError {
  return new TaskGroupError(errors, name, { ...options, tasks, _site: null });
}

/** The tree, below the line with the message. */
const treeOf = (error: TaskGroupError): string[] => (error.stack ?? "").split("\n").slice(1);

describe("The stack of a TaskGroupError", () => {
  it("is the tree of what failed: groups, tasks, causes, fields, and the user's frames", () => {
    const notFound = failing(new Error("HTTP 404\nnot found"), "get (/app/main.ts:3:9)");
    const error = group(
      [
        group(
          [
            failing(
              new RangeError("no user 7", { cause: Object.assign(notFound, { code: "E404", status: 404 }) }),
              "f (/app/main.ts:7:9)",
            ),
            failing(
              new TypeError("bad row"),
              "Array.map (<anonymous>)",
              "parse (/app/main.ts:20:11)",
              "main (/app/main.ts:2:1)",
            ),
          ],
          "users",
          ["fetch 7", null],
        ),
        "stopped",
      ],
      "site",
      ["crawl", null],
    );
    expect((error.stack ?? "").split("\n")).toEqual([
      'TaskGroupError: Cannot complete the task group "site": 3 errors (RangeError: no user 7; TypeError: bad row; stopped); see errors',
      '    at the task group "site"',
      '    ├─ task "crawl": the task group "users"',
      '    │  ├─ task "fetch 7": RangeError: no user 7',
      "    │  │      at f (/app/main.ts:7:9)",
      "    │  │  caused by Error: HTTP 404",
      "    │  │  not found",
      '    │  │      { code: "E404", status: 404 }',
      "    │  │      at get (/app/main.ts:3:9)",
      "    │  └─ the body: TypeError: bad row",
      "    │         at Array.map (<anonymous>)",
      "    │         at parse (/app/main.ts:20:11)",
      "    │         at main (/app/main.ts:2:1)",
      '    └─ the body: threw "stopped"',
    ]);
  });

  it("is what console.log shows, with the fields that somebody gave to it", () => {
    const error = group([failing(new Error("a"))], "site", ["t"]);
    expect(inspect(error)).toBe(error.stack!);
    expect(inspect(Object.assign(error, { code: 5 }))).toBe(`${error.stack} { code: 5 }`);
    expect(inspect({ a: { b: { c: { error } } } })).toContain("[Object]");
    expect(inspect([[[error]]], { depth: 2 })).toContain("[TaskGroupError: Cannot complete");
  });

  it("says where a group was made that the user made, and keeps that in its parts", () => {
    const error = new TaskGroupError([new RangeError("a"), new TypeError("b")], "batch");
    for (const part of [error, error.subgroup(RangeError)!]) {
      expect(treeOf(part)[0]).toMatch(/^ {4}at the task group "batch" \(.*error-tree\.spec\.ts:\d+:\d+\)$/);
    }
    expect(treeOf(error)[1]).toBe("    ├─ RangeError: a");
  });

  it("shows an error that is there twice once", () => {
    const bug = failing(new Error("bug"), "f (/app/main.ts:7:9)");
    expect(
      treeOf(group([bug, failing(new TaskFailed("t", bug), "g (/app/main.ts:8:1)"), bug], "g", ["t", null, "u"])),
    ).toEqual([
      '    at the task group "g"',
      '    ├─ task "t": Error: bug',
      "    │      at f (/app/main.ts:7:9)",
      '    ├─ the body: TaskFailed: Cannot give the value of the task "t": it failed (Error: bug); see cause',
      "    │      at g (/app/main.ts:8:1)",
      "    │  caused by Error: bug (shown above)",
      '    └─ task "u": Error: bug (shown above)',
    ]);
  });

  it("ends circles of causes and of groups", () => {
    const [chicken, egg] = [failing(new Error("chicken")), failing(new Error("egg"))];
    chicken.cause = egg;
    egg.cause = chicken;
    const error = group([chicken], "farm");
    error.errors.push(error);
    (error as Error).cause = error;
    expect(treeOf(error)).toEqual([
      '    at the task group "farm"',
      "    ├─ Error: chicken",
      "    │  caused by Error: egg",
      "    │  caused by Error: chicken (shown above)",
      '    └─ the task group "farm" (shown above)',
      '    caused by the task group "farm" (shown above)',
    ]);
  });

  it("abridges many errors", () => {
    const error = group(
      Array.from({ length: 10_000 }, (_, i) => failing(new Error(`e${i}`), "f (/app/main.ts:1:1)")),
      "wide",
    );
    const lines = treeOf(error);
    expect(lines.length).toBe(22);
    expect(lines.at(-1)).toBe("    └─ … 9990 more errors");
    const wider = group(
      Array.from({ length: 20 }, () => group(Array.from({ length: 20 }, (_, i) => new Error(`e${i}`)))),
    );
    expect(treeOf(wider).filter((line) => line.includes("Error: e")).length).toBeLessThan(50);
    expect(treeOf(group([group(Array.from({ length: 11 }, () => 1))])).at(-1)).toBe("       └─ … 1 more error");
  });

  it("abridges deep trees, but shows what is at the bottom", () => {
    let error = group(
      [failing(new Error("rock", { cause: failing(new Error("magma")) }), "dig (/app/main.ts:1:1)")],
      "g0",
      ["digger"],
    );
    for (let i = 1; i <= 10_000; i++) error = group([error], `g${i}`);
    const lines = treeOf(error);
    expect(lines.length).toBe(13);
    expect(lines.slice(-6).map((line) => line.trim())).toEqual([
      '└─ the task group "g9993"',
      '└─ the task group "g9992"',
      "└─ … 9992 groups further down:",
      '└─ task "digger": Error: rock',
      "at dig (/app/main.ts:1:1)",
      "caused by Error: magma",
    ]);
    let cause = new Error("first");
    for (let i = 0; i < 10_000; i++) cause = failing(new Error(`c${i}`, { cause }));
    expect(treeOf(group([cause])).at(-1)).toBe("       caused by … (see its cause)");
  });

  it("abridges long messages, stacks and lists of fields", () => {
    const long = Object.assign(
      failing(
        new Error("x".repeat(1_000_000)),
        ...Array.from({ length: 100 }, (_, i) => `f${i} (/app/${"y".repeat(10_000)}.ts:1:1)`),
      ),
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`field${i}`, "z".repeat(10_000)])),
    );
    const lines = failing(new Error("line\n".repeat(10_000)));
    const error = group([long, lines], "n".repeat(10_000), ["t".repeat(10_000)]);
    expect((error.stack ?? "").length).toBeLessThan(20_000);
    expect(treeOf(error).some((line) => line.endsWith("… 90 more frames"))).toBeTrue();
  });

  it("shows what is no Error object", () => {
    const error = group(
      [undefined, null, 0, "a\nb", { code: 1 }, Symbol("s"), 5n, new Error("x", { cause: "why" })],
      "",
      ["t"],
    );
    expect(treeOf(error).filter((line) => !line.includes(" at "))).toEqual([
      '    ├─ task "t": threw undefined',
      "    ├─ threw null",
      "    ├─ threw 0",
      '    ├─ threw "a\\nb"',
      '    ├─ threw {"code":1}',
      "    ├─ threw Symbol(s)",
      "    ├─ threw 5",
      "    └─ Error: x",
      '       caused by "why"',
    ]);
  });

  it("shows errors that do their best not to be shown", () => {
    const { proxy, revoke } = Proxy.revocable(new Error("gone"), {});
    revoke();
    const thrower = (): never => {
      throw new Error("do not look");
    };
    const getters = new Error();
    for (const key of ["stack", "name", "message", "cause", "code"]) {
      Object.defineProperty(getters, key, { get: thrower, enumerable: true });
    }
    const text = { toString: thrower, toJSON: thrower };
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const frozen = Object.freeze(new Error("frozen"));
    const nameless = Object.assign(new Error("odd"), { name: 5, message: undefined });
    const error = Object.freeze(group([proxy, getters, text, circle, frozen, nameless, Object.create(null)], "g"));
    expect(error.message).toContain("7 errors (something that cannot be printed; something that cannot be printed;");
    const lines = treeOf(error).filter((line) => line.includes("─ "));
    expect(lines.length).toBe(7);
    expect(lines[2]).toBe("    ├─ threw something that cannot be printed");
    expect(lines[4]).toBe("    ├─ Error: frozen");
    for (const shown of [Error.prototype.toString.call(error), inspect(error)])
      expect(shown).toContain("TaskGroupError: Cannot complete");
  });

  it("shows the errors in an AggregateError of somebody else's, and what `using` suppressed", () => {
    const refused = Object.assign(failing(new Error("connect ECONNREFUSED ::1:80")), { code: "ECONNREFUSED" });
    const suppressed = Object.assign(failing(new Error("An error was suppressed during disposal.")), {
      name: "SuppressedError",
      error: failing(new Error("close")),
      suppressed: failing(new Error("write")),
    });
    expect(treeOf(group([failing(new AggregateError([refused])), suppressed], "g"))).toEqual([
      '    at the task group "g"',
      "    ├─ AggregateError",
      "    │  └─ Error: connect ECONNREFUSED ::1:80",
      '    │         { code: "ECONNREFUSED" }',
      "    └─ SuppressedError: An error was suppressed during disposal.",
      "       error: Error: close",
      "       suppressed: Error: write",
    ]);
  });

  it("names a class that gives its instances no name", () => {
    class HttpError extends Error {}
    expect(treeOf(group([failing(new HttpError("404"))]))[1]).toBe("    └─ HttpError: 404");
  });

  it("says of an error of the library's own how to learn which line waited, and does not explain a timeout by its cancellation", () => {
    const timeout = new TimeoutError(5, { cause: new Cancelled("its deadline passed") });
    expect(treeOf(group([failing(timeout, "f (/app/main.ts:1:1)")]))).toEqual([
      "    at a task group",
      `    └─ ${String(timeout)}`,
      "           at f (/app/main.ts:1:1)",
    ]);
    const hint = "    (to see which of your lines waited: run with ANYRX_DEV=1, or call setDevMode(true))";
    expect(treeOf(group([failing(new ClosedResourceError("read from", "it"))])).at(-1)).toBe(hint);
    expect(treeOf(group([failing(new Error("fs errors have no stack"))]))).not.toContain(hint);
    const cancelled = failing(new TaskCancelled("t", new Cancelled("enough")), "f (/app/main.ts:1:1)");
    expect(treeOf(group([cancelled])).slice(-2)).toEqual([
      "       caused by Cancelled: Cannot go on waiting: its scope was cancelled (enough); clean up and let this error pass",
      '       caused by "enough"',
    ]);
  });

  it("is the user's to replace, as that of any error", () => {
    const error = new TaskGroupError([1]);
    error.stack = "mine";
    expect([error.stack, inspect(error)]).toEqual(["mine", "mine"]);
    const { stack } = structuredClone(new TaskGroupError([new Error("a")], "cloned"));
    expect(stack).toContain('at the task group "cloned"');
  });

  it("keeps what it is made of out of copies and of JSON, as AggregateError does", () => {
    expect(Object.keys(new TaskGroupError([1], "g"))).toEqual([]);
  });

  it("is a property of the error's own in Node, which takes what has none for no error, and inherited in browsers, which show no other getter", () => {
    expect(Object.hasOwn(new TaskGroupError([1]), "stack")).toBeTrue();
    errorsAreReadBy(browser);
    try {
      const error = group([1], "page");
      expect(Object.hasOwn(error, "stack")).toBeFalse();
      expect(treeOf(error)).toEqual(['    at the task group "page"', "    └─ threw 1"]);
      error.stack = "mine";
      expect(error.stack).toBe("mine");
    } finally {
      errorsAreReadBy(node);
    }
  });

  it("is that of a subclass, too", () => {
    class Own extends TaskGroupError {}
    expect(treeOf(new Own([1], "g"))[0]).toMatch(/^ {4}at the task group "g" \(.*error-tree\.spec\.ts:\d+:\d+\)$/);
  });
});
