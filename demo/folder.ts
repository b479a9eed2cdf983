/**
 * The folder to count: the one that the command line names, or the sources of rxjs.
 *
 * @module
 */

import { stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { isSystemError } from "./system-error.ts";

/** The demo does not do what it was asked to; the sentence says why, and no stack helps. */
export class Refusal extends Error {}

/** How people call the folder, and where it is. */
export interface Folder {
  readonly title: string;
  readonly path: string;
}

/**
 * The folder that `names` asks for.
 *
 * @throws {Refusal} When there are several names, or the one is no folder that can be read.
 */
export async function folderFrom(names: readonly string[]): Promise<Folder> {
  if (names.length > 1) {
    throw new Refusal(
      `Cannot count ${String(names.length)} folders: the demo takes one; name one, or none for the sources of rxjs`,
    );
  }
  const [name] = names;
  if (name === undefined) {
    // Wherever the package manager has put it.
    const manifest = createRequire(import.meta.url).resolve("rxjs/package.json");
    return { title: "the sources of rxjs", path: join(dirname(manifest), "src") };
  }
  const path = resolve(name);
  const refuse = (state: string, wayOut: string) =>
    new Refusal(`Cannot count the folder "${name}": ${state}; ${wayOut}`);
  try {
    if (!(await stat(path)).isDirectory()) throw refuse("it is no folder", "name the folder that it lies in");
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === "ENOENT")
      throw refuse("it does not exist", "name one that does, or none for the sources of rxjs");
    throw refuse(`it cannot be read (${error.code})`, "name another, or none for the sources of rxjs");
  }
  return { title: name, path };
}
