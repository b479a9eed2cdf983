/** A folder of files, for as long as a suite runs. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Makes a folder that holds `files`, by path, before the specs of the suite; removes it after them. */
export function folderOf(files: Readonly<Record<string, string>>): { readonly path: string } {
  const folder = { path: "" };
  beforeAll(() => {
    folder.path = realpathSync(mkdtempSync(join(tmpdir(), "anyrx-demo-")));
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder.path, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  });
  afterAll(() => {
    rmSync(folder.path, { recursive: true, force: true });
  });
  return folder;
}
