/** Runs the examples that `tools/doc-examples.mjs` sends, one at a time, and answers with `{}` or `{ error }`. */
import { inspect, isDeepStrictEqual } from "node:util";

const show = (value) => inspect(value, { depth: 6, breakLength: 100 });

class Wrong extends Error {
  constructor(line, text) {
    super(`line ${line}: ${text}`);
  }
}

/** What the rewritten examples call. */
globalThis.__doc = {
  none: Symbol("nothing was thrown"),
  same(actual, expected, line, source) {
    const value = expected();
    if (isDeepStrictEqual(actual, value)) return;
    throw new Wrong(line, `${source}\nexpected: ${show(value)}\nactual:   ${show(actual)}`);
  },
  threw(thrown, name, line, source) {
    if (thrown === this.none)
      throw new Wrong(line, `${source}\nexpected: throws ${name}\nactual:   nothing was thrown`);
    if (thrown?.name === name || thrown?.constructor?.name === name) return;
    throw new Wrong(line, `${source}\nexpected: throws ${name}\nactual:   ${show(thrown)}`);
  },
};

/** What to print of an error: frames of node, of ts-node and of this file say nothing about the example. */
const describe = (error) =>
  error instanceof Wrong
    ? error.message
    : show(error).replace(/\n\s+at [^\n]*(node:internal|\/ts-node\/|doc-examples-child)[^\n]*/g, "");

let late;
process.on("uncaughtException", (error) => (late ??= { error }));
process.on("unhandledRejection", (error) => (late ??= { error }));

process.on("message", async (url) => {
  late = undefined;
  let answer = {};
  try {
    await import(url);
    // A rejection that nobody handles is told after the microtasks.
    await new Promise((resolve) => setImmediate(resolve));
    if (late) answer = { error: `after its end: ${describe(late.error)}` };
  } catch (error) {
    answer = { error: describe(error) };
  }
  process.send(answer);
});

// Loading the library is not part of an example's time.
try {
  await import("anyrx");
  process.send("ready");
} catch (error) {
  process.send({ error: describe(error) });
}
