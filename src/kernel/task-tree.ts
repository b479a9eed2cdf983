/**
 * The task tree: who runs, in which scopes, and what each waits for.
 *
 * It is drawn from the tree that cancellation travels along, so nothing is recorded for it while the program runs.
 *
 * @module
 */

import type { Cancelled } from "../base/errors.ts";
import { shownByItsString } from "../base/shown-as.ts";
import { plainScope, rootScope } from "./here.ts";
import { liveRuns } from "./root.ts";
import { type Member, Scope, type Shield } from "./scope.ts";
import { Task } from "./task.ts";
import { TaskGroup } from "./task-group.ts";
import type { TaskInfo } from "./task-info.ts";
import { described, Waiter } from "./waiter.ts";

/** How far a line is indented at most: a tree may be 10,000 levels deep. */
const WIDEST = 120;

/** What a {@link TaskTree} stands for. */
export type TaskTreeKind = "run" | "task" | "group" | "scope" | "wait";

/** Whether trees are shown by their text already. */
let isShown = false;

/** A node of the task tree: a run, a task, a group, a scope or a wait, with what is inside. Its `toString()` draws it. */
export class TaskTree {
  readonly kind: TaskTreeKind;
  /** The name of the run's backend, the task, the group or the scope; for a wait, what it waits for. */
  readonly name: string;
  /** The task that it is, or whose code runs in it. */
  readonly task: TaskInfo;
  /** What the task is doing; `"not begun"` for one that is only spawned. Empty for what is no task. */
  readonly status: string;
  /** When the scope will cancel itself, on the backend's clock, in ms; `Infinity` for never. */
  readonly deadline: number;
  /** What the scope keeps out. */
  readonly shield: Shield;
  /** What its waits throw; `null` while it is not cancelled. */
  readonly cancelled: Cancelled | null;
  /** When the wait began, on the backend's clock, in ms; `NaN` where waits are not dated, and for all else. For a run, the time now. */
  readonly since: number;
  /** What is inside, in the order in which it came. */
  readonly children: readonly TaskTree[];

  /** @internal Use {@link taskTree}. */
  constructor(kind: TaskTreeKind, name: string, owner: { info(): TaskInfo }, since: number, scope: Scope | null) {
    if (!isShown) {
      // Not in a static block: that would keep the class in every bundle.
      isShown = true;
      shownByItsString(TaskTree.prototype);
    }
    this.kind = kind;
    this.name = name;
    this.task = owner.info();
    this.status = kind === "task" ? (scope === null ? "not begun" : (owner as Task).status) : "";
    this.deadline = scope?.deadline ?? Infinity;
    this.shield = scope?.shield ?? false;
    this.cancelled = scope?._interrupt ?? null;
    this.since = since;
    this.children = [];
  }

  /** The tree, as lines of text. */
  toString(): string {
    const lines: string[] = [];
    const todo: { readonly node: TaskTree; readonly first: string; readonly rest: string }[] = [
      { node: this, first: "", rest: "" },
    ];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const { node, first, rest } = next;
      lines.push(first + node.line());
      for (let i = node.children.length; i-- > 0;) {
        const last = i === node.children.length - 1;
        const child = node.children[i] as TaskTree;
        const indent = rest.length < WIDEST ? rest : rest.slice(3);
        todo.push({ node: child, first: `${indent}${last ? "└─ " : "├─ "}`, rest: `${indent}${last ? "   " : "│  "}` });
      }
    }
    return lines.join("\n");
  }

  private line(): string {
    const since = Number.isNaN(this.since) ? "" : at(this.since);
    if (this.kind === "wait") return `waits for ${this.name}${since === "" ? "" : ` since ${since}`}`;
    if (this.kind === "run") return `run on "${this.name}" at ${since}`;
    const flags = [
      ...(this.deadline === Infinity ? [] : [`deadline ${at(this.deadline)}`]),
      ...(this.shield === false ? [] : [this.shield === "soft" ? "softly shielded" : "shielded"]),
      ...(this.cancelled === null || this.kind === "task" ? [] : ["cancelled"]),
    ];
    const quoted = this.name === "" ? "" : ` "${this.name}"`;
    if (this.kind === "task") return `task${quoted} (${[this.status, ...flags].join(", ")})`;
    return `${this.kind === "group" ? "group" : "scope"}${quoted}${flags.length === 0 ? "" : ` (${flags.join(", ")})`}`;
  }
}

function at(time: number): string {
  return `t=${String(Math.round(time * 1000) / 1000)}`;
}

/**
 * Every task of the current run, in its scopes with their deadlines and flags, and what each waits for since when: what a program that
 * stands still does. Outside of any run, as in a signal handler or a timer of the host, of all runs that go on.
 *
 * Waits are dated where reading the clock is free, as in virtual time, and in development mode.
 *
 * @example
 * import { createMemoryObjectStream, run, taskGroup, taskTree, waitAllTasksBlocked } from "anyrx";
 * const [send, receive] = createMemoryObjectStream<number>(0, { name: "jobs" });
 * let tree = "";
 * await run(() => taskGroup(async (tg) => {
 *   const worker = tg.startSoon(() => receive.receive(), { name: "worker" });
 *   await waitAllTasksBlocked();
 *   tree = String(taskTree());
 *   send.sendNowait(1);
 *   await worker;
 * }, { name: "crawl" }), { backend: "virtual" });
 * tree.split("\n")[0]; // => 'run on "virtual" at t=0'
 * tree.split("\n")[1]; // => '└─ task "main" (pending)'
 * tree.split("\n")[2]; // => '   └─ group "crawl"'
 * tree.split("\n")[3]; // => '      └─ task "worker" (pending)'
 * tree.split("\n")[4]; // => '         └─ waits for receive on the memory object stream "jobs" (empty) since t=0'
 * @source Trio's task tree recipe.
 */
export function taskTree(): TaskTree {
  return treeOf(here());
}

/**
 * The tasks of the current run, in the order of the tree, those that have not begun among them. Outside of any run, of all runs.
 *
 * @source AnyIO `get_running_tasks`.
 */
export function getRunningTasks(): TaskInfo[] {
  const found: TaskInfo[] = [];
  const todo: TaskTree[] = [treeOf(here())];
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    if (node.kind === "task") found.push(node.task);
    for (let i = node.children.length; i-- > 0;) todo.push(node.children[i] as TaskTree);
  }
  return found;
}

/** Where the caller is; at the root where that is not known. Who looks must not be refused for looking. */
function here(): Scope {
  return plainScope() ?? rootScope();
}

/** The tree of the run that `inner` is in; of all runs, when it is in none. */
function treeOf(inner: Scope): TaskTree {
  let top = inner;
  while (top._home !== null) top = top._home;
  const tree = treeBelow(top);
  if (top === rootScope()) for (const run of liveRuns) (tree.children as TaskTree[]).push(treeBelow(run));
  return tree;
}

function treeBelow(root: Scope): TaskTree {
  const inHand = plainScope(); // That of whoever asks waits for nothing.
  const { backend } = root._engine;
  const unborn = new Map<Scope, Task[]>();
  for (const job of root._engine._queued()) {
    if (!(job instanceof Task)) continue;
    const others = unborn.get(job._place);
    if (others === undefined) unborn.set(job._place, [job]);
    else others.push(job);
  }
  const top = new TaskTree("run", backend.name, root._task, backend.now(), root);
  const todo: [node: TaskTree, scope: Scope][] = [[top, root]];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const [node, scope] = next;
    const children = node.children as TaskTree[];
    const end = node.kind === "group" ? (scope._crew as TaskGroup)._describeEnd() : null;
    if (end !== null) children.push(new TaskTree("wait", end, scope._task, NaN, null));
    for (let member: Member | null = scope._first; member !== null; member = member._after) {
      if (member instanceof Scope) {
        const child = nodeOf(member);
        children.push(child);
        todo.push([child, member]);
      } else if (member instanceof Waiter && member._source !== null && !member._source._joins) {
        const since = scope._engine.dated ? member._since : NaN;
        children.push(new TaskTree("wait", described(member._source), scope._task, since, null));
      }
    }
    if (node.kind === "task" && children.length === 0 && scope !== inHand) {
      children.push(
        new TaskTree("wait", "nothing that is known here, so perhaps a foreign promise", scope._task, NaN, null),
      );
    }
    for (const task of unborn.get(scope) ?? []) children.push(new TaskTree("task", task.name, task, NaN, null));
  }
  return top;
}

function nodeOf(scope: Scope): TaskTree {
  const { _task: task, _crew: crew } = scope;
  if (task instanceof Task && task._livesIn(scope)) return new TaskTree("task", task.name, task, NaN, scope);
  if (crew instanceof TaskGroup && crew.cancelScope === scope)
    return new TaskTree("group", crew.name, task, NaN, scope);
  return new TaskTree("scope", scope.name, task, NaN, scope);
}
