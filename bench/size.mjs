/**
 * Sizes: what an import of the built library adds to a program, bundled, minified and compressed, without RxJS.
 *
 *     node bench/size.mjs            prints the sizes; exits with 1 when one is over its budget in bench/size.json
 *     node bench/size.mjs --update   sets the budgets to the sizes of now, rounded up to the next 0.5 kB
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build as bundle } from "esbuild";
import { build } from "./prepare.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const budgets = fileURLToPath(new URL("size.json", import.meta.url));
const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const CORE = "{ CancelScope, taskGroup, createMemoryObjectStream, run }";

/** What is imported, by the name that it has in the report. */
const imports = {
  [CORE]: `export ${CORE} from "${name}";`,
  ...Object.fromEntries(
    Object.keys(exports)
      .filter((path) => !path.endsWith(".json"))
      .map((path) => name + path.slice(1))
      .map((path) => [path, `export * from "${path}";`]),
  ),
};

/** The bytes of a program that is nothing but `contents`. It finds the library by its own name, as the library's own files do. */
async function measure(contents, platform) {
  const { outputFiles } = await bundle({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform,
    external: ["rxjs", "rxjs/*", "effect", "effect/*", "effection", "effection/*", "node:*"],
    logLevel: "error",
  });
  const code = outputFiles[0].contents;
  return { minified: code.length, gzipped: gzipSync(code, { level: 9 }).length };
}

build();
const sizes = {};
for (const [what, contents] of Object.entries(imports)) sizes[what] = await measure(contents, "browser");

const kB = (bytes) => `${(bytes / 1000).toFixed(2)} kB`;

if (process.argv.includes("--update")) {
  const rounded = Object.entries(sizes).map(([what, { gzipped }]) => [what, Math.ceil(gzipped / 500) * 500]);
  writeFileSync(budgets, `${JSON.stringify(Object.fromEntries(rounded), null, 2)}\n`);
}
const limits = JSON.parse(readFileSync(budgets, "utf8"));
for (const [what, { minified, gzipped }] of Object.entries(sizes)) {
  const limit = limits[what];
  const over = limit === undefined || gzipped > limit;
  if (over) process.exitCode = 1;
  const verdict =
    limit === undefined ? "has no budget in bench/size.json" : `of ${kB(limit)}${over ? ": OVER BUDGET" : ""}`;
  console.log(`${kB(gzipped).padStart(9)} ${verdict}  ${what}  (${kB(minified)} before gzip)`);
}
for (const what of Object.keys(limits)) {
  if (what in sizes) continue;
  process.exitCode = 1;
  console.log(`          bench/size.json has a budget for "${what}", which is no import of the library`);
}
