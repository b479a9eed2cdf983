/**
 * Proves that the test command fails when it should: with a spec that fails, crashes, hangs, does not load, or that there is none of; with a step
 * that fails; and with a spec that waits in real time and does not say why, in each way that it may wait.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { inLanes } from "./jobs.mjs";
import { Suite } from "./suite.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const bite = (name) => `tools/test-bite/${name}.ts`;
const problems = [];
let tried = 0;

/** What a suite says of `work`, and what it counts, `passed/failed`. */
async function said(work, options) {
  const lines = [];
  const suite = new Suite({ ...options, print: (text) => lines.push(text) });
  await work(suite);
  const code = suite.close();
  return { text: lines.join("\n"), counts: `${suite.passed}/${suite.failed}`, code };
}

function expected(what, holds, { text }) {
  tried++;
  if (!holds) problems.push(`${what}:\n        ${text.trim().split("\n").join("\n        ")}`);
}

/** One case: `work` must count as `counts`, make the command fail, and have each of `words` in its text. */
const fails = (name, counts, words, work, options) => ({
  name,
  work: async () => {
    const told = await said(work, options);
    expected(`${name} counts as ${told.counts}, not ${counts}`, told.counts === counts, told);
    expected(`${name} does not fail`, told.code === 1, told);
    for (const word of words) expected(`${name}: nobody says "${word}"`, told.text.includes(word), told);
  },
});

/** The command itself, as it is called. */
const command = (name, args, env, check) => ({
  name,
  work: () =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, ["tools/test.mjs", ...args], {
        cwd: root,
        env: { ...process.env, ...env },
      });
      let text = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (part) => (text += part));
      child.on("close", (code) => {
        check({ text, code, last: text.trimEnd().split("\n").at(-1) });
        resolve();
      });
    }),
});

const wrong = [
  "an expectation",
  "waits without a reason",
  "waits for a promise of a timer",
  "waits for a signal",
  "waits for a process",
  "waits too long for a real clock",
  "does not wait, though it says so",
  "does not",
];

await inLanes(2, [
  fails(
    "a failing spec",
    `2/${wrong.length}`,
    [
      ...wrong.map((name) => `wrong: ${name}`),
      "wrong.ts:",
      "let it run in virtual time",
      "make it shorter",
      "npm test -- --seed=",
    ],
    (suite) => suite.specs("specs", [bite("wrong")]),
  ),
  fails("a crash", "0/1", ["without a report"], (suite) => suite.specs("specs", [bite("crashes")])),
  fails("a hang", "0/1", ["took longer than 3 s"], (suite) => suite.specs("specs", [bite("hangs")]), { limit: 3_000 }),
  fails("a file that does not load", "0/1", ["it does not load"], (suite) =>
    suite.specs("specs", [bite("does-not-load")]),
  ),
  fails("a focused spec", "1/1", [], (suite) => suite.specs("specs", [bite("focused")])),
  fails("no spec", "0/1", [], (suite) => suite.specs("specs", [bite("there-is-none")])),
  fails("a step", "0/1", ["exit 3", "so there"], (suite) =>
    suite.step("step", ["-e", "console.log('so there'); process.exit(3)"]),
  ),
  fails(
    "a step that hangs",
    "0/1",
    ["took longer than 0.5 s"],
    (suite) => suite.step("step", ["-e", "setInterval(() => 0, 1000)"]),
    {
      limit: 500,
    },
  ),
  fails("nothing at all", "0/0", ["0 passed, 0 failed"], () => undefined),
  fails("a mistake in the command", "0/1", ["TypeError: no"], (suite) => suite.broken(new TypeError("no"))),
  command("a command", [bite("wrong")], {}, (told) => {
    expected("the command does not close with its counts", told.last === `2 passed, ${wrong.length} failed`, told);
    expected("the command does not fail", told.code === 1, told);
  }),
  command("a command that hangs", [bite("hangs")], { ANYRX_TEST_LIMIT: "3000" }, (told) => {
    expected("the command that hangs does not close with its counts", told.last === "0 passed, 1 failed", told);
    expected("the command that hangs does not fail", told.code === 1, told);
  }),
]);

for (const problem of problems) console.log(problem);
console.log(`${tried} expectations, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
