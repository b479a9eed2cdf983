import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

describe("docs/guide/pictures.md", () => {
  it("shows what its program records, as text and as an SVG", async () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const node = ["-C", "@anyrx/source", "--import", "./tools/ts.mjs"];
    const check = promisify(execFile)(process.execPath, [...node, "tools/guide-picture.mjs", "--check"], { cwd: root });
    await expectAsync(check).toBeResolved();
  }, 30_000);
});
