/**
 * Recipes: what the combinators run.
 *
 * @module
 */

import type { Subscribable } from "../base/rx.ts";
import { shown } from "../kernel/checks.ts";
import { Operation } from "../kernel/operation.ts";
import { type Ended, operation } from "../kernel/work.ts";

/**
 * Something that can be run: an operation, an Observable, or a function of any style without arguments. Not a promise: that runs already, and
 * nothing could cancel it.
 */
export type Recipe = (() => unknown) | Subscribable<unknown>;

/** The value that a {@link Recipe} ends with. */
export type Outcome<W> = W extends (...args: never[]) => infer R ? Ended<R> : Ended<W>;

/** A recipe that was checked. */
export interface Runnable<T, A extends unknown[] = []> {
  /** What its task is called; `""` for a number. */
  readonly name: string;
  /** Runs it, each time anew. */
  readonly run: (...args: A) => Operation<T>;
}

/** `recipe`, ready to run, if it is one. `subject` is what messages call it. */
export function runnable<A extends unknown[]>(subject: string, recipe: unknown): Runnable<unknown, A> {
  if (typeof recipe === "function") return { name: recipe.name, run: operation(recipe as (...args: A) => unknown) };
  if (recipe instanceof Operation) {
    Operation._ran?.(recipe); // It is the combinator that must be run.
    return { name: nameOf(recipe), run: () => recipe as Operation<unknown> };
  }
  if (typeof (recipe as { subscribe?: unknown } | null | undefined)?.subscribe === "function")
    return { name: "", run: operation(() => recipe) };
  const why = recipe instanceof Promise ? ", which runs already and cannot be cancelled" : "";
  throw new TypeError(
    `Cannot run ${subject}: it is ${shown(recipe)}${why}; pass an operation, or a function such as () => work()`,
  );
}

/** All of them, given one by one or as one array. */
export function runnables(combinator: string, recipes: readonly unknown[]): readonly Runnable<unknown>[] {
  const list: readonly unknown[] = recipes.length === 1 && Array.isArray(recipes[0]) ? recipes[0] : recipes;
  return list.map((recipe, i) => runnable(`what ${combinator}() was given as number ${String(i + 1)}`, recipe));
}

/** The same, where none would be a mistake: nobody could be the first. */
export function someRunnables(combinator: string, recipes: readonly unknown[]): readonly Runnable<unknown>[] {
  const list = runnables(combinator, recipes);
  if (list.length > 0) return list;
  throw new RangeError(
    `Cannot wait for the first that ${combinator}() runs: it was given none; pass at least one operation or function`,
  );
}

/** An operation says what it waits for. Where that is the end of something, that something is what it does; an operation as such is no name. */
function nameOf(recipe: Operation<unknown>): string {
  return recipe.describe().replace(/^the end of (an operation$)?/, "");
}
