import { libraryIsWhere, placeIn, userFrames } from "../../src/base/frames.ts";
import { host } from "../../src/host/node.ts";

function withStack(stack: unknown, message = "boom"): Error {
  return Object.defineProperty(new Error(message), "stack", { value: stack });
}
/** Frames of a stack of V8's with these lines. */
const v8 = (...lines: string[]): string[] =>
  userFrames(withStack(["Error: boom", ...lines.map((line) => `    at ${line}`)].join("\n")));
const libraryAt = (url: string): void => libraryIsWhere(withStack(`Error: boom\n    at ${url}`));

describe("userFrames()", () => {
  afterEach(() => {
    libraryIsWhere(host.landmark);
  });

  it("hides the library, RxJS and the host's inside, in V8's format", () => {
    libraryAt("file:///app/node_modules/anyrx-fork/dist/host/node.js:31:15");
    expect(
      v8(
        "fetchUser (file:///app/src/main.ts:3:7)",
        "async file:///app/src/main.ts:9:3",
        "Frame.step (file:///app/node_modules/anyrx-fork/dist/index.js:900:2)",
        "OperatorSubscriber._next (/app/node_modules/rxjs/dist/esm/internal/operators/map.js:7:9)",
        "new Thing (/app/node_modules/anyrx-fork/other/thing.js:1:1)",
        "async Engine.run (file:///app/node_modules/anyrx-fork/src/kernel/engine.ts:1:1)",
        "process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
      ),
    ).toEqual([
      "at fetchUser (file:///app/src/main.ts:3:7)",
      "at async file:///app/src/main.ts:9:3",
      "at new Thing (/app/node_modules/anyrx-fork/other/thing.js:1:1)",
    ]);
  });

  it("knows the library by file URL, by path, and by the names that source maps and bundlers give", () => {
    libraryAt("file:///my%20app/anyrx/src/host/node.ts:31:15");
    expect(
      v8(
        "a (/my app/anyrx/src/kernel/task.ts:1:1)",
        "b (file:///my%20app/anyrx/dist/index.js:1:1)",
        "c (webpack-internal:///./node_modules/anyrx/dist/index.js:1:1)",
        "d (http://localhost:5173/node_modules/.vite/deps/anyrx.js?v=1:1:1)",
        "e (/my app/anyrx/spec/kernel/task.spec.ts:1:1)",
        "f (/my app/anyrx-user/src/main.ts:1:1)",
      ).map((line) => line.slice(3, 4)),
    ).toEqual(["e", "f"]);
  });

  it("knows paths of Windows", () => {
    libraryAt("file:///C:/app/node_modules/fork/dist/host/node.js:31:15");
    expect(
      v8(
        "a (C:\\app\\node_modules\\fork\\src\\kernel\\task.ts:1:1)",
        "b (file:///c:/app/node_modules/fork/dist/index.js:1:1)",
        "c (C:\\app\\node_modules\\rxjs\\dist\\index.js:1:1)",
        "d (C:\\app\\src\\main.ts:1:1)",
      ),
    ).toEqual(["at d (C:\\app\\src\\main.ts:1:1)"]);
  });

  it("hides nothing of a file that is a bundle of the library and the user's code", () => {
    libraryAt("Object.<anonymous> (/app/dist/server.js:31:15)");
    const lines = ["main (/app/dist/server.js:10:1)", "Frame.step (/app/dist/server.js:2:1)", "x (/app/src/y.js:1:1)"];
    expect(v8(...lines)).toEqual(lines.map((line) => `at ${line}`));
  });

  it("gives a function of the host to whoever called it", () => {
    libraryAt("file:///lib/src/host/node.ts:1:1");
    expect(
      v8(
        "/app/a.ts:1:1",
        "Array.map (<anonymous>)",
        "EventEmitter.emit (node:events:517:28)",
        "check (/app/a.ts:2:2)",
        "check.next (<anonymous>)",
        "AsyncLocalStorage.run (node:async_hooks:346:14)",
        "enter (file:///lib/src/kernel/here.ts:1:1)",
        "async Promise.all (index 0)",
        "async all (/app/a.ts:3:3)",
      ),
    ).toEqual([
      "at /app/a.ts:1:1",
      "at Array.map (<anonymous>)",
      "at EventEmitter.emit (node:events:517:28)",
      "at check (/app/a.ts:2:2)",
      "at async Promise.all (index 0)",
      "at async all (/app/a.ts:3:3)",
    ]);
  });

  it("knows the formats of Firefox and Safari", () => {
    libraryIsWhere(withStack("@https://cdn.test/anyrx/dist/host/browser.js:1:1\n", ""));
    const error = withStack(
      [
        "fetchUser@https://app.test/main.js:3:7",
        "async*main@https://app.test/main.js:9:1",
        "step@https://cdn.test/anyrx/dist/index.js:1:1",
        "map@[native code]",
        "_next@https://app.test/node_modules/rxjs/map.js:1:1",
        "@https://app.test/node_modules/@scope/pkg/index.js:1:1",
        "",
      ].join("\n"),
      "",
    );
    const formats = Error as { prepareStackTrace?: unknown };
    const { prepareStackTrace } = formats;
    formats.prepareStackTrace = () => "here@https://app.test/main.js:1:1"; // Their stacks do not begin with the error.
    try {
      expect(userFrames(error)).toEqual([
        "fetchUser@https://app.test/main.js:3:7",
        "async*main@https://app.test/main.js:9:1",
        "@https://app.test/node_modules/@scope/pkg/index.js:1:1",
      ]);
    } finally {
      formats.prepareStackTrace = prepareStackTrace;
    }
  });

  it("is not misled by a message that looks like a stack, nor by one that was changed", () => {
    const message = "first\n    at nowhere (/lies.ts:1:1)\nlast";
    expect(userFrames(withStack(`Error: ${message}\n    at truth (/app/a.ts:1:1)`, message))).toEqual([
      "at truth (/app/a.ts:1:1)",
    ]);
    expect(userFrames(withStack("Error: old\n    at truth (/app/a.ts:1:1)", "new"))).toEqual([
      "at truth (/app/a.ts:1:1)",
    ]);
    expect(userFrames(withStack("Error: old\n    at truth (/app/a.ts:1:1)\n    at b (/app/b.ts:2:2)", "app"))).toEqual([
      "at truth (/app/a.ts:1:1)",
      "at b (/app/b.ts:2:2)",
    ]);
  });

  it("leaves lines of an unknown format as they are", () => {
    expect(userFrames(withStack("Error: boom\n#0 main() main.js:5"))).toEqual(["#0 main() main.js:5"]);
    expect(userFrames(withStack("Error: boom\n    at a (/app/a.ts:1:1)\n    [spawned by x]"))).toEqual([
      "at a (/app/a.ts:1:1)",
      "[spawned by x]",
    ]);
  });

  it("finds none where there is none", () => {
    const throws = Object.defineProperty(new Error("x"), "stack", {
      get: () => {
        throw new Error("no stack for you");
      },
    });
    for (const error of [withStack("Error: boom"), withStack(undefined), withStack([]), throws, null, "text", 5]) {
      expect(userFrames(error)).toEqual([]);
    }
  });

  it("reads a stack of megabytes in no time", () => {
    const message = " \n".repeat(1_000_000);
    expect(userFrames(withStack(`Error: ${message}\n    at a (/app/a.ts:1:1)`, message)).length).toBe(1);
    expect(userFrames(withStack(`Error: ${message}\n    at a (/app/a.ts:1:1)`, "other")).length).toBe(1);
  });
});

describe("placeIn()", () => {
  it("is where the code of a frame is", () => {
    expect(placeIn("at a (/x (y)/z.ts:1:2)")).toBe("/x (y)/z.ts:1:2");
    expect(placeIn("at async /x/z.ts:1:2")).toBe("/x/z.ts:1:2");
    expect(placeIn("a@https://x/@scope/z.js:1:2")).toBe("https://x/@scope/z.js:1:2");
    expect(placeIn("nothing")).toBeNull();
  });
});
