import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import { reallyWaits } from "../support/real-time.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

const program = `
  import { availableBackends, run } from "anyrx";
  const tell = (error) => console.log(error.message);
  console.log(availableBackends().join());
  try {
    run(() => 1, { backend: "effect" });
  } catch (error) {
    tell(error);
  }
  run(async () => "ran").then(console.log, tell);
`;

/** What our program prints, bundled as one file of this kind, for which nothing but Node is there. */
function printedBy(format: "esm" | "cjs"): string[] {
  const { outputFiles } = esbuild.buildSync({
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    write: false,
    format,
    platform: "node",
    target: "node20",
    conditions: ["@anyrx/source"],
    logLevel: "silent",
  });
  expect(outputFiles[0]!.text).withContext("what only modules have").not.toContain("import.meta");
  const type = format === "esm" ? "module" : "commonjs";
  const options = { cwd: root, encoding: "utf8", input: outputFiles[0]!.text } as const;
  const { stdout, stderr } = spawnSync(process.execPath, [`--input-type=${type}`, "-"], options);
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

describe("A bundle for Node", () => {
  const notImported =
    'Cannot run on the backend "effect": "anyrx/effect" was not imported; import "anyrx/effect" first';

  for (const format of ["cjs", "esm"] as const) {
    it(`knows what is installed beside it (${format})`, () => {
      reallyWaits("it starts a process");
      expect(printedBy(format)).toEqual(["native,rx,virtual,effect,effection", notImported, "ran"]);
    });
  }
});

/** What a page gets that imports these names, as the packed library would give it. */
function bundleOf(names: string): string {
  const { outputFiles } = esbuild.buildSync({
    stdin: { contents: `export { ${names} } from "anyrx";`, resolveDir: root },
    bundle: true,
    write: false,
    minifySyntax: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["@anyrx/source"],
    external: ["rxjs"],
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: true } }, // With fields that are assigned, esbuild keeps static ones.
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}

describe("A bundle for browsers", () => {
  const core = bundleOf("CancelScope, taskGroup, createMemoryObjectStream, run");
  const marks = {
    "development mode": ["setDevMode", "FinalizationRegistry"],
    instruments: ["addInstrument", "Orchestra"],
    "the task tree": ["taskTree", "TaskTree"],
    select: ["select", "Cannot select over"],
  };
  const nodes = { "diagnostics channels": "anyrx:", "the end of the process": "uncaughtException" };

  for (const [what, [name, mark]] of Object.entries(marks)) {
    it(`has ${what} when the page asks for it, and not before`, () => {
      expect(core).not.toContain(mark!);
      expect(bundleOf(name!)).toContain(mark!);
    });
  }
  for (const [what, mark] of Object.entries(nodes)) {
    it(`has nothing for ${what}`, () => {
      expect(core).not.toContain(mark);
    });
  }
});
