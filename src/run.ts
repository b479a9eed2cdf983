/**
 * The door: which backends there are, and how a program is run on one.
 *
 * @module
 */

import { NativeBackend } from "./backend/native.ts";
import { RxBackend } from "./backend/rx.ts";
import { VirtualBackend } from "./backend/virtual.ts";
import { UnsupportedError } from "./base/errors.ts";
import type { SchedulerLike } from "./base/rx.ts";
import { bound } from "./kernel/binding.ts";
import { checkedBody, checkedSignal, shown } from "./kernel/checks.ts";
import { type ContextMode, Engine } from "./kernel/engine.ts";
import { runOn } from "./kernel/root.ts";
import type { Ended } from "./kernel/work.ts";
import type { Backend } from "./port/backend.ts";
import type { HostAbortSignal } from "./port/host.ts";

/** The backends that are known by name. */
export type BackendName = "native" | "rx" | "virtual" | "effect" | "effection";

/** Those that come with a package of their own, by the same name: `anyrx/effect` needs `effect`. */
const guests = ["effect", "effection"] as const;

const backends = new Map<string, () => Backend>([
  ["native", () => new NativeBackend(bound.host)],
  ["rx", () => new RxBackend(bound.host)],
  ["virtual", () => new VirtualBackend(bound.host)],
]);

/** Makes a backend known by its name. */
export function offerBackend(name: BackendName, make: () => Backend): void {
  backends.set(name, make);
}

/** Options of {@link run}. */
export interface RunOptions {
  /** The engine: a name, or a {@link Backend}. Default `"native"`. */
  readonly backend?: BackendName | Backend | undefined;
  /** Cancels the run when it is aborted. */
  readonly signal?: HostAbortSignal | undefined;
  /**
   * How the scope is kept across `await`: by the host's async context (`"store"`, the default where there is one), or by handing it off around
   * each `await` of an operation (`"handoff"`). `"strict"` hands it off too, and refuses a wait whose scope got lost.
   */
  readonly context?: ContextMode | undefined;
  /** Shuffles the order in which tasks begin that were spawned together, the same way for the same seed. For tests: it is an integer. */
  readonly seed?: number | undefined;
}

/**
 * The names of the backends that can be had here: those of this package, and those whose own package is installed.
 *
 * `"effect"` and `"effection"` can be asked for by name once `anyrx/effect` and `anyrx/effection` are imported. Where the host cannot tell what is
 * installed, as in a browser, they are listed from then on.
 *
 * @example
 * import { availableBackends } from "anyrx";
 * availableBackends().includes("virtual"); // => true
 * @source AnyIO `get_available_backends`.
 */
export function availableBackends(): BackendName[] {
  const known = [...backends.keys()] as BackendName[];
  const { host } = bound;
  return [...known, ...guests.filter((name) => !backends.has(name) && host.resolves?.(name) === true)];
}

/**
 * Runs `main` on a backend, at once, until it and everything it left behind have ended.
 *
 * @param main - A function of any style.
 * @returns A native promise of its value. It is rejected with what `main` threw, bare; with `Cancelled` when the run was cancelled.
 * @throws {TypeError} When `main` is no function, or `seed` no integer.
 * @throws {UnsupportedError} When there is no such backend.
 * @example
 * import { run, sleep } from "anyrx";
 * await run(async () => { await sleep(86_400_000); return "a day later"; }, { backend: "virtual" }); // => "a day later"
 * @source AnyIO `run`.
 */
export function run<R>(main: () => R, options?: RunOptions | null): Promise<Ended<R>> {
  checkedBody("run a program", main);
  const { backend = "native", context, seed, signal } = options ?? {};
  if (seed !== undefined && !Number.isInteger(seed)) {
    throw new TypeError(`Cannot run a program with the seed ${shown(seed)}: it is no integer; pass one, or none`);
  }
  if (signal !== undefined) checkedSignal("run a program", signal);
  const { host } = bound;
  const mode = context ?? (host.store.survives ? "store" : "handoff");
  if (mode !== "store" && mode !== "handoff" && (mode as string) !== "strict") {
    throw new TypeError(
      `Cannot run a program with the context ${shown(mode)}: there is no such way to keep it; use "store", "handoff" or "strict"`,
    );
  }
  if (mode === "store" && !host.store.survives) {
    throw new UnsupportedError(
      `Cannot run a program with the context "store": ${host.name} has no async context; use "handoff" or "strict"`,
    );
  }
  return runOn(new Engine(resolveBackend(backend), host.store, mode, seed), main, signal) as Promise<Ended<R>>;
}

function resolveBackend(backend: BackendName | Backend): Backend {
  if (typeof backend === "string") {
    const make = backends.get(backend);
    if (make !== undefined) return make();
    if (guests.includes(backend as never)) throw missingGuest(backend);
  }
  if (typeof backend === "object" && (backend as Backend | null) !== null) {
    const missing = (["now", "defer", "arm", "hold"] as const).filter(
      (method) => typeof backend[method] !== "function",
    );
    if (missing.length === 0 && typeof backend.name === "string") return backend;
    if (missing.length === 0) {
      throw new UnsupportedError(
        `Cannot run on ${shown(backend)}: its name is ${shown(backend.name)}; give it one, for messages and currentBackend()`,
      );
    }
    throw new UnsupportedError(
      `Cannot run on ${shown(backend)}: it is no Backend, since it has no ${missing.join(", no ")}; see the Backend interface`,
    );
  }
  const known = availableBackends().map((name) => `"${name}"`);
  throw new UnsupportedError(
    `Cannot run on the backend ${shown(backend)}: there is no such backend; use ${known.join(", ")}, or pass a Backend object`,
  );
}

function missingGuest(name: string): UnsupportedError {
  const way = `import "anyrx/${name}" first`;
  return new UnsupportedError(
    bound.host.resolves?.(name) === false
      ? `Cannot run on the backend "${name}": the package ${name} is not installed; npm install ${name}@4, and ${way}`
      : `Cannot run on the backend "${name}": "anyrx/${name}" was not imported; ${way}`,
  );
}

/**
 * The backend that runs on an RxJS scheduler: its clock is the clock of the run, and tasks go on as actions of it.
 *
 * On a `VirtualTimeScheduler` a run moves when somebody calls `flush()`. What is written as generators or Observables goes all the way in one call; an
 * async function goes on in promise reactions, which no `flush()` waits for: use `flushed` of `anyrx/testing`.
 *
 * @param scheduler - Any scheduler of RxJS, or a {@link SchedulerLike} of your own. Default `asyncScheduler`.
 * @throws {TypeError} When it is no scheduler.
 * @example
 * import { VirtualTimeScheduler } from "rxjs";
 * import { currentTime, run, rxBackend, sleep } from "anyrx";
 * const scheduler = new VirtualTimeScheduler();
 * const done = run(function* () { yield* sleep(1000); return currentTime(); }, { backend: rxBackend(scheduler) });
 * scheduler.flush();
 * await done; // => 1000
 */
export function rxBackend(scheduler?: SchedulerLike): Backend {
  if (scheduler !== undefined) {
    const given = scheduler as Partial<SchedulerLike> | null;
    if (typeof given?.schedule !== "function" || typeof given.now !== "function") {
      throw new TypeError(
        `Cannot run on ${shown(scheduler)}: it is no RxJS scheduler; pass one, such as asyncScheduler`,
      );
    }
  }
  return new RxBackend(bound.host, scheduler);
}
