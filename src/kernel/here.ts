/**
 * Where am I? The ambient scope.
 *
 * Four places answer, in this order: the slot, set while the kernel resumes a task; another engine, where one runs this code and can tell;
 * the host's context store, which knows an async function after any `await`; the root, which is the native loop outside of any run. Where
 * the host has no store that survives an `await`, the slot is handed off around each `await` of ours, and after a foreign one nobody
 * answers: that is reported, never guessed.
 *
 * @module
 */

import { ContextLostError, UsageError } from "../base/errors.ts";
import { bound } from "./binding.ts";
import type { Engine } from "./engine.ts";
import type { Scope } from "./scope.ts";

/** The slot: what the kernel knows of the code that runs right now. */
export interface Slot {
  /** Its scope. */
  scope: Scope | null;
  /** Whether the host's store would say the same, also later: the code is a body that was entered there. */
  stored: boolean;
  /** The generator task that is being resumed, for `yield*` to wait with. */
  frame: object | null;
  /** Which code of another engine was on the stack when it was resumed: what begins later is none of the task's own. */
  guest: object | null;
}

/** The slot of this thread. */
export const here: Slot = { scope: null, stored: false, frame: null, guest: null };

/** Engines with live runs that hand the slot off. While there are any, an empty slot is suspicious. */
const handingOff: Engine[] = [];
let running = 0;
let root: Scope | null = null;
/** How scopes are made that this file, and those above it, need before the files are there that make them. */
export interface ScopeMakers {
  /** Makes the root, on first use. */
  root(): Scope;
  /** Makes a scope with all its doors. */
  inner(): Scope;
}

let makers: ScopeMakers;
let habitat: (() => Scope | null) | null = null;
let guest: (() => object | null) | null = null;

/** Says who knows the code that another engine runs right now, and its scope. */
export function habitatsAreFoundBy(scope: () => Scope | null, code: () => object | null): void {
  habitat = scope;
  guest = code;
}

/** The code that another engine runs right now: the same object for the same code each time. */
export function guestHere(): object | null {
  return guest === null ? null : guest();
}

/** The scope of code that another engine runs right now. What our own kernel runs has the slot. */
export function habitatHere(): Scope | null {
  return habitat === null ? null : habitat();
}

function knownHere(): Scope | undefined {
  return here.scope ?? (habitat === null ? null : habitat()) ?? (bound.host.store.get() as Scope | undefined);
}

/** Says how scopes are made. */
export function scopesAreMadeBy(by: ScopeMakers): void {
  makers = by;
}

/** A new scope, with all its doors. */
export function newScope(): Scope {
  return makers.inner();
}

/** The scope of the running code where that is plain; `null` where {@link scopeHere} has more to say. For hot paths: it makes no closure. */
export function plainScope(): Scope | null {
  const known = knownHere();
  return known === undefined || known._over ? null : known;
}

/**
 * The scope of whoever starts `what`.
 *
 * @param site - Made where the code that waits is still on the stack: its call site is the one to report.
 */
export function scopeHere(what: () => string, site?: ContextLostError): Scope {
  const scope = whoseHere(what, site);
  return scope._over ? heirOf(scope, what) : scope;
}

/** The same scope, also when it is over: what stray code was is still known, though it must wait elsewhere. */
export function whoseHere(what: () => string, site?: ContextLostError): Scope {
  const known = knownHere();
  if (known !== undefined) return known;
  if (handingOff.length > 0) lost(site ?? new ContextLostError(what()));
  return rootScope();
}

/** Whether a wait that begins now would have lost its scope. */
export function isLost(): boolean {
  return handingOff.length > 0 && knownHere() === undefined;
}

/** Where the code of a scope that is over goes on: in the nearest one around it that is not. */
export function heirOf(scope: Scope, what: () => string): Scope {
  let heir: Scope | null = scope;
  while (heir?._over === true) heir = heir._home;
  if (heir === null) {
    throw new UsageError(
      `Cannot begin ${what()}: the run that this code belongs to has ended; await what you start, or start it in a run of its own`,
    );
  }
  return heir;
}

/** The root scope: what is started outside of any run lives in it. */
export function rootScope(): Scope {
  return (root ??= makers.root());
}

/** A run begins, or work outside of any run. */
export function openContext(engine: Engine): void {
  running++;
  if (engine.mode !== "store") handingOff.push(engine);
}

/** It ended. The store is given up when nothing is left, since an active one slows every `await` of the process on some hosts. */
export function closeContext(engine: Engine): void {
  running--;
  const at = handingOff.indexOf(engine);
  if (at >= 0) handingOff.splice(at, 1);
  if (running > 0) return;
  // A turn later: runs often follow each other closely, and starting the store again is not free either.
  bound.host.macrotask(() => {
    if (running === 0) bound.host.store.disable();
  });
}

/**
 * Calls `body` with `scope` as the ambient one, for as long as the host can keep it across `await`.
 *
 * @param placed - Whether the host's store holds it already.
 */
export function enter<A, R>(scope: Scope, body: (argument: A) => R, argument: A, placed = false): R {
  const { scope: scopeBefore, stored: storedBefore, frame: frameBefore } = here;
  const { store } = bound.host;
  const stored = scope._engine.mode === "store";
  here.scope = scope;
  here.stored = stored;
  here.frame = null;
  try {
    // Where the slot is handed off, another run's store must not shine through when it is empty.
    const value = stored ? scope : undefined;
    return placed || store.get() === value ? body(argument) : store.run(value, body, argument);
  } finally {
    here.scope = scopeBefore;
    here.stored = storedBefore;
    here.frame = frameBefore;
  }
}

/** Calls `body` with `scope` as the ambient one, while it is on the stack and no longer. */
export function within<A, R>(scope: Scope, body: (argument: A) => R, argument: A): R {
  const { scope: scopeBefore, stored: storedBefore, frame: frameBefore } = here;
  here.scope = scope;
  here.stored = false;
  here.frame = null;
  try {
    return body(argument);
  } finally {
    here.scope = scopeBefore;
    here.stored = storedBefore;
    here.frame = frameBefore;
  }
}

/** Goes on with an `await` in `scope`: `resume()` must do no more than settle the promise that is awaited. */
export function handOff(scope: Scope, resume: () => void): void {
  // Three adjacent microtasks: set the slot, the continuation that `resume` queues, clear the slot.
  settled.then(() => {
    here.scope = scope;
    here.stored = false;
  }, ignore);
  resume();
  settled.then(() => {
    here.scope = null;
  }, ignore);
}

const settled = Promise.resolve();

function ignore(): void {
  // `settled` never rejects.
}

function lost(error: ContextLostError): void {
  if (handingOff.some((engine) => engine.mode === "strict")) throw error;
  bound.host.warn(error.stack ?? error.message);
}
