/**
 * Tests what users get: builds, packs, installs the tarball in a fresh project and uses it there.
 *
 * Checked: publint, attw, every export by `import` and by `require`, one class identity for both, a TypeScript consumer with
 * `skipLibCheck` off (Node types, and DOM without Node), and `tools/pack-page.ts` in Node and, bundled, in Chromium.
 */
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import esbuild from "esbuild";
import { chromium as playwright } from "playwright-core";
import { chromium } from "./chromium.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const dir = realpathSync(mkdtempSync(join(tmpdir(), "anyrx-pack-")));
const app = join(dir, "app");
const bin = (path) => join(root, "node_modules", path);

/** Runs a program to its end; an exit code other than 0 throws what it printed. */
async function sh(file, args, cwd) {
  try {
    const { stdout } = await promisify(execFile)(file, args, { cwd, maxBuffer: 1 << 26, timeout: 120_000 });
    return stdout;
  } catch (error) {
    throw new Error(
      `${file} ${args.join(" ")}\n${error.stdout ?? ""}${error.stderr ?? ""}${error.killed ? "stopped after 120 s" : ""}`,
      { cause: error },
    );
  }
}
const node = (args, cwd = app) => sh(process.execPath, args, cwd);
const put = (name, text) => writeFileSync(join(app, name), text);

let failed = 0;
async function check(name, body) {
  try {
    const { skipped } = (await body()) ?? {};
    console.log(skipped ? `SKIPPED ${name}: ${skipped}` : `ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${error.message ?? error}`);
  }
}

/** The public subpaths that are modules. */
const subpaths = Object.keys(manifest.exports).filter((key) => key !== "./package.json");
const specifiers = subpaths.map((key) => manifest.name + key.slice(1));

/** The engines that are installed by who wants them. */
const neighbors = Object.keys(manifest.peerDependenciesMeta);

async function page(path, code) {
  const server = createServer((request, response) => {
    const script = request.url === "/page.js";
    response.writeHead(200, { "content-type": script ? "text/javascript" : "text/html" });
    response.end(script ? code : '<!doctype html><title>…</title><script type="module" src="/page.js"></script>');
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await playwright.launch({ executablePath: path, args: ["--no-sandbox"] });
  try {
    const tab = await browser.newPage();
    const errors = [];
    tab.on("pageerror", (error) => errors.push(error.stack ?? String(error)));
    await tab.goto(`http://127.0.0.1:${server.address().port}/`);
    await tab
      .waitForFunction("window.result !== undefined", undefined, { timeout: 15_000 })
      .catch((error) => errors.push(error.message));
    if (errors.length > 0) throw new Error(errors.join("\n"));
    return await tab.evaluate("window.result");
  } finally {
    await browser.close();
    server.close();
  }
}

try {
  await node([bin("rollup/dist/bin/rollup"), "-c", "--silent"], root);
  await sh("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", dir], root);
  const tarball = join(
    dir,
    readdirSync(dir).find((name) => name.endsWith(".tgz")),
  );
  mkdirSync(app);
  put("package.json", JSON.stringify({ name: "app", private: true, type: "module" }));
  const rxjs = `rxjs@${manifest.devDependencies.rxjs}`;
  await sh("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", tarball, rxjs], app);

  await check("publint", async () => {
    const { publint } = await import("publint");
    const { formatMessage } = await import("publint/utils");
    const { messages } = await publint({
      pkgDir: join(app, "node_modules", manifest.name),
      pack: false,
      level: "warning",
      strict: true,
    });
    if (messages.length > 0) throw new Error(messages.map((message) => formatMessage(message, manifest)).join("\n"));
  });

  await check("are the types wrong", () =>
    node([bin("@arethetypeswrong/cli/dist/index.js"), tarball, "--profile", "esm-only"]),
  );

  await check("without the packages of the neighbors", async () => {
    const script = `
      import assert from "node:assert";
      import { availableBackends, run } from "anyrx";
      assert.deepEqual(availableBackends(), ["native", "rx", "virtual"]);
      for (const backend of ${JSON.stringify(neighbors)}) {
        let message = "";
        try { await run(() => 1, { backend }); } catch (error) { message = error.message; }
        assert.equal(message, \`Cannot run on the backend "\${backend}": the package \${backend} is not installed; npm install \${backend}@4, and import "anyrx/\${backend}" first\`);
      }`;
    put("alone.mjs", script);
    await node(["alone.mjs"]);
  });

  // From here on they are installed. They have no dependencies.
  for (const name of neighbors) symlinkSync(bin(name), join(app, "node_modules", name));

  await check("with the packages of the neighbors", async () => {
    const script = `
      import assert from "node:assert";
      import { availableBackends, currentBackend, run, sleep } from "anyrx";
      assert.deepEqual(availableBackends(), ["native", "rx", "virtual", ...${JSON.stringify(neighbors)}]);
      for (const backend of ${JSON.stringify(neighbors)}) {
        await assert.rejects(async () => run(() => 1, { backend }), { message: \`Cannot run on the backend "\${backend}": "anyrx/\${backend}" was not imported; import "anyrx/\${backend}" first\` });
        await import(\`anyrx/\${backend}\`);
        assert.equal(await run(async () => (await sleep(1), currentBackend()), { backend }), backend);
      }`;
    put("neighbors.mjs", script);
    await node(["neighbors.mjs"]);
  });

  await check("import, require, one identity", async () => {
    put(
      "both.cjs",
      `const assert = require("node:assert");
       (async () => {
         for (const name of ${JSON.stringify(specifiers)}) {
           const required = require(name), imported = await import(name);
           assert.deepEqual(Object.keys(required), Object.keys(imported), name);
           for (const key of Object.keys(imported)) assert.equal(required[key], imported[key], name + " " + key);
         }
         assert(require("${manifest.name}").Operation.prototype instanceof require("rxjs").Observable, "Operation is an Observable of the same rxjs");
       })().catch((error) => { console.error(error); process.exitCode = 1; });`,
    );
    await node(["--disable-warning=ExperimentalWarning", "both.cjs"]);
  });

  await check("the declarations promise what is there", async () => {
    for (const [path, { types }] of Object.entries(manifest.exports).filter(([, entry]) => entry.types)) {
      const text = readFileSync(join(app, "node_modules", manifest.name, types), "utf8");
      const promised = [...text.matchAll(/^export \{([^}]*)\}/gm)]
        .flatMap(([, list]) => list.split(",").map((entry) => entry.trim()))
        .filter((entry) => !entry.startsWith("type "))
        .map((entry) => entry.split(" ").at(-1));
      const script = `console.log(JSON.stringify(Object.keys(await import("${manifest.name}${path.slice(1)}"))))`;
      const there = JSON.parse(await node(["--input-type=module", "-e", script]));
      if (promised.sort().join() !== there.sort().join())
        throw new Error(`${path}: promised ${promised.join(" ")}\nthere ${there.join(" ")}`);
    }
  });

  await check("every subpath loads alone", async () => {
    for (const name of specifiers) await node(["--input-type=module", "-e", `await import("${name}")`]);
  });

  cpSync(join(root, "tools/pack-page.ts"), join(app, "program.ts"));
  const all = (names) => put("all.ts", names.map((name, i) => `export * as m${i} from "${name}";\n`).join(""));
  mkdirSync(join(app, "node_modules/@types"), { recursive: true });
  for (const name of ["@types/node", "undici-types"]) symlinkSync(bin(name), join(app, "node_modules", name));
  const compilerOptions = { strict: true, skipLibCheck: false, target: "ES2022", module: "NodeNext", outDir: "out" };
  const consumers = {
    "Node types": { lib: ["ES2023", "ESNext.Disposable"], types: ["node"] },
    "DOM types, bundler resolution": {
      ...{ lib: ["ES2023", "ESNext.Disposable", "DOM", "DOM.AsyncIterable"], types: [], noEmit: true },
      ...{ module: "ESNext", moduleResolution: "Bundler", customConditions: ["browser"] },
    },
  };
  for (const [name, options] of Object.entries(consumers)) {
    await check(`a TypeScript consumer with ${name}`, async () => {
      // Effect's own types need those of the DOM.
      all(specifiers.filter((specifier) => options.lib.includes("DOM") || !specifier.endsWith("/effect")));
      put(
        "tsconfig.json",
        JSON.stringify({ compilerOptions: { ...compilerOptions, ...options }, files: ["program.ts", "all.ts"] }),
      );
      await node([bin("typescript/bin/tsc"), "-p", "tsconfig.json"]);
    });
  }

  await check("a TypeScript consumer with jasmine's types", async () => {
    symlinkSync(bin("@types/jasmine"), join(app, "node_modules/@types/jasmine"));
    put(
      "jasmine.ts",
      `import { map } from "rxjs";
       import { addMarbleMatchers, marbleIt, MarbleRecorder, onBackends } from "anyrx/testing/jasmine";
       beforeEach(addMarbleMatchers);
       it("has matchers", async () => {
         expect(new MarbleRecorder<number>()).not.toMatchMarbles("a");
         await expectAsync(({ cold }) => cold("a", { a: 1 }).pipe(map((n) => n.toFixed()))).toEmitMarbles("a");
         await expectAsync(Promise.resolve(1)).toBeResolvedTo(1);
         // @ts-expect-error -- no marbles
         await expectAsync(async () => 1).toEmitMarbles(1);
       });
       onBackends(["native", { name: "mine", run: async (main) => main() }], (it) => it.only("has options", () => undefined, { timeout: 1 }));
       marbleIt("has a test", (t) => t.expectObservable(t.cold("a|")).toBe("a|"));
      `,
    );
    put(
      "tsconfig.json",
      JSON.stringify({
        compilerOptions: {
          ...compilerOptions,
          lib: ["ES2023", "ESNext.Disposable"],
          types: ["node", "jasmine"],
          noEmit: true,
        },
        files: ["jasmine.ts"],
      }),
    );
    await node([bin("typescript/bin/tsc"), "-p", "tsconfig.json"]);
  });

  await check("the program in Node", async () => {
    put(
      "node.mjs",
      `import { expected, main } from "./out/program.js";\nconst result = await main();\nif (result !== expected) throw new Error(result);\n`,
    );
    await node(["node.mjs"]);
  });

  await check("an uncaught failure in Node", async () => {
    put(
      "uncaught.mjs",
      `import { run, taskGroup } from "anyrx";
       function work() { throw new RangeError("no"); }
       await run(() => taskGroup((tg) => void tg.startSoon(work), { name: "crew" }));`,
    );
    const printed = await node(["uncaught.mjs"]).then(String, (error) => error.message);
    const tree = printed.slice(printed.indexOf("TaskGroupError"), printed.indexOf("\n\nNode.js"));
    const expected = [
      'TaskGroupError: Cannot complete the task group "crew": 1 error (RangeError: no); see errors',
      '    at the task group "crew"',
      '    └─ task "work": RangeError: no',
      `           at work (file://${app}/uncaught.mjs:2:32)`,
    ].join("\n");
    if (tree !== expected || /^\s*\^/m.test(printed))
      throw new Error(`expected\n${expected}\nand Node prints\n${printed}`);
  });

  await check("the program in Chromium", async () => {
    put(
      "page.ts",
      `import { main } from "./program.ts";\nmain().then((r) => r, String).then((r) => Object.assign(window, { result: r }));\n`,
    );
    const { outputFiles } = await esbuild.build({
      ...{ absWorkingDir: app, entryPoints: ["page.ts"], bundle: true, write: false, logLevel: "silent" },
      ...{ format: "esm", platform: "browser", target: "es2022", tsconfigRaw: {} },
    });
    const { path, reason } = chromium();
    if (!path) return { skipped: reason };
    const result = await page(path, outputFiles[0].text);
    const { expected } = await import(join(app, "out/program.js"));
    if (result !== expected) throw new Error(`expected ${expected}, the page says ${result}`);
    return undefined;
  });
} catch (error) {
  failed++;
  console.log(error.message ?? error);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
