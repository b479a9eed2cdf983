/**
 * Frames: the lines of a stack, and whose they are.
 *
 * A person looks for lines of their own; those of the kernel, of RxJS and of the host's inside lead nowhere. What is not known for sure to be one of
 * those is shown, and so is what is no frame in a format that we know (V8's, that of Firefox and that of Safari). In particular, when a bundler has
 * put the library and the user's code into one file, nothing in that file is hidden.
 *
 * @module
 */

/** An error that was made in a file of the library's own. It is read when somebody looks at a stack, and not before: that takes time. */
let landmark: unknown;
/** The folder of the library, as frames name it: `/…/anyrx/`. `null` when that is not known, `undefined` before anybody asked. */
let home: string | null | undefined;

/** Says where the library is: `madeInHost` was made in the file of a host. A bundle is no such file, and tells nothing. */
export function libraryIsWhere(madeInHost: Error | undefined): void {
  landmark = madeInHost;
  home = undefined;
}

function homeFolder(): string | null {
  if (home === undefined) {
    const place = placeOf(linesOf(landmark)[0] ?? "") ?? "";
    home = /^(.*\/)(?:src|dist)\/host\/(?:node|browser)\.[jt]s(?:[?:].*)?$/s.exec(place)?.[1] ?? null;
  }
  return home;
}

/** Those frames of `error` that are the user's, without indentation. */
export function userFrames(error: unknown): string[] {
  const lines = linesOf(error);
  const kept: string[] = [];
  // From the last one up: a function of the host, such as Array.map, belongs to whoever called it.
  let callerKept = false;
  for (const line of lines.reverse()) {
    const place = placeOf(line);
    if (place === null || !BUILT_IN.test(place)) callerKept = place === null || !isForeign(place);
    if (callerKept) kept.push(line);
  }
  return kept.reverse();
}

/** Where the code of a frame is: `/app/main.ts:3:7`. */
export function placeIn(frame: string): string | null {
  const v8 = /^at (?:async )?(?:.*? \((.*)\)|(.*))$/.exec(frame);
  if (v8 !== null) return v8[1] ?? v8[2] ?? null;
  const at = frame.indexOf("@");
  return at < 0 ? null : frame.slice(at + 1);
}

/** Whether stacks begin with the error itself, as in V8. Asked each time: whoever formats stacks may be replaced. */
export function stacksHaveHeaders(): boolean {
  const { stack } = new Error("header") as { stack?: unknown };
  return typeof stack !== "string" || stack.startsWith("Error: header");
}

/** Vite serves a package as one file. */
const INSIDES = /^node:internal\/|\/node_modules\/(?:\.vite\/deps\/)?(?:rxjs|anyrx)[/_.]/;
const BUILT_IN = /^(?:<anonymous>$|native$|index \d+$|\[native code\]$|node:(?!internal\/))/;

function isForeign(place: string): boolean {
  if (INSIDES.test(place)) return true;
  const folder = homeFolder();
  return folder !== null && place.startsWith(folder) && /^(?:src|dist)\//.test(place.slice(folder.length));
}

function placeOf(line: string): string | null {
  const place = placeIn(line);
  return place === null ? null : normal(place);
}

/** A path or URL of a file as a path with slashes. Others as they are. */
function normal(place: string): string {
  let path = place.replace(/^file:\/\/(?=\/)/, "").replace(/^\/(?=[A-Za-z]:)/, "");
  if (path !== place) {
    try {
      path = decodeURIComponent(path);
    } catch {
      // A lonely percent sign: it is what it looks like.
    }
  }
  path = /^[A-Za-z]:[\\/]/.test(path) ? path.charAt(0).toLowerCase() + path.slice(1) : path;
  return path.replaceAll("\\", "/");
}

/** The lines of a stack below the error itself. */
function linesOf(error: unknown): string[] {
  const text = textOf(error);
  const firstFrame = text.search(V8_FRAME);
  return (firstFrame >= 0 || stacksHaveHeaders() ? text.slice(headerOf(error, text, firstFrame)) : text)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

const V8_FRAME = /^[ \t]*at /m;

/** How long the header of a stack is. */
function headerOf(error: unknown, text: string, firstFrame: number): number {
  // The message may have lines of its own, even such as look like frames. It may also have changed since.
  const message = read(error, "message");
  const at = typeof message === "string" && message !== "" ? text.indexOf(message) : -1;
  if (at >= 0 && (firstFrame < 0 || at < firstFrame)) return endOfLine(text, at + (message as string).length);
  if (firstFrame >= 0) return firstFrame;
  const name = read(error, "name");
  return typeof name === "string" && text.startsWith(name) ? endOfLine(text, 0) : 0;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function textOf(error: unknown): string {
  const stack = read(error, "stack");
  return typeof stack === "string" ? stack : "";
}

/** A property of what may be anything, a revoked proxy even. */
export function read(object: unknown, key: string): unknown {
  try {
    return (object as Record<string, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}
