/**
 * Routines: which task of Effection runs right now.
 *
 * Effection itself does not tell. But each of its tasks begins by setting a context that leads to its routine, middleware sees what is set, and
 * whoever knows a routine can surround its steps. Should a later version begin otherwise, a routine is known from its first wait for us on.
 *
 * A step of Effection is outside of us, whoever set it off: a task of ours that sends on a channel runs those who receive there.
 *
 * @module
 */

import { type Coroutine, global, type Scope } from "effection";
import { api } from "effection/experimental";
import type { Besides } from "../kernel/neighbor.ts";
import { outside } from "./outside.ts";

const known = new WeakSet<Coroutine>();
let running: Coroutine | null = null;
let around: Besides = [];
let besides: (() => Besides) | null = null;

/** The scope of the code of Effection that runs right now; `null` where there is none. */
export function runningIn(): Scope | null {
  return running === null ? null : running.scope;
}

/** Whose code of other engines was running when that code was entered. */
export function runningInside(): Besides {
  return around;
}

/** Surrounds the steps of `routine` from now on. */
export function watch(routine: Coroutine): void {
  if (known.has(routine)) return;
  known.add(routine);
  const step = routine.step.bind(routine);
  const perform = routine.perform.bind(routine);
  routine.step = () => during(routine, step);
  routine.perform = (effect) => {
    during(routine, () => {
      perform(effect);
    });
  };
}

/**
 * Watches every task that begins from now on.
 *
 * @param tell - Tells whose code of other engines runs right now.
 */
export function watchAll(tell: () => Besides): void {
  const watching = besides !== null;
  besides = tell;
  if (watching) return;
  global.around(api.Scope, {
    set([scope, context, value], next) {
      const { routine } = (value ?? {}) as { routine?: Partial<Coroutine> | null };
      // What else leads to a routine is that of another scope, or no routine.
      if (routine?.scope === scope && isRoutine(routine)) watch(routine);
      return next(scope, context, value);
    },
  });
}

function isRoutine(value: Partial<Coroutine>): value is Coroutine {
  return typeof value.step === "function" && typeof value.perform === "function";
}

function during<T>(routine: Coroutine, step: () => T): T {
  const before = running;
  const aroundBefore = around;
  if (besides !== null) around = besides();
  running = routine;
  try {
    return outside(step);
  } finally {
    running = before;
    around = aroundBefore;
  }
}
