import { readdirSync, readFileSync } from "node:fs";
import * as published from "anyrx/backend";
import { exemptions } from "../laws/exemptions.ts";

const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = text("docs/guide/backends.md");

/** What is imported from somewhere else by who writes a backend elsewhere; the page says so. */
const ELSEWHERE: Record<string, string> = {
  "../base/errors.ts": "errors such as `DeadlockError` are those of `anyrx`",
  "../base/rx.ts": "RxJS comes from `rxjs`",
  "../port/host.ts": "`Host` stands for the timers of the platform",
};

/** The names that a file imports from base and port, each with the file that it comes from. */
function imports(path: string): [name: string, from: string][] {
  return [...text(path).matchAll(/import (?:type )?\{([^}]*)\} from "(\.\.\/(?:base|port)\/[^"]+)";/g)].flatMap(
    ([, names = "", from = ""]) =>
      names
        .split(",")
        .map((name) => name.trim().replace(/^type /, ""))
        .filter((name) => name !== "")
        .map((name): [string, string] => [name, from]),
  );
}

describe("docs/guide/backends.md", () => {
  const backends = readdirSync(new URL("../../src/backend", import.meta.url))
    .filter((name) => name.endsWith(".ts") && name !== "index.ts")
    .map((name) => `src/backend/${name}`);
  const index = text("src/backend/index.ts");

  for (const path of backends) {
    it(`names whatever ${path} is written with, and anyrx/backend exports it`, () => {
      for (const [name, from] of imports(path)) {
        const reason = ELSEWHERE[from];
        if (reason !== undefined) expect(page).withContext(name).toContain(reason);
        else {
          expect(index)
            .withContext(`exported: ${name}`)
            .toMatch(new RegExp(`\\b${name}\\b`));
          expect(page)
            .withContext(`named: ${name}`)
            .toMatch(new RegExp(`\\b${name}\\b`));
        }
      }
      expect(backends.length).toBeGreaterThan(2);
    });
  }

  it("names every value that anyrx/backend exports", () => {
    expect(Object.keys(published).filter((name) => !page.includes(name))).toEqual([]);
  });

  for (const path of ["demo/game-loop.ts", "demo/game-laws.ts"]) {
    it(`shows ${path} as it is, in less than sixty lines`, () => {
      const code = text(path).trimEnd();
      expect(page).toContain(`\`\`\`ts\n${code}\n\`\`\``);
      expect(code.split("\n").length).toBeLessThan(60);
    });
  }

  it("builds its backend with nothing but anyrx/backend", () => {
    expect([...text("demo/game-loop.ts").matchAll(/from "([^"]+)"/g)].map(([, from]) => from)).toEqual([
      "anyrx/backend",
    ]);
  });

  it("lists the exemptions that the specs of the laws make, each with its reason, and no other", () => {
    const section = page.slice(page.indexOf("## What each backend keeps"));
    const rows = section
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const [header = [], , ...laws] = rows;
    expect(header).toEqual(["law", ...Object.keys(exemptions)]);
    const listed = laws.flatMap(([law = "", ...cells]) =>
      cells.flatMap((reason, i) => (reason === "kept" ? [] : [`${header[i + 1]!} | ${law} | ${reason}`])),
    );
    const made = Object.entries(exemptions).flatMap(([engine, list]) =>
      list.map(({ law, title, reason }) => `${engine} | ${law}: ${title!} | ${reason}`),
    );
    expect(listed.toSorted()).toEqual(made.toSorted());
  });

  it("excuses nobody from the laws of cancellation, groups, handles and streams", () => {
    const laws = Object.values(exemptions).flatMap((list) => list.map(({ law }) => law));
    expect(laws.filter((law) => /^[CGSHMDL]\d/.test(law))).toEqual([]);
    expect(laws.length).toBeGreaterThan(0);
  });
});
