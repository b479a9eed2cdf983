/**
 * The floors of src/: who may import whom. `npm run floors` checks them, and `tools/floors-bite.mjs` checks that
 * every rule here refuses what it is meant to refuse.
 */

/** From the ground up. A folder imports from its own line or from the lines above it here, never from those below. */
const floors = [
  ["base"],
  ["port"],
  ["kernel"],
  ["time", "sync", "stream"],
  ["tasks"],
  ["rx"],
  ["pipeline"],
  ["backend"],
  ["host"],
  ["effect", "effection"],
  ["net", "fs", "process", "thread"],
  ["testing"],
];

const folders = (names) => `^src/(${names.join("|")})/`;
/** Index files stand above every floor: they are the public lists. */
const barrel = "^src/(index|.+/index)\\.ts$";
/** Those of the neighbors: their users may import nothing else, and src/index.ts binds the host. */
const alone = "^src/(effect|effection)/index\\.ts$";

const upward = floors.slice(0, -1).map((names, i) => ({
  name: `floor-${names.join("-")}`,
  comment: `${names.join(", ")} may not import from a higher floor`,
  severity: "error",
  from: { path: folders(names), pathNot: barrel },
  to: { path: folders(floors.slice(i + 1).flat()) },
}));

/** Two engines, or two hosts, never meet: `x.ts` may use `x/…`, not `y.ts`. */
const siblings = (folder) => ({
  name: `siblings-${folder}`,
  comment: `siblings in src/${folder}/ never meet: what two of them need lives on a lower floor`,
  severity: "error",
  from: { path: `^src/${folder}/([^/.]+)`, pathNot: barrel },
  to: { path: `^src/${folder}/`, pathNot: `^src/${folder}/$1(/|\\.)` },
});

const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

module.exports = {
  forbidden: [
    ...upward,
    forbid(
      "time-alone",
      "time imports neither sync nor stream",
      { path: "^src/time/" },
      { path: folders(["sync", "stream"]) },
    ),
    forbid("sync-without-stream", "sync imports time, never stream", { path: "^src/sync/" }, { path: "^src/stream/" }),
    siblings("backend"),
    forbid(
      "neighbors-apart",
      "effect and effection never meet: each is loaded by who asks for it alone",
      { path: "^src/(effect|effection)/" },
      { path: "^src/(backend/)?(effect|effection)(/|\\.)", pathNot: "^src/(backend/)?$1(/|\\.)" },
    ),
    forbid(
      "backend-in-the-open",
      "a backend is written with what anyrx/backend exports: the port, and these parts of base",
      { path: folders(["backend"]), pathNot: barrel },
      { path: "^src/base/", pathNot: "^src/base/(deadline-queue|fair-queue|heap|lifeline|errors|rx)\\.ts$" },
    ),
    siblings("host"),
    forbid(
      "implements-port",
      "a backend or a host imports values from base and port only; from the kernel, types",
      { path: folders(["backend", "host"]), pathNot: barrel },
      { path: folders(["kernel"]), dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "implements-port-only",
      "a backend or a host knows nothing between the kernel and itself",
      { path: folders(["backend", "host"]), pathNot: barrel },
      { path: folders(["time", "sync", "stream", "tasks", "rx", "pipeline"]) },
    ),
    forbid(
      "host-by-condition",
      "hosts are chosen by the #host condition, and src/index.ts alone asks for it",
      { path: "^src/", pathNot: "^src/(index\\.ts$|host/)" },
      { path: "^(#|src/host/)" },
    ),
    forbid(
      "no-barrel",
      "inside src import the file, not the barrel",
      { path: "^src/", pathNot: alone },
      { path: barrel },
    ),
    forbid(
      "composed-alone",
      "a subpath that may be imported alone imports the composition, and no other barrel",
      { path: alone },
      { path: barrel, pathNot: "^src/index\\.ts$" },
    ),
    forbid(
      "src-alone",
      "nothing in src imports specs, demos, benches or tools",
      { path: "^src/" },
      { path: "^(spec|demo|bench|tools)/" },
    ),
    forbid(
      "rxjs-door",
      "rxjs enters through src/base/rx.ts",
      { path: "^src/", pathNot: "^src/base/rx\\.ts$" },
      { path: "(^|/)node_modules/rxjs/" },
    ),
    forbid(
      "no-other-package",
      "no dependency but rxjs, except an engine in the folders that are named after it",
      { path: "^src/", pathNot: "^src/(backend/)?(effect|effection)(/|\\.)" },
      { path: "(^|/)node_modules/", pathNot: "(^|/)node_modules/(rxjs|@types)/" },
    ),
    forbid(
      "engine-by-name",
      "a neighbor's folder knows that package and no other",
      { path: "^src/(?:backend/)?(effect|effection)(/|\\.)" },
      { path: "(^|/)node_modules/", pathNot: "(^|/)node_modules/(rxjs|@types|$1)/" },
    ),
    forbid(
      "node-in-its-host",
      "node: modules are for src/host/node",
      { path: "^src/", pathNot: "^src/host/node(/|\\.)" },
      { dependencyTypes: ["core"] },
    ),
    forbid(
      "runner-by-choice",
      "testing works under any test runner: what needs jasmine is in src/testing/jasmine, and nothing else imports that",
      { path: "^src/", pathNot: "^src/testing/jasmine/" },
      { path: "^src/testing/jasmine/" },
    ),
    forbid("no-cycle", "no cycle, type imports included", { path: "^src/" }, { circular: true }),
    forbid("resolvable", "every import leads somewhere", { path: "^src/" }, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // Type imports count: the graph a reader sees is the real one.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@anyrx/source", "import", "node", "default", "types"],
    },
  },
};
