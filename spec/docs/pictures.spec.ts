import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { mayWait } from "../support/real-time.ts";

describe("docs/guide/pictures.md", () => {
  mayWait("the program of the page is run as its reader would");
  it("shows what its program records, as text and as an SVG", async () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const node = ["-C", "@anyrx/source", "--import", "./tools/ts.mjs"];
    const check = promisify(execFile)(process.execPath, [...node, "tools/guide-picture.mjs", "--check"], { cwd: root });
    await expectAsync(check).toBeResolved();
  }, 30_000);
});
