/**
 * The hooks of `tools/ts.mjs`: ts-node compiles each text once, and what it gave is kept in `node_modules/.cache/anyrx-ts`.
 *
 * A test run starts some thirty processes that load the library. All but the first find it compiled, and never load ts-node.
 */
import { Buffer } from "node:buffer";
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
const read = (path) => readFileSync(path, "utf8");
const hash = (parts) => createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 32);

export const cache = join(root, "node_modules/.cache/anyrx-ts");

/** What the output depends on beside the source. */
const compiler = hash([
  ...["typescript/package.json", "ts-node/package.json"].map((name) => read(require.resolve(name))),
  ...["tsconfig.json", "package.json", "tools/ts-hooks.mjs"].map((name) => read(join(root, name))),
]);

let service;

function compile(source, path) {
  service ??= require("ts-node").create({ cwd: root, transpileOnly: true });
  const name = encodeURI(basename(path));
  // The map names its source by the place beside the output, so that the output holds for a copy that lies elsewhere.
  return service.compile(source, path).replace(/(?<=;base64,)\S+\s*$/, (map) => {
    const relative = { ...JSON.parse(Buffer.from(map, "base64").toString()), file: name, sources: [name] };
    return Buffer.from(JSON.stringify(relative)).toString("base64");
  });
}

/** What the file at `path` compiles to, and where that is kept. */
export function compiled(path) {
  const source = read(path);
  const kept = join(cache, `${hash([compiler, basename(path), source])}.js`);
  try {
    return { output: read(kept), kept };
  } catch {
    const output = compile(source, path);
    mkdirSync(cache, { recursive: true });
    // Moved into place, so that no other process reads half of it.
    const half = `${kept}.${randomUUID()}`;
    writeFileSync(half, output);
    renameSync(half, kept);
    return { output, kept };
  }
}

export function load(url, context, next) {
  if (!/^file:.*\.ts$/.test(url) || url.includes("/node_modules/")) return next(url, context);
  return { format: "module", source: compiled(fileURLToPath(url)).output, shortCircuit: true };
}
