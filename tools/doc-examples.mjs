/**
 * Runs the documentation: every `@example` in src/, and every block fenced as "ts run" in README.md and docs/.
 *
 *     expr; // => value      `await expr` must deeply equal `value`; also after `const x = expr;`, and inside functions
 *     expr; // throws Name   `await expr` must throw an error of that name
 *
 * An `@example` may leave out its imports: what its own file, anyrx and rxjs export is imported when used, in that order.
 * Text beside the tag is a title. A fence inside `@example` marked "no-run" is left alone. Every example has 5 s.
 *
 *     node tools/doc-examples.mjs [file …]
 */
import { fork } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as rxjs from "rxjs";
import { exportsOf, toModule } from "./doc-examples-rewrite.mjs";

const LIMIT = 5_000;
const root = fileURLToPath(new URL("..", import.meta.url));
const work = join(root, ".tmp", `doc-examples-${process.pid}`);

function* files(folder, ending) {
  if (!existsSync(join(root, folder))) return;
  for (const entry of readdirSync(join(root, folder), { recursive: true }).sort()) {
    if (entry.endsWith(ending)) yield join(folder, entry).split(sep).join("/");
  }
}

/** The fenced blocks of some lines, as `{ info, line, lines }`; `line` counts from `first`. */
function* fences(lines, first) {
  let open;
  for (const [i, text] of lines.entries()) {
    const fence = /^\s*(`{3,})\s*(.*)$/.exec(text);
    if (!open && fence) open = { mark: fence[1], info: fence[2].trim(), line: first + i + 1, lines: [] };
    else if (open && fence && fence[2] === "" && fence[1].length >= open.mark.length) {
      yield open;
      open = undefined;
    } else open?.lines.push(text);
  }
}

/** Every `@example` of a source file. */
function* examplesOfSource(file, text) {
  for (const comment of text.matchAll(/^[ \t]*\/\*\*[\s\S]*?\*\//gm)) {
    const first = text.slice(0, comment.index).split("\n").length;
    const lines = comment[0]
      .replace(/\*\/$/, "")
      .split("\n")
      .map((line) => line.replace(/^\s*(\/\*\*|\*) ?/, ""));
    for (let i = 0; i < lines.length; i++) {
      if (!lines[i].startsWith("@example")) continue;
      let end = i + 1;
      for (let fenced = false; end < lines.length && (fenced || !/^@[a-z]/.test(lines[end])); end++) {
        if (/^\s*```/.test(lines[end])) fenced = !fenced;
      }
      const body = lines.slice(i + 1, end);
      const blocks = [...fences(body, first + i + 1)];
      if (blocks.length === 0 && body.some((line) => line.trim())) {
        yield { file, line: first + i + 1, lines: body, auto: true };
      }
      for (const { info, line, lines: code } of blocks) {
        if (/^(ts|typescript)\b/.test(info) && !/\bno-run\b/.test(info)) yield { file, line, lines: code, auto: true };
      }
      i = end - 1;
    }
  }
}

function* examplesOfMarkdown(file, text) {
  for (const { info, line, lines } of fences(text.split("\n"), 1)) {
    if (/^ts\s+run\b/.test(info)) yield { file, line, lines, auto: false };
  }
}

const only = process.argv.slice(2).map((path) => relative(root, path).split(sep).join("/"));
const wanted = (file) => only.length === 0 || only.includes(file);
const examples = [];
for (const file of files("src", ".ts")) {
  if (wanted(file)) examples.push(...examplesOfSource(file, readFileSync(join(root, file), "utf8")));
}
for (const file of ["README.md", ...files("docs", ".md")]) {
  if (wanted(file) && existsSync(join(root, file))) {
    examples.push(...examplesOfMarkdown(file, readFileSync(join(root, file), "utf8")));
  }
}

const failures = [];
const report = ({ file, line }, text) => {
  failures.push(`${file}:${line}`);
  console.log(`\nFAILED  ${file}:${line}\n        ${text.trimEnd().split("\n").join("\n        ")}`);
};

/** Writes an example as a module whose lines stand where they stand in the document, so that stacks can be read. */
function write(example, id) {
  const scopes = [];
  if (example.auto) {
    scopes.push({ from: `../../${example.file}`, names: exportsOf(join(root, example.file)) });
    if (existsSync(join(root, "src/index.ts")))
      scopes.push({ from: "anyrx", names: exportsOf(join(root, "src/index.ts")) });
    scopes.push({ from: "rxjs", names: new Set(Object.keys(rxjs)) });
  }
  const { code, problems } = toModule(example, scopes);
  for (const problem of problems) report({ ...example, line: problem.line }, problem.text);
  if (problems.length > 0) return undefined;
  const path = join(work, `${id}.ts`);
  writeFileSync(path, code);
  return path;
}

/** One child runs the examples in turn; it is replaced when one of them hangs or ends it. */
class Runner {
  #child;
  #output = "";

  async #start() {
    this.#child = fork(fileURLToPath(new URL("./doc-examples-child.mjs", import.meta.url)), {
      cwd: root,
      execArgv: ["-C", "@anyrx/source", "--expose-gc", "--enable-source-maps", "--import", "./tools/ts.mjs"],
      silent: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on("data", (chunk) => (this.#output += chunk));
    const ready = await this.#answer(60_000);
    if (ready !== "ready")
      throw new Error(`The library does not load, so no example runs:\n${ready.error}\n${this.#output}`);
  }

  /** The child's next message, or how it failed to send one. */
  #answer(limit) {
    const child = this.#child;
    return new Promise((resolve) => {
      const settle = (value) => {
        clearTimeout(timer);
        child.off("message", settle).off("exit", onExit);
        resolve(value);
      };
      const onExit = (code, signal) => {
        this.#child = undefined;
        settle({ error: `the example ended the process (${code ?? signal})` });
      };
      const timer = setTimeout(() => {
        this.stop();
        settle({ error: `took longer than ${limit} ms` });
      }, limit);
      child.on("message", settle).on("exit", onExit);
    });
  }

  async run(path) {
    if (!this.#child) await this.#start();
    this.#output = "";
    this.#child.send(pathToFileURL(path).href);
    const { error } = await this.#answer(LIMIT);
    return error === undefined ? undefined : { error, output: this.#output };
  }

  stop() {
    this.#child?.removeAllListeners("exit").kill("SIGKILL");
    this.#child = undefined;
  }
}

const runner = new Runner();
try {
  mkdirSync(work, { recursive: true });
  for (const [id, example] of examples.entries()) {
    const path = write(example, id);
    if (path === undefined) continue;
    const failure = await runner.run(path);
    if (failure === undefined) continue;
    const { error, output } = failure;
    const place = (text) => text.replaceAll(pathToFileURL(path).href, example.file).replaceAll(path, example.file);
    const at = /^line (\d+): /.exec(error);
    const text = place(at ? error.slice(at[0].length) : error);
    report(
      { file: example.file, line: at ? Number(at[1]) : example.line },
      output ? `${text}\nIt printed:\n${place(output)}` : text,
    );
  }
} catch (error) {
  failures.push("");
  console.log(error.message);
} finally {
  runner.stop();
  rmSync(work, { recursive: true, force: true });
}

console.log(`${examples.length} examples, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;
