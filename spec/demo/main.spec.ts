import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderOf } from "./fixture.ts";
import { reallyWaits } from "../support/real-time.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { start: string } };
/** What `npm start` hands to node. */
const start = scripts.start.split(" ").slice(1);

/** For a process that takes a second on a quiet machine, in ms. */
const PATIENCE = 30_000;

/** What somebody says who was cut short. */
const LEFT = /^ {2}(walker {5}stopped after \d+ paths?|worker \d {3}let go of \S.*|collector {2}kept \d+ results?)$/;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function demo(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...start, ...args], { cwd: root }, (_, out, err) => {
      resolve({ code: child.exitCode, out, err });
    });
  });
}

describe("npm start", () => {
  reallyWaits("it is a process");

  const folder = folderOf({ "a.ts": "let apple = pear;\n", "sub/b.ts": "pear();\n" });

  it(
    "prints fifteen runs that agree, and a timeline",
    async () => {
      const { code, out, err } = await demo(folder.path);
      expect(err).toBe("");
      const rows = out
        .split("\n")
        .filter((line) => /^(native|rx|virtual|effect|effection) +(await|subscribe|yield\*) /.test(line));
      expect(rows.length).toBe(15);
      for (const row of rows) expect(row).toMatch(/ {2}2 +1 +26 +2 +5 .* \d +\d$/);
      for (const lane of ["walker", "worker 1", "worker 3", "collector"]) expect(out).toContain(`\n${lane} `);
      expect(out).toContain("Unreadable: missing on purpose (ENOENT).\nMost used identifiers: pear 2, apple 1.\n");
      expect(out.endsWith("\nAll 15 runs agree.\n")).toBeTrue();
      expect(out).withContext("no progress line where nobody looks").not.toContain("\r");
      expect(
        Math.max(
          ...out
            .split("\n")
            .slice(1)
            .map((line) => line.length),
        ),
      ).toBeLessThanOrEqual(100);
      expect(code).toBe(0);
    },
    PATIENCE,
  );

  it(
    "refuses a folder that does not exist, and what is no folder, in one sentence",
    async () => {
      const missing = join(folder.path, "nowhere");
      const file = join(folder.path, "a.ts");
      expect(await Promise.all([demo(missing), demo(file), demo("a", "b")])).toEqual([
        {
          code: 1,
          out: "",
          err: `Cannot count the folder "${missing}": it does not exist; name one that does, or none for the sources of rxjs\n`,
        },
        {
          code: 1,
          out: "",
          err: `Cannot count the folder "${file}": it is no folder; name the folder that it lies in\n`,
        },
        {
          code: 1,
          out: "",
          err: "Cannot count 2 folders: the demo takes one; name one, or none for the sources of rxjs\n",
        },
      ]);
    },
    PATIENCE,
  );

  it(
    "cleans up on Ctrl-C, and exits with 130",
    async () => {
      // The sources of rxjs: after the first run there are seconds left.
      const child = spawn(process.execPath, [...start], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
      let out = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        const before = out;
        out += text;
        if (/^native +await/m.test(out) && !/^native +await/m.test(before)) child.kill("SIGINT");
      });
      const code = await new Promise((resolve) => child.on("close", resolve));
      const [, rest = ""] = out.split("Ctrl-C: cancelling; each task cleans up first.\n");
      const lines = rest.trimEnd().split("\n");
      expect(lines.slice(0, -1).every((line) => LEFT.test(line)))
        .withContext(rest)
        .toBeTrue();
      for (const who of ["walker", "collector"]) expect(rest).toContain(`  ${who} `);
      expect(lines.at(-1)).toMatch(/^Cancelled in run \d of 15\.$/);
      expect(code).toBe(130);
    },
    PATIENCE,
  );
});
