/**
 * What must be there before anything is measured: the peers, the other runtimes, and the library as it is built.
 *
 * The library is copied to node_modules/anyrx, package.json and dist/ alone, as if it had been installed: so it and the peers use the one rxjs
 * that is there, and a build that goes on meanwhile does not change what is measured.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("..", import.meta.url));

const changed = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

function npm(args, cwd) {
  const { status, stdout, stderr } = spawnSync("npm", args, {
    cwd,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`Cannot prepare the bench: npm ${args.join(" ")} failed\n${stdout}${stderr}`);
}

/** Installs what the lockfile in `dir` says, unless that was done. */
function install(dir) {
  if (changed(join(dir, "node_modules/.package-lock.json")) >= changed(join(dir, "package-lock.json"))) return;
  console.log(`installing what ${dir === here ? "bench" : "bench/hosts"} needs`);
  npm(["ci"], dir);
}

/** Builds dist/ when it is missing, or older than the sources. */
export function build() {
  const src = join(root, "src");
  const newest = Math.max(
    ...readdirSync(src, { recursive: true }).map((name) => changed(join(src, name))),
    changed(join(root, "rollup.config.mjs")),
  );
  if (changed(join(root, "dist/index.d.ts")) >= newest) return;
  console.log("building the library");
  npm(["run", "--silent", "build"], root);
}

/** Installs the peers, builds the library, and puts it next to them. */
export function prepare() {
  install(here);
  build();
  const copy = join(here, "node_modules/anyrx");
  rmSync(copy, { recursive: true, force: true });
  for (const part of ["package.json", "dist"]) cpSync(join(root, part), join(copy, part), { recursive: true });
}

/** Where a host's program is, in bench/hosts/node_modules. Bun's own install script moves it. */
const BINARIES = {
  node24: ["node24/bin/node"],
  bun: ["@oven/bun-linux-x64/bin/bun", "bun/bin/bun.exe"],
};

/** The program that runs JavaScript: this one, or another that bench/hosts installs. */
export function runtime(name) {
  if (name === undefined) return process.execPath;
  if (!Object.hasOwn(BINARIES, name)) {
    throw new Error(
      `Cannot run on "${name}": there is no such host; use ${Object.keys(BINARIES).join(" or ")}, or none`,
    );
  }
  const hosts = join(here, "hosts");
  install(hosts);
  const binary = BINARIES[name].map((path) => join(hosts, "node_modules", path)).find((path) => existsSync(path));
  if (binary === undefined) {
    throw new Error(
      `Cannot run on "${name}": it is not installed, which is done on Linux x64 alone; run the bench with a ${name} of your own`,
    );
  }
  return binary;
}

/** The versions of what is measured. */
export function versions() {
  const { dependencies } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
  return Object.fromEntries(
    ["anyrx", ...Object.keys(dependencies)].map((name) => [
      name,
      JSON.parse(readFileSync(join(here, "node_modules", name, "package.json"), "utf8")).version,
    ]),
  );
}
