/**
 * The backends that specs run on: what users name, made into one way to run a body.
 *
 * @module
 */

import { UnsupportedError } from "../../base/errors.ts";
import { shown } from "../../kernel/checks.ts";
import type { ContextMode } from "../../kernel/engine.ts";
import type { Ended } from "../../kernel/work.ts";
import type { Backend } from "../../port/backend.ts";
import { availableBackends, type BackendName, run } from "../../run.ts";
import { VirtualTime } from "../virtual-time.ts";
import { within } from "./time-limit.ts";

/** A backend with a name for its specs. */
export interface NamedBackend {
  /** What it is called in the titles of its specs. */
  readonly name: string;
  /** The engine: one that is known by name, or one to make for each spec. One that is made already is shared by all of them. Default: that of the name. */
  readonly backend?: BackendName | Backend | (() => Backend) | undefined;
  /** How the scope is kept across `await`. Default: as `run()` does. */
  readonly context?: ContextMode | undefined;
  /** Shuffles the order in which tasks begin that were spawned together: an integer. */
  readonly seed?: number | undefined;
}

/** A backend that is run in a way of its own: `{ name: "on my engine", run: (main) => … }`. */
export interface RunnableBackend {
  /** What it is called in the titles of its specs. */
  readonly name: string;
  /** Runs `main` until it has ended. */
  run(main: () => unknown): Promise<unknown>;
}

/** What specs can be told to run on. */
export type SpecBackendLike = BackendName | NamedBackend | RunnableBackend;

/** The backend that specs run on. */
export interface SpecBackend {
  /** What it is called. */
  readonly name: string;
  /** Runs `main` there, on an engine of its own: for programs that are not the body of a spec, such as in `beforeEach`. */
  run<R>(main: () => R): Promise<Ended<R>>;
}

/** A {@link SpecBackend} that can be told how long, in real ms, a run may take. */
export interface LimitedBackend {
  readonly name: string;
  readonly run: (main: () => unknown, limit: number) => Promise<unknown>;
}

/** What was named, as something to run bodies on. @throws {UnsupportedError} When there is no such backend. */
export function specBackend(given: SpecBackendLike): LimitedBackend {
  if (typeof given === "string") return named({ name: given, backend: given });
  const entry = checkedEntry(given);
  return "run" in entry && entry.run !== undefined
    ? { name: entry.name, run: (main) => entry.run(main) }
    : named(entry);
}

function named({ name, backend = name as BackendName, context, seed }: NamedBackend): LimitedBackend {
  if (backend === "virtual") {
    // Not the library's own virtual backend: here the timers and dates of the host follow the clock, too.
    return {
      name,
      run: (main, limit) => new VirtualTime({ realTimeout: limit }).run(main, { context, seed }),
    };
  }
  // The library says best what it knows, and says it now: not once for each spec.
  if (typeof backend === "string" && !availableBackends().includes(backend)) void run(() => undefined, { backend });
  const make = typeof backend === "function" ? backend : () => backend;
  return {
    name,
    run: (main, limit) => within(name, limit, (signal) => run(main, { backend: make(), context, seed, signal })),
  };
}

function checkedEntry(given: NamedBackend | RunnableBackend): NamedBackend | RunnableBackend {
  const { name, run: ownRun = () => undefined } = (given ?? {}) as { name?: unknown; run?: unknown };
  if (typeof name === "string" && name !== "" && typeof ownRun === "function") return given;
  throw new UnsupportedError(
    `Cannot run specs on ${shown(given)}: it is no backend with a name; pass "native", { name, backend } or { name, run }`,
  );
}
