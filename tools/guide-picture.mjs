/**
 * Draws docs/guide/timeline.svg: what the first program of docs/guide/pictures.md records.
 *
 *     node -C @anyrx/source --import ./tools/ts.mjs tools/guide-picture.mjs           writes it
 *     node -C @anyrx/source --import ./tools/ts.mjs tools/guide-picture.mjs --check   exits with 1 when it, or the text on that page, is not what would be drawn
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const picture = join(root, "docs/guide/timeline.svg");
const page = readFileSync(join(root, "docs/guide/pictures.md"), "utf8");
const [, program] = /^```ts run\n([\s\S]*?)^```$/m.exec(page) ?? [];
const [, shown] = /^```text\n([\s\S]*?)\n```$/m.exec(page) ?? [];
if (program === undefined || shown === undefined) throw new Error("docs/guide/pictures.md has no program, or no text");

// In the project, so that it finds the library by its name.
const work = join(root, ".tmp", `guide-picture-${process.pid}`);
mkdirSync(work, { recursive: true });
try {
  const file = join(work, "program.ts");
  const ending =
    'export const text = renderTimeline(trace);\nexport const svg = renderTimeline(trace, { format: "svg" });\n';
  writeFileSync(file, program + ending);
  const { text, svg } = await import(pathToFileURL(file).href);
  if (!process.argv.includes("--check")) writeFileSync(picture, `${svg}\n`);
  else if (readFileSync(picture, "utf8") !== `${svg}\n` || text !== shown) {
    console.log("docs/guide/timeline.svg, or the text in pictures.md, is not what the program on that page records");
    process.exitCode = 1;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
