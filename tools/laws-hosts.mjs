/**
 * Holds every backend to the laws on several hosts, with the built package:
 *
 *     node tools/laws-hosts.mjs                                            the Node that runs this
 *     node tools/laws-hosts.mjs /path/to/node24 /path/to/bun /path/to/deno chromium
 *     node tools/laws-hosts.mjs --only=effect,rx chromium                  these backends
 *
 * A row says how many checks held, how many are exempt, and how many are broken: then it fails. Needs `dist/`: `npm run build` makes it. It takes 12 s
 * for each host, and minutes for Chromium, where some backends wait for frames. `ANYRX_PICTURE=page.png` keeps a picture of the page.
 */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import { chromium as playwright } from "playwright-core";
import { chromium } from "./chromium.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const hosts = args.filter((arg) => !arg.startsWith("--"));
if (hosts.length === 0) hosts.push(process.execPath);
const only = JSON.stringify(args.flatMap((arg) => (arg.startsWith("--only=") ? arg.slice(7).split(",") : [])));
const dir = realpathSync(mkdtempSync(join(tmpdir(), "anyrx-laws-")));

/** A project with the package as it is published, and its peers. */
function project() {
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  for (const file of ["package.json", "dist"])
    cpSync(join(root, file), join(dir, "node_modules/anyrx", file), { recursive: true });
  for (const name of ["rxjs", "effect", "effection"])
    symlinkSync(realpathSync(join(root, "node_modules", name)), join(dir, "node_modules", name));
}

/** Our program as one module; what it imports from packages is left to the host, or bundled for a page. */
async function bundled(tell, page) {
  const { outputFiles } = await esbuild.build({
    stdin: {
      contents: `import { check } from ${JSON.stringify(join(root, "tools/laws-program.ts"))};\nawait check(${tell}, ${only});\n${page ? "window.end();" : ""}`,
      resolveDir: dir,
    },
    ...{ bundle: true, write: false, format: "esm", target: "es2022", logLevel: "silent", tsconfigRaw: {} },
    // `main()` of Effection imports it when it is called in Node.
    ...(page
      ? { platform: "browser", external: ["node:process"], plugins: [fromProject] }
      : { platform: "node", packages: "external" }),
  });
  return outputFiles[0].text;
}

/** Packages are those of the project, whoever imports them. */
const fromProject = {
  name: "from-project",
  setup(build) {
    build.onResolve({ filter: /^(anyrx|rxjs|effect|effection)(\/|$)/ }, ({ path, kind, pluginData }) =>
      pluginData === "ours" ? undefined : build.resolve(path, { kind, resolveDir: dir, pluginData: "ours" }),
    );
  },
};

let failed = false;
/** What came of one backend on one host. */
function show(host, { backend, held, exempt, broken, ms }) {
  const words = `${String(held).padStart(5)} held ${String(exempt).padStart(2)} exempt ${String(broken.length).padStart(2)} broken`;
  console.log(`${host.padEnd(16)} ${backend.padEnd(20)} ${words}  ${(ms / 1000).toFixed(1)} s`);
  for (const text of broken) console.log(`    ${text.replaceAll("\n", "\n    ")}`);
  failed ||= broken.length > 0;
}

async function onHost(host) {
  const file = join(dir, "laws.mjs");
  writeFileSync(file, await bundled("(row) => console.log(JSON.stringify(row))", false));
  const kind = /^(bun|deno)/.exec(basename(host))?.[0] ?? "node";
  const rest = kind === "deno" ? ["run", "--allow-all", "--no-check", "--node-modules-dir=manual", file] : [file];
  const version = `${kind} ${/\d+\.\d+\.\d+/.exec(execFileSync(host, ["--version"], { encoding: "utf8" }))[0]}`;
  const child = spawn(host, rest, { cwd: dir, stdio: ["ignore", "pipe", "inherit"] });
  let rows = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    rows++;
    show(version, JSON.parse(line));
  });
  const code = await new Promise((done) => child.on("close", done));
  if (code === 0 && rows > 0) return;
  console.log(`${host}: ended with ${code} after ${rows} backends`);
  failed = true;
}

/* global document */

/** Runs in the page: a row of its table. */
function appended({ backend, held, exempt, broken }) {
  const table = document.querySelector("table") ?? document.body.appendChild(document.createElement("table"));
  table.border = "1";
  const row = table.insertRow();
  for (const text of [backend, `${held} held`, `${exempt} exempt`, `${broken.length} broken`])
    row.insertCell().textContent = text;
}

async function inChromium() {
  const { path, reason } = chromium();
  if (path === undefined) return void console.log(`SKIPPED chromium: ${reason}`);
  const code = await bundled("(row) => window.tell(row)", true);
  const server = createServer((request, response) => {
    const script = request.url === "/page.js";
    response.writeHead(200, { "content-type": script ? "text/javascript" : "text/html" });
    response.end(script ? code : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const browser = await playwright.launch({ executablePath: path, args: ["--no-sandbox"] });
  try {
    const tab = await browser.newPage();
    await tab.exposeFunction("tell", (row) => {
      show("chromium", row);
      return tab.evaluate(appended, row);
    });
    const over = new Promise((done, fail) => {
      tab.on("pageerror", fail);
      void tab.exposeFunction("end", done);
    });
    await tab.goto(`http://127.0.0.1:${server.address().port}/`);
    await over;
    const picture = process.env.ANYRX_PICTURE;
    if (picture) await tab.screenshot({ path: picture, fullPage: true });
  } finally {
    await browser.close();
    server.close();
  }
}

try {
  project();
  for (const host of hosts) await (host === "chromium" ? inChromium() : onHost(host));
} finally {
  rmSync(dir, { recursive: true, force: true });
}
if (failed) process.exitCode = 1;
