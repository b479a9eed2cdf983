/**
 * The build: one ESM file per public subpath, and its rolled-up types. `npm run build` writes dist/.
 *
 * `#host`, `rxjs`, the engines and `node:` stay external: one dist serves every host, chosen by the package's `imports` conditions.
 */
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import typescript from "@rollup/plugin-typescript";
import dts from "rollup-plugin-dts";

/** dist file (without extension) <- source file. A new subpath needs a line here and one in package.json's `exports`. */
const entries = {
  index: "src/index.ts",
  pipeline: "src/pipeline/index.ts",
  backend: "src/backend/index.ts",
  effect: "src/effect/index.ts",
  effection: "src/effection/index.ts",
  testing: "src/testing/index.ts",
  "testing/jasmine": "src/testing/jasmine/index.ts",
  "testing/laws": "src/testing/laws/index.ts",
  "host/node": "src/host/node.ts",
  "host/browser": "src/host/browser.ts",
};

const external = /^(node:|(rxjs|effect|effection)(\/|$)|#)/;
const src = fileURLToPath(new URL("src/", import.meta.url));
const fail = (warning) => {
  throw new Error(`${warning.code}: ${warning.message}`);
};

/** Every module that one of `roots` reaches, itself included. */
function reach(roots, getModuleInfo) {
  const seen = new Set();
  const queue = [...roots];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    queue.push(...(getModuleInfo(id)?.importedIds.filter((to) => to.startsWith(src)) ?? []));
  }
  return seen;
}

/**
 * All that src/index.ts reaches is one chunk, itself included; dist/index.js is that chunk, or a facade over it when another entry
 * needs more of it than the public list. src/index.ts binds the host into
 * the kernel by a statement; package.json says `sideEffects: false`; so that statement must live in the file of the kernel, or a
 * bundler that follows re-exports would go past it.
 *
 * What a host imports lies apart, in base.js: core.js asks for `#host`, so a host that imports core.js back would run before
 * it. Only leaves may be there, since base.js can be reached without the statement.
 */
function manualChunks(id, { getModuleInfo }) {
  if (!id.startsWith(src)) return null;
  const hosts = reach([src + "host/node.ts", src + "host/browser.ts"], getModuleInfo);
  if (id.startsWith(src + "host/")) return null;
  if (hosts.has(id)) {
    if (!/^(base|port)\//.test(id.slice(src.length))) {
      throw new Error(
        `Cannot build: a host imports values from src/${id.slice(src.length)}; only base and port are below it in dist`,
      );
    }
    return "base";
  }
  return reach([src + "index.ts"], getModuleInfo).has(id) ? "core" : null;
}

/** The names of a list such as `a as b, type c`, as they are seen from outside. */
const names = (list) => list.split(",").map((entry) => entry.trim().split(" ").at(-1));
const lists = /^export \{([^}]*)\}/gm;

/**
 * What an entry exports as a type only is made a type in its declarations as well: what comes from a chunk is listed there as if it were a value, and
 * importing that compiles, and fails when it runs.
 */
const typesAreTypes = {
  name: "types-are-types",
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (!chunk.isEntry) continue;
      const built = readFileSync(new URL(`dist/${chunk.name.replace(/\.d$/, "")}.js`, import.meta.url), "utf8");
      const values = new Set([...built.matchAll(lists)].flatMap(([, list]) => names(list)));
      chunk.code = chunk.code.replace(lists, (_, list) => {
        const marked = list
          .split(",")
          .map((entry) =>
            entry.trim() === "" || values.has(names(entry)[0]) ? entry : entry.replace(/\S/, "type $&"),
          );
        return `export {${marked.join(",")}}`;
      });
    }
  },
};

export default [
  {
    input: entries,
    external,
    onwarn: fail,
    treeshake: { moduleSideEffects: true },
    output: {
      dir: "dist",
      format: "es",
      sourcemap: true,
      entryFileNames: "[name].js",
      chunkFileNames: (chunk) =>
        chunk.name === "core" || chunk.name === "base" ? "[name].js" : "chunks/[name]-[hash].js",
      manualChunks,
    },
    plugins: [
      { name: "clean", buildStart: () => rmSync("dist", { recursive: true, force: true }) },
      typescript({
        tsconfig: "tsconfig.build.json",
        noEmitOnError: true,
        compilerOptions: { declaration: false, isolatedDeclarations: false, incremental: false },
      }),
    ],
  },
  {
    input: entries,
    external,
    // Hosts are no public entry: nobody has to name their types.
    onwarn: (warning) => (warning.message.includes('Entry "host/') ? undefined : fail(warning)),
    output: { dir: "dist", format: "es", entryFileNames: "[name].d.ts", chunkFileNames: "chunks/[name]-[hash].d.ts" },
    plugins: [dts({ tsconfig: "tsconfig.build.json" }), typesAreTypes],
  },
];
