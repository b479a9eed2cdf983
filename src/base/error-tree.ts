/**
 * The error tree: what failed, in which task of which group, why, and in which line of the user's.
 *
 *     TaskGroupError: Cannot complete the task group "site": 2 errors (RangeError: no user 7; TypeError: bad row); see errors
 *         at the task group "site"
 *         ├─ task "crawl": the task group "users"
 *         │  └─ task "fetch 7": RangeError: no user 7
 *         │         at fetchUser (/app/main.ts:7:9)
 *         │     caused by Error: HTTP 404
 *         │         at get (/app/main.ts:3:9)
 *         └─ the body: TypeError: bad row
 *                at parse (/app/main.ts:20:11)
 *
 * The second line looks like a frame, since some readers of stacks take what has none for a mere message.
 *
 * @module
 */

import { brandOf, hasBrand, ownBrand, TASK_GROUP_ERROR } from "./brand.ts";
import { counted, cut, oneLine, quoted } from "./brief.ts";
import { placeIn, read, stacksHaveHeaders, userFrames } from "./frames.ts";

// How much is shown: so much that a person may still read it.
/** Errors of one group. */
const WIDEST = 10;
/** Groups, and causes, inside each other. */
const DEEPEST = 8;
/** Errors in all. */
const MOST = 50;
/** Frames of an error. */
const FRAMES = 10;
/** Lines of a message. */
const LINES = 10;
/** Fields of an error. */
const FIELDS = 6;
/** Characters of a message, and of a frame. */
const CHARACTERS = 1000;

/** Who failed: the name of a task, `null` for the body of the group, `undefined` when it is not known. */
export type Culprit = string | null | undefined;

/** Something that holds errors: a `TaskGroupError`, or an `AggregateError` of somebody else's. */
interface Branch {
  readonly errors: readonly unknown[];
  readonly tasks?: readonly Culprit[];
}

/** The error of a group, as far as its text goes. */
export interface GroupLike extends Branch {
  readonly name: string;
  readonly message: string;
  readonly group: string;
  /** Where it was made, where that is known. */
  readonly _site?: { readonly stack?: string } | null;
}

/** The text of `root`, to stand in its `stack`. */
export function treeOf(root: GroupLike): string {
  const tree = new Tree();
  if (stacksHaveHeaders()) tree.lines.push(`${root.name}: ${root.message}`);
  tree.lines.push(`    at ${groupCalled(root)}`);
  tree.root(root);
  if (tree.lacksFrames) {
    tree.lines.push("    (to see which of your lines waited: run with ANYRX_DEV=1, or call setDevMode(true))");
  }
  return tree.lines.join("\n");
}

class Tree {
  readonly lines: string[] = [];
  /** Whether an error of the library's own cannot tell a line of the user's. */
  lacksFrames = false;
  private readonly seen = new Set<unknown>();
  private left = MOST;

  root(root: GroupLike): void {
    this.seen.add(root);
    this.branch(root, "    ", 0);
    this.cause(root, "    ", 0);
  }

  private branch(branch: Branch, indent: string, depth: number): void {
    const { errors } = branch;
    for (let i = 0; i < errors.length; i++) {
      if (i === WIDEST || this.left <= 0) {
        this.lines.push(`${indent}└─ … ${counted(errors.length - i).replace(" ", " more ")}`);
        return;
      }
      const last = i === errors.length - 1;
      const who = labelOf(branch.tasks?.[i]) + (isErrorLike(errors[i]) ? "" : "threw ");
      this.error(errors[i], who, indent + (last ? "└─ " : "├─ "), indent + (last ? "   " : "│  "), depth);
    }
  }

  private error(error: unknown, label: string, first: string, indent: string, depth: number): void {
    this.left--;
    const [head = "", ...more] = headline(error);
    if (typeof error === "object" && error !== null && this.seen.has(error)) {
      this.lines.push(`${first}${label}${head} (shown above)`);
      return;
    }
    this.seen.add(error);
    this.lines.push(first + label + head, ...more.map((line) => indent + line));
    if (!isGroup(error)) this.details(error, `${indent}    `);
    const branch = branchOf(error);
    if (branch !== null) {
      if (depth + 1 < DEEPEST) this.branch(branch, indent, depth + 1);
      else this.bottom(branch, indent);
    }
    this.cause(error, indent, depth);
  }

  private details(error: unknown, indent: string): void {
    const fields = fieldsOf(error);
    if (fields !== "") this.lines.push(indent + fields);
    const frames = userFrames(error);
    for (const frame of frames.slice(0, FRAMES)) this.lines.push(indent + cut(frame, CHARACTERS));
    if (frames.length > FRAMES) this.lines.push(`${indent}… ${String(frames.length - FRAMES)} more frames`);
    // A cancellation never has any, whatever the mode.
    if (frames.length === 0 && isOurs(error) && !hasBrand(error, CANCELLED)) this.lacksFrames = true;
  }

  private cause(error: unknown, indent: string, depth: number): void {
    for (const [key, label] of relationsOf(error)) {
      const cause = read(error, key);
      if (cause === undefined || (hasBrand(error, TIMEOUT_ERROR) && hasBrand(cause, CANCELLED))) continue;
      if (depth + 1 < DEEPEST && this.left > 0) this.error(cause, label, indent, indent, depth + 1);
      else this.lines.push(`${indent}${label}… (see its ${key})`);
    }
  }

  /** What is at the bottom of a deep tree. The way down tells nothing any more. */
  private bottom(branch: Branch, indent: string): void {
    const visited = new Set<unknown>();
    const leaves: unknown[] = [];
    const tasks: Culprit[] = [];
    const todo: [error: unknown, task: Culprit][] = [];
    const add = ({ errors, tasks: names }: Branch): void => {
      for (let i = errors.length; i-- > 0;) todo.push([errors[i], names?.[i]]);
    };
    add(branch);
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const [error, task] = next;
      if (!isGroup(error)) {
        leaves.push(error);
        tasks.push(task);
      } else if (!visited.has(error)) {
        visited.add(error);
        add(error);
      }
    }
    if (visited.size > 0) this.lines.push(`${indent}└─ … ${String(visited.size)} groups further down:`);
    this.branch({ errors: leaves, tasks }, visited.size > 0 ? `${indent}   ` : indent, DEEPEST - 2);
  }
}

const TIMEOUT_ERROR = brandOf("TimeoutError");
const CANCELLED = brandOf("Cancelled");
const CAUSE = [["cause", "caused by "]] as const;
/** What `using` throws when closing a resource fails while another error is on its way. */
const SUPPRESSION = [["error", "error: "], ["suppressed", "suppressed: "], ...CAUSE] as const;

function relationsOf(error: unknown): typeof CAUSE | typeof SUPPRESSION | [] {
  if (!isErrorLike(error)) return [];
  return read(error, "name") === "SuppressedError" ? SUPPRESSION : CAUSE;
}

function isErrorLike(error: unknown): error is object {
  return typeof error === "object" && error !== null && typeof read(error, "message") === "string";
}

function isGroup(error: unknown): error is GroupLike {
  return hasBrand(error, TASK_GROUP_ERROR) && Array.isArray(read(error, "errors"));
}

function branchOf(error: unknown): Branch | null {
  if (isGroup(error)) return error;
  const errors = safely(() => error instanceof AggregateError, false) ? read(error, "errors") : null;
  return Array.isArray(errors) ? { errors } : null;
}

/** Whether it is of a class of this library: then it has a sentence of its own. */
function isOurs(error: unknown): boolean {
  return safely(() => ownBrand(Object.getPrototypeOf(error) as object) !== null, false);
}

function labelOf(who: Culprit): string {
  return who === undefined ? "" : who === null ? "the body: " : `task ${quoted(who)}: `;
}

function groupCalled({ group, _site: site }: GroupLike): string {
  const name = typeof group === "string" && group !== "" ? `the task group ${quoted(group)}` : "a task group";
  const place = site == null ? null : placeIn(userFrames(site)[0] ?? "");
  return place === null ? name : `${name} (${place})`;
}

/** What was thrown, without where. */
function headline(error: unknown): string[] {
  if (isGroup(error)) return [groupCalled(error)];
  if (!isErrorLike(error)) return [valueOf(error)];
  const name = nameOf(error);
  const message = read(error, "message") as string;
  const lines = cut(message === "" ? name : `${name}: ${message}`, CHARACTERS).split("\n");
  return lines.length <= LINES ? lines : [...lines.slice(0, LINES), "…"];
}

/** Many classes of errors never give their instances a name. */
function nameOf(error: object): string {
  const name = read(error, "name");
  const className = read(read(error, "constructor"), "name");
  if (typeof name === "string" && name !== "" && name !== "Error") return oneLine(name);
  return typeof className === "string" && className !== "" ? oneLine(className) : "Error";
}

/** The fields that somebody gave to an error, such as its `code`. Those of our own errors are in their sentences. */
function fieldsOf(error: unknown): string {
  if (!isErrorLike(error) || isOurs(error)) return "";
  const fields: string[] = [];
  for (const key of safely(() => Object.keys(error), [])) {
    if (["name", "message", "stack"].includes(key)) continue;
    const value = safely(() => Object.getOwnPropertyDescriptor(error, key), undefined)?.value as unknown;
    if (["string", "number", "boolean", "bigint"].includes(typeof value)) fields.push(`${key}: ${valueOf(value)}`);
  }
  if (fields.length > FIELDS) fields.splice(FIELDS, Infinity, "…");
  return fields.length === 0 ? "" : `{ ${fields.join(", ")} }`;
}

/** A value, as one would write it down. */
function valueOf(value: unknown): string {
  const text = safely(() => {
    if (typeof value === "string") return JSON.stringify(cut(value, CHARACTERS));
    // Null when `toJSON` says that there is nothing to tell.
    if (typeof value === "object" && value !== null) return JSON.stringify(value) ?? "an object";
    return String(value);
  }, "something that cannot be printed");
  return oneLine(text);
}

/** What `look` sees, or `otherwise` when even looking throws. */
function safely<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
