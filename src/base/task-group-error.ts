/**
 * The error of a task group: everything that failed in it, and in which of its tasks.
 *
 * @module
 */

import { branded, hasBrand, TASK_GROUP_ERROR } from "./brand.ts";
import { brief, counted, quoted } from "./brief.ts";
import { isCancelled } from "./cancelled.ts";
import { type ErrorCondition, predicateOf } from "./error-condition.ts";
import { type Culprit, treeOf } from "./error-tree.ts";
import { hide, readerOfErrors } from "./error-reader.ts";
import { lowerStackLimit, restoreStackLimit } from "./stack-limit.ts";

export type { Culprit } from "./error-tree.ts";

/** How many of the errors in a group its message names. */
const NAMED = 3;

/** One error of a group, and who failed with it. */
export interface TaskFailure {
  readonly error: unknown;
  readonly task: Culprit;
}

/** Options of a {@link TaskGroupError}. */
export interface TaskGroupErrorOptions extends ErrorOptions {
  /** See {@link TaskGroupError.tasks}. */
  readonly tasks?: readonly (string | null | undefined)[] | undefined;
  /** @internal Where it was made: something with the stack of that place. Default: here. */
  readonly _site?: Site | null;
}

interface Site {
  readonly stack?: string;
}

/** The tree, made when somebody reads it. */
const stack: PropertyDescriptor & ThisType<TaskGroupError> = {
  configurable: true,
  get() {
    try {
      return treeOf(this);
    } catch {
      return `${this.name}: ${this.message}`;
    }
  },
  set(text: unknown) {
    hide(this, { stack: text });
  },
};

/**
 * Everything that failed in a task group, in the order in which it failed; also when it is a single error.
 *
 * Its `stack`, and what `console.log` and an uncaught failure show, is the tree of what failed: groups, tasks, causes, and the lines of the user.
 *
 * @example
 * const error = new TaskGroupError([new RangeError("no user 7"), new TypeError("bad row")], "users");
 * error.message; // => 'Cannot complete the task group "users": 2 errors (RangeError: no user 7; TypeError: bad row); see errors'
 * error.subgroup(RangeError)?.leaves().map(String); // => ["RangeError: no user 7"]
 * @source Python `ExceptionGroup`. Differs: extends the platform's `AggregateError`. No `derive`: there is no message to keep, it is made from
 * the errors.
 */
export class TaskGroupError extends AggregateError {
  static {
    branded(this, "TaskGroupError");
    Object.defineProperty(this.prototype, "stack", stack);
    Object.defineProperty(this.prototype, Symbol.for("nodejs.util.inspect.custom"), { value: inspected });
  }
  /** The name of the group. */
  declare readonly group: string;
  /**
   * In which task each of the `errors` was thrown, by its name: `null` for the body of the group, `undefined` where that is not known.
   *
   * @example
   * import { run, taskGroup, TaskGroupError } from "anyrx";
   * const failing = taskGroup((tg) => void tg.startSoon(() => { throw new Error("no"); }, { name: "fetch" }));
   * await run(() => failing).catch((error: TaskGroupError) => error.tasks); // => ["fetch"]
   */
  declare readonly tasks: readonly (string | null | undefined)[];
  /** @internal Whether a {@link Cancelled} is somewhere in it. None of those that a task group throws has one. */
  declare readonly _impure: boolean;
  /** @internal What is in it, for messages. */
  declare readonly _told: string;
  /** @internal How many leaves it has, and the brief text of the first. */
  declare readonly _leaves: { readonly count: number; readonly first: readonly string[] };
  /** @internal Where it was made. */
  declare _site: Site | null;

  constructor(errors: Iterable<unknown>, group = "", options?: TaskGroupErrorOptions) {
    const list = [...errors];
    const { tasks, _site = siteOf(new.target) } = options ?? {};
    const leaves = leavesIn(list);
    const told = counted(leaves.count) + detailsOf(leaves);
    // Node wants to know one frame, for the line that it prints above an uncaught error. The rest is in the tree.
    const limit = lowerStackLimit(1);
    super(
      list,
      `Cannot complete ${group === "" ? "the task group" : `the task group ${quoted(group)}`}: ${told}; see errors`,
      options,
    );
    restoreStackLimit(limit);
    hide(this, {
      group,
      tasks: list.map((_, i) => tasks?.[i]),
      _impure: list.some((error) => isCancelled(error) || (isTaskGroupError(error) && error._impure)),
      _told: told,
      _leaves: leaves,
      _site,
    });
    // Read or redefined, the native one would be formatted, and with that the frame would be forgotten.
    delete this.stack;
    if (readerOfErrors().ownStacks === true) Object.defineProperty(this, "stack", stack);
  }

  /**
   * All errors in it that are not groups themselves, depth first.
   *
   * @example
   * new TaskGroupError([new TaskGroupError([1, 2]), 3]).leaves(); // => [1, 2, 3]
   */
  leaves(): unknown[] {
    return [...leavesOf(this)];
  }

  /**
   * The same tree twice: with the leaves that are meant, and with the others. `null` stands for an empty tree.
   *
   * @param condition - A class of errors, an array of classes, or a predicate. It is asked about each leaf once, depth first, never about a group.
   * @throws {TypeError} When `condition` is none of these, or a class of groups.
   * @example
   * const error = new TaskGroupError([new RangeError("a"), new TypeError("b")]);
   * const [ranges, others] = error.split(RangeError);
   * [ranges?.leaves().map(String), others?.leaves().map(String)]; // => [["RangeError: a"], ["TypeError: b"]]
   * @source Python `ExceptionGroup.split`. Differs: asks about leaves only.
   */
  split(condition: ErrorCondition): [TaskGroupError | null, TaskGroupError | null] {
    return parted(this, predicateOf("split a TaskGroupError", condition));
  }

  /**
   * The tree of those leaves that are meant; `null` when there is none. The other half is {@link TaskGroupError.split}'s.
   *
   * @source Python `ExceptionGroup.subgroup`. Differs: asks about leaves only.
   */
  subgroup(condition: ErrorCondition): TaskGroupError | null {
    return parted(this, predicateOf("take a part of a TaskGroupError", condition))[0];
  }
}

/** Whether `error` is a {@link TaskGroupError}, of this copy of the library or another. */
export function isTaskGroupError(error: unknown): error is TaskGroupError {
  return hasBrand(error, TASK_GROUP_ERROR);
}

/**
 * The one error in `error`, when that is a group with a single leaf, through groups in groups; else `error` itself.
 *
 * For code that gives its callers one error at a time, and uses a task group inside.
 *
 * @example
 * const bug = new Error("bug");
 * unwrapSingle(new TaskGroupError([new TaskGroupError([bug])])) === bug; // => true
 * unwrapSingle(bug) === bug; // => true
 * unwrapSingle(new TaskGroupError([1, 2])); // => new TaskGroupError([1, 2])
 */
export function unwrapSingle(error: unknown): unknown {
  if (!isTaskGroupError(error)) return error;
  const leaves = leavesOf(error);
  const first = leaves.next();
  return first.done !== true && leaves.next().done === true ? first.value : error;
}

/** What `failures` come to, in the task group `group`. */
export function failureOf(group: string, failures: readonly TaskFailure[], cause?: ErrorOptions): TaskGroupError {
  const tasks = failures.map(({ task }) => task);
  const errors = failures.map(({ error }) => error);
  // Node prints the line in which an uncaught error was made, unless that line says:
  return new TaskGroupError(errors, group, { ...cause, tasks, _site: null }); // node-do-not-add-exception-line
}

function* leavesOf(group: TaskGroupError): Generator<unknown, void, undefined> {
  // A loop and not a recursion: groups may be nested deeper than a stack is.
  const levels: { readonly errors: readonly unknown[]; next: number }[] = [{ errors: group.errors, next: 0 }];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    if (level.next === level.errors.length) levels.pop();
    else {
      const error = level.errors[level.next++];
      if (isTaskGroupError(error)) levels.push({ errors: error.errors, next: 0 });
      else yield error;
    }
  }
}

/** What is left of `group` when `failures` are all that stays of it: itself when nothing is missing, `null` when nothing is left. */
function partOf(group: TaskGroupError, failures: readonly TaskFailure[]): TaskGroupError | null {
  if (failures.length === 0) return null;
  const { errors } = group;
  if (failures.length === errors.length && failures.every(({ error }, i) => error === errors[i])) return group;
  const part = failureOf(group.group, failures, "cause" in group ? { cause: group.cause } : {});
  part._site = group._site;
  return part;
}

/** A group that is being split. */
interface Level {
  readonly group: TaskGroupError;
  readonly task: Culprit;
  readonly liked: TaskFailure[];
  readonly others: TaskFailure[];
  next: number;
}

function parted(
  root: TaskGroupError,
  likes: (leaf: unknown) => boolean,
): [liked: TaskGroupError | null, others: TaskGroupError | null] {
  const levelOf = (group: TaskGroupError, task: Culprit): Level => {
    return { group, task, liked: [], others: [], next: 0 };
  };
  const levels = [levelOf(root, undefined)];
  for (;;) {
    const level = levels.at(-1) as Level;
    const { group, task, liked, others, next } = level;
    if (next < group.errors.length) {
      level.next++;
      const error: unknown = group.errors[next];
      const who = (group.tasks as TaskGroupError["tasks"] | undefined)?.[next]; // An older copy of the library has none.
      if (isTaskGroupError(error)) levels.push(levelOf(error, who));
      else (likes(error) ? liked : others).push({ error, task: who });
      continue;
    }
    levels.pop();
    const parts: ReturnType<typeof parted> = [partOf(group, liked), partOf(group, others)];
    const outer = levels.at(-1);
    if (outer === undefined) return parts;
    if (parts[0] !== null) outer.liked.push({ error: parts[0], task });
    if (parts[1] !== null) outer.others.push({ error: parts[1], task });
  }
}

function leavesIn(errors: readonly unknown[]): TaskGroupError["_leaves"] {
  let count = 0;
  const first: string[] = [];
  for (const error of errors) {
    // What a group inside knows already is not looked for again: groups may be nested deep.
    const inside = isTaskGroupError(error) ? (error._leaves as TaskGroupError["_leaves"] | undefined) : undefined;
    count += inside?.count ?? 1;
    if (first.length < NAMED) first.push(...(inside?.first ?? [brief(error)]).slice(0, NAMED - first.length));
  }
  return { count, first };
}

function detailsOf({ count, first }: TaskGroupError["_leaves"]): string {
  if (count === 0) return "";
  return ` (${first.join("; ")}${count > first.length ? `; and ${String(count - first.length)} more` : ""})`;
}

/** The stack of whoever calls `callee`. It is formatted when somebody reads it. */
function siteOf(callee: unknown): Site {
  const { captureStackTrace } = Error as { captureStackTrace?: (object: object, below: unknown) => void };
  if (captureStackTrace === undefined) return new Error("here");
  const site: Site = {};
  captureStackTrace(site, callee);
  return site;
}

function inspected(
  this: TaskGroupError,
  depth: number | null,
  options: object,
  inspect?: (value: unknown, options: object) => string,
): string {
  if (depth !== null && depth < 0) return `[${this.name}: ${this.message}]`;
  const fields = Object.fromEntries(Object.entries(this)); // What somebody gave to it.
  const more = Object.keys(fields).length === 0 || inspect === undefined ? "" : ` ${inspect(fields, options)}`;
  return (this.stack ?? this.message) + more;
}
