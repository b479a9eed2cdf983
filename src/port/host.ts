/**
 * The host port: what the library asks of Node, Bun, Deno or a browser.
 *
 * @module
 */

import type { Development } from "../base/development.ts";
import type { Recorder } from "./recorder.ts";

/** The `AbortSignal` of the host's own types where they are loaded, else the part of it that every host has. */
export type HostAbortSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal } }
  ? Signal
  : AbortSignalLike;

/** The part of `AbortSignal` that the library itself uses. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** An `AbortController`, by its two members. */
export interface AbortControl {
  readonly signal: HostAbortSignal;
  abort(reason: unknown): void;
}

/**
 * Where the host keeps "who am I" across an `await`.
 *
 * `get` answers for the asynchronous context the caller runs in. A host that has no such context answers `undefined` always.
 */
export interface ContextStore {
  /** Whether `get` survives a foreign `await`. Where it does not, the kernel hands the context off itself. */
  readonly survives: boolean;
  get(): unknown;
  run<A, R>(value: unknown, body: (argument: A) => R, argument: A): R;
  /** Remembers the context of the caller, without what the store holds there. Left out by hosts that have no contexts. */
  ground?(): Ground;
  /** Stops paying for the store. The next `run` starts it again. */
  disable(): void;
}

/** An asynchronous context that the host remembers, to come back to. */
export interface Ground {
  /** Calls `job(argument)` in that context. */
  call<A>(job: (argument: A) => void, argument: A): void;
  /** Calls `job(argument)` in that context, with `value` in the store. */
  enter<A, R>(value: unknown, job: (argument: A) => R, argument: A): R;
}

/** A timer of the host. */
export interface HostTimer {
  cancel(): void;
  /** Whether the process may not exit before it fires. */
  keepAlive(on: boolean): void;
}

/** Where a host publishes what tasks do, for whoever subscribes there, such as on the channels of `node:diagnostics_channel`. */
export interface Channels extends Recorder {
  readonly hasSubscribers: boolean;
}

/** The few things that differ between hosts. */
export interface Host {
  readonly name: string;
  /** An error that was made in the host's own file: where that lies is the library, and not the user's code. */
  readonly landmark?: Error | undefined;
  /** Where the host asks for development mode at start, as Node does by `ANYRX_DEV=1`: what does it. */
  readonly development?: Development | undefined;
  readonly store: ContextStore;
  /** A monotonic clock, in ms. */
  now(): number;
  /** Runs `job` after every promise reaction that is due, having let timers and I/O run. */
  macrotask(job: () => void): void;
  /** Runs `job` after `delay` ms: 0 to 2^31 - 1. */
  timer(delay: number, job: () => void): HostTimer;
  abortController(): AbortControl;
  /** Its diagnostics channels, on hosts that have such. */
  readonly channels?: Channels;
  /** The last resort for an error that nobody is left to receive: what the host does with an uncaught exception. */
  report(error: unknown): void;
  /** Whether the host takes an error without a `stack` of its own for no error, as Node does. */
  readonly ownStacks?: boolean | undefined;
  /**
   * Told of each error of a group that is made: it may come to end the process, and what the host prints then must be readable. Left out by hosts that
   * print nothing of their own.
   */
  groupFailed?(): void;
  /** Whether the package `name` can be imported, on hosts that can tell without loading it */
  resolves?(name: string): boolean;
  /** Tells the developer something that is no error. */
  warn(text: string): void;
}
