/**
 * Reducing: one value out of many items, by a function that may wait.
 *
 * @module
 */

import type { Ending } from "../kernel/body.ts";
import { checkpoint, checkpointIfCancelled } from "../kernel/checkpoint.ts";
import { checkedBody } from "../kernel/checks.ts";
import type { Operation } from "../kernel/operation.ts";
import { operation } from "../kernel/work.ts";
import { type AnyItems, checkedItems, eachItem } from "./each-item.ts";

interface Box {
  readonly value: unknown;
}

const fold = /* @__PURE__ */ operation(function* reduce(
  combine: (value: unknown, item: unknown) => unknown,
  items: AnyItems<unknown>,
  initial: Box | null,
) {
  const step = operation(combine);
  const state = { box: initial };
  yield* checkpoint();
  yield* eachItem(items, function* (item) {
    if (state.box === null) state.box = { value: item };
    else {
      yield* checkpointIfCancelled(); // The function may never wait.
      state.box = { value: yield* step(state.box.value, item) };
    }
    return true;
  });
  if (state.box === null) {
    throw new TypeError(
      "Cannot reduce no items to a value: there is no first one to begin with; pass an initial value",
    );
  }
  return state.box.value;
});

/**
 * Reduces `items` to one value: calls `combine` with the value so far and each item in turn, and waits for what it gives.
 *
 * Takes the next item when the last one is done with, so that the senders of a stream wait; what an Observable emits meanwhile is buffered.
 * Where `combine` need not wait, RxJS's `reduce` and the language's do the same.
 *
 * *Checkpoint*: yes, also without any item. *On cancel*: stops between items, if `combine` has not stopped before; the source is closed, and a
 * foreign promise that it makes us wait for is given up.
 *
 * @param combine - A function of any style.
 * @param items - An iterable, an async iterable, an Observable or a receive stream.
 * @param initial - The value to begin with. Without it, the first item.
 * @throws {TypeError} When `combine` is no function or `items` no iterable; when run, when there is neither an item nor an initial value.
 * @example
 * import { reduce, sleep } from "anyrx";
 * const add = async (sum: number, n: number) => { await sleep(1); return sum + n; };
 * await reduce(add, [1, 2, 3]); // => 6
 * await reduce(add, new Set([1, 2, 3]), 10); // => 16
 * await reduce(add, []); // throws TypeError
 * @source AnyIO `functools.reduce`.
 */
export function reduce<T, S>(combine: (value: T, item: S) => Ending<T>, items: AnyItems<S>, initial: T): Operation<T>;
export function reduce<T>(combine: (value: T, item: T) => Ending<T>, items: AnyItems<T>): Operation<T>;
export function reduce<T, S>(
  combine: (value: T, item: S) => Ending<T>,
  items: AnyItems<S>,
  ...initial: [initial?: T]
): Operation<T> {
  checkedBody("reduce items", combine, "(sum, item) => sum + item");
  checkedItems("reduce", items);
  return fold(combine as never, items, initial.length === 0 ? null : { value: initial[0] }) as Operation<T>;
}
