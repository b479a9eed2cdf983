/**
 * Real time in specs: who waits in it says why, or fails.
 *
 *     reallyWaits("it is about host timers that fire early");
 *
 * In a spec this is about that spec, in a suite about each of its specs. A spec waits in real time when a timer of the host that it
 * set, itself or through the library, fires before it ends, or when it starts a process. One that says that it waits, and does not, fails as well.
 *
 * Jasmine loads this file before any spec: the timers that are watched are those that specs, the library and RxJS find.
 */

import childProcess, { ChildProcess } from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import timersPromises from "node:timers/promises";

/** How long a wait may be, in ms, where nothing but the backend makes it a real one. */
const SHORT = 50;

/** What one spec does in real time. */
interface Watch {
  reason: string | null;
  /** Whether it must wait, since it says so. */
  must: boolean;
  /** Up to how many ms it may wait for one timer. */
  longest: number;
  waited: boolean;
  /** The first wait that it may not do, and where that was asked for. */
  offence: Error | null;
}

let current: Watch | null = null;

/** The spec, or each of the suite, waits in real time: for a timer of the host, or for a process. */
export function reallyWaits(reason: string): void {
  mark({ reason, must: true, longest: Infinity });
}

/**
 * The spec, or each of the suite, runs on a backend whose clock is the real one, so that it may wait for it. For where backends are listed.
 *
 * @param longest - How long one wait may be, in ms.
 */
export function onRealClock(longest: number = SHORT): void {
  mark({ reason: "what holds on every backend has to hold on real clocks", must: false, longest });
}

/** Specs of the suite may wait in real time, some of them, for that reason. For where it is the same for all that do. */
export function mayWait(reason: string): void {
  mark({ reason, must: false, longest: Infinity });
}

function mark(how: Pick<Watch, "reason" | "must" | "longest">): void {
  if (current === null) beforeEach(() => mark(how));
  else Object.assign(current, how);
}

beforeEach(() => {
  current = { reason: null, must: false, longest: 0, waited: false, offence: null };
});

afterEach(() => {
  const { reason, must, waited, offence } = current!;
  current = null;
  if (offence !== null) fail(`${offence.message}\n${userLines(offence)}`);
  if (must && !waited)
    fail(`it does not wait in real time, though it says so ("${String(reason)}"): take reallyWaits() away`);
});

/** Where an offence comes from: its lines in specs, or all if there are none. */
function userLines({ stack = "" }: Error): string {
  const lines = stack.split("\n").filter((line) => line.includes(" at ") && !line.includes(import.meta.url.slice(7)));
  const own = lines.filter((line) => /[\\/](spec|tools)[\\/]/.test(line));
  return (own.length > 0 ? own : lines).join("\n");
}

/** An error with a stack that is deep enough to tell who waits: the way from there to the timer is long. */
function place(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  try {
    return new Error();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Gives what to call when the spec has waited for `what`. */
function waiting(what: string, delay: number): () => void {
  const watch = current;
  if (watch === null) return () => undefined;
  const offence = delay > watch.longest ? place() : null;
  return () => {
    watch.waited = true;
    // It may have been excused meanwhile.
    if (offence === null || delay <= watch.longest || watch.offence !== null) return;
    const way = watch.longest > 0 ? "make it shorter" : "let it run in virtual time";
    offence.message = `it waits in real time for ${what}: ${way}, or say why not, by reallyWaits("…")`;
    watch.offence = offence;
  };
}

type SetTimer = (callback: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) => unknown;

function watched<S>(original: S): S {
  const set = original as SetTimer;
  const watching: SetTimer = (callback, delay, ...args) => {
    // 0 is a turn of the host, which is no wait.
    if (!(Number(delay) > 0)) return set(callback, delay, ...args);
    const over = waiting(`a timer of ${String(delay)} ms`, Number(delay));
    return set(
      function (this: unknown, ...given: unknown[]) {
        over();
        callback.apply(this, given);
      },
      delay,
      ...args,
    );
  };
  return Object.defineProperties(watching, Object.getOwnPropertyDescriptors(set)) as S;
}

function announced<F>(original: F, what: string): F {
  const start = original as (...args: unknown[]) => unknown;
  return function (this: unknown, ...args: unknown[]) {
    waiting(what, Infinity)();
    return start.apply(this, args);
  } as F;
}

const plain = { setTimeout: globalThis.setTimeout, setInterval: globalThis.setInterval };
const setTimeout = watched(plain.setTimeout);
const setInterval = watched(plain.setInterval);

/** The timers of the suite are the host's own, and nobody looks at them: for what refuses all others. */
export function unwatched(): void {
  beforeEach(() => {
    Object.assign(globalThis, plain);
  });
  afterEach(() => {
    Object.assign(globalThis, { setTimeout, setInterval });
  });
}
for (const home of [globalThis, timers]) Object.assign(home, { setTimeout, setInterval });

const later = timersPromises.setTimeout;
timersPromises.setTimeout = async (delay, ...rest) => {
  const over = waiting(`a timer of ${String(delay)} ms`, delay ?? 1);
  const value = await later(delay, ...rest);
  over();
  return value;
};

const signalLater: (delay: number) => AbortSignal = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (delay) => {
  const signal = signalLater(delay);
  signal.addEventListener("abort", waiting(`a signal of ${String(delay)} ms`, delay));
  return signal;
};

const prototype = ChildProcess.prototype as unknown as { spawn: (...args: unknown[]) => unknown };
prototype.spawn = announced(prototype.spawn, "a process");
childProcess.spawnSync = announced(childProcess.spawnSync, "a process");
childProcess.execFileSync = announced(childProcess.execFileSync, "a process");
childProcess.execSync = announced(childProcess.execSync, "a process");

syncBuiltinESMExports();
